"""Backgrounds drawn by procedures, for training sets that may hold no photographs.

None of them pretends to be a place; together they cover what a matting network meets behind an
object: smooth light, fine texture, strong edges, things out of focus, and clutter.
"""

import math

import numpy as np

from penumbra.core.arrays import RGB
from penumbra.data.procedural.layers import Canvas, check_size
from penumbra.data.procedural.noise import (
    blur,
    fetch,
    flow,
    fractal_noise,
    pixel_grid,
    smooth_noise,
    smoothstep,
    warp,
)
from penumbra.data.procedural.shaded import draw_thing
from penumbra.data.procedural.shapes import blob, ellipse, fill, place
from penumbra.data.procedural.textures import draw_texture, mix, ramp, random_colour


def draw_background(rng: np.random.Generator, height: int, width: int) -> RGB:
    """Draw a gradient, a texture, bokeh, blobs, a landscape, a shelf or a heap of things.

    Args:
        rng: Source of all chance.
        height: In pixels.
        width: In pixels.

    Returns:
        Shape (H, W, 3), in [0, 1].

    Raises:
        InputError: The size cannot be drawn.
    """
    check_size(height, width)
    scenes = (_gradient, _noise, draw_texture, _bokeh, _blobs, _horizon, _room, _shelf, _heap)
    scene = scenes[
        int(rng.choice(len(scenes), p=(0.06, 0.1, 0.16, 0.12, 0.1, 0.14, 0.1, 0.1, 0.12)))
    ]
    picture = scene(rng, height, width)
    size = min(height, width)
    if rng.uniform() < 0.4:  # often the background is out of focus
        picture = blur(picture, size * math.exp(rng.uniform(math.log(0.003), math.log(0.04))))
    grain = rng.normal(0, rng.uniform(0, 0.025), (height, width, 1)).astype(np.float32)
    light = 1 + rng.uniform(0, 0.25) * smooth_noise(rng, height, width, size)
    return np.clip(picture * light[:, :, None] + grain, 0, 1).astype(np.float32)


def _gradient(rng: np.random.Generator, height: int, width: int) -> RGB:
    y, x = pixel_grid(height, width)
    angle, size = rng.uniform(0, math.tau), max(height, width)
    along = ((x - width / 2) * math.cos(angle) + (y - height / 2) * math.sin(angle)) / size + 0.5
    if rng.uniform() < 0.4:  # a backdrop with a spot of light
        centre = rng.uniform(0.2, 0.8, 2)
        along = np.hypot(x / width - centre[0], y / height - centre[1])
    colours = [random_colour(rng) for _ in range(int(rng.integers(2, 5)))]
    return ramp(np.clip(along, 0, 1), colours)


def _noise(rng: np.random.Generator, height: int, width: int) -> RGB:
    """Three fields of noise, one for the mixture of colours and two to stir it."""
    size = max(height, width)
    cell = size * rng.uniform(0.05, 0.5)
    field = fractal_noise(rng, height, width, cell, 7, rng.uniform(0.4, 0.8))
    dx, dy = flow(rng, height, width, cell * 1.5)
    bend = np.float32(cell * rng.uniform(0, 0.5))
    colours = [random_colour(rng) for _ in range(int(rng.integers(3, 6)))]
    return ramp(np.clip(0.5 + 0.22 * warp(field, dx * bend, dy * bend), 0, 1), colours)


def _bokeh(rng: np.random.Generator, height: int, width: int) -> RGB:
    """Lamps at night, or sun through leaves, out of focus: bright discs over a soft ground."""
    size = min(height, width)
    ground = _noise(rng, height, width) * np.float32(rng.uniform(0.1, 0.8))
    picture = blur(ground, size * 0.05)
    corners = int(rng.choice([5, 6, 7, 64, 64]))
    radius = size * rng.uniform(0.02, 0.09)
    hues = [random_colour(rng, (0.6, 1.0), (0.0, 1.0)) for _ in range(3)]
    glow = np.zeros_like(picture)
    for hue in hues:
        for brightness in rng.uniform(0.1, 0.7, 3):
            discs = []
            for _ in range(int(rng.integers(3, 12))):
                centre = (rng.uniform(0, width), rng.uniform(0, height))
                reach = radius * rng.uniform(0.7, 1.3)
                discs.append(ellipse(centre, (reach, reach), corners))
            cover = fill(discs, height, width)
            rim = np.clip(cover - blur(cover, radius * 0.2), 0, 1)
            glow += hue * (brightness * (cover + rim))[:, :, None]
    return np.clip(picture + blur(glow, radius * 0.06), 0, 1).astype(np.float32)


