"""Plastic film: crumpled sheets, pouches and bags, seen through and full of highlights."""

import math

import cv2
import numpy as np

from penumbra.core.arrays import Alpha
from penumbra.data.procedural.layers import Canvas
from penumbra.data.procedural.noise import (
    Field,
    blur,
    flow,
    fractal_noise,
    pixel_grid,
    smoothstep,
    warp,
)
from penumbra.data.procedural.shapes import Outline, blob, fill, place, rounded
from penumbra.data.procedural.textures import Colour, draw_texture, mix, random_colour


def draw_film(rng: np.random.Generator, canvas: Canvas) -> None:
    """Lay a sheet, a pouch or a bag of film over the canvas, one or two layers of it."""
    height, width = canvas.height, canvas.width
    size = min(height, width)
    outlines = _outline(rng)
    scale = size * rng.uniform(0.8, 1.15)
    centre = (width * rng.uniform(0.42, 0.58), height * rng.uniform(0.42, 0.58))
    turned = place(outlines, centre, scale, rng.normal(0, 0.25))
    ragged = flow(rng, height, width, size / 4)
    cover = fill(turned, height, width)
    reach = np.float32(size * rng.uniform(0.0, 0.02))
    cover = np.clip(warp(cover, ragged[0] * reach, ragged[1] * reach), 0, 1)
    tint = random_colour(rng, (0.55, 1.0), (0.0, 0.15 if rng.uniform() < 0.7 else 0.8))
    clarity = float(rng.uniform(0.05, 0.35))
    for _ in range(int(rng.integers(1, 3))):
        relief = _relief(rng, height, width)
        _lay_film(rng, canvas, relief, cover, tint, clarity)
    if rng.uniform() < 0.3:
        _print(rng, canvas, cover)
    _lay_edges(rng, canvas, cover)


def _outline(rng: np.random.Generator) -> list[Outline]:
    """Return a sheet, a pouch, a carrier bag with handles, or a crumpled lump."""
    match int(rng.integers(4)):
        case 0:
            tall, wide = rng.uniform(0.3, 0.45, 2)
            corners = np.array([[-wide, -tall], [wide, -tall], [wide, tall], [-wide, tall]])
            return [rounded(corners + rng.normal(0, 0.02, (4, 2)), 0.02)]
        case 1:  # a pouch, gathered at the neck
            neck, flare = rng.uniform(0.06, 0.12), rng.uniform(0.15, 0.3)
            half = [(flare, -0.48), (neck, -0.28), (0.34, -0.05), (0.4, 0.25), (0.28, 0.45)]
            right = np.array(half) * (1 + rng.normal(0, 0.06, (5, 1)))
            return [rounded(np.concatenate([right, right[::-1] * (-1, 1)]), 0.22)]
        case 2:  # a carrier bag: two straps, and the opening between them
            wide, tall = rng.uniform(0.26, 0.36), rng.uniform(0.4, 0.48)
            strap = wide * rng.uniform(0.35, 0.5)
            half = [
                (wide * 0.9, -tall),
                (wide * 0.95 - strap, -tall),
                (wide - strap * 1.1, -tall * 0.45),
            ]
            other = [(-x, y) for x, y in reversed(half)]
            foot = [
                (-wide * 1.1, tall * 0.8),
                (-wide, tall),
                (wide, tall),
                (wide * 1.1, tall * 0.8),
            ]
            return [rounded(np.array(half + other + foot), 0.12)]
        case _:
            return blob(rng)


