"""Tiny scenes whose alpha, foreground and background are known exactly.

An alpha function draws one matte; `photograph` gives it colours and mixes them.  Nothing here
calls the code under test, so a scene can judge it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha, Mask, Trimap


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture and everything it was mixed from.

    Attributes:
        image: (H, W, 3) = alpha * foreground + (1 - alpha) * background.
        alpha: (H, W), the truth.
        foreground: (H, W, 3), defined everywhere.
        background: (H, W, 3), defined everywhere.
    """

    image: RGB
    alpha: Alpha
    foreground: RGB
    background: RGB

    def trimap(self, band: int = 1) -> Trimap:
        """Unknown is what is mixed, and `band` pixels around it (counted king's moves)."""
        return trimap_of(self.alpha, band)


def soft_disk(size: int = 32, radius: float = 10.0, edge: float = 4.0) -> Alpha:
    """A disk that fades linearly from 1 to 0 across `edge` pixels, (size, size)."""
    y, x = _grid(size)
    distance = np.hypot(x - size / 2, y - size / 2)
    return _alpha((radius - distance) / edge + 0.5)


def strands(size: int = 32, count: int = 4) -> Alpha:
    """A solid foot with one-pixel strands of falling opacity growing out of it, (size, size)."""
    alpha = np.zeros((size, size))
    alpha[size * 2 // 3 :] = 1
    top, foot = size // 6, size * 2 // 3
    fade = np.linspace(0.25, 0.9, foot - top)
    for strand in range(count):
        column = (2 * strand + 1) * size // (2 * count)
        alpha[top:foot, column] = fade
    return _alpha(alpha)


def glass(size: int = 32, opacity: float = 0.4) -> Alpha:
    """A pane of one partial opacity in an opaque frame five pixels wide, (size, size)."""
    alpha = np.zeros((size, size))
    margin = size // 8
    pane = margin + 5
    alpha[margin:-margin, margin:-margin] = 1
    alpha[pane:-pane, pane:-pane] = opacity
    return _alpha(alpha)


def two_people(size: int = 32) -> tuple[Alpha, Alpha]:
    """Two figures side by side that do not touch, each (size, size); the left one first."""
    return _figure(size, size * 0.27), _figure(size, size * 0.73)


def photograph(alpha: Alpha, others: Alpha | None = None) -> Scene:
    """Give a matte warm colours before cold ones, and mix them.

    Args:
        alpha: (H, W), the object.
        others: (H, W), further objects of the same colours that belong to the background.
    """
    height, width = alpha.shape
    y = np.linspace(0, 1, height)[:, None]
    x = np.linspace(0, 1, width)[None, :]
    warm = np.stack(np.broadcast_arrays(0.85 - 0.1 * y, 0.45 + 0.2 * x, 0.2 + 0.05 * y), axis=-1)
    cold = np.stack(np.broadcast_arrays(0.1 + 0.1 * x, 0.3 + 0.1 * y, 0.7 - 0.2 * x), axis=-1)
    if others is not None:
        cold = _mix(warm, cold, others)
    foreground, background = warm.astype(np.float32), cold.astype(np.float32)
    image = _mix(foreground, background, alpha).astype(np.float32)
    return Scene(image, alpha, foreground, background)


def person_beside_another(size: int = 32) -> Scene:
    """The left of `two_people`; the right one is as warm, and background."""
    left, right = two_people(size)
    return photograph(left, others=right)


SCENES: dict[str, Callable[[], Scene]] = {
    "soft disk": lambda: photograph(soft_disk()),
    "strands": lambda: photograph(strands()),
    "glass": lambda: photograph(glass()),
    "two people": person_beside_another,
}
"""Every scene by name, for `pytest.mark.parametrize`."""


def trimap_of(alpha: Alpha, band: int = 1) -> Trimap:
    """Unknown is what is mixed, and `band` pixels around it (counted king's moves)."""
    height, width = alpha.shape
    padded = np.pad(alpha, band, mode="edge")
    shifted = [
        padded[row : row + height, col : col + width]
        for row in range(2 * band + 1)
        for col in range(2 * band + 1)
    ]
    low, high = np.min(shifted, axis=0), np.max(shifted, axis=0)
    trimap: Trimap = np.select([low >= 1, high <= 0], [1.0, 0.0], 0.5).astype(np.float32)
    return trimap


def object_mask(alpha: Alpha) -> Mask:
    """Where the object covers at least half of the pixel, (H, W)."""
    return alpha >= 0.5


def _figure(size: int, middle: float) -> Alpha:
    """A head over shoulders that run out of the picture at the bottom."""
    y, x = _grid(size)
    head = size * 0.13 - np.hypot(x - middle, y - size * 0.3)
    body = size * 0.18 - np.hypot(x - middle, np.maximum(size * 0.65 - y, 0))
    return _alpha(np.maximum(head, body) / 2 + 0.5)


def _grid(size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    y, x = np.mgrid[:size, :size] + 0.5
    return y, x


def _alpha(values: NDArray[np.float64]) -> Alpha:
    return np.clip(values, 0, 1).astype(np.float32)


def _mix(
    foreground: NDArray[np.floating], background: NDArray[np.floating], alpha: Alpha
) -> NDArray[np.float64]:
    weight = alpha.astype(np.float64)[:, :, None]
    return weight * foreground + (1 - weight) * background
