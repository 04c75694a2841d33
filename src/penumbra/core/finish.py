"""Looks of a finished cut-out: a sticker's outline, a shadow, a crop to the object.

They are drawn in this order, each below what is there already, and mixed by the operator "over" of
Porter and Duff ("Compositing digital images", SIGGRAPH 1984), so that what comes out is a cut-out
again, with straight colours.  The canvas grows where something would be cut off.
"""

import math
import re
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from penumbra.core.arrays import Alpha
from penumbra.core.cutout import Cutout
from penumbra.core.errors import InputError, require
from penumbra.core.matte import VISIBLE, is_empty
from penumbra.core.resample import resize

Colour = tuple[float, float, float]
"""RGB in [0, 1], in the photograph's own colours."""

ShadowKind = Literal["drop", "floor"]

_WRITTEN = re.compile(r"(-?\d+(?:\.\d+)?)\s*(px|%)?")
_LONGEST = 10_000  # pixels that a length may have

_SHARP = 6.0  # standard deviation, in pixels, of the largest blur that is not made smaller first
_FLAT = 0.12  # height of the shadow on the floor, of the object's
_FOOT = 0.25  # of the object's height is near enough to the floor to darken it


@dataclass(frozen=True)
class Length:
    """A length in pixels, or as a share of the object: of the longer side of its box.

    Attributes:
        amount: Pixels, or the share; either may be negative.
        is_share: Which of them.

    Raises:
        InputError: It is longer than 10,000 pixels, or than the object.
    """

    amount: float
    is_share: bool = False

    def __post_init__(self) -> None:
        most = 1 if self.is_share else _LONGEST
        is_right = math.isfinite(self.amount) and abs(self.amount) <= most
        require(is_right, "length", "at most 10000 pixels or 100 %", self.amount)

    def pixels(self, side: int) -> float:
        """Return the length in pixels for an object whose longer side has `side` of them."""
        return self.amount * side if self.is_share else self.amount


def parse_length(text: str, name: str = "length", is_signed: bool = False) -> Length:
    """Read a length as the command line has it: "20px", "20" or "5%".

    Args:
        text: It.
        name: What to call it in an error.
        is_signed: Whether it may be negative.

    Raises:
        InputError: It is none of these.

    Example:
        >>> parse_length("20px"), parse_length("5%")
        (Length(amount=20.0, is_share=False), Length(amount=0.05, is_share=True))
    """
    written = _WRITTEN.fullmatch(text.strip())
    if written is None or (text.strip().startswith("-") and not is_signed):
        raise InputError(f"{name} must be like 20px or 5%, got {text!r}")
    amount, is_share = float(written[1]), written[2] == "%"
    return Length(amount / 100 if is_share else amount, is_share)


@dataclass(frozen=True)
class Outline:
    """A sticker's edge around the object, and below what shines through it.

    Attributes:
        width: Of the edge.
        colour: Of it.

    Raises:
        InputError: The width is negative.
    """

    width: Length
    colour: Colour = (1.0, 1.0, 1.0)

    def __post_init__(self) -> None:
        require(self.width.amount >= 0, "outline", "at least 0 wide", self.width.amount)


@dataclass(frozen=True)
class Shadow:
    """A soft shadow below the object.

    Attributes:
        kind: "drop" is the object's shape on a wall behind it; "floor" is the shape of its lowest
            quarter, lying flat where it stands: at the bottom of its box.
        x: To the right, from right below the object.
        y: Down.
        blur: Twice the standard deviation of a Gaussian, as in CSS.
        opacity: Where nothing is blurred, in [0, 1].
        colour: Of the shadow.

    Raises:
        InputError: The opacity lies outside [0, 1], or the blur is negative.
    """

    kind: ShadowKind = "drop"
    x: Length = Length(0.015, is_share=True)
    y: Length = Length(0.02, is_share=True)
    blur: Length = Length(0.04, is_share=True)
    opacity: float = 0.5
    colour: Colour = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        require(0 <= self.opacity <= 1, "opacity", "in [0, 1]", self.opacity)
        require(self.blur.amount >= 0, "blur", "at least 0", self.blur.amount)


DROP = Shadow()
"""A shadow on a wall right behind the object."""

FLOOR = Shadow("floor", Length(0), Length(0), Length(0.03, is_share=True), 0.6)
"""The dark place where something stands."""


