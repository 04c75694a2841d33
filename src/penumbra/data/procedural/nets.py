"""Nets and fences: meshes of twine or wire that sag, swing and recede; bundles of cables."""

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from penumbra.data.procedural.layers import Canvas, ProceduralForeground, fineness
from penumbra.data.procedural.noise import smooth_noise
from penumbra.data.procedural.palettes import Colour, any_colour, any_of
from penumbra.data.procedural.strands import Floats, bend, draw_strands, floats

TWINE: tuple[Colour, ...] = (
    (0.82, 0.76, 0.62),
    (0.20, 0.45, 0.35),
    (0.18, 0.30, 0.50),
    (0.88, 0.88, 0.85),
    (0.80, 0.38, 0.15),
    (0.12, 0.12, 0.12),
)
METAL: tuple[Colour, ...] = ((0.62, 0.64, 0.66), (0.42, 0.36, 0.32), (0.18, 0.30, 0.22))

Lines = list[Floats]


def draw_net(rng: np.random.Generator, height: int, width: int) -> ProceduralForeground:
    """Draw a knotted fishing net or a goal net, hanging and swaying.

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
    mesh = max(unit * rng.uniform(0.035, 0.1), 12.0)
    thick = float(np.clip(mesh * rng.uniform(0.06, 0.16), 1.2, None))
    colour = any_of(rng, TWINE)
    for layer in range(int(rng.integers(1, 3))):
        knots = _hung(rng, canvas, mesh * (1.25 if layer == 0 else 1.0))
        is_diagonal = bool(rng.uniform() < 0.6)
        dim = 0.7 if layer == 0 else 1.0
        _draw_mesh(rng, strokes, knots, thick, floats(colour) * floats(dim), is_diagonal)
        _draw_twine(
            rng, strokes, [_rope(knots[0]), _rope(knots[-1])], 2.4 * thick, floats(colour) * 0.8
        )
    canvas.over_strokes(strokes)
    return canvas.finish("NS", "net")


def draw_fence(rng: np.random.Generator, height: int, width: int) -> ProceduralForeground:
    """Draw a chain-link or a grid fence with posts; arguments and errors as in `draw_net`."""
    canvas = Canvas(height, width, fineness(height, width))
    strokes = np.zeros((canvas.height, canvas.width, 4), np.uint8)
    unit = float(min(canvas.height, canvas.width))
    mesh = max(unit * rng.uniform(0.06, 0.13), 12.0)
    thick = float(np.clip(mesh * rng.uniform(0.05, 0.12), 1.5, None))
    colour = floats(any_of(rng, METAL))
    rows, cols = int(3 * canvas.height / mesh) + 4, int(3 * canvas.width / mesh) + 4
    y, x = np.mgrid[:rows, :cols].astype(np.float32)
    if rng.uniform() < 0.6:  # woven wires bend around each other where they meet
        lines = [_zigzag(row, cols, side) for row in range(rows) for side in (0.0, 1.0)]
    else:
        lines = [*np.stack([x, y], axis=2), *np.stack([x, y], axis=2).transpose(1, 0, 2)]
    frame = _receding(rng, canvas, mesh)
    lines = [_projected(line, frame) for line in lines]
    _draw_wire(rng, strokes, lines, thick, colour)
    for place in rng.uniform(0.1, 0.9, int(rng.integers(1, 3))):
        post = np.stack([np.full(12, place * cols), np.linspace(-5, rows + 5, 12)], axis=1)
        _draw_wire(rng, strokes, [_projected(post.astype(np.float32), frame)], 6 * thick, colour)
    canvas.over_strokes(strokes)
    return canvas.finish("NS", "fence")


def draw_cables(rng: np.random.Generator, height: int, width: int) -> ProceduralForeground:
    """Draw cables: sagging lines, coils and loops; arguments and errors as in `draw_net`."""
    canvas = Canvas(height, width, fineness(height, width))
    strokes = np.zeros((canvas.height, canvas.width, 4), np.uint8)
    unit = float(min(canvas.height, canvas.width))
    size = np.array([canvas.width, canvas.height])
    for _ in range(int(rng.integers(4, 16))):
        is_thin = rng.uniform() < 0.4
        thick = unit * (rng.uniform(0.002, 0.006) if is_thin else rng.uniform(0.008, 0.028))
        colour = floats(any_colour(rng, (0.0, 0.9), (0.1, 0.9)))
        ends = rng.uniform(-0.1, 1.1, (4, 2))
        if rng.uniform() < 0.6:
            ends[0, 0], ends[3, 0] = -0.05, 1.05
            ends[1:3, 1] += rng.uniform(0, 0.5)
        path = bend((ends * size)[None].astype(np.float32), 260)[0]
        if rng.uniform() < 0.35:
            t = np.linspace(0, 2 * np.pi * rng.integers(3, 9), 260)
            loop = unit * rng.uniform(0.03, 0.12)
            path = path + loop * np.stack([np.cos(t), np.sin(t)], axis=1).astype(np.float32)
        _draw_wire(rng, strokes, [path], thick, colour)
    canvas.over_strokes(strokes)
    return canvas.finish("NS", "cables")


def _hung(rng: np.random.Generator, canvas: Canvas, mesh: float) -> Floats:
    """Knots of a net hung from some points, shape (rows, cols, 2), canvas pixels."""
    rows, cols = int(canvas.height / mesh) + 4, int(canvas.width / mesh) + 4
    v, u = np.mgrid[:rows, :cols].astype(np.float32)
    x, y = (u - 1.5) * mesh, (v - 1.5) * mesh
    if rng.uniform() < 0.6:  # a free piece, not one that fills the picture
        x = canvas.width * 0.5 + (x - 0.5 * canvas.width) * rng.uniform(0.6, 0.9)
        y = canvas.height * rng.uniform(0.05, 0.2) + y * rng.uniform(0.55, 0.85)
    pins = rng.uniform(1, 3.5)
    swing = np.abs(np.sin(np.pi * pins * u / cols + rng.uniform(0, 3)))
    y = y + rng.uniform(0.3, 2.5) * mesh * swing * (0.4 + v / rows)
    tilt = rng.uniform(-0.35, 0.35)
    x = x + tilt * (y - 0.5 * canvas.height)
    far = 1 + rng.uniform(-0.3, 0.3) * (v / rows - 0.5)
    x = canvas.width / 2 + (x - canvas.width / 2) * far
    cell = max(rows, cols) / 3
    sway = [smooth_noise(rng, rows, cols, cell, 3) * mesh * 1.6 for _ in range(2)]
    return np.stack([x + sway[0], y + sway[1]], axis=2).astype(np.float32)


def _rope(knots: Floats) -> Floats:
    """A smooth path through the neighbourhood of a row of knots."""
    t = np.linspace(0, len(knots) - 1, 6 * len(knots))
    fine = np.stack([np.interp(t, np.arange(len(knots)), knots[:, k]) for k in (0, 1)], axis=1)
    return gaussian_filter1d(fine, 3.5, axis=0, mode="nearest").astype(np.float32)


def _draw_mesh(
    rng: np.random.Generator,
    strokes: NDArray[np.uint8],
    knots: Floats,
    thick: float,
    colour: Floats,
    is_diagonal: bool,
) -> None:
    """Slack twine from knot to knot, then the knots."""
    rows, cols = knots.shape[:2]
    ends = []
    for r in range(rows):
        for c in range(cols):
            if is_diagonal and (r + c) % 2:
                continue
            steps = ((1, 1), (1, -1)) if is_diagonal else ((0, 1), (1, 0))
            for dr, dc in steps:
                if r + dr < rows and 0 <= c + dc < cols:
                    ends.append((knots[r, c], knots[r + dr, c + dc]))
    pairs = np.asarray(ends, np.float32)
    is_torn = rng.uniform(0, 1, len(pairs)) < rng.choice([0.0, 0.0, 0.02])
    pairs = pairs[~is_torn]
    span = np.linalg.norm(pairs[:, 1] - pairs[:, 0], axis=1)
    slack = (0.12 * span * rng.uniform(0.3, 1.2, len(pairs)))[:, None] * floats([0, 1])
    inner = [pairs[:, 0] + (pairs[:, 1] - pairs[:, 0]) * t + slack for t in (0.3, 0.7)]
    controls = np.stack([pairs[:, 0], *inner, pairs[:, 1]], axis=1).astype(np.float32)
    _draw_twine(rng, strokes, list(bend(controls, 8)), thick, colour)
    used = np.unique(pairs.reshape(-1, 2), axis=0)
    for tone, share, shift in ((0.6, 1.25, 0.0), (0.95, 0.95, -0.12), (1.2, 0.4, -0.4)):
        ink = [*np.clip(255 * tone * colour, 0, 255).tolist(), 255]
        for x, y in used + shift * thick:
            middle = round(16 * float(x)) - 8, round(16 * float(y)) - 8
            cv2.circle(strokes, middle, round(16 * share * thick), ink, -1, cv2.LINE_AA, 4)


def _draw_twine(
    rng: np.random.Generator,
    strokes: NDArray[np.uint8],
    lines: Lines,
    thick: float,
    colour: Floats,
) -> None:
    """Uneven rope: each line with its own tone and thickness, light on its upper side."""
    for tone, share, shift in ((0.72, 1.0, 0.0), (1.12, 0.45, -0.2)):
        for line in lines:
            tones = tone * rng.normal(1, 0.1, (1, max(len(line) // 4, 1), 1)) * colour
            wide = floats([thick * share * rng.uniform(0.85, 1.2)])
            moved = (line + floats(shift * thick))[None]
            draw_strands(strokes, moved, wide, tones.astype(np.float32), taper=0)


def _draw_wire(
    rng: np.random.Generator,
    strokes: NDArray[np.uint8],
    lines: Lines,
    thick: float,
    colour: Floats,
) -> None:
    """A round wire: from its dark lower side to a thin gleam, in four steps."""
    tones = ((0.45, 1.0, 0.0), (0.8, 0.72, -0.08), (1.05, 0.42, -0.15), (1.5, 0.14, -0.2))
    worn = float(rng.uniform(0.0, 0.12))
    for line in lines:
        uneven = rng.normal(1, worn, (1, max(len(line) // 6, 1), 1))
        for tone, share, shift in tones:
            ink = (tone * uneven * colour + (0.12 if tone > 1.2 else 0)).astype(np.float32)
            moved = (line + floats(shift * thick))[None]
            draw_strands(strokes, moved, floats([share * thick]), ink, taper=0)


def _zigzag(row: int, cols: int, side: float) -> Floats:
    """One wire of a chain-link fence in cells, its corners rounded, shape (N, 2)."""
    x = np.linspace(0, cols - 1, 8 * cols)
    wave = np.arcsin(0.97 * np.sin(np.pi * (x + side))) / np.pi
    return np.stack([x, row + (0.5 * side + wave)], axis=1).astype(np.float32)


def _receding(rng: np.random.Generator, canvas: Canvas, mesh: float) -> NDArray[np.float64]:
    """Plane of the fence as a homography from cells to canvas pixels."""
    turn = rng.uniform(-0.2, 0.2)
    cos, sin = mesh * np.cos(turn), mesh * np.sin(turn)
    slant = rng.uniform(-0.35, 0.35) / (canvas.width / mesh)
    middle = np.array([1.5 * canvas.width, 1.5 * canvas.height]) / mesh
    rotation = np.array([[cos, -sin, 0], [sin, cos, 0], [slant, 0.2 * slant, 1]])
    back = np.array([[1, 0, -middle[0]], [0, 1, -middle[1]], [0, 0, 1]])
    centre = np.array([[1, 0, canvas.width / 2], [0, 1, canvas.height / 2], [0, 0, 1]])
    return centre @ rotation @ back


def _projected(line: Floats, frame: NDArray[np.float64]) -> Floats:
    """A line in cells as seen on the canvas, pixels."""
    lifted = np.concatenate([line, np.ones((len(line), 1))], axis=1) @ frame.T
    return (lifted[:, :2] / np.clip(lifted[:, 2:], 0.1, None)).astype(np.float32)
