"""How much of the true alpha the classical room's unknown band lets closed-form matting find.

    python benchmarks/bands.py --data ../shared/data --output docs/benchmarks/bands.json

DATA holds alphamatting_dev/ (alpha measured) and pseudo_mattes/ (alpha_pred, by published
networks).  The outline is the true alpha, blurred by two pixels and cut at a half: what a good
binary segmentation sees, without any strand.  The measure is the sum of absolute differences over
the whole picture, in thousands, mean over the pictures, beside that of bands of one width.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from penumbra import load_image
from penumbra.core.arrays import RGB, Alpha
from penumbra.core.frames import Resize
from penumbra.core.trimap import from_mask
from penumbra.io import load_alpha
from penumbra.metrics.alpha import sad
from penumbra.solvers.band import trimap_around
from penumbra.solvers.closed_form import estimate_alpha_closed_form

LONG_SIDE = 480
FIXED = (0.01, 0.02, 0.04)  # half widths, in sizes of the object


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    rows = []
    for name, folder in (("alphamatting_dev", "alpha"), ("pseudo_mattes", "alpha_pred")):
        pictures = list(photographs(arguments.data / name, folder))
        errors = np.array([measure(image, alpha) for image, alpha in pictures])
        labels = ["room", *(f"fixed {share:g}" for share in FIXED)]
        means = dict(zip(labels, errors.mean(axis=0).round(3).tolist(), strict=True))
        rows.append({"set": name, "n": len(pictures), "long_side": LONG_SIDE, **means})
        print(json.dumps(rows[-1]), flush=True)
    if arguments.output:
        arguments.output.write_text(json.dumps(rows, indent=1) + "\n")


def measure(image: RGB, alpha_true: Alpha) -> list[float]:
    """Return SAD / 1000 with the room's band, then with bands of one width."""
    outline = cv2.GaussianBlur(alpha_true, (0, 0), 2) > 0.5
    size = float(np.sqrt(outline.sum()))
    bands = [trimap_around(image, outline, size)]
    bands += [from_mask(outline, share * size) for share in FIXED]
    answers = [estimate_alpha_closed_form(image, band) for band in bands]
    return [sad(answer, alpha_true) / 1000 for answer in answers]


def photographs(folder: Path, mattes: str) -> Iterator[tuple[RGB, Alpha]]:
    for path in sorted((folder / "images").iterdir()):
        image, alpha = load_image(path), load_alpha(folder / mattes / f"{path.stem}.png")
        if alpha.shape != image.shape[:2]:
            continue
        height, width = alpha.shape
        shrink = Resize.to_long_side(height, width, LONG_SIDE)
        yield shrink.plane(image), shrink.plane(alpha)


if __name__ == "__main__":
    main()
