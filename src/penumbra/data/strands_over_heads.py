"""Hair for mattes that have none: strands drawn over the rim of a person's head.

Mattes made of binary masks cut hair off smoothly.  Here tufts and stray hairs grow out of the
outline of the hair, in the colours just inside it; how much of each pixel they cover is known
exactly, as of all that is drawn (`penumbra.data.procedural`).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha, Mask
from penumbra.data.hairlines import Floats, Hairline, find_hairline, inner_colours
from penumbra.data.procedural.layers import SMALLEST, Canvas
from penumbra.data.procedural.strands import clump, curl, draw_strands, floats, grow
from penumbra.io.hidden import spread_colours

SHORTEST = 0.03  # widths of the head; so are the next two
LONGEST = 0.25
USUAL = 130.0  # pixels: a head as wide gets `STRANDS` strands a width, of widths of a pixel
STRANDS = 260
POINTS = 14
BANDS = 4
DRAWN = 1500  # pixels: sides of what is drawn upon, where heads are smaller
FINEST = 6  # canvas pixels on the side of a pixel


def with_strands(image: RGB, alpha: Alpha, rng: np.random.Generator) -> tuple[RGB, Alpha]:
    """Let strands of hair grow along the outline of a person's hair.

    They are laid over the person and beyond: alpha becomes 1 - (1 - alpha) (1 - coverage), the
    over operator.  What lies beyond the picture's border is cut off.

    Args:
        image: Colours of the person, straight, (H, W, 3) in [0, 1].
        alpha: Opacity of the person, (H, W) in [0, 1].
        rng: Decides everything.

    Returns:
        Colours and alpha of the person with strands; the inputs themselves where
        `find_hairline` finds no hair.

    Raises:
        InputError: The head is larger than `penumbra.data.procedural` draws, 2048 pixels.
    """
    hairline = find_hairline(image, alpha)
    if hairline is None:
        return image, alpha
    strands = _grown(rng, hairline, image, alpha)
    return _laid_over(image, alpha, strands) if len(strands.paths) else (image, alpha)


@dataclass(frozen=True, eq=False)
class _Roots:
    """Where strands begin.

    Attributes:
        at: Nearest points of the hairline, as indices, shape (N,).
        tufts: To which tuft each belongs, shape (N,), in [0, count).
        count: Of tufts.
        are_stray: Whether it keeps off its tuft, shape (N,).
    """

    at: NDArray[np.intp]
    tufts: NDArray[np.int64]
    count: int
    are_stray: Mask

    def each(self, of_tufts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return for each root what its tuft has."""
        return of_tufts[self.tufts]


@dataclass(frozen=True, eq=False)
class _Strands:
    """Curves (N, K, 2), widths at their roots (N,), both in pixels, and colours (N, bands, 3)."""

    paths: Floats
    widths: Floats
    colours: Floats


