"""Silhouettes blown up to rounded solids, and the light that falls on them."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha

Floats = NDArray[np.float32]
Box = tuple[slice, slice]

AMBIENT = 0.45
"""Share of the light that reaches a surface from everywhere."""

LIGHT = (-0.45, -0.75, 0.6)
"""Where the light of living things comes from: the upper left, in front; (x, y, to viewer)."""

FINEST = 400
"""Solids are worked out on at most about so many pixels a side: they are smooth."""


@dataclass(frozen=True, eq=False)
class Solid:
    """A silhouette with a surface, over the whole canvas.

    Attributes:
        coverage: Shape (H, W), in [0, 1].
        normals: Unit vectors (x, y, towards the viewer), shape (H, W, 3).
        depth: Distance from the outline, shape (H, W), pixels.
    """

    coverage: Alpha
    normals: Floats
    depth: Floats

    def light(self, direction: tuple[float, float, float]) -> Floats:
        """Return how bright the surface is, shape (H, W), in [0, 1], lit from `direction`."""
        towards = np.asarray(direction, np.float32)
        towards /= np.linalg.norm(towards)
        facing = np.clip(self.normals @ towards, 0, 1)
        return np.asarray(AMBIENT + (1 - AMBIENT) * facing, np.float32)


def inflate(coverage: Alpha, roundness: float = 1.0) -> Solid:
    """Blow a silhouette up like a cushion.

    Args:
        coverage: Shape (H, W), in [0, 1].
        roundness: 1 is a ball where the silhouette is a disk, less is flatter.
    """
    height, width = coverage.shape
    shrink = max(1, round(max(height, width) / FINEST))
    size = -(-width // shrink), -(-height // shrink)
    small = cv2.resize(coverage, size, interpolation=cv2.INTER_AREA)
    framed = cv2.copyMakeBorder((small > 0.5).astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    depth = cv2.distanceTransform(framed, cv2.DIST_L2, 5)[1:-1, 1:-1]
    depth = np.minimum(depth, np.float32(max(size)))  # a silhouette that fills everything
    radius = max(float(depth.max()), 1.0)
    rise = roundness * np.sqrt(np.clip(radius**2 - (radius - depth) ** 2, 0, None))
    rise = cv2.GaussianBlur(rise, (0, 0), 0.12 * radius + 0.5)
    slope_y, slope_x = np.gradient(rise)
    normals = np.stack([-slope_x, -slope_y, np.ones_like(rise)], axis=2)
    normals /= np.linalg.norm(normals, axis=2, keepdims=True)
    return Solid(
        coverage, _enlarge(normals, width, height), _enlarge(depth, width, height) * shrink
    )


def blob(height: int, width: int, outline: NDArray[np.float32], softness: float = 0.0) -> Alpha:
    """Fill a closed outline.

    Args:
        height: Of the canvas, pixels.
        width: Of the canvas, pixels.
        outline: Vertices (x, y), shape (N, 2), pixels.
        softness: Deviation of a blur of the edge, pixels.

    Returns:
        Shape (height, width), in [0, 1].
    """
    mask = np.zeros((height, width), np.uint8)
    vertices = np.rint((outline - 0.5) * 16).astype(np.int32)
    cv2.fillPoly(mask, [vertices], 255, cv2.LINE_AA, 4)
    coverage = mask.astype(np.float32) / np.float32(255)
    if softness > 0:
        coverage = cv2.GaussianBlur(coverage, (0, 0), softness).astype(np.float32)
    return coverage


def ellipse(
    x: float, y: float, across: float, down: float, tilt: float = 0.0
) -> NDArray[np.float32]:
    """Outline of an ellipse of half axes `across` and `down`, turned by `tilt` radians."""
    t = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    u, v = across * np.cos(t), down * np.sin(t)
    turned = u * np.cos(tilt) - v * np.sin(tilt), u * np.sin(tilt) + v * np.cos(tilt)
    return np.stack([x + turned[0], y + turned[1]], axis=1).astype(np.float32)


def box_around(outline: Floats, margin: float, height: int, width: int) -> Box:
    """Rows and columns of a canvas that hold an outline and a margin, pixels; may be empty."""
    low, high = np.floor(outline.min(axis=0) - margin), np.ceil(outline.max(axis=0) + margin)
    left, top = np.clip(low, 0, (width, height)).astype(int).tolist()
    right, bottom = np.clip(high, 0, (width, height)).astype(int).tolist()
    return slice(top, bottom), slice(left, right)


def daub(
    strokes: NDArray[np.uint8],
    colour: tuple[float, float, float],
    outline: Floats,
    softness: float = 0.0,
    strength: float = 1.0,
) -> None:
    """Fill an outline with one colour, its edge blurred by `softness` pixels.

    Args:
        strokes: Premultiplied 8-bit RGBA, shape (H, W, 4); drawn upon.
        colour: Straight, in [0, 1].
        outline: Vertices (x, y), shape (N, 2), pixels.
        softness: Deviation of the blur, pixels.
        strength: Coverage inside, in [0, 1].
    """
    box = box_around(outline, 3 * softness + 2, *strokes.shape[:2])
    part = strokes[box]
    height, width = part.shape[:2]
    if part.size == 0:
        return
    local = outline - np.asarray((box[1].start, box[0].start), np.float32)
    coverage = np.float32(strength) * blob(height, width, local, softness)
    paint(part, np.broadcast_to(np.asarray(colour, np.float32), (height, width, 3)), coverage)


def paint(strokes: NDArray[np.uint8], colours: RGB, coverage: Alpha) -> None:
    """Lay straight colours over premultiplied 8-bit RGBA, touching only where they cover.

    Args:
        strokes: Shape (H, W, 4); drawn upon.
        colours: Shape (H, W, 3), in [0, 1].
        coverage: Shape (H, W), in [0, 1].
    """
    left, top, wide, high = cv2.boundingRect((coverage > 0).astype(np.uint8))
    box = slice(top, top + high), slice(left, left + wide)
    weight = coverage[box][..., None]
    ink = np.concatenate([np.clip(colours[box], 0, 1), np.ones_like(weight)], axis=2) * weight
    strokes[box] = np.rint(255 * ink + strokes[box] * (1 - weight))


def _enlarge(field: NDArray[Any], width: int, height: int) -> Floats:
    return np.asarray(cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR))
