"""Lace: doilies of repeated motifs around a centre, and bands with a scalloped edge."""

import itertools

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.data.procedural.layers import Canvas, ProceduralForeground, fineness
from penumbra.data.procedural.noise import smooth_noise
from penumbra.data.procedural.palettes import Colour, any_colour, any_of
from penumbra.data.procedural.strands import Floats, draw_strands, floats

THREADS: tuple[Colour, ...] = (
    (0.96, 0.94, 0.90),
    (0.88, 0.80, 0.66),
    (0.08, 0.08, 0.09),
    (0.55, 0.12, 0.16),
)
Points = NDArray[np.float64]
Curves = list[Points]


def draw_lace(rng: np.random.Generator, height: int, width: int) -> ProceduralForeground:
    """Draw a doily or a band of lace, its thread shaded and slightly uneven.

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
    colour = floats(any_of(rng, THREADS))
    if rng.uniform() < 0.15:
        colour = floats(any_colour(rng, (0.2, 0.7), (0.5, 0.95)))
    is_doily = bool(rng.uniform() < 0.6)
    curves = _doily(rng) if is_doily else _band(rng)
    size = np.array([canvas.width, canvas.height])
    scale = unit * (rng.uniform(0.38, 0.6) if is_doily else 1.0)
    middle = size * (rng.uniform(0.42, 0.58, 2) if is_doily else (0.5, rng.uniform(0.3, 0.6)))
    lean = rng.uniform(0, 2 * np.pi) if is_doily else rng.normal(0, 0.15)
    turn = np.array([[np.cos(lean), -np.sin(lean)], [np.sin(lean), np.cos(lean)]])
    tilt = turn @ np.diag([1.0, rng.uniform(0.55, 1.0)]) if is_doily else turn
    bump = [smooth_noise(rng, 64, 64, 26, 2) * 0.035 * unit for _ in range(2)]
    fall = smooth_noise(rng, 64, 64, 20, 2)
    thick = float(np.clip(unit * rng.uniform(0.0035, 0.007), 1.2, None))
    placed = [_crumpled(curve * scale @ tilt.T + middle, bump, size) for curve in curves]
    for tone, share, shift in ((0.62, 1.0, 0.0), (0.95, 0.62, -0.12), (1.12, 0.25, -0.2)):
        for path in placed:
            _draw_thread(rng, strokes, path, fall, colour * floats(tone), share * thick, shift)
    canvas.over_strokes(strokes)
    return canvas.finish("STM", "lace")


def _doily(rng: np.random.Generator) -> Curves:
    """Rings of petals, nets and loops around the origin, within radius 1."""
    curves: Curves = []
    fold = int(rng.choice([6, 8, 10, 12, 16]))
    radii = np.sort(rng.uniform(0.12, 0.9, int(rng.integers(3, 6))))
    radii = np.concatenate([[0.0, 0.09], radii, [0.93]])
    for inner, outer in itertools.pairwise(radii):
        curves.append(_ring(outer, 0.0, 1))
        if inner == 0.0:
            curves.append(_ring(outer * 0.6, 0.0, 1))
            continue
        count = fold * max(1, round(outer * 12 / fold)) * int(rng.choice([1, 2]))
        motif = str(rng.choice(["petals", "net", "spokes", "solid", "waves"]))
        curves += _motif(motif, inner, outer, count)
    scallops = fold * 2
    curves += [_ring(0.95, 0.05, scallops), _ring(0.965, 0.055, scallops)]
    for k in range(scallops * 3):
        t = 2 * np.pi * (k + 0.5) / (scallops * 3)
        middle = 1.0 + 0.04 * np.abs(np.sin(scallops * t / 2))
        curves.append(_loop(middle * np.cos(t), middle * np.sin(t), 0.016))
    return curves


def _motif(motif: str, inner: float, outer: float, count: int) -> Curves:
    """One ring of a doily between two radii, repeated `count` times."""
    wide = outer - inner
    angles = 2 * np.pi * np.arange(count) / count
    s = np.linspace(0, 1, 26)
    if motif == "petals":
        half = 0.8 * np.pi / count
        sides = [(angles[:, None] + sign * half * np.sin(np.pi * s)) for sign in (-1, 1)]
        inside = [(angles[:, None] + sign * 0.5 * half * np.sin(np.pi * s)) for sign in (-1, 1)]
        return [_polar(inner + wide * s, t) for side in (*sides, *inside) for t in side]
    if motif == "net":
        rows = max(2, round(wide / 0.05))
        slope = 2 * np.pi / count * rows * s
        return [_polar(inner + wide * s, a + sign * slope) for a in angles for sign in (-1, 1)]
    if motif == "spokes":
        return [_polar(inner + wide * s, a + 0 * s) for a in angles]
    if motif == "solid":
        t = np.linspace(0, 2 * np.pi, 240)
        rings = np.arange(inner, outer, 0.014)
        return [_polar(np.full_like(t, r), t) for r in rings]
    t = np.linspace(0, 2 * np.pi, 24 * count // 2)
    waves = [np.sin(count * t / 2 + phase) for phase in (0, np.pi / 2, np.pi, 3 * np.pi / 2)]
    return [_polar(inner + wide * (0.5 + 0.48 * wave), t) for wave in waves]


def _band(rng: np.random.Generator) -> Curves:
    """Flowers on a fine ground between two borders, in picture heights around the origin."""
    curves: Curves = []
    x = np.linspace(-1.3, 1.3, 420)
    tall = rng.uniform(0.2, 0.34)
    pitch = rng.uniform(0.022, 0.04)
    for k in np.arange(-1.6, 1.6, pitch):
        s = np.linspace(-tall, tall, 30)
        curves += [np.stack([k + sign * 0.6 * s, s], axis=1) for sign in (-1, 1)]
    repeat = tall * rng.uniform(1.1, 1.8)
    petals = int(rng.integers(5, 9))
    for k in np.arange(-1.4, 1.4, repeat):
        t = np.linspace(0, 2 * np.pi, 110)
        for size in np.linspace(0.1, 0.62, 15):
            r = size * tall * (0.75 + 0.25 * np.cos(petals * t))
            curves.append(np.stack([k + r * np.cos(t), r * np.sin(t)], axis=1))
        curves.append(np.stack([k + repeat / 2 + 0 * t, tall * np.cos(t) * 0.7], axis=1))
    for edge in (-1, 1):
        for k in range(5):
            curves.append(np.stack([x, edge * (tall + 0.012 * k) + 0 * x], axis=1))
        arch = np.abs(np.sin(np.pi * x / (repeat / 2)))
        for depth in (0.03, 0.045, 0.06):
            curves.append(np.stack([x, edge * (tall + 0.05 + depth * arch)], axis=1))
    return curves


def _ring(radius: float, depth: float, scallops: int) -> Points:
    t = np.linspace(0, 2 * np.pi, 24 * max(scallops, 8))
    return _polar(radius + depth * np.abs(np.sin(scallops * t / 2)), t)


def _loop(x: float, y: float, radius: float) -> Points:
    return _polar(np.full(13, radius), np.linspace(0, 2 * np.pi, 13)) + np.array([x, y])


def _polar(radius: Points, angle: Points) -> Points:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _crumpled(path: Points, bump: list[Floats], size: NDArray[np.intp]) -> Floats:
    """Move the points of a curve by a smooth displacement given on a 64 x 64 grid."""
    at = np.clip(path / size * 63, 0, 63).astype(np.float32)[None]
    moves = [cv2.remap(field, at[..., 0], at[..., 1], cv2.INTER_LINEAR)[0] for field in bump]
    return (path + np.stack(moves, axis=1)).astype(np.float32)


def _draw_thread(
    rng: np.random.Generator,
    strokes: NDArray[np.uint8],
    path: Floats,
    fall: Floats,
    colour: Floats,
    thick: float,
    shift: float,
) -> None:
    """One thread, lit by the folds of the cloth at its place."""
    bands = max(len(path) // 5, 1)
    row, col = np.clip(path[:: max(len(path) // bands, 1)][:bands].T[::-1], 0, None)
    height, width = strokes.shape[:2]
    rows = np.minimum(row / height * 64, 63).astype(np.intp)
    cols = np.minimum(col / width * 64, 63).astype(np.intp)
    light = 0.9 + 0.22 * fall[rows, cols] + rng.normal(0, 0.04, len(rows))
    ink = (light[:, None] * colour)[None].astype(np.float32)
    wide = floats([thick * rng.uniform(0.9, 1.15)])
    draw_strands(strokes, (path + floats(shift * thick))[None], wide, ink, taper=0)
