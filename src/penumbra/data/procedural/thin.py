"""Thin things: stems and twigs, aerials, spoked wheels, ladders, cages, pylons."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB
from penumbra.data.procedural.layers import Canvas
from penumbra.data.procedural.noise import fractal_noise
from penumbra.data.procedural.shapes import Outline, ellipse, fill, stroke
from penumbra.data.procedural.textures import Colour, random_colour

Line = tuple[Outline, float]
"""Points in the unit square, y down, and the width of the line in parts of the side."""


def draw_thin(rng: np.random.Generator, canvas: Canvas) -> None:
    """Lay one thin structure over the canvas, in one or two coats of lines."""
    things = (_plant, _plant, _aerial, _wheel, _ladder, _cage, _pylon)
    thing = things[int(rng.integers(len(things)))]
    size = min(canvas.height, canvas.width) * rng.uniform(0.85, 1.1)
    lean = rng.normal(0, 0.06)
    x, y = canvas.width * rng.uniform(0.45, 0.55), canvas.height * rng.uniform(0.48, 0.52)
    turn = np.array([[math.cos(lean), math.sin(lean)], [-math.sin(lean), math.cos(lean)]])

    def to_pixels(points: Outline) -> Outline:
        moved: Outline = (points - 0.5) @ turn * size + (x, y)
        return moved

    thing(rng, canvas, to_pixels, size)


Placing = Callable[[Outline], Outline]


def _lay_lines(
    rng: np.random.Generator,
    canvas: Canvas,
    lines: list[Line],
    to_pixels: Placing,
    size: float,
    colour: Colour,
    shine: float = 0.5,
) -> None:
    """Lay round bars: the lines in a dark colour, and thinner, brighter ones along them."""
    paths = [to_pixels(points) for points, _ in lines]
    widths = [max(width * size, 0.5) for _, width in lines]
    cover = stroke(paths, widths, canvas.height, canvas.width)
    canvas.over(_weathered(rng, canvas, colour), cover)
    if shine > 0 and max(widths) > 1.5:
        lit = [path - 0.15 * width for path, width in zip(paths, widths, strict=True)]
        inner = stroke(lit, [0.35 * w for w in widths], canvas.height, canvas.width)
        pale = np.clip(colour * np.float32(1.3) + np.float32(0.25), 0, 1)
        canvas.over(pale.astype(np.float32), np.minimum(inner, cover) * np.float32(shine))


def _weathered(rng: np.random.Generator, canvas: Canvas, colour: Colour) -> RGB:
    spots = fractal_noise(rng, canvas.height, canvas.width, min(canvas.height, canvas.width) / 6)
    return np.clip(colour * (1 + 0.15 * spots)[:, :, None], 0, 1).astype(np.float32)


def _metal(rng: np.random.Generator) -> Colour:
    return random_colour(rng, (0.1, 0.75), (0.0, 0.35 if rng.uniform() < 0.7 else 0.9))


def _plant(rng: np.random.Generator, canvas: Canvas, to_pixels: Placing, size: float) -> None:
    """Lay stems that fork, with narrow leaves or buds at their ends."""
    is_bare = rng.uniform() < 0.35
    usual = np.array((0.35, 0.25, 0.17) if is_bare else (0.3, 0.5, 0.18))
    varied = usual * rng.uniform(0.5, 1.5) + rng.normal(0, 0.06, 3)
    stem = np.clip(varied, 0.03, 1).astype(np.float32)
    lines: list[Line] = []
    tips: list[tuple[float, float, float]] = []
    width = float(rng.uniform(0.006, 0.022))
    for _ in range(int(rng.integers(2, 7))):
        start = (0.5 + rng.normal(0, 0.08), 1.05)
        heading = -math.pi / 2 + rng.normal(0, 0.25)
        _grow(rng, lines, tips, start, heading, float(rng.uniform(0.35, 0.6)), width, 4)
    _lay_lines(rng, canvas, lines, to_pixels, size, stem, shine=0.25)
    if is_bare:
        return
    outlines = [_leaf(tip, float(rng.uniform(0.03, 0.09)), 0.16) for tip in tips]
    petal = random_colour(rng, (0.6, 1.0), (0.4, 1.0)) if rng.uniform() < 0.5 else stem
    for outline in outlines[:40]:
        tint = np.clip(petal * np.float32(rng.uniform(0.7, 1.25)), 0, 1).astype(np.float32)
        cover = fill([to_pixels(outline)], canvas.height, canvas.width)
        canvas.over(tint, cover)


def _grow(
    rng: np.random.Generator,
    lines: list[Line],
    tips: list[tuple[float, float, float]],
    start: tuple[float, float],
    heading: float,
    length: float,
    width: float,
    forks: int,
) -> None:
    """Add a bent, tapering stem to `lines`, and its branches; what ends goes to `tips`."""
    steps = 10
    bends = (
        heading + np.cumsum(rng.normal(0, 0.09, steps)) + np.linspace(0, rng.normal(0, 0.4), steps)
    )
    moves = np.stack([np.cos(bends), np.sin(bends)], axis=1) * length / steps
    points = np.concatenate([[start], start + np.cumsum(moves, axis=0)])
    for k, share in ((0, 1.0), (4, 0.8), (7, 0.6)):
        lines.append((points[k : k + 5], width * share))
    end = (float(points[-1, 0]), float(points[-1, 1]))
    if forks == 0 or length < 0.08:
        tips.append((*end, float(bends[-1])))
        return
    for side in (-1, 1) if rng.uniform() < 0.8 else (1,):
        k = int(rng.integers(5, steps + 1))
        at = (float(points[k, 0]), float(points[k, 1]))
        turned = float(bends[k - 1]) + side * rng.uniform(0.25, 0.8)
        _grow(
            rng, lines, tips, at, turned, length * rng.uniform(0.45, 0.75), width * 0.6, forks - 1
        )


def _leaf(tip: tuple[float, float, float], length: float, slim: float) -> Outline:
    t = np.linspace(0, math.tau, 24, endpoint=False)
    along, aside = (
        length * (0.5 - 0.5 * np.cos(t)),
        length * slim * np.sin(t) * (1.2 - np.cos(t) * 0.3),
    )
    x, y, heading = tip
    return np.stack(
        [
            x + along * math.cos(heading) - aside * math.sin(heading),
            y + along * math.sin(heading) + aside * math.cos(heading),
        ],
        axis=1,
    )


def _aerial(rng: np.random.Generator, canvas: Canvas, to_pixels: Placing, size: float) -> None:
    """Lay a mast with rods across, and guy wires."""
    width = float(rng.uniform(0.006, 0.014))
    lines = [_bar((0.5, 1.1), (0.5, 0.03), width)]
    for level in np.sort(rng.uniform(0.06, 0.5, int(rng.integers(3, 10)))):
        half = rng.uniform(0.1, 0.38)
        sag = rng.normal(0, 0.02)
        lines.append(_bar((0.5 - half, level - sag), (0.5 + half, level + sag), width * 0.5))
    boom = rng.uniform(0.1, 0.4)
    lines.append(_bar((0.15, boom), (0.85, boom), width * 0.8))
    for x in np.linspace(0.17, 0.83, int(rng.integers(5, 13))):
        tall = rng.uniform(0.04, 0.1)
        lines.append(_bar((x, boom - tall), (x, boom + tall), width * 0.4))
    for side in (-1, 1):
        if rng.uniform() < 0.6:
            lines.append(_bar((0.5, 0.35), (0.5 + side * 0.45, 1.1), width * 0.2))
    _lay_lines(rng, canvas, lines, to_pixels, size, _metal(rng))


def _wheel(rng: np.random.Generator, canvas: Canvas, to_pixels: Placing, size: float) -> None:
    """Lay a bicycle's wheel, seen more or less from the side: tyre, rim, crossed spokes, hub."""
    squeeze, radius = rng.uniform(0.4, 1.0), 0.43
    count, crossing = int(rng.choice([18, 24, 32, 36])), int(rng.choice([0, 2, 4]))
    angles = np.arange(count) * math.tau / count
    shifted = angles + crossing * np.where(np.arange(count) % 2, 1, -1) * math.tau / count
    hub, rim = _on_ring(shifted, 0.035, squeeze), _on_ring(angles, radius, squeeze)
    spokes = [_bar(tuple(h), tuple(r), 0.0035) for h, r in zip(hub, rim, strict=True)]
    metal = random_colour(rng, (0.55, 0.9), (0.0, 0.1))
    _lay_lines(rng, canvas, spokes, to_pixels, size, metal, shine=0.0)
    circle = _on_ring(np.linspace(0, math.tau, 161), 1.0, squeeze) - 0.5
    _lay_lines(rng, canvas, [(0.5 + circle * radius, 0.014)], to_pixels, size, metal)
    tyre = random_colour(rng, (0.05, 0.25), (0.0, 0.3))
    wide = float(rng.uniform(0.02, 0.045))
    _lay_lines(rng, canvas, [(0.5 + circle * (radius + 0.03), wide)], to_pixels, size, tyre, 0.2)
    disc = fill(
        [to_pixels(ellipse((0.5, 0.5), (0.045 * squeeze, 0.045)))], canvas.height, canvas.width
    )
    canvas.over(_metal(rng), disc)


