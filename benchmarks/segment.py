"""How well the segmenter finds people and objects in photographs that were held aside.

    python benchmarks/segment.py --data ../shared/data --output docs/benchmarks/segment

DATA holds portrait_eg/, ccp/, feral_cats/ and davis_train/; measured are their splits "held" (of
ccp the first 50), none of which the network was trained on.  The measure is the intersection over
union with the true mask of

    segment    probability >= 0.5, at the photograph's size
    alpha      alpha >= 0.5 of the whole model, after the band was solved
    constant   where the mean of the set's own training masks is >= 0.5: the best that can be said
               without looking
    grabcut    OpenCV's GrabCut, five iterations from the box of the whole picture less one pixel
"""

import argparse
import json
import os
import platform
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import cast

import cv2
import numpy as np

from penumbra import Hints
from penumbra.core.arrays import RGB, Mask
from penumbra.core.resample import resize
from penumbra.data.readers import read
from penumbra.data.sample import Sample
from penumbra.io import load_image, load_mask, write_atomically
from penumbra.metrics.interaction import iou
from penumbra.systems.registry import load_predictor
from penumbra.systems.segment.predictor import SegmentPredictor

SETS = {"portrait_eg": 100, "ccp": 50, "feral_cats": 20, "davis_train": 47}
GRID = 64  # pixels a side: where masks are averaged


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--output", type=Path, help="writes OUTPUT.json and OUTPUT.md")
    arguments = parser.parse_args()
    model = cast(SegmentPredictor, load_predictor("segment"))
    rows = []
    for name, count in SETS.items():
        constant = mean_mask(read(name, arguments.data / name, "train"))
        for sample in read(name, arguments.data / name, "held")[:count]:
            rows.append({"set": name, "image": sample.name, **measure(model, sample, constant)})
        print(json.dumps(mean_of(rows, name)), flush=True)
    table = markdown(rows)
    if arguments.output:
        report = {
            "command": "python benchmarks/segment.py --data ../shared/data",
            "date": date.today().isoformat(),
            "hardware": f"{os.cpu_count()} CPU cores, {platform.machine()}, no GPU",
            "means": {name: mean_of(rows, name) for name in SETS},
            "rows": rows,
        }
        write_atomically(arguments.output.with_suffix(".json"), json.dumps(report).encode())
        write_atomically(arguments.output.with_suffix(".md"), table.encode())
    print(table)


def measure(model: SegmentPredictor, sample: Sample, constant: Mask) -> dict[str, float]:
    """Return the intersection over union of each way for one photograph."""
    assert sample.image is not None
    assert sample.mask is not None
    image, mask = load_image(sample.image), load_mask(sample.mask)
    encoded = model.encode(image)
    height, width = mask.shape
    guesses = {
        "segment": encoded.probability >= 0.5,
        "alpha": model.decode(encoded, Hints()).alpha >= 0.5,
        "constant": resize(constant.astype(np.float32), height, width) >= 0.5,
        "grabcut": grabcut(image),
    }
    return {way: round(iou(guess, mask), 4) for way, guess in guesses.items()}


def grabcut(image: RGB) -> Mask:
    """Return what GrabCut finds in the box of the whole picture."""
    height, width = image.shape[:2]
    labels = np.zeros((height, width), np.uint8)
    bgr = np.round(255 * image[:, :, ::-1]).astype(np.uint8)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)
    box = (1, 1, width - 2, height - 2)
    cv2.grabCut(bgr, labels, box, *models, 5, cv2.GC_INIT_WITH_RECT)
    return (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)


def mean_mask(samples: Iterable[Sample]) -> Mask:
    """Return where most masks are set, (GRID, GRID)."""
    masks = [load_mask(sample.mask) for sample in samples if sample.mask is not None]
    return np.mean([resize(mask.astype(np.float32), GRID, GRID) for mask in masks], axis=0) >= 0.5


def mean_of(rows: list[dict[str, object]], name: str) -> dict[str, object]:
    """Return the means over a set."""
    chosen = [row for row in rows if row["set"] == name]
    ways = [key for key in chosen[0] if key not in ("set", "image")]
    means = {
        way: round(float(np.mean([cast(float, row[way]) for row in chosen])), 4) for way in ways
    }
    return {"set": name, "images": len(chosen), **means}


def markdown(rows: list[dict[str, object]]) -> str:
    """Return the table of means."""
    means = [mean_of(rows, name) for name in SETS]
    lines = ["| " + " | ".join(means[0]) + " |", "|" + "---|" * len(means[0])]
    lines += ["| " + " | ".join(str(value) for value in mean.values()) + " |" for mean in means]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
