"""Outlines of solid things in the unit square, and their anti-aliased areas.

An outline is one closed polygon; a shape is several, filled by the even-odd rule, so that a
polygon inside another is a hole.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import Alpha

Outline = NDArray[np.float64]
"""(N, 2) points (x, y)."""

FINE = 4  # sub-pixels along each side of a pixel
SHIFT = 4  # fractional bits OpenCV is given
AA_EXCESS = 1.7
"""Sub-pixels by which OpenCV's smoothed lines are wider than asked, as measured."""


def fill(outlines: list[Outline], height: int, width: int) -> Alpha:
    """Return the share of each pixel inside the outlines.

    Args:
        outlines: Points in pixels, origin at the outer corner of the top-left pixel.
        height: Rows.
        width: Columns.

    Returns:
        (H, W) in [0, 1], in steps of about 1 / 16.
    """
    canvas = np.zeros((height * FINE, width * FINE), np.uint8)
    cv2.fillPoly(canvas, [_fixed(o) for o in outlines], 255, cv2.LINE_8, SHIFT)
    return _shrunk(canvas, height, width)


def stroke(lines: list[Outline], widths: list[float], height: int, width: int) -> Alpha:
    """Return the share of each pixel under polylines with round ends; as `fill`.

    Args:
        lines: Points in pixels.
        widths: Of each line, in pixels; a quarter of a pixel is the least that is drawn.
        height: Rows.
        width: Columns.
    """
    canvas = np.zeros((height * FINE, width * FINE), np.uint8)
    for line, thickness in zip(lines, widths, strict=True):
        pen = max(round(thickness * FINE - AA_EXCESS), 1)
        cv2.polylines(canvas, [_fixed(line)], False, 255, pen, cv2.LINE_AA, SHIFT)
    return _shrunk(canvas, height, width)


def place(
    outlines: list[Outline], centre: tuple[float, float], scale: float, angle: float = 0.0
) -> list[Outline]:
    """Turn outlines about (0, 0) by `angle`, enlarge, and move to `centre` (x, y) in pixels."""
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    return [o @ turn * scale + np.asarray(centre) for o in outlines]


def random_shape(rng: np.random.Generator) -> list[Outline]:
    """Draw a shape of about unit size around (0, 0): blob, polygon, star, ring or tool."""
    kind = SHAPES[int(rng.integers(len(SHAPES)))]
    return kind(rng)


def blob(rng: np.random.Generator) -> list[Outline]:
    """Draw a rounded potato: a circle with a few harmonics."""
    angles = np.linspace(0, math.tau, 160, endpoint=False)
    radius = np.full(angles.shape, 0.42)
    for k in range(2, 7):
        radius *= 1 + rng.normal(0, 0.22 / k) * np.cos(k * angles + rng.uniform(0, math.tau))
    squeeze = rng.uniform(0.6, 1.0)
    return [np.stack([radius * np.cos(angles), squeeze * radius * np.sin(angles)], axis=1)]


def rounded(outline: Outline, amount: float) -> Outline:
    """Cut the corners of a polygon three times (Chaikin), `amount` of a side each time."""
    for _ in range(3):
        following = np.roll(outline, -1, axis=0)
        cut = np.stack(
            [
                outline * (1 - amount) + following * amount,
                outline * amount + following * (1 - amount),
            ],
            axis=1,
        )
        outline = cut.reshape(-1, 2)
    return outline


def ellipse(centre: tuple[float, float], radii: tuple[float, float], count: int = 96) -> Outline:
    """Return `count` points on an axis-parallel ellipse."""
    angles = np.linspace(0, math.tau, count, endpoint=False)
    points = np.stack([radii[0] * np.cos(angles), radii[1] * np.sin(angles)], axis=1)
    moved: Outline = points + np.asarray(centre)
    return moved


