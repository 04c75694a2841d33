"""Coats of fur: colours and markings, laid over rounded parts and along tails."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import Alpha
from penumbra.data.procedural.layers import Canvas
from penumbra.data.procedural.noise import smooth_noise
from penumbra.data.procedural.palettes import COATS, any_colour
from penumbra.data.procedural.solids import LIGHT, blob, box_around, inflate, paint
from penumbra.data.procedural.strands import Floats, bend, clump, curl, draw_strands, floats, grow

POINTS = 8
BANDS = 3


@dataclass(frozen=True, eq=False)
class Coat:
    """What an animal wears, at every pixel of the canvas.

    Attributes:
        colours: Shape (H, W, 3), in [0, 1].
        swirl: Deviation of the combing, shape (H, W), radians.
        length: Of a hair, canvas pixels.
        wave: Radius of its curls, canvas pixels.
        thin: One part in 1152 of the canvas: the unit of thickness.
    """

    colours: Floats
    swirl: Floats
    length: float
    wave: float
    thin: float


def any_coat(rng: np.random.Generator, canvas: Canvas, length: float) -> Coat:
    """Patches, stripes, spots or a plain gradient of two colours."""
    rows, cols = -(-canvas.height // 4), -(-canvas.width // 4)
    unit = min(rows, cols)
    ground, marks = COATS[rng.integers(len(COATS))]
    if rng.uniform() < 0.1:
        ground = any_colour(rng, (0.3, 0.8), (0.5, 0.95))
    warp = smooth_noise(rng, rows, cols, 0.25 * unit, 2)
    y, x = np.mgrid[:rows, :cols].astype(np.float32) / unit
    pattern = {
        "patches": smooth_noise(rng, rows, cols, 0.4 * unit, 2) * 6,
        "stripes": 3 * np.sin(34 * (x + 0.35 * y) + 5 * warp) - 1,
        "spots": 9 * (smooth_noise(rng, rows, cols, 0.07 * unit) - 0.3),
        "plain": 3 * (y - 0.6) + warp,
    }[str(rng.choice(["patches", "stripes", "spots", "plain"]))]
    share = (1 / (1 + np.exp(-2 * pattern)))[..., None]
    colours = floats(ground) * (1 - share) + floats(marks) * share
    colours = colours * (1 + 0.16 * smooth_noise(rng, rows, cols, 0.12 * unit, 3))[..., None]
    size = canvas.width, canvas.height
    swirl = smooth_noise(rng, rows, cols, 0.18 * unit, 2) * rng.uniform(0.5, 1.2)
    is_curly = rng.uniform() < 0.25
    return Coat(
        colours=floats(cv2.resize(floats(colours), size)),
        swirl=floats(cv2.resize(swirl, size)),
        length=length,
        wave=length * (rng.uniform(0.12, 0.25) if is_curly else 0.03),
        thin=min(canvas.height, canvas.width) / 1152,
    )


def cover_part(
    rng: np.random.Generator,
    strokes: NDArray[np.uint8],
    coat: Coat,
    outline: Floats,
    comb: float | None,
    longer: float,
) -> None:
    """Cover one rounded part with fur that is combed towards an angle, or outwards."""
    reach = 0.5 * coat.length + 4 * coat.thin
    box = box_around(outline, 3 * reach, *strokes.shape[:2])
    part, ground = strokes[box], coat.colours[box]
    if part.size == 0:
        return
    corner = floats((box[1].start, box[0].start))
    coverage = blob(part.shape[0], part.shape[1], outline - corner)
    solid = inflate(coverage)
    shade = solid.light(LIGHT)
    _draw_shadow(part, coverage, reach)
    paint(part, ground * (0.6 * shade)[..., None], coverage)
    length = coat.length * longer
    area = float(coverage[::4, ::4].sum()) * 16
    count = int(np.clip(area / (2.2 * coat.thin * length) * 1.6, 60, 2600))
    roots = _roots(rng, coverage, count)
    if len(roots) == 0:
        return
    ahead = np.zeros(2) if comb is None else np.array([np.cos(comb), np.sin(comb)])
    roots = roots[np.argsort(-(roots @ ahead))]
    col, row = roots.astype(np.intp).T
    normals = solid.normals[row, col]
    # Towards the outline fur turns outwards, whichever way it is combed.
    rim = np.clip(1.5 * np.linalg.norm(normals[:, :2], axis=1, keepdims=True), 0, 1)
    heading = ahead * (1 - 0.75 * rim) + 1.2 * normals[:, :2]
    if comb is None:
        outward = np.linalg.norm(roots - (outline.mean(axis=0) - corner), axis=1)
        order = np.argsort(-outward)
        roots, col, row, heading, normals = (a[order] for a in (roots, col, row, heading, normals))
    angles = np.arctan2(heading[:, 1], heading[:, 0]) + coat.swirl[box][row, col]
    foreshortened = 0.55 + 0.45 * np.linalg.norm(normals[:, :2], axis=1)
    colours = ground[row, col] * shade[row, col][:, None]
    _draw_hairs(rng, strokes, coat, roots + corner, angles, length * foreshortened, colours)


def cover_tail(
    rng: np.random.Generator,
    strokes: NDArray[np.uint8],
    coat: Coat,
    controls: NDArray[np.float64],
    radii: Floats,
) -> None:
    """Cover a curved tail with fur that runs along it and outwards."""
    spine = bend(controls[None].astype(np.float32), len(radii))[0]
    tangent = np.gradient(spine, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + floats(1e-6)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    edge = normal * radii[:, None]
    outline = np.concatenate([spine + edge, (spine - edge)[::-1]])
    box = box_around(outline, 2, *strokes.shape[:2])
    if strokes[box].size:
        corner = floats((box[1].start, box[0].start))
        coverage = blob(strokes[box].shape[0], strokes[box].shape[1], outline - corner)
        paint(strokes[box], 0.4 * coat.colours[box], coverage)
    span = float(np.linalg.norm(np.diff(spine, axis=0), axis=1).sum())
    count = int(np.clip(span * radii.max() / (coat.thin * coat.length) * 1.5, 200, 3000))
    along = np.sort(rng.uniform(0, 1, count))[::-1]
    place = np.minimum((along * len(spine)).astype(np.intp), len(spine) - 1)
    across = rng.uniform(-1, 1, count).astype(np.float32)
    # The middle faces the viewer and is drawn last among its neighbours.
    order = np.lexsort((-np.abs(across), -(along * 40).astype(np.intp)))
    place, across = place[order], across[order]
    roots = spine[place] + edge[place] * across[:, None]
    heading = tangent[place] + normal[place] * (1.5 * across)[:, None]
    angles = np.arctan2(heading[:, 1], heading[:, 0]) + rng.normal(0, 0.12, count)
    swelling = (radii / radii.max())[place]
    facing = np.sqrt(np.clip(1 - across**2, 0, 1))
    lit = np.clip(0.75 + 0.3 * facing - 0.2 * np.sin(angles) * -across, 0.4, 1.1)
    height, width = strokes.shape[:2]
    col = np.clip(roots[:, 0], 0, width - 1).astype(np.intp)
    row = np.clip(roots[:, 1], 0, height - 1).astype(np.intp)
    colours = coat.colours[row, col] * lit[:, None]
    _draw_hairs(rng, strokes, coat, roots, angles, coat.length * (0.35 + swelling), colours)


def swelling(rng: np.random.Generator) -> Floats:
    """Relative radii of a tail from its base to its tip, shape (48,)."""
    t = np.linspace(0, 1, 48)
    bush = 1 + rng.uniform(0, 1.3) * np.exp(-(((t - 0.62) / 0.25) ** 2))
    return np.asarray(bush * np.sqrt(np.clip(1 - t**4, 0.02, 1)), np.float32)


def _draw_hairs(
    rng: np.random.Generator,
    strokes: NDArray[np.uint8],
    coat: Coat,
    roots: Floats,
    angles: Floats,
    lengths: Floats,
    colours: Floats,
) -> None:
    """Grow, clump, wave and draw hairs of given root colours."""
    count = len(roots)
    strays = rng.uniform(0, 1, count) < 0.04
    uneven = rng.uniform(0.7, 1.15, count) * np.where(strays, 1.35, 1)
    paths = grow(
        roots.astype(np.float32),
        (angles + rng.normal(0, 0.16, count)).astype(np.float32),
        (lengths * uneven).astype(np.float32),
        rng.normal(0, 0.3, count).astype(np.float32),
        np.full(count, 0.7, np.float32),
        POINTS if coat.wave < 0.1 * coat.length else 2 * POINTS,
    )
    guides = rng.choice(count, max(count // 14, 1), replace=False)
    clumped, nearest = clump(paths, guides, 0.6)
    paths[~strays] = clumped[~strays]
    phases = rng.uniform(0, 2 * np.pi, len(guides))[nearest] + rng.normal(0, 0.5, count)
    paths = curl(
        paths,
        (coat.wave * rng.uniform(0.6, 1.3, count)).astype(np.float32),
        rng.uniform(1.2, 2.2, count).astype(np.float32),
        phases.astype(np.float32),
        0.5,
    )
    tuft = rng.normal(1, 0.09, len(guides))[nearest] * rng.normal(1, 0.11, count)
    ramp = np.linspace(0.62, 1.12, BANDS)
    tints = colours[:, None] * (tuft[:, None] * ramp)[..., None]
    widths = coat.thin * np.where(strays, 1.4, rng.uniform(1.8, 4.2, count))
    draw_strands(strokes, paths, widths.astype(np.float32), tints.astype(np.float32), taper=0.7)


def _draw_shadow(strokes: NDArray[np.uint8], coverage: Alpha, reach: float) -> None:
    """Darken what lies behind a part around its lower edge; alpha stays."""
    small = cv2.resize(coverage, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), max(0.25 * reach, 0.5))
    dark = 1 - 0.45 * cv2.resize(soft, coverage.shape[::-1], interpolation=cv2.INTER_LINEAR)
    strokes[..., :3] = strokes[..., :3] * dark[..., None]


def _roots(rng: np.random.Generator, coverage: Alpha, count: int) -> Floats:
    """Draw points (x, y) evenly inside a silhouette, shape (count, 2), pixels."""
    rows, cols = np.nonzero(coverage > 0.5)
    if len(rows) == 0:
        return np.zeros((0, 2), np.float32)
    chosen = rng.integers(len(rows), size=count)
    inside = np.stack([cols[chosen], rows[chosen]], axis=1)
    return (inside + rng.uniform(0, 1, (count, 2))).astype(np.float32)
