"""Surfaces to dress solids and backgrounds in: wood, bricks, cloth, stone, marble, patterns."""

import colorsys
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB
from penumbra.data.procedural.noise import (
    Field,
    fractal_noise,
    pixel_grid,
    smooth_noise,
    smoothstep,
)

Colour = NDArray[np.float32]
"""(3,) in [0, 1], sRGB-encoded."""

Texture = Callable[[np.random.Generator, int, int], RGB]
"""From a size to a picture."""

HUES = (0.45, 0.2, 0.35)
"""Shares of warm, blue and arbitrary hues."""


def draw_texture(rng: np.random.Generator, height: int, width: int) -> RGB:
    """Draw one of the surfaces of this file, of random scale and colours; (H, W, 3)."""
    kind = TEXTURES[int(rng.integers(len(TEXTURES)))]
    return kind(rng, height, width)


def random_colour(
    rng: np.random.Generator,
    value: tuple[float, float] = (0.15, 0.95),
    saturation: tuple[float, float] = (0.0, 0.85),
) -> Colour:
    """Draw a colour within ranges of HSV value and saturation.

    As in photographs, browns, reds and yellows are commonest, blues come next, and dull
    colours are more frequent than vivid ones.
    """
    low, high = saturation
    hue = rng.choice([rng.normal(0.08, 0.06), rng.normal(0.58, 0.05), rng.uniform()], p=HUES)
    colour = colorsys.hsv_to_rgb(
        float(hue) % 1, low + (high - low) * rng.beta(1.2, 1.8), rng.uniform(*value)
    )
    return np.asarray(colour, np.float32)


def mix(first: Colour | RGB, second: Colour | RGB, weight: Field) -> RGB:
    """Pass from `first` (weight 0) to `second` (weight 1); (H, W, 3)."""
    w = weight[:, :, None]
    return (first * (1 - w) + second * w).astype(np.float32)


def ramp(field: Field, colours: list[Colour]) -> RGB:
    """Colour a field in [0, 1] by even steps through `colours`; (H, W, 3)."""
    places = np.linspace(0, 1, len(colours))
    channels = [np.interp(field, places, [c[i] for c in colours]) for i in range(3)]
    return np.stack(channels, axis=2).astype(np.float32)


def turned_grid(
    rng: np.random.Generator, height: int, width: int, wobble: float = 0.0
) -> tuple[Field, Field]:
    """Return coordinates (v, u) along two random perpendicular directions, in pixels.

    Args:
        rng: Where the chance comes from.
        height: Rows.
        width: Columns.
        wobble: Pixels by which the lines are bent, smoothly.
    """
    y, x = pixel_grid(height, width)
    angle = rng.choice([0.0, math.pi / 2, rng.uniform(0, math.pi)])
    u = x * np.float32(math.cos(angle)) + y * np.float32(math.sin(angle))
    v = y * np.float32(math.cos(angle)) - x * np.float32(math.sin(angle))
    if wobble > 0:
        cell = max(height, width) / 3
        u = u + np.float32(wobble) * smooth_noise(rng, height, width, cell)
        v = v + np.float32(wobble) * smooth_noise(rng, height, width, cell)
    return v.astype(np.float32), u.astype(np.float32)


def _wood(rng: np.random.Generator, height: int, width: int) -> RGB:
    size = max(height, width)
    v, _ = turned_grid(rng, height, width, wobble=size * 0.03)
    rings = v / (size * rng.uniform(0.02, 0.08)) + 0.8 * fractal_noise(
        rng, height, width, size / 3, 3
    )
    # Each ring darkens slowly and ends sharply.
    grain = (rings % 1.0) ** 2
    depth = np.float32(rng.uniform(0.15, 0.6))
    fibres = fractal_noise(rng, height, width, 6, 3, stretch=(0.5, 6.0))
    dark = np.array([0.32, 0.19, 0.1], np.float32) * np.float32(rng.uniform(0.7, 1.5))
    light = np.clip(dark * np.float32(rng.uniform(1.4, 2.2)) + np.float32(0.08), 0, 1)
    wood = ramp(np.clip(0.75 - depth * grain + 0.08 * fibres, 0, 1), [dark, light])
    board = np.floor(v / (size * rng.uniform(0.2, 0.5)))
    tones = rng.uniform(0.8, 1.1, 64).astype(np.float32)
    return np.clip(wood * tones[board.astype(int) % 64][:, :, None], 0, 1).astype(np.float32)