def _blobs(rng: np.random.Generator, height: int, width: int) -> RGB:
    """Soft and half soft patches, as from foliage, people or shelves far out of focus."""
    size = min(height, width)
    picture = _gradient(rng, height, width)
    for _ in range(int(rng.integers(6, 24))):
        centre = (rng.uniform(0, width), rng.uniform(0, height))
        outlines = place(blob(rng), centre, size * rng.uniform(0.1, 0.6), rng.uniform(0, 6))
        cover = blur(fill(outlines, height, width), size * rng.uniform(0.003, 0.05))
        picture = mix(picture, random_colour(rng), cover * np.float32(rng.uniform(0.5, 1)))
    return picture


def _horizon(rng: np.random.Generator, height: int, width: int) -> RGB:
    """Sky with clouds, hills that pale with distance, and ground or water."""
    y, x = pixel_grid(height, width)
    size, level = max(height, width), height * rng.uniform(0.35, 0.7)
    zenith = random_colour(rng, (0.35, 0.9), (0.1, 0.7))
    glow = random_colour(rng, (0.7, 1.0), (0.0, 0.5))
    picture = mix(zenith, glow, np.clip(y / level, 0, 1))
    clouds = fractal_noise(rng, height, width, size / 3, 6, 0.5, (1.0, rng.uniform(1, 3)))
    amount = smoothstep(rng.uniform(-0.5, 1), 2.0, clouds) * np.float32(rng.uniform(0, 0.9))
    picture = mix(picture, random_colour(rng, (0.8, 1.0), (0, 0.1)), amount)
    ground = random_colour(rng, (0.15, 0.6), (0.2, 0.8))
    count = int(rng.integers(1, 5))
    for k in range(count):
        ridge = fractal_noise(rng, 1, width, width / rng.uniform(1.5, 4), 6, 0.45)
        top = level + height * (0.09 * k - 0.12 + 0.05 * ridge)
        haze = 0.75 * (1 - (k + 1) / count)
        tone = ground * np.float32(1 - haze) + glow * np.float32(haze)
        rough = fractal_noise(rng, height, width, size / 15, 5, 0.65, (0.6, 1.0))
        hill = np.clip(tone * (1 + 0.18 * rough)[:, :, None], 0, 1)
        picture = mix(picture, hill.astype(np.float32), np.clip(y - top + 0.5, 0, 1))
    near = np.clip((y - level) / (height - level), 0.02, 1)
    # Texture of the ground shrinks towards the horizon, as it does in perspective.
    texture = draw_texture(rng, height, width)
    u = (x - width / 2) / (0.25 + 1.5 * near) + width / 2
    v = height * (1 - 0.25 / near)
    flat = fetch(texture, u, v)
    plain = mix(ground, flat, (np.float32(rng.uniform(0, 0.8)) * near).astype(np.float32))
    return mix(picture, plain, np.clip((y - level - height * 0.04) / 2, 0, 1))


def _room(rng: np.random.Generator, height: int, width: int) -> RGB:
    """A wall, a floor or table top, pictures on the wall, and light from one side."""
    y, x = pixel_grid(height, width)
    size, edge = min(height, width), height * rng.uniform(0.5, 0.85)
    canvas = Canvas(height, width)
    wall = mix(
        random_colour(rng, (0.4, 0.95)), draw_texture(rng, height, width), np.full_like(y, 0.3)
    )
    canvas.over(wall, np.ones_like(y))
    for _ in range(int(rng.integers(0, 4))):
        left, top = rng.uniform(0, 0.8) * width, rng.uniform(0.0, 0.4) * height
        right, bottom = (
            left + rng.uniform(0.15, 0.5) * width,
            top + rng.uniform(0.15, 0.45) * height,
        )
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
        canvas.over(random_colour(rng), fill([corners], height, width))
        middle = corners.mean(axis=0)
        inner = fill([(corners - middle) * rng.uniform(0.75, 0.95) + middle], height, width)
        canvas.over(_noise(rng, height, width), inner)
    floor = draw_texture(rng, height, width)
    canvas.over(floor, np.clip(y - edge + 0.5, 0, 1))
    picture = canvas.premultiplied
    shade = 1 - 0.35 * np.exp(-np.abs(y - edge) / (size * 0.08))
    slant = 1 + rng.uniform(-0.4, 0.4) * (x / width - 0.5)
    return np.clip(picture * (shade * slant)[:, :, None], 0, 1).astype(np.float32)


