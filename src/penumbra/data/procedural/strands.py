"""Strands: curves that grow, clump and curl, drawn as tapering ribbons of changing colour.

All strands of a group are arrays of shape (N, K, 2): N curves of K points (x, y) in canvas
pixels.  The random choices are the caller's; here is only geometry and drawing.
"""

import itertools

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

Floats = NDArray[np.float32]

FRACTION_BITS = 4
"""OpenCV takes vertices as integers with this many bits after the point."""


def floats(values: ArrayLike) -> Floats:
    """Numbers, points or colours as an array of single precision."""
    return np.asarray(values, np.float32)


def grow(
    roots: Floats,
    angles: Floats,
    lengths: Floats,
    turns: Floats,
    gravity: Floats,
    points: int,
) -> Floats:
    """Let curves grow from their roots, turning steadily and falling.

    Args:
        roots: Shape (N, 2), pixels.
        angles: First heading, shape (N,), radians; 0 is right, a quarter turn is down.
        lengths: Shape (N,), pixels.
        turns: Change of heading from root to tip, shape (N,), radians.
        gravity: How strongly the heading is drawn downwards over the whole length, shape (N,);
            0 not at all, 5 and more hangs straight down soon.
        points: K.

    Returns:
        Shape (N, K, 2).
    """
    paths = np.empty((len(roots), points, 2), np.float32)
    paths[:, 0] = roots
    heading = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    step = 1 / (points - 1)
    cos, sin = np.cos(turns * step), np.sin(turns * step)
    for k in range(1, points):
        x, y = heading[:, 0].copy(), heading[:, 1].copy()
        heading[:, 0] = x * cos - y * sin
        heading[:, 1] = x * sin + y * cos + gravity * step
        heading /= np.linalg.norm(heading, axis=1, keepdims=True) + np.float32(1e-6)
        paths[:, k] = paths[:, k - 1] + heading * (lengths * step)[:, None]
    return paths


def bend(controls: Floats, points: int) -> Floats:
    """Cubic Bezier curves through control points of shape (N, 4, 2), as (N, points, 2)."""
    t = np.linspace(0, 1, points, dtype=np.float32)
    weights = np.stack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3], axis=1)
    return np.asarray(np.einsum("kc,ncd->nkd", weights, controls), np.float32)


def clump(
    paths: Floats, guides: NDArray[np.intp], strength: float
) -> tuple[Floats, NDArray[np.intp]]:
    """Draw curves towards the nearest of some guide curves, more so at their tips.

    Args:
        paths: Shape (N, K, 2).
        guides: Indices of the guide curves.
        strength: 0 leaves all as it is, 1 makes the tips meet.

    Returns:
        The clumped curves, shape (N, K, 2), and the guide of each, an index into `guides`.
    """
    # A quarter along rather than at the roots, so that a parting is not bridged.
    quarter = paths.shape[1] // 4
    nearest = np.asarray(cKDTree(paths[guides, quarter]).query(paths[:, quarter])[1])
    along = np.linspace(0, 1, paths.shape[1], dtype=np.float32)[None, :, None]
    pull = strength * along**1.2
    return paths + pull * (paths[guides[nearest]] - paths), nearest


def curl(paths: Floats, radii: Floats, rounds: Floats, phases: Floats, depth: float) -> Floats:
    """Wind curves around themselves.

    Args:
        paths: Shape (N, K, 2).
        radii: Of the winding, shape (N,), pixels; it opens from 0 at the root.
        rounds: Number of windings along the curve, shape (N,).
        phases: Shape (N,), radians.
        depth: 0 gives flat waves; about 0.7 gives the loops of a helix seen from the side.
    """
    along = np.linspace(0, 1, paths.shape[1], dtype=np.float32)[None]
    turn = 2 * np.pi * rounds[:, None] * along + phases[:, None]
    opening = radii[:, None] * np.minimum(along * 4, 1)
    tangent, normal = _frame(paths)
    sideways = (opening * np.sin(turn))[..., None] * normal
    lengthways = (opening * depth * np.cos(turn))[..., None] * tangent
    return np.asarray(paths + sideways + lengthways, np.float32)


def sheen(paths: Floats, bands: int, light: tuple[float, float]) -> Floats:
    """Return how brightly each band of each curve shines, shape (N, bands), in [0, 1].

    A thin cylinder shines where it runs across the light: the sine of the angle between
    them, squared.

    Source: Kajiya and Kay, "Rendering fur with three dimensional textures", SIGGRAPH 1989,
    section 3.
    """
    tangent, _ = _frame(paths)
    cuts = _cuts(paths.shape[1], bands)
    middle = tangent[:, (cuts[:-1] + cuts[1:]) // 2]
    towards = np.asarray(light, np.float32) / np.hypot(*light)
    return np.asarray(1 - (middle @ towards) ** 2, np.float32)


def draw_strands(
    strokes: NDArray[np.uint8], paths: Floats, widths: Floats, colours: Floats, taper: float = 0.8
) -> None:
    """Draw curves in their order, each over those before, onto premultiplied 8-bit RGBA.

    Args:
        strokes: Shape (H, W, 4); drawn upon.
        paths: Shape (N, K, 2), pixels.
        widths: At the root, shape (N,), pixels.
        colours: From root to tip, shape (N, bands, 3), in [0, 1].
        taper: Exponent of the narrowing: 0 keeps the width, 1 is a cone, and a curve of 0.5
            stays wide and ends quickly.
    """
    bands = colours.shape[1]
    _, normal = _frame(paths)
    along = np.linspace(1, 0, paths.shape[1], dtype=np.float32)
    half = (0.5 * widths[:, None] * along**taper)[..., None]
    unit = 1 << FRACTION_BITS
    # OpenCV's integer vertices name pixel centres, ours start at the corner.
    left = np.rint((paths + half * normal - 0.5) * unit).astype(np.int32)
    right = np.rint((paths - half * normal - 0.5) * unit).astype(np.int32)
    inks = np.concatenate([np.clip(colours, 0, 1), np.ones((*colours.shape[:2], 1))], axis=2)
    shades = np.rint(inks * 255).tolist()
    cuts = _cuts(paths.shape[1], bands)
    outlines = [
        np.concatenate([left[:, a : b + 1], right[:, a : b + 1][:, ::-1]], axis=1)
        for a, b in itertools.pairwise(cuts)
    ]
    for strand in range(len(paths)):
        for band in range(bands):
            cv2.fillPoly(
                strokes,
                [outlines[band][strand]],
                shades[strand][band],
                cv2.LINE_AA,
                FRACTION_BITS,
            )


def _cuts(points: int, bands: int) -> NDArray[np.intp]:
    """First and last point of each of `bands` parts, as bands + 1 indices."""
    return np.rint(np.linspace(0, points - 1, bands + 1)).astype(np.intp)


def _frame(paths: Floats) -> tuple[Floats, Floats]:
    """Unit tangents and normals, each shape (N, K, 2)."""
    tangent = np.gradient(paths, axis=1)
    tangent /= np.linalg.norm(tangent, axis=2, keepdims=True) + np.float32(1e-6)
    normal = np.stack([-tangent[..., 1], tangent[..., 0]], axis=2)
    return tangent, normal