@dataclass(frozen=True)
class Crop:
    """Cut to the object with its outline and shadow.

    Attributes:
        margin: Kept around them, on all sides.
        is_square: Whether the shorter side gets more, evenly.

    Raises:
        InputError: The margin is negative.
    """

    margin: Length = Length(0)
    is_square: bool = False

    def __post_init__(self) -> None:
        require(self.margin.amount >= 0, "margin", "at least 0", self.margin.amount)


@dataclass(frozen=True)
class Finish:
    """What is done to a cut-out, in this order; None leaves it out."""

    outline: Outline | None = None
    shadow: Shadow | None = None
    crop: Crop | None = None


@dataclass(frozen=True)
class Canvas:
    """A part of the photograph's plane, half-open; it may reach out of the photograph.

    Attributes:
        top: First row, in pixels of the photograph.
        left: First column.
        bottom: Row after the last.
        right: Column after the last.
    """

    top: int
    left: int
    bottom: int
    right: int

    def grown(self, by: int) -> "Canvas":
        """Return what is at most `by` pixels away as well."""
        return Canvas(self.top - by, self.left - by, self.bottom + by, self.right + by)

    def with_(self, other: "Canvas") -> "Canvas":
        """Return the smallest that holds both."""
        return Canvas(
            min(self.top, other.top),
            min(self.left, other.left),
            max(self.bottom, other.bottom),
            max(self.right, other.right),
        )

    def squared(self) -> "Canvas":
        """Return the smallest square around it, with the same centre, to half a pixel."""
        missing = (self.bottom - self.top) - (self.right - self.left)
        high, wide = max(-missing, 0), max(missing, 0)
        top, left = self.top - high // 2, self.left - wide // 2
        side = self.bottom - self.top + high
        return Canvas(top, left, top + side, left + side)

    def plane(self, array: NDArray[np.float32], is_repeated: bool) -> NDArray[np.float32]:
        """Return what lies here.

        Args:
            array: (H, W) or (H, W, C) of the photograph.
            is_repeated: Whether its edges go on outside of it; otherwise there is 0.
        """
        height, width = array.shape[:2]
        rows, cols = np.arange(self.top, self.bottom), np.arange(self.left, self.right)
        inner = array[np.ix_(rows.clip(0, height - 1), cols.clip(0, width - 1))]
        if not is_repeated:
            inner[(rows < 0) | (rows >= height)] = 0
            inner[:, (cols < 0) | (cols >= width)] = 0
        return inner


@dataclass(frozen=True, eq=False)
class Finished:
    """A cut-out as it is shown, and what it was made of.

    Attributes:
        shown: With outline and shadow.
        object: Without them, on the same canvas.
        canvas: Where that lies in the photograph.
    """

    shown: Cutout
    object: Cutout
    canvas: Canvas


def finish(cutout: Cutout, wish: Finish | None) -> Finished:
    """Give a cut-out its looks; one that shows nothing, or without a wish, stays as it is.

    Outside the photograph nothing is of the object, and the background goes on as at its edge.
    `matte` of what comes out is still that of the whole photograph.

    Args:
        cutout: What was lifted off.
        wish: What is done to it.
    """
    height, width = cutout.alpha.shape
    whole = Canvas(0, 0, height, width)
    if wish is None or is_empty(cutout.alpha):
        return Finished(cutout, cutout, whole)
    rows, cols = extent(cutout.alpha)
    box = Canvas(rows.start, cols.start, rows.stop, cols.stop)
    side = max(box.bottom - box.top, box.right - box.left)
    outlined = box if wish.outline is None else box.grown(_reach(wish.outline, side))
    needed = outlined
    if wish.shadow is not None:
        reach = _shadow_reach(wish.shadow, side)
        needed = needed.with_(_lying(wish.shadow, outlined, side).grown(reach))
    canvas = needed.with_(whole)
    if wish.crop is not None:
        canvas = needed.grown(round(wish.crop.margin.pixels(side)))
        canvas = canvas.squared() if wish.crop.is_square else canvas
    lifted = _on(canvas, cutout)
    shown = lifted
    if wish.outline is not None:
        part = _within(outlined, canvas)
        edge = np.zeros_like(shown.alpha)
        edge[part] = _edge(shown.alpha[part], wish.outline.width.pixels(side))
        shown = _over(shown, edge, wish.outline.colour)
    if wish.shadow is not None:
        dark = _shade(wish.shadow, shown.alpha, canvas, outlined, side)
        shown = _over(shown, dark, wish.shadow.colour)
    return Finished(shown, lifted, canvas)


