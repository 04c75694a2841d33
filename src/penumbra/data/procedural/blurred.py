"""Solids in motion or out of focus.

A picture of something that moves is the average of many sharp ones, and averages go through the
matting equation only as colour times alpha: so that product and alpha are blurred alike, and the
colour is their quotient.  What touches the border is taken to go on beyond it.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.data.procedural.layers import Canvas, ProceduralForeground
from penumbra.data.procedural.shaded import draw_thing
from penumbra.data.procedural.shapes import Outline, ellipse, fill, stroke

FAINTEST = 1e-5
"""Alpha below this, mostly the rounding of fast convolutions, becomes 0."""


@dataclass(frozen=True, eq=False)
class Blur:
    """A linear blur: a convolution, or the mean of several affine views.

    Attributes:
        kernel: Odd square of weights that add up to 1, or None.
        views: Matrices (2, 3) from the sharp picture to each view; none with a kernel.
    """

    kernel: NDArray[np.float32] | None
    views: tuple[NDArray[np.float64], ...] = ()


def draw_blurred(rng: np.random.Generator, height: int, width: int) -> ProceduralForeground:
    """Draw one to three solid things, blurred by motion, defocus or both; salient, opaque.

    Args:
        rng: Source of all chance.
        height: In pixels.
        width: In pixels.

    Raises:
        InputError: The size cannot be drawn.
    """
    sharp = draw_sharp(rng, height, width)
    blurred = Canvas(height, width)
    layers = np.dstack([sharp.premultiplied, sharp.alpha])
    for how in draw_blurs(rng, height, width):
        layers = apply_blur(layers, how)
    alpha = np.clip(layers[:, :, 3], 0, 1)
    alpha[alpha < FAINTEST] = 0
    # Rounding may lift a colour above alpha, or drop it below 0.
    premultiplied = np.clip(layers[:, :, :3], 0, alpha[:, :, None])
    blurred.over_premultiplied(premultiplied, alpha)
    return blurred.finish("SO", "blurred")


def draw_sharp(rng: np.random.Generator, height: int, width: int) -> Canvas:
    """Draw the things as they stand still and in focus."""
    canvas = Canvas(height, width)
    count = int(rng.choice([1, 1, 2, 3]))
    small = min(height, width)
    for _ in range(count):
        spread = 0.08 if count == 1 else 0.25
        x, y = 0.5 + rng.uniform(-spread, spread, 2)
        size = small * rng.uniform(0.6, 1.0) * (1.0 if count == 1 else 0.7)
        draw_thing(rng, canvas, (width * x, height * y), float(size))
    return canvas


def draw_blurs(rng: np.random.Generator, height: int, width: int) -> list[Blur]:
    """Draw what happens to the things: motion along a path, a turn, defocus, or two of these."""
    size = min(height, width)
    match int(rng.choice(4, p=(0.4, 0.3, 0.15, 0.15))):
        case 0:
            return [Blur(_motion(rng, size))]
        case 1:
            return [Blur(_aperture(rng, size))]
        case 2:
            return [Blur(None, _turn(rng, height, width))]
        case _:
            return [Blur(_motion(rng, size)), Blur(_aperture(rng, size * 0.4))]


def apply_blur(layers: NDArray[np.float32], how: Blur) -> NDArray[np.float32]:
    """Blur (H, W, C) planes linearly; the border goes on as it is."""
    if how.kernel is not None:
        blurred = cv2.filter2D(layers, -1, how.kernel, borderType=cv2.BORDER_REPLICATE)
        return np.asarray(blurred, np.float32)
    size = layers.shape[1], layers.shape[0]
    total = np.zeros_like(layers)
    for view in how.views:
        total += cv2.warpAffine(
            layers, view, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
    return total / np.float32(len(how.views))


def _motion(rng: np.random.Generator, size: int) -> NDArray[np.float32]:
    """Return the weights along the path of a hand or a throw: straight, curved or shaky."""
    length = max(size * math.exp(rng.uniform(math.log(0.03), math.log(0.22))), 3.0)
    t = np.linspace(-0.5, 0.5, 48)
    bend, shake = rng.choice([0.0, 0.4, 0.9]) * rng.uniform(-1, 1), rng.choice([0.0, 0.0, 0.1])
    path = np.stack([t, bend * (t**2 - 1 / 12)], axis=1)
    path[:, 1] += shake * np.sin(t * rng.uniform(3, 8) + rng.uniform(0, math.tau))
    path -= (path.max(axis=0) + path.min(axis=0)) / 2
    angle = rng.uniform(0, math.pi)
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    return _weights(path @ turn * length, rng.uniform(1.0, 2.0))


def _weights(path: Outline, pen: float) -> NDArray[np.float32]:
    half = math.ceil(float(np.abs(path).max())) + 2
    side = 2 * half + 1
    line = stroke([path + side / 2], [pen], side, side)
    normalised: NDArray[np.float32] = line / line.sum()
    return normalised


def _aperture(rng: np.random.Generator, size: float) -> NDArray[np.float32]:
    """Return the disc, or the polygon, that a lens spreads a point to."""
    radius = max(size * math.exp(rng.uniform(math.log(0.006), math.log(0.06))), 1.0)
    corners = int(rng.choice([5, 6, 8, 64, 64]))
    side = 2 * (math.ceil(radius) + 1) + 1
    outline = ellipse((side / 2, side / 2), (radius, radius), corners)
    disc = fill([outline], side, side)
    normalised: NDArray[np.float32] = disc / disc.sum()
    return normalised


def _turn(rng: np.random.Generator, height: int, width: int) -> tuple[NDArray[np.float64], ...]:
    """Return the views of something that spins, or comes nearer, while the shutter is open."""
    centre = (width * rng.uniform(0.3, 0.7), height * rng.uniform(0.3, 0.7))
    degrees, growth = rng.uniform(4, 22), 0.0
    if rng.uniform() < 0.4:
        degrees, growth = 0.0, rng.uniform(0.08, 0.25)
    moments = np.linspace(-0.5, 0.5, 32)
    return tuple(
        cv2.getRotationMatrix2D(centre, degrees * m, 1 + growth * m).astype(np.float64)
        for m in moments
    )
