"""What a user tells the kit about the object they want.

Coordinates are (x, y) in pixels of the original, upright image: x to the right, y down,
origin at the outer corner of the top-left pixel, so the centre of that pixel is (0.5, 0.5).
Arrays are indexed [row, col]; `Click.pixel` is the one place where the order turns.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from penumbra.core.arrays import Mask, Trimap, as_mask, as_trimap
from penumbra.core.errors import HintError

HintKind = Literal["click", "scribble", "box", "text", "trimap", "mask"]


@dataclass(frozen=True, slots=True)
class Click:
    """A point on the object (`is_foreground`) or off it."""

    x: float
    y: float
    is_foreground: bool = True

    def __post_init__(self) -> None:
        if not (math.isfinite(self.x) and math.isfinite(self.y)):
            raise HintError(f"click must be finite, got ({self.x}, {self.y})")

    @property
    def pixel(self) -> tuple[int, int]:
        """The (row, col) of the pixel under the click."""
        return math.floor(self.y), math.floor(self.x)


@dataclass(frozen=True, slots=True)
class Scribble:
    """A polyline of `width` pixels, on the object or off it; one point paints a disk."""

    points: tuple[tuple[float, float], ...]
    width: float = 10.0
    is_foreground: bool = True

    def __post_init__(self) -> None:
        if not self.points:
            raise HintError("scribble must have at least one point, got none")
        for x, y in self.points:
            if not (math.isfinite(x) and math.isfinite(y)):
                raise HintError(f"scribble must be finite, got ({x}, {y})")
        if not (math.isfinite(self.width) and self.width > 0):
            raise HintError(f"scribble width must be positive, got {self.width}")

    def mask(self, height: int, width: int) -> Mask:
        """Return the painted pixels, (height, width).

        A pixel is painted if its centre lies at most half the width from the line; a line
        thinner than a pixel counts as one pixel wide, so that it has no gaps.  The pixels
        under the points themselves are always painted.
        """
        painted = np.zeros((height, width), np.bool_)
        starts = self.points if len(self.points) == 1 else self.points[:-1]
        for start, end in zip(starts, self.points[-len(starts) :], strict=True):
            self._paint_segment(painted, start, end)
        for x, y in self.points:
            row, col = Click(x, y).pixel
            if 0 <= row < height and 0 <= col < width:
                painted[row, col] = True
        return painted

    def _paint_segment(
        self, painted: Mask, start: tuple[float, float], end: tuple[float, float]
    ) -> None:
        (x0, y0), (x1, y1) = start, end
        reach = max(self.width, 1) / 2
        rows = _pixels(min(y0, y1) - reach, max(y0, y1) + reach)
        cols = _pixels(min(x0, x1) - reach, max(x0, x1) + reach)
        view = painted[rows, cols]  # empty, where the segment lies outside
        y = np.arange(rows.start, rows.start + view.shape[0])[:, None] + 0.5 - y0
        x = np.arange(cols.start, cols.start + view.shape[1])[None, :] + 0.5 - x0
        dx, dy = x1 - x0, y1 - y0
        length2 = dx * dx + dy * dy
        # How far along the segment the nearest point lies; all of it, where it has no length.
        t = np.clip((x * dx + y * dy) / length2, 0, 1) if length2 > 0 else 0.0
        view |= (x - t * dx) ** 2 + (y - t * dy) ** 2 <= reach * reach


@dataclass(frozen=True, slots=True)
class Box:
    """Half-open rectangle [x0, x1) x [y0, y1) around the object."""

    x0: float
    y0: float
    x1: float
    y1: float

    def __post_init__(self) -> None:
        if not all(math.isfinite(v) for v in (self.x0, self.y0, self.x1, self.y1)):
            raise HintError(f"box must be finite, got {self}")
        if not (self.x0 < self.x1 and self.y0 < self.y1):
            raise HintError(f"box must have x0 < x1 and y0 < y1, got {self}")


@dataclass(frozen=True, slots=True, eq=False)
class Hints:
    """Everything said about one object; any mixture, or nothing at all.

    Immutable, so a session can keep every round and undo is an index.  Compared by
    identity, because a trimap is an array.

    Attributes:
        clicks: Points on or off the object.
        scribbles: Strokes on or off the object.
        box: A rectangle that holds the whole object.
        text: What the object is, in words.
        trimap: (H, W): known background, known foreground, unknown.
        mask: (H, W): a coarse mask of the object, to be refined.

    Raises:
        HintError: The text is blank, or the mask is not one.
        TrimapError: The trimap is not one.
    """

    clicks: tuple[Click, ...] = ()
    scribbles: tuple[Scribble, ...] = ()
    box: Box | None = None
    text: str | None = None
    trimap: Trimap | None = None
    mask: Mask | None = None

    def __post_init__(self) -> None:
        if self.text is not None and not self.text.strip():
            raise HintError(f"text must name the object, got {self.text!r}")
        # The instance is frozen; this is its one chance to hold what it promises.
        if self.trimap is not None:
            object.__setattr__(self, "trimap", as_trimap(self.trimap))
        if self.mask is not None:
            object.__setattr__(self, "mask", as_mask(self.mask))

    @property
    def kinds(self) -> frozenset[HintKind]:
        """The kinds of hint present."""
        return frozenset(self._kinds())

    def add(self, *more: Click | Scribble) -> "Hints":
        """Return a copy with more clicks and scribbles."""
        clicks = tuple(hint for hint in more if isinstance(hint, Click))
        scribbles = tuple(hint for hint in more if isinstance(hint, Scribble))
        return replace(self, clicks=self.clicks + clicks, scribbles=self.scribbles + scribbles)

    def check_inside(self, height: int, width: int) -> None:
        """Raise `HintError` unless every hint fits an image of (height, width) pixels."""
        size = f"the {width}x{height} image"
        for click in self.clicks:
            if not (0 <= click.x < width and 0 <= click.y < height):
                raise HintError(f"click must lie inside {size}, got ({click.x:g}, {click.y:g})")
        for scribble in self.scribbles:
            for x, y in scribble.points:
                if not (0 <= x <= width and 0 <= y <= height):
                    raise HintError(f"scribble must lie inside {size}, got ({x:g}, {y:g})")
        if (box := self.box) is not None and not (
            box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
        ):
            raise HintError(
                f"box must lie inside {size}, got ({box.x0:g}, {box.y0:g}, {box.x1:g}, {box.y1:g})"
            )
        for name, plane in (("trimap", self.trimap), ("mask", self.mask)):
            if plane is not None and plane.shape != (height, width):
                came = "x".join(str(side) for side in reversed(plane.shape))
                raise HintError(f"{name} must be as large as {size}, got {came}")

    def _kinds(self) -> Iterator[HintKind]:
        if self.clicks:
            yield "click"
        if self.scribbles:
            yield "scribble"
        if self.box is not None:
            yield "box"
        if self.text is not None:
            yield "text"
        if self.trimap is not None:
            yield "trimap"
        if self.mask is not None:
            yield "mask"


def _pixels(low: float, high: float) -> slice:
    """The rows or columns that the range touches."""
    return slice(max(math.floor(low), 0), max(math.ceil(high), 0))