def _relief(rng: np.random.Generator, height: int, width: int) -> Field:
    """Return the heights of crumpled film in pixels: straight folds over slack hollows."""
    size = min(height, width)
    y, x = pixel_grid(height, width)
    relief = np.float32(size * rng.uniform(0.01, 0.05)) * fractal_noise(
        rng, height, width, size / 2, 3, stretch=(rng.uniform(1, 2.5), 1.0)
    )
    # Film that hangs from a knot is folded along lines through it.
    knot = (width * rng.uniform(0.3, 0.7), height * rng.uniform(-0.1, 0.2))
    is_hung = rng.uniform() < 0.5
    for _ in range(int(rng.integers(14, 40))):
        through = (rng.uniform(0, width), rng.uniform(0, height))
        angle = rng.uniform(0, math.pi)
        if is_hung:
            angle = math.atan2(through[1] - knot[1], through[0] - knot[0])
        along = (x - through[0]) * math.cos(angle) + (y - through[1]) * math.sin(angle)
        aside = (y - through[1]) * math.cos(angle) - (x - through[0]) * math.sin(angle)
        length = size * rng.uniform(0.08, 0.4)
        reach = length * rng.uniform(0.2, 0.6)
        window = np.exp(-((along / length) ** 2) - (aside / reach) ** 2)
        fold = np.sqrt(aside**2 + (size * 0.004) ** 2)
        relief += (rng.normal(0, 0.7) * fold * window).astype(np.float32)
    dx, dy = flow(rng, height, width, size / 3)
    bend = np.float32(size * rng.uniform(0.005, 0.03))
    return blur(warp(relief, dx * bend, dy * bend), size / 350)


def _lay_film(
    rng: np.random.Generator,
    canvas: Canvas,
    relief: Field,
    cover: Alpha,
    tint: Colour,
    clarity: float,
) -> None:
    """Lay one thickness of film: haze, grazing reflection, and glints of two lamps."""
    slope_x, slope_y = cv2.Sobel(relief, -1, 1, 0) / 8, cv2.Sobel(relief, -1, 0, 1) / 8
    norm = 1 / np.sqrt(1 + slope_x**2 + slope_y**2)
    nx, ny = -slope_x * norm, -slope_y * norm
    grazing = 1 - norm
    haze = np.clip(clarity * (1 + 2.5 * grazing) + 0.9 * grazing**1.5, 0, 0.85)
    angle = rng.uniform(math.pi, math.tau)  # light from above
    lit = nx * math.cos(angle) + ny * math.sin(angle)
    milk = np.clip(tint * 0.5 + 0.45, 0, 1).astype(np.float32)
    shaded = mix(tint * np.float32(0.45), milk, smoothstep(-0.5, 0.5, lit.astype(np.float32)))
    canvas.over(shaded, (haze * cover).astype(np.float32))
    for _ in range(2):
        steep = rng.uniform(0.25, 0.6)
        away = (nx - steep * math.cos(angle)) ** 2 + (ny - steep * math.sin(angle)) ** 2
        width = rng.uniform(0.06, 0.16)
        glint = np.exp(-away / width**2) * rng.uniform(0.75, 1.0)
        canvas.over(random_colour(rng, (0.93, 1), (0, 0.08)), (glint * cover).astype(np.float32))
        angle += rng.uniform(0.6, 2.5)


def _print(rng: np.random.Generator, canvas: Canvas, cover: Alpha) -> None:
    """Print a faded figure on the film."""
    height, width = canvas.height, canvas.width
    size = min(height, width)
    centre = (width * rng.uniform(0.4, 0.6), height * rng.uniform(0.4, 0.65))
    figure = fill(place(blob(rng), centre, size * 0.4), height, width)
    ink = draw_texture(rng, height, width) * 0.4 + random_colour(rng) * 0.6
    canvas.over(ink.astype(np.float32), figure * cover * np.float32(rng.uniform(0.5, 0.9)))


def _lay_edges(rng: np.random.Generator, canvas: Canvas, cover: Alpha) -> None:
    """Lay the hem or the weld along the outline, where film is doubled and catches light."""
    size = min(canvas.height, canvas.width)
    inside = cv2.distanceTransform((cover > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    from_edge = np.asarray(inside, np.float32)
    hem = rng.uniform(0.004, 0.02) * size
    band = smoothstep(hem + 1.2, hem, from_edge) * cover
    sparkle = 0.5 + 0.3 * fractal_noise(rng, canvas.height, canvas.width, size / 20, 3)
    colour = random_colour(rng, (0.75, 1), (0, 0.1))
    canvas.over(colour, (band * np.clip(sparkle, 0.1, 0.9)).astype(np.float32))
    y, _ = pixel_grid(canvas.height, canvas.width)
    if rng.uniform() < 0.25:  # a zip fastener, two lines across
        row = canvas.height * rng.uniform(0.2, 0.35)
        for offset in (0.0, size * 0.015):
            line = smoothstep(1.6, 0.4, np.abs(y - np.float32(row + offset)))
            canvas.over(colour, (0.7 * line * cover).astype(np.float32))
