"""Twigs full of leaves, and ferns."""

import numpy as np
from numpy.typing import NDArray

from penumbra.data.procedural.layers import Canvas, ProceduralForeground, fineness
from penumbra.data.procedural.noise import smooth_noise
from penumbra.data.procedural.palettes import Colour, any_of
from penumbra.data.procedural.stamps import placing, stamp
from penumbra.data.procedural.strands import Floats, bend, draw_strands, floats

GREENS: tuple[Colour, ...] = (
    (0.28, 0.45, 0.14),
    (0.18, 0.36, 0.15),
    (0.42, 0.55, 0.20),
    (0.35, 0.48, 0.30),
)
AUTUMN: tuple[Colour, ...] = (
    (0.78, 0.33, 0.10),
    (0.85, 0.62, 0.15),
    (0.62, 0.15, 0.12),
    (0.52, 0.34, 0.18),
)
BARK: tuple[Colour, ...] = ((0.32, 0.24, 0.18), (0.42, 0.36, 0.30), (0.36, 0.40, 0.20))

SPRITE_HEIGHT, SPRITE_WIDTH = 128, 256


def draw_leaves(rng: np.random.Generator, height: int, width: int) -> ProceduralForeground:
    """Draw a branching twig with its leaves.

    Args:
        rng: Decides everything.
        height: In pixels.
        width: In pixels.

    Raises:
        InputError: The size cannot be drawn.
    """
    canvas = Canvas(height, width, fineness(height, width))
    strokes = np.zeros((canvas.height, canvas.width, 4), np.uint8)
    unit = float(min(canvas.height, canvas.width))
    size = np.array([canvas.width, canvas.height])
    habit = _habit(rng)
    colours = [any_of(rng, AUTUMN if habit[4] else GREENS, 0.05) for _ in range(3)]
    sprites = [_leaf(rng, *habit[:4], colour) for colour in colours]
    bark = floats(any_of(rng, BARK))
    length = unit * rng.uniform(0.12, 0.26)

    start = size * (rng.uniform(-0.05, 0.25), rng.uniform(0.7, 1.05))
    end = size * (rng.uniform(0.7, 0.95), rng.uniform(0.05, 0.4))
    trunk = _branch(rng, start, end)
    branches = [(trunk, 0.016 * unit)]
    for side in (-1.0, 1.0) * int(rng.integers(2, 5)):
        at = int(rng.integers(6, 30))
        ahead = trunk[at + 1] - trunk[at]
        angle = np.arctan2(ahead[1], ahead[0]) + side * rng.uniform(0.4, 0.9)
        reach = unit * rng.uniform(0.2, 0.45)
        tip = trunk[at] + reach * np.array([np.cos(angle), np.sin(angle)])
        branches.append((_branch(rng, trunk[at], tip), 0.009 * unit))
    spots = []
    for path, thick in branches:
        _draw_stem(strokes, path, thick, bark)
        count = max(int(np.linalg.norm(path[-1] - path[0]) / (0.28 * length)), 3)
        spots += [(path, k, (-1.0) ** j) for j, k in enumerate(_nodes(rng, count))]
    rng.shuffle(spots)
    for rank, (path, k, side) in enumerate(spots):
        nearness = rank / len(spots)
        ahead = path[min(k + 1, len(path) - 1)] - path[max(k - 1, 0)]
        turn = rng.uniform(0.5, 1.2) * side if k < len(path) - 2 else rng.normal(0, 0.2)
        angle = float(np.arctan2(ahead[1], ahead[0]) + turn)
        facing = rng.uniform(0.35, 1.0) * rng.choice([-1, 1])
        long = length * rng.uniform(0.7, 1.15)
        sprite = sprites[rng.integers(len(sprites))]
        light = (0.62 + 0.42 * nearness) * rng.uniform(0.85, 1.12)
        place = placing(sprite, path[k], angle, long, habit[5] * long * facing)
        stamp(strokes, sprite, place, (light, light, 0.95 * light), shadow=0.006 * unit)
    canvas.over_strokes(strokes)
    return canvas.finish("STM", "leaves")


def draw_fern(rng: np.random.Generator, height: int, width: int) -> ProceduralForeground:
    """Draw fronds with paired leaflets; arguments and errors as in `draw_leaves`."""
    canvas = Canvas(height, width, fineness(height, width))
    strokes = np.zeros((canvas.height, canvas.width, 4), np.uint8)
    unit = float(min(canvas.height, canvas.width))
    sprite = _leaf(rng, 0.55, 0.8, 0.12, 14, any_of(rng, GREENS))
    stem = floats(any_of(rng, GREENS)) * 0.8
    fronds = int(rng.integers(1, 6))
    foot = np.array([canvas.width * rng.uniform(0.3, 0.7), canvas.height * 1.02])
    leans = np.sort(rng.uniform(-1.1, 1.1, fronds)) if fronds > 1 else rng.normal(0, 0.4, 1)
    for lean in rng.permutation(leans):
        reach = canvas.height * rng.uniform(0.75, 1.0)
        span = reach * np.array([np.sin(lean), -np.cos(lean)])
        tip = foot + span
        bow = np.array([0.0, -0.25 * reach * abs(lean)])
        controls = np.stack([foot, foot + span * 0.35 + bow, foot + span * 0.7 + bow, tip])
        path = bend(controls[None].astype(np.float32), 90)[0]
        _draw_stem(strokes, path, 0.012 * unit, stem)
        _draw_leaflets(rng, strokes, path, sprite, unit)
    canvas.over_strokes(strokes)
    return canvas.finish("STM", "fern")


