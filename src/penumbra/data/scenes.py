"""Pictures of several people, made of people cut out of others, with the matte of each.

The composite generator of the sheet `smpmat`, section 8: the plausible layout `scene`, and the
layout `random` of older sets of composites, which is meant as the bad example.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha, as_rgb
from penumbra.core.errors import InputError, require
from penumbra.core.resample import resize
from penumbra.data.arranging import Arrangement, Figure, Place, arranged
from penumbra.data.harmonise import contact_shadow, matched, noisy
from penumbra.data.persons import Person, cuts_of, extent_of, flipped, has_feet, scaled, trimmed

MOST = 6
"""People in a scene at most."""

_GRID = 2.0**20  # visible opacities are whole multiples of one over this
_SEEN = 0.2  # share of its opaque pixels that everybody shows at least
_TRIES, _SMALLER = 60, 0.95  # attempts to let everybody be seen, and how sizes change with each


@dataclass(frozen=True)
class SceneOptions:
    """How scenes are made.

    Attributes:
        size: (height, width) in pixels.
        arrangement: Where people stand.
        matching: Strength with which they take on the background's colours, in the layout
            `scene`.
        shadow: Opacity of the shadow under feet where it is darkest, in the layout `scene`.
        noise: Largest deviation of Gaussian noise, in units of the range.
        jpeg: Probability of JPEG compression.
        quality: Its range.
    """

    size: tuple[int, int] = (512, 512)
    arrangement: Arrangement = field(default_factory=Arrangement)
    matching: float = 0.5
    shadow: float = 0.5
    noise: float = 0.02
    jpeg: float = 0.5
    quality: tuple[int, int] = (70, 95)

    def __post_init__(self) -> None:
        require(min(self.size) >= 16, "size", "at least 16 by 16", self.size)
        require(0 <= self.matching <= 1, "matching", "in [0, 1]", self.matching)
        require(0 <= self.shadow <= 1, "shadow", "in [0, 1]", self.shadow)
        require(0 <= self.noise <= 1, "noise", "in [0, 1]", self.noise)
        require(0 <= self.jpeg <= 1, "jpeg", "in [0, 1]", self.jpeg)
        low, high = self.quality
        require(1 <= low <= high <= 100, "quality", "a range in [1, 100]", self.quality)


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture of people.

    Attributes:
        image: (H, W, 3) in [0, 1].
        alphas: (N, H, W) in [0, 1], what is seen of each person, in the order given.  At no
            pixel do they add up to more than 1, in float32 either.
        order: Numbers of the people from the farthest to the nearest: who is later covers who
            is earlier.
        boxes: (N, 4) int64: x0, y0, x1, y1 of each, half-open, around alpha > 0.5.
    """

    image: RGB
    alphas: NDArray[np.float32]
    order: tuple[int, ...]
    boxes: NDArray[np.int64]


def make_scene(
    people: Sequence[Person],
    background: RGB,
    rng: np.random.Generator,
    how: SceneOptions | None = None,
) -> Scene:
    """Paste people over a background.

    Before noise and JPEG the image is exactly the sum that `flattened` says.  In the layout
    `random` colours are pasted as they are, and there are no shadows.

    Args:
        people: 1 to 6.
        background: (h, w, 3) in [0, 1]; enlarged to cover the picture, and cut at random.
        rng: Draws everything; the same seed makes the same scene.
        how: Defaults to the layout `scene` at 512 by 512.

    Raises:
        InputError: There are too many people or none, or there is no room to see them all.
        ImageError: The background is not an image.

    Source:
        The sheet `smpmat`, section 8.
    """
    how = how or SceneOptions()
    require(1 <= len(people) <= MOST, "people", f"1 to {MOST}", len(people))
    canvas = _covering(as_rgb(background, "background"), how.size, rng)
    pasted, order, visible = _pasted([trimmed(person) for person in people], how, rng)
    colours = [each.person.colours for each in pasted]
    if how.arrangement.layout == "scene":
        pairs = ((each.person.colours, each.person.alpha) for each in pasted)
        colours = [matched(*pair, canvas, how.matching) for pair in pairs]
        canvas = _shaded(canvas, pasted, how.shadow)
    layers = [_laid(it, each, how.size) for it, each in zip(colours, pasted, strict=True)]
    image = flattened(layers, visible, canvas)
    deviation = float(rng.uniform(0, how.noise))
    quality = int(rng.integers(*how.quality, endpoint=True)) if rng.random() < how.jpeg else None
    return Scene(noisy(image, deviation, quality, rng), visible, order, _boxes(visible))