def extent(alpha: Alpha) -> tuple[slice, slice]:
    """Return the smallest part of a picture that holds all of the object; all, where it is none."""
    rows, cols = (np.flatnonzero((alpha >= VISIBLE).any(axis=axis)) for axis in (1, 0))
    if rows.size == 0:
        return slice(None), slice(None)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(cols[0]), int(cols[-1]) + 1)


def part_of(cutout: Cutout, part: tuple[slice, slice]) -> Cutout:
    """Return what lies in some rows and columns."""
    return replace(
        cutout,
        foreground=cutout.foreground[part],
        alpha=cutout.alpha[part],
        background=cutout.background[part],
    )


def _on(canvas: Canvas, cutout: Cutout) -> Cutout:
    return replace(
        cutout,
        foreground=canvas.plane(cutout.foreground, is_repeated=True),
        alpha=canvas.plane(cutout.alpha, is_repeated=False),
        background=canvas.plane(cutout.background, is_repeated=True),
    )


def _within(part: Canvas, canvas: Canvas) -> tuple[slice, slice]:
    """Return where a part of a canvas lies on it."""
    return (
        slice(part.top - canvas.top, part.bottom - canvas.top),
        slice(part.left - canvas.left, part.right - canvas.left),
    )


def _over(above: Cutout, opacity: Alpha, colour: Colour) -> Cutout:
    """Lay a cut-out over one colour of some opacity; both straight, and so is what comes out."""
    alpha = above.alpha + opacity * (1 - above.alpha)
    share = np.divide(above.alpha, alpha, out=np.ones_like(alpha), where=alpha > 0)[:, :, None]
    mixed = share * above.foreground + (1 - share) * np.array(colour, np.float32)
    return replace(above, foreground=mixed, alpha=alpha)


def _reach(outline: Outline, side: int) -> int:
    return math.ceil(outline.width.pixels(side)) + 1


def _edge(alpha: Alpha, width: float) -> Alpha:
    """Return how much of each pixel is at most `width` away from the object, which is its inside.

    The object ends where alpha passes 0.5: beyond the centre of the last pixel inside by as much
    as that is more.
    """
    inside = alpha >= 0.5
    if not inside.any():
        return np.zeros_like(alpha)
    distance, (rows, cols) = distance_transform_edt(~inside, return_indices=True)
    distance -= alpha[rows, cols] - 0.5
    covered = np.where(inside, 1, width + 0.5 - distance)
    return covered.clip(0, 1).astype(np.float32)


def _lying(shadow: Shadow, box: Canvas, side: int) -> Canvas:
    """Return where the shape that casts a shadow lies, without its blur."""
    x, y = round(shadow.x.pixels(side)), round(shadow.y.pixels(side))
    top, bottom = box.top, box.bottom
    if shadow.kind == "floor":
        high = max(round(_FLAT * (bottom - top)), 1)
        top = bottom - high // 2
        bottom = top + high
    return Canvas(top + y, box.left + x, bottom + y, box.right + x)


def _shadow_reach(shadow: Shadow, side: int) -> int:
    """Return how far a shadow can be seen from its shape: three standard deviations."""
    return math.ceil(1.5 * shadow.blur.pixels(side))


def _shade(shadow: Shadow, alpha: Alpha, canvas: Canvas, box: Canvas, side: int) -> Alpha:
    """Return how opaque a shadow is on a canvas; `alpha` there casts it, all of it in the box."""
    lying, reach = _lying(shadow, box, side), _shadow_reach(shadow, side)
    shape = alpha[_within(box, canvas)]
    if shadow.kind == "floor":
        foot = shape[-math.ceil(_FOOT * len(shape)) :]
        shape = resize(foot, lying.bottom - lying.top, foot.shape[1])
    soft = _blurred(np.pad(shape, reach), shadow.blur.pixels(side) / 2)
    dark = np.zeros_like(alpha)
    dark[_within(lying.grown(reach), canvas)] = soft * np.float32(shadow.opacity)
    return dark


def _blurred(plane: Alpha, sigma: float) -> Alpha:
    """Blur by a Gaussian, a wide one on a smaller plane; outside of it is 0."""
    if sigma == 0:
        return plane
    height, width = plane.shape
    scale = min(_SHARP / sigma, 1)
    small = resize(plane, max(round(height * scale), 1), max(round(width * scale), 1))
    soft: Alpha = np.empty_like(small)
    across, down = sigma * small.shape[1] / width, sigma * small.shape[0] / height
    edge = cv2.BORDER_CONSTANT
    cv2.GaussianBlur(small, (0, 0), across, dst=soft, sigmaY=down, borderType=edge)
    return resize(soft, height, width).clip(0, 1)