def _bricks(rng: np.random.Generator, height: int, width: int) -> RGB:
    size = max(height, width)
    v, u = turned_grid(rng, height, width, wobble=size * 0.004)
    row_height = max(size * rng.uniform(0.05, 0.16), 3.0)
    brick_width = row_height * rng.uniform(1.0, 3.2)
    shift = rng.choice([0.0, 0.5])
    row = np.floor(v / row_height)
    column = np.floor(u / brick_width + shift * row)
    in_row = v / row_height - row
    in_column = u / brick_width + shift * row - column
    gap = np.minimum(
        np.minimum(in_row, 1 - in_row) * row_height,
        np.minimum(in_column, 1 - in_column) * brick_width,
    )
    body = smoothstep(row_height * 0.03, row_height * 0.09 + 0.8, gap.astype(np.float32))
    tones = rng.normal(1, 0.1, 1024).astype(np.float32)
    tone = tones[(row * 37 + column * 101).astype(int) % 1024]
    rough = fractal_noise(rng, height, width, row_height / 2, 4, gain=0.7)
    colour = random_colour(rng, (0.35, 0.9), (0.0, 0.7))
    bricks = colour * (tone + np.float32(0.07) * rough)[:, :, None]
    mortar = random_colour(rng, (0.3, 0.85), (0, 0.15)) * (1 + np.float32(0.05) * rough)[:, :, None]
    return np.clip(mix(mortar, bricks, body), 0, 1).astype(np.float32)


def _cloth(rng: np.random.Generator, height: int, width: int) -> RGB:
    size = max(height, width)
    v, u = turned_grid(rng, height, width, wobble=size * rng.uniform(0.0, 0.05))
    period = rng.uniform(2.5, 7.0)
    weave = np.sin(u * (math.tau / period)) * np.sin(v * (math.tau / period))
    folds = fractal_noise(rng, height, width, size / 2.5, 3, stretch=(1.0, rng.uniform(0.3, 1)))
    ground = np.broadcast_to(random_colour(rng), (height, width, 3))
    for along in (u, v):  # a tartan: bands in both directions, each half transparent
        for _ in range(int(rng.integers(0, 3))):
            pace = size * rng.uniform(0.06, 0.4)
            place = np.abs((along / pace + rng.uniform()) % 1.0 - 0.5) * pace
            band = 0.6 * smoothstep(1.0, -1.0, place - pace * rng.uniform(0.04, 0.25))
            ground = mix(ground, random_colour(rng), band)
    light = 1 + 0.06 * weave + 0.14 * folds
    return np.clip(ground * light[:, :, None], 0, 1).astype(np.float32)


def _stone(rng: np.random.Generator, height: int, width: int) -> RGB:
    size = max(height, width)
    base = random_colour(rng, (0.25, 0.9), (0.0, 0.5))
    other = np.clip(base * np.float32(rng.uniform(0.4, 0.8)) + rng.uniform(0, 0.1), 0, 1)
    gain = rng.uniform(0.5, 0.9)
    field = fractal_noise(rng, height, width, size * rng.uniform(0.05, 0.5), 7, gain)
    return ramp(np.clip(0.5 + 0.22 * field, 0, 1), [other.astype(np.float32), base])


def _marble(rng: np.random.Generator, height: int, width: int) -> RGB:
    size = max(height, width)
    v, _ = turned_grid(rng, height, width)
    bend = fractal_noise(rng, height, width, size / 2, 6, 0.55)
    veins = np.abs(np.sin(v / (size * rng.uniform(0.05, 0.2)) + 2.2 * bend)) ** rng.uniform(0.2, 1)
    colours = [random_colour(rng), random_colour(rng, (0.6, 1), (0, 0.3))]
    return ramp(veins.astype(np.float32), colours)


def _pattern(rng: np.random.Generator, height: int, width: int) -> RGB:
    size = max(height, width)
    v, u = turned_grid(rng, height, width, wobble=size * rng.choice([0.0, 0.02]))
    pace = max(size * rng.uniform(0.04, 0.2), 4.0)
    across, along = (np.abs((c / pace) % 1.0 - 0.5) for c in (u, v))
    edge = 1 / pace
    match int(rng.integers(4)):
        case 0:  # stripes
            figure = smoothstep(-edge, edge, across - rng.uniform(0.1, 0.4))
        case 1:  # checks
            figure = smoothstep(-edge, edge, (across - 0.25) * (along - 0.25) * 8)
        case 2:  # dots
            figure = smoothstep(edge, -edge, np.hypot(across, along) - rng.uniform(0.15, 0.42))
        case _:  # chevrons
            zigzag = np.abs((v / pace + across) % 1.0 - 0.5)
            figure = smoothstep(-edge, edge, zigzag - 0.25)
    soft = fractal_noise(rng, height, width, size / 2, 4)
    picture = mix(random_colour(rng), random_colour(rng), figure)
    return np.clip(picture * (1 + 0.08 * soft)[:, :, None], 0, 1).astype(np.float32)


TEXTURES: tuple[Texture, ...] = (_wood, _bricks, _cloth, _stone, _marble, _pattern)
