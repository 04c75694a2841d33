"""Tiny sets of pictures that were held aside: a red square on blue is the object."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha
from penumbra.io import save_alpha, save_image

HEIGHT, WIDTH = 24, 20


def square(left: int = 4) -> Alpha:
    """A square of 10 pixels, (24, 20)."""
    alpha = np.zeros((HEIGHT, WIDTH), np.float32)
    alpha[8:18, left : left + 10] = 1
    return alpha


def red_on_blue(alpha: Alpha) -> RGB:
    """Red where alpha is 1, blue elsewhere, (H, W, 3)."""
    return np.stack([alpha, np.zeros_like(alpha), 1 - alpha], axis=2)


def write_portraits(data: Path, count: int = 3) -> Path:
    """Write `count` pictures and masks as portrait_eg has them, and return the data."""
    for number in range(count):
        _write(data / "portrait_eg", f"{number:05}", square(2 + number), "mask")
    return data


def write_natural(data: Path) -> Path:
    """Write GT02 (held aside) and GT03 as alphamatting_dev has them, and return the data."""
    for name in ("GT02", "GT03"):
        _write(data / "alphamatting_dev", name, square(), "alpha")
        trimap = np.full((HEIGHT, WIDTH), 0.5, np.float32)
        trimap[:4], trimap[10:16, 6:12] = 0, 1
        _save(data / "alphamatting_dev" / "trimap1" / f"{name}.png", trimap)
    return data


def write_drawn(output: Path, name: str = "hair-0") -> Path:
    """Keep a tiny picture where a drawn one is kept, so that none is drawn; return the output."""
    stem = output / "made" / "drawn" / name
    stem.parent.mkdir(parents=True, exist_ok=True)
    alpha = square()
    save_image(f"{stem}.image.png", red_on_blue(alpha))
    save_image(f"{stem}.foreground.png", red_on_blue(np.ones_like(alpha)))
    save_alpha(f"{stem}.alpha.png", alpha)
    return output


def _write(folder: Path, name: str, alpha: Alpha, truth: str) -> None:
    (folder / "images").mkdir(parents=True, exist_ok=True)
    save_image(folder / "images" / f"{name}.png", red_on_blue(alpha))
    _save(folder / truth / f"{name}.png", alpha)


def _save(path: Path, plane: NDArray[np.float32]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_alpha(path, plane)