def _polygon(rng: np.random.Generator) -> list[Outline]:
    count = int(rng.integers(3, 8))
    angles = (np.arange(count) + rng.uniform(-0.25, 0.25, count)) * math.tau / count
    radius = rng.uniform(0.38, 0.55, count)
    corners = np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=1)
    return [rounded(corners, rng.uniform(0.02, 0.25))]


def _star(rng: np.random.Generator) -> list[Outline]:
    count = int(rng.integers(4, 9))
    angles = np.arange(2 * count) * math.pi / count
    radius = np.where(np.arange(2 * count) % 2, rng.uniform(0.2, 0.35), 0.55)
    corners = np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=1)
    return [rounded(corners, rng.uniform(0.02, 0.2))]


def _ring(rng: np.random.Generator) -> list[Outline]:
    inner = rng.uniform(0.15, 0.36)
    squeeze = rng.uniform(0.5, 1.0)
    return [
        ellipse((0, 0), (0.48, 0.48 * squeeze)),
        ellipse((0, 0), (inner, inner * squeeze)),
    ]


def _bar(rng: np.random.Generator) -> list[Outline]:
    half = rng.uniform(0.06, 0.2)
    corners = np.array([[-0.55, -half], [0.55, -half], [0.55, half], [-0.55, half]])
    return [rounded(corners, rng.uniform(0.02, 0.25))]


def _spanner(rng: np.random.Generator) -> list[Outline]:
    """Draw an open-ended spanner, its jaw to the right and a ring or a plain end to the left."""
    half, jaw = rng.uniform(0.04, 0.075), rng.uniform(0.13, 0.19)
    gap, depth = jaw * rng.uniform(0.4, 0.6), jaw * rng.uniform(0.9, 1.3)
    top = [(-0.42, -half), (0.3, -half), (0.38, -jaw), (0.52, -jaw), (0.56, -gap)]
    inner = [(0.56 - depth, -gap * 0.9), (0.56 - depth, gap * 0.9)]
    outline = np.array(top + inner + [(x, -y) for x, y in reversed(top)])
    shape = [rounded(outline, 0.1)]
    if rng.uniform() < 0.6:
        shape.append(ellipse((-0.34, 0), (half * 0.55, half * 0.55)))
    return shape


def _hammer(rng: np.random.Generator) -> list[Outline]:
    half, head = rng.uniform(0.03, 0.055), rng.uniform(0.07, 0.11)
    reach = rng.uniform(0.2, 0.3)
    corners = [
        (-0.55, -half * 1.3),
        (0.34, -half),
        (0.34, -reach * 0.9),
        (0.36 + head, -reach),
        (0.36 + 2 * head, -reach * 0.85),
        (0.36 + 2 * head, reach * 0.7),
        (0.4 + head, reach),
        (0.36 + head * 0.6, reach * 0.8),
        (0.34, half),
        (-0.55, half * 1.3),
    ]
    return [rounded(np.array(corners), 0.08)]


def _paddle(rng: np.random.Generator) -> list[Outline]:
    """Draw a racket, spoon or pan: a long handle with a round end."""
    radius, half = rng.uniform(0.16, 0.27), rng.uniform(0.025, 0.05)
    angles = np.linspace(math.pi - 0.2, -math.pi + 0.2, 60)
    long = rng.uniform(1.0, 1.4)
    end = np.stack([0.3 + radius * long * np.cos(angles), -radius * np.sin(angles)], axis=1)
    return [np.concatenate([[(-0.6, -half)], end, [(-0.6, half)]])]


def _fixed(outline: Outline) -> NDArray[np.int32]:
    # OpenCV counts from the centre of a pixel, we from its corner.
    return np.round((outline * FINE - 0.5) * (1 << SHIFT)).astype(np.int32)


def _shrunk(canvas: NDArray[np.uint8], height: int, width: int) -> Alpha:
    shrunk = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)
    return shrunk.astype(np.float32) / np.float32(255)


SHAPES = (blob, blob, _polygon, _star, _ring, _bar, _spanner, _hammer, _paddle)