def visible_alphas(alphas: Sequence[Alpha], order: Sequence[int]) -> NDArray[np.float32]:
    """Return what is seen of each layer where nearer ones cover it: a_k prod_{j>k} (1 - a_j).

    Args:
        alphas: (H, W) each, in [0, 1].
        order: Numbers of the layers from the farthest to the nearest.

    Returns:
        (N, H, W) in the order of `alphas`.  Rounded down to whole multiples of 2^-20, so that
        their sum is exact in float32 and at most 1.

    Source:
        The sheet `smpmat`, section 8.

    Example:
        >>> half = np.full((1, 1), 0.5, np.float32)
        >>> visible_alphas([half, half], (1, 0)).ravel().tolist()
        [0.5, 0.25]
    """
    visible = np.empty((len(alphas), *alphas[0].shape), np.float32)
    through = np.ones(alphas[0].shape)
    for number in reversed(order):
        visible[number] = np.floor(_GRID * (alphas[number] * through)) / _GRID
        through *= 1 - alphas[number].astype(np.float64)
    return visible


def flattened(colours: Sequence[RGB], visible: NDArray[np.float32], background: RGB) -> RGB:
    """Return the picture of layers: their colours by what is seen of them, and the background.

    Args:
        colours: (H, W, 3) in [0, 1] each, straight.
        visible: (N, H, W) in [0, 1], of `visible_alphas`.
        background: (H, W, 3) in [0, 1].

    Returns:
        (H, W, 3) in [0, 1].

    Source:
        The sheet `smpmat`, section 8.
    """
    image = background * (1 - visible.sum(axis=0))[:, :, None]
    for layer, alpha in zip(colours, visible, strict=True):
        image += layer * alpha[:, :, None]
    return np.clip(image, 0, 1)


class _Pasted(NamedTuple):
    """A person in its final size, and where its top left corner lies on the canvas."""

    person: Person
    row: int
    col: int
    has_feet: bool


def _pasted(
    people: Sequence[Person], how: SceneOptions, rng: np.random.Generator
) -> tuple[list[_Pasted], tuple[int, ...], NDArray[np.float32]]:
    """Place people so that all are seen; return them, their order, and what is seen of each."""
    figures = [
        Figure(it.extent.height, it.extent.width, cuts_of(it), has_feet(it)) for it in people
    ]
    for attempt in range(_TRIES):
        shrink = _SMALLER**attempt
        places, order = arranged(figures, how.size, how.arrangement, rng, shrink)
        triples = zip(people, places, figures, strict=True)
        pasted = [_paste(person, place, figure) for person, place, figure in triples]
        visible = visible_alphas([_laid(it.person.alpha, it, how.size) for it in pasted], order)
        whole = np.array([(it.person.alpha > 0.5).sum() for it in pasted])
        if ((visible > 0.5).sum(axis=(1, 2)) >= _SEEN * whole).all():
            return pasted, order, visible
    raise InputError(f"people must all be seen, got no such arrangement in {_TRIES}")


def _paste(person: Person, place: Place, figure: Figure) -> _Pasted:
    person = scaled(flipped(person) if place.is_flipped else person, place.scale)
    _, bottom, left, right = person.extent
    row, col = round(place.foot) - bottom, round(place.x - (left + right) / 2)
    return _Pasted(person, row, col, figure.has_feet)


def _laid(
    plane: NDArray[np.float32], pasted: _Pasted, size: tuple[int, int]
) -> NDArray[np.float32]:
    """Return a person's alpha or colours on an empty canvas, (height, width) or with channels."""
    canvas = np.zeros((*size, *plane.shape[2:]), np.float32)
    rows, cols = (
        slice(max(start, 0), max(min(start + length, limit), 0))
        for start, length, limit in zip((pasted.row, pasted.col), plane.shape, size, strict=False)
    )
    seen = plane[rows.start - pasted.row : rows.stop - pasted.row]
    canvas[rows, cols] = seen[:, cols.start - pasted.col : cols.stop - pasted.col]
    return canvas


def _shaded(canvas: RGB, pasted: Sequence[_Pasted], opacity: float) -> RGB:
    """Return a background with the shadows of all whose feet are seen."""
    for each in pasted:
        if each.has_feet and opacity > 0:
            alpha = _laid(each.person.alpha, each, (canvas.shape[0], canvas.shape[1]))
            shadow = contact_shadow(
                alpha, each.row + each.person.extent.bottom, each.person.extent.height
            )
            canvas = canvas * (1 - opacity * shadow[:, :, None])
    return canvas


def _covering(background: RGB, size: tuple[int, int], rng: np.random.Generator) -> RGB:
    """Return the largest cut of a background that has the shape of the canvas, in its size."""
    height, width = size
    factor = min(background.shape[0] / height, background.shape[1] / width)
    rows, cols = max(1, round(factor * height)), max(1, round(factor * width))
    row = int(rng.integers(background.shape[0] - rows, endpoint=True))
    col = int(rng.integers(background.shape[1] - cols, endpoint=True))
    return resize(background[row : row + rows, col : col + cols], height, width)


def _boxes(visible: NDArray[np.float32]) -> NDArray[np.int64]:
    extents = [extent_of(alpha > 0.5) for alpha in visible]
    rows = [(it.left, it.top, it.right, it.bottom) for it in extents if it is not None]
    return np.array(rows, np.int64)