def _on_ring(angles: NDArray[np.float64], radius: float, squeeze: float) -> Outline:
    return 0.5 + radius * np.stack([squeeze * np.cos(angles), np.sin(angles)], axis=1)


def _ladder(rng: np.random.Generator, canvas: Canvas, to_pixels: Placing, size: float) -> None:
    """Lay a ladder in perspective."""
    foot, head = rng.uniform(0.13, 0.25), rng.uniform(0.07, 0.2)
    width = float(rng.uniform(0.012, 0.035))
    shift = rng.normal(0, 0.12)
    lines = []
    for k in (np.arange(int(rng.integers(6, 13))) + 0.5) / 10:
        half = foot + (head - foot) * k
        middle = 0.5 + shift * k
        lines.append(_bar((middle - half, 1.02 - k), (middle + half, 1.02 - k), width * 0.6))
    colour = random_colour(rng, (0.35, 0.9), (0.0, 0.6))
    _lay_lines(rng, canvas, lines, to_pixels, size, colour * np.float32(0.85))
    rails = [
        _bar((0.5 + side * foot, 1.1), (0.5 + shift + side * head, -0.05), width)
        for side in (-1, 1)
    ]
    _lay_lines(rng, canvas, rails, to_pixels, size, colour)


def _cage(rng: np.random.Generator, canvas: Canvas, to_pixels: Placing, size: float) -> None:
    """Lay a bird cage: bars along a barrel with a dome, and hoops; the far side first."""
    radius, pitch = float(rng.uniform(0.25, 0.38)), float(rng.uniform(0.08, 0.22))
    count, shoulder = int(rng.integers(12, 30)), float(rng.uniform(0.25, 0.45))
    width = float(rng.uniform(0.004, 0.009))
    metal = _metal(rng)
    rise = np.linspace(0, math.pi / 2, 12)
    for is_far in (True, False):
        tone = metal * np.float32(0.75 if is_far else 1.0)
        lines = []
        for angle in np.arange(count) * math.tau / count:
            if (math.sin(angle) < 0) != is_far:
                continue
            reach = np.concatenate([[radius], radius * np.cos(rise)])
            axis = np.concatenate([[0.9], shoulder - (shoulder - 0.08) * np.sin(rise)])
            x, y = 0.5 + reach * math.cos(angle), axis + pitch * reach * math.sin(angle)
            lines.append((np.stack([x, y], axis=1), width))
        half = np.linspace(math.pi, math.tau, 48) if is_far else np.linspace(0, math.pi, 48)
        for level in (0.9, 0.9 - (0.9 - shoulder) / 2, shoulder):
            hoop = np.stack(
                [0.5 + radius * np.cos(half), level + pitch * radius * np.sin(half)], axis=1
            )
            lines.append((hoop, width * 1.6))
        _lay_lines(rng, canvas, lines, to_pixels, size, tone)
    ring = ellipse((0.5, 0.05), (0.03, 0.03), 40)
    _lay_lines(rng, canvas, [(ring, width * 1.3)], to_pixels, size, metal)


