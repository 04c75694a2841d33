"""Tiny copies of HIM2K natural and of SMPMat: two people each in two pictures of 48 x 64 pixels.

In `pair` they stand side by side, 33 x 11 pixels in red and 22 x 11 in blue.  In `stack` they are
alike, 11 x 11 pixels in green one above the other, so that no sentence tells one from the other.
The squares that `tests.hint_painter` makes of clicks have 11 pixels, too: three, two and one of
them fill a person.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import Alpha, Mask
from penumbra.evaluation.protocol import PersonCase
from tests.compositions import save

HEIGHT, WIDTH = 48, 64
PEOPLE = {
    "pair": [(7, 40, 8, 19), (18, 40, 40, 51)],
    "stack": [(4, 15, 24, 35), (26, 37, 24, 35)],
}
"""Top, bottom, left and right of each."""

_COLOURS = {"pair": [(200, 20, 30), (20, 30, 200)], "stack": [(20, 160, 30), (20, 160, 30)]}
TEXTS = {
    "pair": [
        [{"text": "the person on the left", "kind": "position", "unique": True}],
        [
            {"text": "the person in front", "kind": "order", "unique": False},
            {"text": "the person on the right", "kind": "position", "unique": True},
        ],
    ],
    "stack": [[], []],
}
"""What `meta.json` says of each."""


def mask_of(name: str, number: int) -> Mask:
    """Where a person is, (48, 64)."""
    top, bottom, left, right = PEOPLE[name][number]
    mask = np.zeros((HEIGHT, WIDTH), np.bool_)
    mask[top:bottom, left:right] = True
    return mask


def alpha_of(name: str, number: int) -> Alpha:
    """The matte of a person, (48, 64)."""
    return mask_of(name, number).astype(np.float32)


def write_him2k(root: Path, split: str = "natural") -> Path:
    """Make the files in `root` and return it."""
    (root / "images" / split).mkdir(parents=True)
    for name, people in PEOPLE.items():
        folder = root / "alphas" / split / name
        folder.mkdir(parents=True)
        for number in range(len(people)):
            save(folder / f"{number:02}.png", 255 * mask_of(name, number))
        save(root / f"images/{split}/{name}.png", _picture(name))
    return root


def write_smpmat(root: Path) -> Path:
    """Make the files of the split val in `root` and return it."""
    write_him2k(root, "val")
    for name in PEOPLE:
        meta = {"n": 2, "caption": "two people", "order": [1, 0], "texts": TEXTS[name]}
        (root / "alphas/val" / name / "meta.json").write_text(json.dumps(meta))
    return root


def by_name(cases: Sequence[PersonCase]) -> dict[str, PersonCase]:
    """The people of a copy by name."""
    return {case.name: case for case in cases}


def _picture(name: str) -> NDArray[np.uint8]:
    picture = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    for number, colour in enumerate(_COLOURS[name]):
        picture[mask_of(name, number)] = colour
    return picture
