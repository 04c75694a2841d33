"""Opaque things: textured, rounded and lit shapes, balls and boxes.

Light is Lambert's law with a highlight after Blinn, "Models of light reflection for computer
synthesized pictures", SIGGRAPH 1977.
"""

import math

import cv2
import numpy as np

from penumbra.core.arrays import RGB, Alpha
from penumbra.data.procedural.layers import Canvas
from penumbra.data.procedural.noise import Field, blur, fetch, pixel_grid
from penumbra.data.procedural.shapes import ellipse, fill, place, random_shape
from penumbra.data.procedural.textures import draw_texture, mix, random_colour


def draw_thing(
    rng: np.random.Generator, canvas: Canvas, centre: tuple[float, float], size: float
) -> None:
    """Lay one opaque thing over the canvas.

    Args:
        rng: Source of all chance.
        canvas: Of scale 1.
        centre: (x, y) in pixels.
        size: Largest extent, in pixels.
    """
    (_flat_shape, _flat_shape, _ball, _box)[int(rng.integers(4))](rng, canvas, centre, size)


def surface(rng: np.random.Generator, height: int, width: int) -> RGB:
    """Draw what a thing is made of: one colour, a texture, or something between."""
    plain = np.broadcast_to(random_colour(rng, (0.3, 1.0)), (height, width, 3)).astype(np.float32)
    if rng.uniform() < 0.3:
        return plain
    share = np.full((height, width), rng.uniform(0.3, 1.0), np.float32)
    return mix(plain, draw_texture(rng, height, width), share)


def _flat_shape(
    rng: np.random.Generator, canvas: Canvas, centre: tuple[float, float], size: float
) -> None:
    outlines = place(random_shape(rng), centre, size, rng.uniform(0, math.tau))
    cover = fill(outlines, canvas.height, canvas.width)
    nx, ny = _inflated(rng, cover, size)
    canvas.over(_lit(rng, surface(rng, canvas.height, canvas.width), nx, ny), cover)


def _ball(
    rng: np.random.Generator, canvas: Canvas, centre: tuple[float, float], size: float
) -> None:
    radius = size / 2
    y, x = pixel_grid(canvas.height, canvas.width)
    nx, ny = (x + 0.5 - centre[0]) / radius, (y + 0.5 - centre[1]) / radius
    cover = fill([ellipse(centre, (radius, radius), 180)], canvas.height, canvas.width)
    length = np.maximum(np.hypot(nx, ny), 1)
    paint = surface(rng, canvas.height, canvas.width)
    # The surface is seen ever more askew towards the rim.
    turned = np.arcsin(np.clip(np.hypot(nx, ny), 0, 1)) / np.maximum(np.hypot(nx, ny), 1e-3)
    reach = turned * radius * 0.64
    wrapped = fetch(paint, centre[0] + nx * reach, centre[1] + ny * reach)
    canvas.over(_lit(rng, wrapped, nx / length, ny / length), cover)


def _box(
    rng: np.random.Generator, canvas: Canvas, centre: tuple[float, float], size: float
) -> None:
    """Lay the three visible faces of a turned box, in parallel projection."""
    yaw, pitch = rng.uniform(0.3, 1.27), rng.uniform(0.3, 0.9)
    extents = rng.uniform(0.45, 1.0, 3) * size * 0.36
    right = np.array([math.cos(yaw), math.sin(yaw) * math.sin(pitch)]) * extents[0]
    left = np.array([-math.sin(yaw), math.cos(yaw) * math.sin(pitch)]) * extents[1]
    up = np.array([0.0, -math.cos(pitch)]) * extents[2]
    tilt = rng.normal(0, 0.4)
    paint = surface(rng, canvas.height, canvas.width)
    brightness = rng.permutation([1.05, 0.75, 0.45]) * rng.uniform(0.85, 1.0)
    faces = ((up, right, left), (right, up, left), (left, up, right))
    for (normal, first, second), light in zip(faces, brightness, strict=True):
        corners = [normal + a * first + b * second for a, b in ((1, 1), (1, -1), (-1, -1), (-1, 1))]
        outline = place([np.array(corners)], centre, 1.0, tilt)
        # A pixel's breadth more on every face closes the seams between them.
        middle = np.mean(outline[0], axis=0)
        away = outline[0] - middle
        grown = middle + away * (1 + 0.35 / np.maximum(np.abs(away).max(), 1))
        cover = fill([grown], canvas.height, canvas.width)
        canvas.over(np.clip(paint * np.float32(light), 0, 1), cover)


def _inflated(rng: np.random.Generator, cover: Alpha, size: float) -> tuple[Field, Field]:
    """Return the sideways parts of the normal of a shape whose rim is rounded off."""
    inside = cv2.distanceTransform((cover > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    reach = max(size * rng.uniform(0.04, 0.3), 2.0)
    t = np.clip(inside / reach, 0, 1)
    relief = blur((np.sqrt(1 - (1 - t) ** 2) * reach).astype(np.float32), size / 80)
    slope_x, slope_y = cv2.Sobel(relief, -1, 1, 0) / 8, cv2.Sobel(relief, -1, 0, 1) / 8
    norm = 1 / np.sqrt(1 + slope_x**2 + slope_y**2)
    return (-slope_x * norm).astype(np.float32), (-slope_y * norm).astype(np.float32)


def _lit(rng: np.random.Generator, paint: RGB, nx: Field, ny: Field) -> RGB:
    """Light a painted surface from above, with a highlight."""
    nz = np.sqrt(np.clip(1 - nx**2 - ny**2, 0, 1))
    angle, height = rng.uniform(math.pi, math.tau), rng.uniform(0.35, 0.9)
    light = np.array([math.cos(angle), math.sin(angle), height / (1.001 - height)])
    light /= np.linalg.norm(light)
    middle = light + np.array([0.0, 0.0, 1.0])
    middle /= np.linalg.norm(middle)
    diffuse = np.clip(nx * light[0] + ny * light[1] + nz * light[2], 0, 1)
    towards = np.clip(nx * middle[0] + ny * middle[1] + nz * middle[2], 0, 1)
    gloss = rng.choice([0.0, 0.3, 0.8]) * towards ** rng.uniform(15, 120)
    bright = paint * (rng.uniform(0.2, 0.5) + 0.85 * diffuse)[:, :, None]
    return np.clip(bright + gloss[:, :, None], 0, 1).astype(np.float32)