def _grown(rng: np.random.Generator, hairline: Hairline, image: RGB, alpha: Alpha) -> _Strands:
    """Let tufts grow, and single hairs between them."""
    width = hairline.width
    fine = (width / USUAL) ** 0.5  # large heads show more strands, each of them broader
    roots = _rooted(rng, hairline, fine)
    count, normals = len(roots.at), hairline.normals[roots.at]
    wildness = rng.uniform(0, 1)  # how far the hair stands off, and how long it is
    inside = width * rng.uniform(0.005, 0.04, count)
    deep = inside + width * rng.uniform(0.01, 0.03, count)
    begins, looked_at = (
        floats(hairline.points[roots.at] - depth[:, None] * normals) for depth in (inside, deep)
    )
    colours, is_known = inner_colours(image, alpha, looked_at, 0.02 * width)

    angles, sides = _headings(rng, hairline, roots, wildness)
    tuft_lengths = (0.35 + 0.65 * wildness) * roots.each(rng.uniform(0.4, 1.0, roots.count))
    shares = np.where(
        roots.are_stray, rng.beta(1.0, 3.0, count), tuft_lengths * rng.beta(1.2, 3.0, count)
    )
    reach = (SHORTEST + (LONGEST - SHORTEST) * shares) * width
    turns = sides * rng.normal(0.5, 0.5, count) + roots.each(rng.normal(0, 0.35, roots.count))
    gravity = rng.uniform(0.2, 1.0) * rng.uniform(0.3, 1.2, count)
    paths = grow(
        begins, floats(angles), floats(reach + inside), floats(turns), floats(gravity), POINTS
    )
    guides = rng.choice(count, max(count // 9, 1), replace=False)
    clumped, nearest = clump(paths, guides, rng.uniform(0.2, 0.6))
    paths[~roots.are_stray] = clumped[~roots.are_stray]
    waves = rng.uniform(0.0, 0.018) * width * rng.uniform(0.3, 1.2, count)
    phases = rng.uniform(0, 2 * np.pi, len(guides))[nearest] + rng.normal(0, 0.5, count)
    paths = curl(paths, floats(waves), floats(rng.uniform(0.6, 2.0, count)), floats(phases), 0.2)

    widths = np.where(roots.are_stray, rng.uniform(0.2, 0.4, count), rng.uniform(0.3, 0.8, count))
    widths *= fine * (1 - 0.5 * shares)  # what stands far off are single hairs
    shades = rng.normal(1, 0.08, len(guides))[nearest] * rng.normal(1, 0.08, count)
    lighter = np.linspace(1.0, 1.12, BANDS)  # tips let more light through
    shaded = colours[:, None] * (shades[:, None] * lighter)[..., None]
    return _Strands(paths[is_known], floats(widths)[is_known], floats(shaded)[is_known])


def _rooted(rng: np.random.Generator, hairline: Hairline, fine: float) -> _Roots:
    """Draw where strands begin: most in tufts, all of them where there is hair."""
    chances = (hairline.weights * _density(rng, hairline)).astype(np.float64)
    chances /= chances.sum()
    arc = float(hairline.weights.sum()) / hairline.width
    count = max(int(STRANDS * fine * arc * rng.uniform(0.6, 1.3)), 8)
    middles = rng.choice(len(chances), max(int(rng.uniform(12, 30) * arc), 2), p=chances)
    tufts = rng.integers(0, len(middles), count)
    are_stray = rng.uniform(0, 1, count) < 0.3
    beside = middles[tufts] + rng.normal(0, 0.035 * hairline.width, count)
    at = np.clip(np.rint(beside), 0, len(chances) - 1).astype(np.intp)
    at[are_stray] = rng.choice(len(chances), are_stray.sum(), p=chances)
    # A strand that is not where its tuft is may have come off the hair.
    at = np.where(rng.uniform(0, 1, count) < hairline.weights[at], at, middles[tufts])
    return _Roots(at, tufts, len(middles), are_stray)


def _density(rng: np.random.Generator, hairline: Hairline) -> Floats:
    """Return how many tufts stand where along the outline, (N,), smooth, positive."""
    along = hairline.sides / hairline.width
    waves = np.zeros_like(along)
    for rounds in rng.uniform(0.3, 2.5, 4):
        waves += rng.normal(0, 0.5) * np.cos(2 * np.pi * (rounds * along + rng.uniform()))
    return floats(np.exp(waves))


def _headings(
    rng: np.random.Generator, hairline: Hairline, roots: _Roots, wildness: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return first headings (N,), radians, and sides (N,): -1 is left of the parting, 1 right.

    Hair falls from the parting down both sides, and stands off the head by some angle.
    """
    count, normals = len(roots.at), hairline.normals[roots.at]
    parting = rng.normal(0, 0.15) + roots.each(rng.normal(0, 0.06, roots.count))
    from_parting = hairline.sides[roots.at] / hairline.width - parting
    sides = np.where(from_parting + rng.normal(0, 0.04, count) > 0, 1.0, -1.0)
    down = np.stack([-normals[:, 1], normals[:, 0]], axis=1) * sides[:, None]
    rise = 0.15 + 0.4 * wildness + roots.each(rng.normal(0, 0.1, roots.count))
    rise = np.clip(rise + rng.normal(0, 0.1, count) + 0.1 * roots.are_stray, 0.1, 0.8)[:, None]
    heading = rise * normals + (1 - rise) * down
    heading[:, 0] += rng.normal(0, 0.15)  # a draught
    return np.arctan2(heading[:, 1], heading[:, 0]) + rng.normal(0, 0.15, count), sides


def _laid_over(image: RGB, alpha: Alpha, strands: _Strands) -> tuple[RGB, Alpha]:
    """Draw strands over a person, within the window that they reach."""
    height, width = alpha.shape
    points = strands.paths.reshape(-1, 2)
    x0, y0 = np.maximum(np.floor(points.min(axis=0)).astype(int) - SMALLEST, 0)
    x1, y1 = np.minimum(np.ceil(points.max(axis=0)).astype(int) + SMALLEST, (width, height))
    window = slice(y0, y1), slice(x0, x1)
    scale = int(np.clip(DRAWN // max(y1 - y0, x1 - x0), 2, FINEST))
    canvas = Canvas(y1 - y0, x1 - x0, scale)
    strokes = np.zeros((canvas.height, canvas.width, 4), np.uint8)
    paths = (strands.paths - floats((x0, y0))) * scale
    draw_strands(strokes, paths, strands.widths * scale, strands.colours, taper=0.5)
    canvas.over_strokes(strokes)
    drawn = canvas.finish("SO", "hair")

    coverage, below = drawn.alpha, alpha[window] * (1 - drawn.alpha)
    joined = coverage + below
    premultiplied = coverage[..., None] * drawn.foreground + below[..., None] * image[window]
    colours = np.where(
        joined[..., None] > 0, premultiplied / np.maximum(joined, 1e-6)[..., None], image[window]
    )
    # Beside strands, too, colours go on as theirs, for when the picture is shrunk.
    near = cv2.dilate((coverage > 0).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    is_beside = near & (joined <= 0)
    colours[is_beside] = spread_colours(colours, joined > 0)[is_beside]
    image_out, alpha_out = image.copy(), alpha.copy()
    image_out[window] = np.clip(colours, 0, 1)
    # Rounding must not take away what was there.
    alpha_out[window] = np.clip(np.maximum(joined, alpha[window]), 0, 1)
    return image_out, alpha_out