def _pylon(rng: np.random.Generator, canvas: Canvas, to_pixels: Placing, size: float) -> None:
    """Lay a lattice mast with arms and cables."""
    width = float(rng.uniform(0.006, 0.012))
    foot, head = rng.uniform(0.16, 0.26), rng.uniform(0.015, 0.04)
    levels = 1.05 - np.cumsum(0.2 * 0.86 ** np.arange(12))
    levels = np.concatenate([[1.05], levels[levels > 0.04]])
    halves = head + (foot - head) * (levels / 1.05) ** 1.6
    lines = []
    for low, high, wide, slim in zip(levels, levels[1:], halves, halves[1:], strict=False):
        for side in (-1, 1):
            lines.append(_bar((0.5 + side * wide, low), (0.5 + side * slim, high), width))
            lines.append(_bar((0.5 - side * wide, low), (0.5 + side * slim, high), width * 0.6))
        lines.append(_bar((0.5 - slim, high), (0.5 + slim, high), width * 0.6))
    for level in rng.uniform(0.1, 0.4, int(rng.integers(1, 4))):
        half = rng.uniform(0.2, 0.42)
        lines.append(_bar((0.5 - half, level), (0.5 + half, level), width * 0.8))
        lines.append(_bar((0.5, level - 0.06), (0.5 + half, level), width * 0.5))
        lines.append(_bar((0.5, level - 0.06), (0.5 - half, level), width * 0.5))
        x = np.linspace(-0.2, 1.2, 40)
        sag = level + 0.03 + 0.12 * ((x - 0.5) ** 2)
        lines.append((np.stack([x, sag], axis=1), width * 0.25))
    _lay_lines(rng, canvas, lines, to_pixels, size, _metal(rng), shine=0.3)


def _bar(start: tuple[float, ...], end: tuple[float, ...], width: float) -> Line:
    return np.array([start, end], np.float64), width
