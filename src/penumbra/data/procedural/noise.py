"""Smooth random fields: what makes strands, smoke, glass and shadows vary coherently.

Perlin, "An image synthesizer", SIGGRAPH 1985, for summed octaves; Ebert et al., "Texturing and
Modeling: A Procedural Approach", 3rd edition, 2003, for ridges and warped domains.  An octave
here is a cubic interpolation of white noise on a grid, which is cheaper than gradient noise.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
"""(H, W) of any range."""


def smooth_noise(
    rng: np.random.Generator, height: int, width: int, cell: float, octaves: int = 1
) -> Field:
    """Draw a field that varies smoothly, each octave half the cell and half the strength.

    Args:
        rng: Source of the values.
        height: In pixels.
        width: In pixels.
        cell: Distance over which the coarsest octave changes, in pixels.
        octaves: How many to add.

    Returns:
        Shape (height, width), within [-1, 1], mean about 0.
    """
    field = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        field += np.float32(0.5**octave) * _octave(rng, height, width, cell / 2**octave)
    return np.clip(field / np.float32(2 - 0.5 ** (octaves - 1)), -1, 1)


def fractal_noise(
    rng: np.random.Generator,
    height: int,
    width: int,
    cell: float,
    octaves: int = 5,
    gain: float = 0.5,
    stretch: tuple[float, float] = (1.0, 1.0),
    is_ridged: bool = False,
) -> Field:
    """Draw a sum of octaves, standardised, with a choice of roughness, streaks and ridges.

    Args:
        rng: Source of the values.
        height: In pixels.
        width: In pixels.
        cell: Distance over which the coarsest octave changes, in pixels.
        octaves: How many, unless they come below a pixel earlier.
        gain: Strength of an octave in that of the one before.
        stretch: Factors of `cell` along (y, x).
        is_ridged: Fold each octave at zero, which gives sharp crests instead of soft spots.

    Returns:
        Shape (height, width), of mean 0 and deviation 1 (all 0 where nothing varies).
    """
    total = np.zeros((height, width), np.float32)
    strength = 1.0
    for _ in range(octaves):
        octave = _octave(rng, height, width, cell, stretch)
        total += np.float32(strength) * (-np.abs(octave) if is_ridged else octave)
        strength, cell = strength * gain, cell / 2
        if cell * max(stretch) < 1:
            break
    return _standardised(total)


def flow(
    rng: np.random.Generator, height: int, width: int, cell: float, octaves: int = 3
) -> tuple[Field, Field]:
    """Draw a swirling displacement without sources: the curl of a fractal potential.

    Returns:
        The displacement (dx, dy), each of shape (height, width), of length about 1.

    Source:
        Bridson, Hourihan and Nordenstam, "Curl-noise for procedural fluid flow", SIGGRAPH 2007.
    """
    potential = fractal_noise(rng, height + 2, width + 2, cell, octaves)
    along_y = potential[2:, 1:-1] - potential[:-2, 1:-1]
    along_x = potential[1:-1, 2:] - potential[1:-1, :-2]
    length = np.float32(math.sqrt(float(np.mean(along_x**2 + along_y**2))) + 1e-6)
    return along_y / length, -along_x / length


def warp(field: NDArray[np.float32], dx: Field, dy: Field) -> NDArray[np.float32]:
    """Fetch every pixel from (dx, dy) pixels beside it; mirrored at the borders.

    Args:
        field: Shape (H, W) or (H, W, C).
        dx: Columns to the right, shape (H, W).
        dy: Rows down, shape (H, W).
    """
    y, x = pixel_grid(dx.shape[0], dx.shape[1])
    return fetch(field, x + dx, y + dy)


def fetch(
    field: NDArray[np.float32], x: NDArray[np.floating], y: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Return the values at columns x and rows y, counted from the centre of the first pixel.

    Args:
        field: Shape (H, W) or (H, W, C); interpolated linearly, mirrored at the borders.
        x: Any shape (h, w).
        y: The same shape.
    """
    places = x.astype(np.float32), y.astype(np.float32)
    fetched = cv2.remap(field, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(fetched, np.float32)


def pixel_grid(height: int, width: int) -> tuple[Field, Field]:
    """Return the row and the column of every pixel, each of shape (height, width)."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return y, x


def smoothstep(low: float, high: float, field: NDArray[np.floating]) -> Field:
    """Rise smoothly from 0 at `low` to 1 at `high`; fall, where `high` is the lower one."""
    t = np.clip((field - np.float32(low)) / np.float32(high - low), 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def blur(field: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Blur by a Gaussian of `sigma` pixels, repeating the border; (H, W) or (H, W, C)."""
    smooth = cv2.GaussianBlur(field, (0, 0), max(sigma, 0.1), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(smooth, np.float32)


def _octave(
    rng: np.random.Generator,
    height: int,
    width: int,
    cell: float,
    stretch: tuple[float, float] = (1.0, 1.0),
) -> Field:
    """Smooth uniform noise in [-1, 1] to spots of about `cell` pixels."""
    step_y, step_x = max(cell * stretch[0], 1.0), max(cell * stretch[1], 1.0)
    rows, cols = math.ceil(height / step_y) + 3, math.ceil(width / step_x) + 3
    grid = rng.uniform(-1, 1, (rows, cols)).astype(np.float32)
    size = math.ceil(cols * step_x), math.ceil(rows * step_y)
    # Resizing is exact where OpenCV's warps round places to 1 / 32 of a cell, which shows.
    fine = cv2.resize(grid, size, interpolation=cv2.INTER_CUBIC)
    # A random cut, so that the grid points of several octaves do not fall together.
    top = int(rng.integers(size[1] - height + 1))
    left = int(rng.integers(size[0] - width + 1))
    return np.ascontiguousarray(fine[top : top + height, left : left + width])


def _standardised(field: Field) -> Field:
    mean, deviation = (float(v.item()) for v in cv2.meanStdDev(field))
    scale = 1 / deviation if deviation > 1e-6 else 0.0
    return ((field - np.float32(mean)) * np.float32(scale)).astype(np.float32)
