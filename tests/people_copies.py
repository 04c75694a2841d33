"""Tiny copies of the test sets of SAFE-Net: people with mattes, and Distinctions-646."""

from pathlib import Path

import numpy as np

from tests.compositions import drawn_background, drawn_colours, save
from tests.scenes import soft_disk


def write_people(root: Path, folder: str = "alphas") -> Path:
    """Two photographs with their mattes, or masks."""
    for part in ("images", folder):
        (root / part).mkdir(parents=True)
    for number in range(2):
        save(root / f"images/p{number}.png", drawn_colours(number))
        save(root / f"{folder}/p{number}.png", np.rint(255 * soft_disk(32, 8.0 + number)))
    return root


def write_d646(root: Path) -> tuple[Path, Path]:
    """Two foregrounds of the test set, and three photographs."""
    for part in ("FG", "GT"):
        (root / "copy/Test" / part).mkdir(parents=True)
    for number in range(2):
        save(root / f"copy/Test/FG/{number}.png", drawn_colours(number))
        save(root / f"copy/Test/GT/{number}.png", np.rint(255 * soft_disk(32, 8.0 + number)))
    (root / "photos").mkdir()
    for number in range(3):
        save(root / f"photos/b{number}.png", drawn_background(number))
    return root / "copy", root / "photos"