def _draw_leaflets(
    rng: np.random.Generator, strokes: NDArray[np.uint8], path: Floats, sprite: Floats, unit: float
) -> None:
    """Pairs of leaflets along a frond, the longest below its middle."""
    widest = unit * rng.uniform(0.12, 0.22)
    opening = rng.uniform(0.9, 1.3)
    light = rng.uniform(0.75, 1.1)
    step = max(len(path) // int(rng.integers(26, 45)), 1)
    for k in range(10, len(path) - 1, step):
        t = k / len(path)
        long = widest * np.sin(np.pi * t**0.75) ** 0.8 * rng.uniform(0.9, 1.05)
        ahead = path[k + 1] - path[k]
        for side in (-1.0, 1.0):
            turn = side * (opening - 0.5 * t + rng.normal(0, 0.06))
            angle = float(np.arctan2(ahead[1], ahead[0]) + turn)
            shade = light * rng.uniform(0.85, 1.1) * (1.0 if side < 0 else 0.84)
            place = placing(sprite, path[k], angle, float(long), side * 0.3 * float(long))
            stamp(strokes, sprite, place, (shade, shade, shade), shadow=0.004 * unit)


def _habit(rng: np.random.Generator) -> tuple[float, float, float, int, bool, float]:
    """Of a species: outline exponents, teeth, side veins, whether it is autumn, broadness."""
    return (
        rng.uniform(0.55, 1.15),
        rng.uniform(0.6, 1.3),
        float(rng.choice([0.0, 0.0, 0.06, 0.14])),
        int(rng.integers(6, 15)),
        bool(rng.uniform() < 0.3),
        rng.uniform(0.3, 0.8),
    )


def _leaf(
    rng: np.random.Generator, lean: float, fullness: float, teeth: float, veins: int, colour: Colour
) -> Floats:
    """One leaf from its stalk (left) to its tip, premultiplied RGBA, in [0, 1].

    Args:
        rng: Blemishes.
        lean: Below 1 the leaf is broadest near its base.
        fullness: Below 1 its outline is blunt, above pointed.
        teeth: Depth of the teeth along its edge.
        veins: Pairs of side veins.
        colour: Of the blade.
    """
    v, t = np.mgrid[:SPRITE_HEIGHT, :SPRITE_WIDTH].astype(np.float32)
    t = (t + 0.5) / SPRITE_WIDTH
    v = 2 * (v + 0.5) / SPRITE_HEIGHT - 1
    away = np.abs(v)
    swell = np.sin(np.pi * np.clip((t - 0.1) / 0.88, 0, 1) ** lean)
    half = 0.94 * np.clip(swell, 0, 1) ** fullness
    rise = veins * (t - 0.28 * away)
    half = half * (1 - teeth * (1 - rise % 1))
    blade = np.clip((half - away) * SPRITE_HEIGHT / 4, 0, 1)
    stalk = np.clip((0.035 - away) * SPRITE_HEIGHT / 2, 0, 1) * (t < 0.5)
    coverage = np.maximum(blade, stalk)

    off = np.abs(rise % 1 - 0.5)
    side_vein = np.clip(1 - off * 60 / veins * (1 + away), 0, 1) * (away < half)
    midrib = np.clip(1 - away / (0.05 * (1.1 - t)), 0, 1)
    quilting = 0.10 * np.cos(2 * np.pi * (rise - 0.5))
    mottle = 0.14 * smooth_noise(rng, SPRITE_HEIGHT, SPRITE_WIDTH, 40, 4)
    fold = np.where(v < 0, 0.10, -0.12) + 0.18 * (0.5 - away)
    light = 1 + mottle - quilting + fold
    colours = np.asarray(colour, np.float32) * light[..., None]
    yellow = np.clip(0.35 + smooth_noise(rng, SPRITE_HEIGHT, SPRITE_WIDTH, 70, 2), 0, 1) * away
    colours = colours + (0.35 * yellow)[..., None] * floats((0.30, 0.18, -0.05))
    pale = floats(colour) * 0.7 + floats((0.35, 0.36, 0.2))
    share = np.maximum(0.45 * side_vein, 0.85 * midrib)[..., None]
    colours = colours * (1 - share) + pale * share
    rgba = np.concatenate([np.clip(colours, 0, 1), np.ones_like(t)[..., None]], axis=2)
    return np.asarray(rgba * coverage[..., None], np.float32)


def _branch(
    rng: np.random.Generator, start: NDArray[np.float64], end: NDArray[np.float64]
) -> Floats:
    """A gently bent path between two points, shape (36, 2)."""
    span = end - start
    across = np.array([-span[1], span[0]])
    controls = np.stack(
        [
            start,
            start + span / 3 + across * rng.uniform(-0.18, 0.18),
            start + span * 2 / 3 + across * rng.uniform(-0.18, 0.18),
            end,
        ]
    )
    return bend(controls[None].astype(np.float32), 36)[0]


def _nodes(rng: np.random.Generator, count: int) -> list[int]:
    """Places of leaves along a branch of 36 points, the last at its tip."""
    return [*np.sort(rng.integers(5, 35, count)).tolist(), 35]


def _draw_stem(strokes: NDArray[np.uint8], path: Floats, thick: float, colour: Floats) -> None:
    """A tapering stem: its shaded body and, beside its middle, a strip of light."""
    body = np.broadcast_to(0.75 * colour, (1, 1, 3)).astype(np.float32)
    lit = np.broadcast_to(1.25 * colour, (1, 1, 3)).astype(np.float32)
    draw_strands(strokes, path[None], floats([thick]), body, taper=0.4)
    shift = floats([-0.15 * thick, -0.2 * thick])
    draw_strands(strokes, (path + shift)[None], floats([0.35 * thick]), lit, taper=0.4)
