"""Changes of frame, each with its way back beside it.

A frame maps an image and the hints on it forward, and mattes back, so the two can never
drift apart: `frame.back(frame.plane(alpha))` has the size of `alpha` again, and hints that lay
inside the image lie inside the new one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import Alpha
from penumbra.core.hints import Box, Click, Hints, Scribble
from penumbra.core.resample import Real, Value, resize, resize_nearest


@dataclass(frozen=True, slots=True)
class Resize:
    """From (height, width) to (new_height, new_width)."""

    height: int
    width: int
    new_height: int
    new_width: int

    @classmethod
    def to_long_side(cls, height: int, width: int, long_side: int) -> "Resize":
        """Shrink so that the longer side is at most `long_side`; never enlarge."""
        scale = min(1.0, long_side / max(height, width))
        return cls(height, width, max(1, round(height * scale)), max(1, round(width * scale)))

    def plane(self, array: NDArray[Real]) -> NDArray[Real]:
        """Map an image or matte forward: (H, W) or (H, W, C) floats."""
        return resize(array, self.new_height, self.new_width)

    def hints(self, hints: Hints) -> Hints:
        """Map hints forward; trimaps and masks take the nearest value."""
        return _map_hints(
            hints,
            # In this order, rounding never lifts what lies below an edge onto it.
            lambda x, y: (x * self.new_width / self.width, y * self.new_height / self.height),
            (self.new_width / self.width * self.new_height / self.height) ** 0.5,
            lambda array: resize_nearest(array, self.new_height, self.new_width),
        )

    def back(self, alpha: Alpha) -> Alpha:
        """Map a matte back to the original size."""
        return resize(alpha, self.height, self.width)


@dataclass(frozen=True, slots=True)
class Crop:
    """The window [top, bottom) x [left, right) of an image of (height, width) pixels."""

    height: int
    width: int
    top: int
    left: int
    bottom: int
    right: int

    def __post_init__(self) -> None:
        assert 0 <= self.top < self.bottom <= self.height, "window must lie inside the image"
        assert 0 <= self.left < self.right <= self.width, "window must lie inside the image"

    def plane(self, array: NDArray[Value]) -> NDArray[Value]:
        """Cut the window out of an image or matte; a view."""
        return array[self.top : self.bottom, self.left : self.right]

    def hints(self, hints: Hints) -> Hints:
        """Map hints forward and drop those that do not touch the window.

        A box is cut to the window.  A scribble keeps all its points, also those outside.
        """
        height, width = self.bottom - self.top, self.right - self.left
        moved = _map_hints(
            replace(hints, box=None), lambda x, y: (x - self.left, y - self.top), 1.0, self.plane
        )
        clicks = (c for c in moved.clicks if 0 <= c.x < width and 0 <= c.y < height)
        scribbles = (s for s in moved.scribbles if s.mask(height, width).any())
        box = hints.box and self._box(hints.box)
        return replace(moved, clicks=tuple(clicks), scribbles=tuple(scribbles), box=box)

    def back(self, alpha: Alpha) -> Alpha:
        """Put a matte of the window back; 0 outside."""
        whole = np.zeros((self.height, self.width), alpha.dtype)
        whole[self.top : self.bottom, self.left : self.right] = alpha
        return whole

    def _box(self, box: Box) -> Box | None:
        x0, x1 = max(box.x0, self.left) - self.left, min(box.x1, self.right) - self.left
        y0, y1 = max(box.y0, self.top) - self.top, min(box.y1, self.bottom) - self.top
        return Box(x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


@dataclass(frozen=True, slots=True)
class Pad:
    """From (height, width) to sides that are multiples of a number, added below and right.

    What is added repeats the last row and column, or reflects what lies before them; of a side
    shorter than the multiple, which may be too short for that, the last is repeated all the same.
    """

    height: int
    width: int
    multiple: int
    mode: Literal["edge", "reflect"] = "edge"

    @property
    def new_size(self) -> tuple[int, int]:
        """The padded (height, width)."""
        return -(-self.height // self.multiple) * self.multiple, (
            -(-self.width // self.multiple) * self.multiple
        )

    def plane(self, array: NDArray[Value]) -> NDArray[Value]:
        """Pad an image or matte."""
        for axis, length in enumerate(self.new_size):
            before = array.shape[axis]
            widths = [(0, 0)] * array.ndim
            widths[axis] = (0, length - before)
            mode = self.mode if before >= self.multiple else "edge"
            array = np.pad(array, widths, mode=mode)
        return array

    def hints(self, hints: Hints) -> Hints:
        """Map hints forward: the origin stays, trimap and mask are padded."""
        return _map_hints(hints, lambda x, y: (x, y), 1.0, self.plane)

    def back(self, alpha: Alpha) -> Alpha:
        """Cut the padding off; a view."""
        return alpha[: self.height, : self.width]


def _map_hints(
    hints: Hints,
    point: Callable[[float, float], tuple[float, float]],
    scale: float,
    plane: Callable[[NDArray[Any]], NDArray[Any]],
) -> Hints:
    clicks = tuple(Click(*point(c.x, c.y), c.is_foreground) for c in hints.clicks)
    scribbles = tuple(
        Scribble(tuple(point(x, y) for x, y in s.points), s.width * scale, s.is_foreground)
        for s in hints.scribbles
    )
    box = hints.box and Box(*point(hints.box.x0, hints.box.y0), *point(hints.box.x1, hints.box.y1))
    return replace(
        hints,
        clicks=clicks,
        scribbles=scribbles,
        box=box,
        trimap=None if hints.trimap is None else plane(hints.trimap),
        mask=None if hints.mask is None else plane(hints.mask),
    )
