"""How well the classical room finds an object from a box, and from corrective clicks.

    python benchmarks/boxes.py --data ../shared/data --output docs/benchmarks/boxes

DATA holds portrait_eg/, ccp/ (images/*.jpg and mask/*.png with equal stems) and coco_train/
(images, instances/*.png with instance numbers, instances.json).  A box is the tight one around the
true mask; clicks come from a simulated user who always clicks the middle of the largest error
(the pixel of the largest wrong component that lies deepest in it).  The measure is the
intersection over union of alpha > 0.5 with the true mask, beside that of plain GrabCut
(OpenCV's, five iterations from the same box at full size).

The photographs are chosen by position: every 25th portrait, every 30th street photo, every other
coco photograph (its largest instance, if that covers 2 % of the picture or more).  The constants of
the room were tuned on others, except that two of the fifty portraits were among those.
"""

import argparse
import json
import os
import platform
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from penumbra import Box, Click, Hints, Session, load_image, load_predictor
from penumbra.core.arrays import RGB, Mask
from penumbra.core.trimap import distance_inside
from penumbra.io import load_mask
from penumbra.metrics.interaction import iou

CLICKS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--output", type=Path, help="writes OUTPUT.json and OUTPUT.md")
    arguments = parser.parse_args()
    rows = []
    for name, photographs in {
        "portrait_eg": masked(arguments.data / "portrait_eg", 25, 50),
        "ccp": masked(arguments.data / "ccp", 30, 20),
        "coco_train": instances(arguments.data / "coco_train", 20),
    }.items():
        for stem, image, mask in photographs:
            rows.append({"set": name, "image": stem, **measure(image, mask)})
            print(json.dumps(rows[-1]), flush=True)
    table = markdown(rows)
    print(table)
    if arguments.output:
        report = {
            "command": f"python benchmarks/boxes.py --data {arguments.data.name}",
            "date": date.today().isoformat(),
            "hardware": f"{os.cpu_count()} CPU cores, {platform.machine()}, no GPU",
            "rows": rows,
        }
        arguments.output.parent.mkdir(parents=True, exist_ok=True)
        arguments.output.with_suffix(".json").write_text(json.dumps(report, indent=1) + "\n")
        arguments.output.with_suffix(".md").write_text(table + "\n")


def measure(image: RGB, mask: Mask) -> dict[str, Any]:
    """Return IoU of plain GrabCut, of ours, and of ours after each corrective click."""
    box = tight_box(mask)
    row: dict[str, Any] = {"grabcut": round(iou(plain_grabcut(image, box), mask), 4)}
    session = Session(load_predictor("classical"), image)
    hints = Hints(box=box)
    began = time.perf_counter()
    found = session.apply(hints).alpha > 0.5
    row["seconds"] = round(time.perf_counter() - began, 3)
    scores = [iou(found, mask)]
    for _ in range(CLICKS):
        if (click := next_click(found, mask)) is not None:
            hints = hints.add(click)
            found = session.apply(hints).alpha > 0.5
        scores.append(iou(found, mask))
    return row | {"iou": [round(score, 4) for score in scores]}


def next_click(found: Mask, mask: Mask) -> Click | None:
    """Click where the largest connected error is deepest; None where all is right."""
    largest = np.zeros_like(mask)
    for wrong in (mask & ~found, found & ~mask):
        count, pieces, boxes, _ = cv2.connectedComponentsWithStats(
            wrong.astype(np.uint8), connectivity=4
        )
        if count > 1 and boxes[1:, cv2.CC_STAT_AREA].max() > largest.sum():
            largest = pieces == 1 + boxes[1:, cv2.CC_STAT_AREA].argmax()
    if not largest.any():
        return None
    depth = distance_inside(np.pad(largest, 1))[1:-1, 1:-1]
    row, col = np.unravel_index(depth.argmax(), depth.shape)
    return Click(col + 0.5, row + 0.5, bool(mask[row, col]))


def plain_grabcut(image: RGB, box: Box) -> Mask:
    """OpenCV's GrabCut as its documentation shows it; the box itself where it refuses."""
    labels = np.zeros(image.shape[:2], np.uint8)
    x0, y0, x1, y1 = int(box.x0), int(box.y0), int(box.x1), int(box.y1)
    rect = x0, y0, x1 - x0, y1 - y0
    pixels = np.rint(image * 255).astype(np.uint8)
    cv2.setRNGSeed(0)
    try:
        cv2.grabCut(
            pixels, labels, rect, np.zeros((1, 65)), np.zeros((1, 65)), 5, cv2.GC_INIT_WITH_RECT
        )
    except cv2.error:  # the box is the whole picture: no pixel is certain background
        labels[y0:y1, x0:x1] = cv2.GC_FGD
    return (labels & 1).astype(np.bool_)


def tight_box(mask: Mask) -> Box:
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return Box(float(cols[0]), float(rows[0]), float(cols[-1] + 1), float(rows[-1] + 1))


def masked(folder: Path, step: int, count: int) -> Iterator[tuple[str, RGB, Mask]]:
    for path in sorted((folder / "images").iterdir())[::step][:count]:
        yield path.stem, load_image(path), load_mask(folder / "mask" / f"{path.stem}.png")


def instances(folder: Path, count: int) -> Iterator[tuple[str, RGB, Mask]]:
    """The largest instance of every other photograph, crowds and specks left out."""
    listed = json.loads((folder / "instances.json").read_text())
    chosen = 0
    for stem in sorted(listed)[::2]:
        if not listed[stem]["instances"]:
            continue
        largest = max(listed[stem]["instances"], key=lambda instance: instance["area"])
        numbers = cv2.imread(str(folder / "instances" / f"{stem}.png"), cv2.IMREAD_UNCHANGED)
        mask = numbers == largest["id"]
        if largest["iscrowd"] or mask.mean() < 0.02 or chosen == count:
            continue
        chosen += 1
        yield f"{stem}:{largest['cat']}", load_image(folder / "images" / f"{stem}.jpg"), mask


def markdown(rows: list[dict[str, Any]]) -> str:
    lines = [
        "| set | n | plain GrabCut | box | + 1 click | + 2 | + 3 |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name in dict.fromkeys(row["set"] for row in rows):
        chosen = [row for row in rows if row["set"] == name]
        means = np.mean([row["iou"] for row in chosen], axis=0)
        plain = np.mean([row["grabcut"] for row in chosen])
        cells = " | ".join(f"{value:.3f}" for value in [plain, *means])
        lines.append(f"| {name} | {len(chosen)} | {cells} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
