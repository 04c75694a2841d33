"""Colours to draw living things with."""

import colorsys

import numpy as np

Colour = tuple[float, float, float]
"""(R, G, B), sRGB in [0, 1]."""

HAIR: tuple[Colour, ...] = (
    (0.07, 0.06, 0.06),
    (0.17, 0.11, 0.08),
    (0.33, 0.20, 0.12),
    (0.50, 0.31, 0.17),
    (0.55, 0.24, 0.11),
    (0.78, 0.60, 0.36),
    (0.88, 0.77, 0.55),
    (0.60, 0.59, 0.58),
    (0.90, 0.89, 0.87),
)
SKIN: tuple[Colour, ...] = (
    (0.95, 0.80, 0.71),
    (0.88, 0.69, 0.57),
    (0.72, 0.51, 0.38),
    (0.52, 0.34, 0.24),
    (0.35, 0.22, 0.16),
)
COATS: tuple[tuple[Colour, Colour], ...] = (
    ((0.82, 0.50, 0.22), (0.97, 0.92, 0.84)),
    ((0.12, 0.11, 0.11), (0.92, 0.91, 0.89)),
    ((0.48, 0.44, 0.40), (0.16, 0.14, 0.13)),
    ((0.93, 0.91, 0.87), (0.85, 0.76, 0.63)),
    ((0.52, 0.35, 0.22), (0.23, 0.15, 0.10)),
    ((0.76, 0.62, 0.44), (0.28, 0.20, 0.15)),
    ((0.40, 0.42, 0.46), (0.80, 0.80, 0.80)),
    ((0.09, 0.08, 0.09), (0.24, 0.17, 0.12)),
)
"""Fur: ground and markings."""


def any_colour(
    rng: np.random.Generator, saturation: tuple[float, float], value: tuple[float, float]
) -> Colour:
    """Draw a colour of any hue, its saturation and value within the given ranges."""
    return colorsys.hsv_to_rgb(rng.uniform(), rng.uniform(*saturation), rng.uniform(*value))


def any_of(rng: np.random.Generator, colours: tuple[Colour, ...], spread: float = 0.04) -> Colour:
    """Draw one of `colours` and move each of its channels by up to `spread`."""
    chosen = np.asarray(colours[rng.integers(len(colours))])
    r, g, b = np.clip(chosen + rng.uniform(-spread, spread, 3), 0, 1)
    return float(r), float(g), float(b)


def darker(colour: Colour, factor: float) -> Colour:
    """Multiply every channel by a factor below 1."""
    r, g, b = colour
    return factor * r, factor * g, factor * b