def _shelf(rng: np.random.Generator, height: int, width: int) -> RGB:
    """Boards with books and jars standing on them."""
    canvas = Canvas(height, width)
    y, _ = pixel_grid(height, width)
    back = random_colour(rng, (0.1, 0.5))
    canvas.over(mix(back, draw_texture(rng, height, width), np.full_like(y, 0.25)), np.ones_like(y))
    board = random_colour(rng, (0.25, 0.8), (0.1, 0.7))
    rows = int(rng.integers(2, 5))
    pace, thick = height / rows, max(height * 0.015, 1)
    for row in range(rows + 1):
        foot = pace * (row + rng.uniform(0.7, 0.9))
        x = -rng.uniform(0, 0.1) * width
        while x < width:
            wide, tall = width * rng.uniform(0.015, 0.07), pace * rng.uniform(0.45, 0.8)
            if rng.uniform() < 0.9:
                _stand(rng, canvas, x, foot, wide, tall)
            x += wide + (rng.uniform(0, 0.1) * width if rng.uniform() < 0.1 else 0.5)
        plank = np.clip(y - foot + 0.5, 0, 1) * np.clip(foot + thick - y + 0.5, 0, 1)
        shadow = smoothstep(foot + thick + pace * 0.12, foot + thick, y) * (y > foot + thick)
        canvas.over((0.0, 0.0, 0.0), (0.5 * shadow).astype(np.float32))
        canvas.over(board, plank)
    return np.clip(canvas.premultiplied, 0, 1)


def _stand(
    rng: np.random.Generator, canvas: Canvas, x: float, foot: float, wide: float, tall: float
) -> None:
    """Stand one book on a board: a spine, round in light, with bands of print."""
    left, right = max(round(x), 0), min(round(x + wide), canvas.width)
    top, bottom = max(round(foot - tall), 0), min(round(foot), canvas.height)
    if right <= left or bottom <= top:
        return
    across = np.linspace(-1, 1, right - left)[None, :, None]
    spine = random_colour(rng) * (0.55 + 0.45 * np.sqrt(1 - 0.85 * across**2))
    book = np.repeat(spine, bottom - top, axis=0)
    for place_ in rng.uniform(0.05, 0.9, int(rng.integers(0, 4))):
        start = int(place_ * (bottom - top))
        stop = start + max(int((bottom - top) * rng.uniform(0.01, 0.15)), 1)
        book[start:stop] = random_colour(rng) * (0.6 + 0.4 * np.sqrt(1 - across**2))
    canvas.premultiplied[top:bottom, left:right] = book


def _heap(rng: np.random.Generator, height: int, width: int) -> RGB:
    """Solid things of all sizes over a texture, with soft shadows."""
    canvas = Canvas(height, width)
    ground = draw_texture(rng, height, width)
    canvas.over(ground, np.ones((height, width), np.float32))
    size = min(height, width)
    for _ in range(int(rng.integers(4, 11))):
        centre = (rng.uniform(0, width), rng.uniform(0, height))
        extent = size * rng.uniform(0.12, 0.6)
        below = ellipse((centre[0], centre[1] + extent * 0.35), (extent * 0.5, extent * 0.25))
        shadow = blur(fill([below], height, width), extent * 0.12)
        canvas.over((0.0, 0.0, 0.0), shadow * np.float32(0.5))
        draw_thing(rng, canvas, centre, extent)
    return np.clip(canvas.premultiplied, 0, 1)
