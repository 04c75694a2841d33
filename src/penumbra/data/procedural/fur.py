"""Animals in fur: sitting, standing, rolled up, close up; and bushy tails alone."""

import numpy as np
from numpy.typing import NDArray

from penumbra.data.procedural.coats import Coat, any_coat, cover_part, cover_tail, swelling
from penumbra.data.procedural.layers import Canvas, ProceduralForeground, fineness
from penumbra.data.procedural.palettes import Colour, any_colour
from penumbra.data.procedural.solids import daub, ellipse
from penumbra.data.procedural.strands import floats

DOWN = np.pi / 2


def draw_fur(rng: np.random.Generator, height: int, width: int) -> ProceduralForeground:
    """Draw a furry animal.

    Args:
        rng: Decides everything.
        height: In pixels.
        width: In pixels.

    Raises:
        InputError: The size cannot be drawn.
    """
    canvas = Canvas(height, width, fineness(height, width))
    strokes = np.zeros((canvas.height, canvas.width, 4), np.uint8)
    unit = min(canvas.height, canvas.width) * rng.uniform(0.85, 1.15)
    coat = any_coat(rng, canvas, unit * rng.choice([0.03, 0.05, 0.075, 0.11]))
    x, y = canvas.width * rng.uniform(0.4, 0.6), canvas.height * rng.uniform(0.45, 0.58)
    pose = [_draw_portrait, _draw_sitting, _draw_standing, _draw_ball][
        rng.choice(4, p=[0.3, 0.3, 0.2, 0.2])
    ]
    pose(rng, strokes, coat, x, y, unit)
    canvas.over_strokes(_mirrored(rng, strokes))
    return canvas.finish("SO", "fur")


def draw_tail(rng: np.random.Generator, height: int, width: int) -> ProceduralForeground:
    """Draw a bushy tail or a boa; arguments and errors as in `draw_fur`."""
    canvas = Canvas(height, width, fineness(height, width))
    strokes = np.zeros((canvas.height, canvas.width, 4), np.uint8)
    unit = min(canvas.height, canvas.width)
    coat = any_coat(rng, canvas, unit * rng.uniform(0.06, 0.15))
    ends = rng.uniform(0.05, 0.95, (4, 2)) * (canvas.width, canvas.height)
    ends[0, 1], ends[3, 1] = canvas.height * 1.05, canvas.height * rng.uniform(0.1, 0.4)
    radii = unit * rng.uniform(0.03, 0.08) * swelling(rng)
    cover_tail(rng, strokes, coat, ends, radii)
    canvas.over_strokes(_mirrored(rng, strokes))
    return canvas.finish("SO", "tail")


def _draw_portrait(
    rng: np.random.Generator, strokes: NDArray[np.uint8], coat: Coat, x: float, y: float, u: float
) -> None:
    chest = ellipse(x, y + 0.55 * u, 0.33 * u, 0.42 * u)
    cover_part(rng, strokes, coat, chest, DOWN, 1.2)
    _draw_head(rng, strokes, coat, x, y - 0.02 * u, 0.24 * u)


def _draw_sitting(
    rng: np.random.Generator, strokes: NDArray[np.uint8], coat: Coat, x: float, y: float, u: float
) -> None:
    tail = np.array([[0.12, 0.28], [0.4, 0.36], [0.4, 0.1], [0.3, -0.05]]) * u + (x, y)
    cover_tail(rng, strokes, coat, tail, 0.03 * u * swelling(rng))
    cover_part(rng, strokes, coat, ellipse(x, y + 0.1 * u, 0.19 * u, 0.28 * u), DOWN, 1.0)
    for side in (-1, 1):
        haunch = ellipse(x + side * 0.13 * u, y + 0.28 * u, 0.11 * u, 0.12 * u)
        cover_part(rng, strokes, coat, haunch, DOWN, 0.8)
    for side in (-1, 1):
        leg = ellipse(x + side * 0.065 * u, y + 0.26 * u, 0.05 * u, 0.17 * u)
        cover_part(rng, strokes, coat, leg, DOWN, 0.6)
    _draw_head(rng, strokes, coat, x, y - 0.22 * u, 0.15 * u)


def _draw_standing(
    rng: np.random.Generator, strokes: NDArray[np.uint8], coat: Coat, x: float, y: float, u: float
) -> None:
    tail = np.array([[0.27, -0.03], [0.42, -0.1], [0.42, -0.3], [0.33, -0.38]]) * u + (x, y)
    cover_tail(rng, strokes, coat, tail, 0.025 * u * swelling(rng))
    for place in (-0.15, 0.19, -0.22, 0.25):
        leg = ellipse(x + place * u, y + 0.2 * u, 0.05 * u, 0.2 * u)
        cover_part(rng, strokes, coat, leg, DOWN, 0.5)
    trunk = ellipse(x + 0.02 * u, y, 0.31 * u, 0.17 * u, rng.uniform(-0.08, 0.08))
    cover_part(rng, strokes, coat, trunk, 0.4, 1.0)
    _draw_head(rng, strokes, coat, x - 0.3 * u, y - 0.17 * u, 0.14 * u)


def _draw_ball(
    rng: np.random.Generator, strokes: NDArray[np.uint8], coat: Coat, x: float, y: float, u: float
) -> None:
    """A sleeper, a guinea pig, a wig: an uneven ball without a face."""
    t = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    bumps = sum(rng.normal(0, 0.12 / k) * np.cos(k * t + rng.uniform(0, 6)) for k in (2, 3, 4))
    radius = u * rng.uniform(0.25, 0.38) * (1 + bumps)
    outline = np.stack([x + 1.15 * radius * np.cos(t), y + 0.9 * radius * np.sin(t)], axis=1)
    cover_part(rng, strokes, coat, outline.astype(np.float32), rng.uniform(0, np.pi), 1.2)


def _draw_head(
    rng: np.random.Generator, strokes: NDArray[np.uint8], coat: Coat, x: float, y: float, r: float
) -> None:
    """Ears, a round head, a muzzle, eyes and a nose."""
    is_pricked = rng.uniform() < 0.6
    for side in (-1, 1):
        if is_pricked:
            corners = np.array([[0.25, -0.7], [0.85, -1.45], [0.95, -0.3]])
            ear = floats(corners * (side * r, r) + (x, y))
            cover_part(rng, strokes, coat, ear, -DOWN + side * 0.4, 0.5)
    cover_part(rng, strokes, coat, ellipse(x, y, 1.02 * r, 0.9 * r), None, 0.75)
    if not is_pricked:
        for side in (-1, 1):
            ear = ellipse(x + side * 0.92 * r, y + 0.05 * r, 0.28 * r, 0.7 * r, -side * 0.25)
            cover_part(rng, strokes, coat, ear, DOWN, 0.8)
    for side in (-1, 1):
        cheek = ellipse(x + side * 0.2 * r, y + 0.42 * r, 0.3 * r, 0.24 * r)
        cover_part(rng, strokes, coat, cheek, DOWN + side * -0.9, 0.45)
    iris = any_colour(rng, (0.4, 0.9), (0.3, 0.8))
    black = (0.05, 0.04, 0.04)
    spots: list[tuple[tuple[float, float, float, float], Colour]] = [
        ((0.0, 0.27, 0.15, 0.1), black)
    ]
    for place in (-0.42, 0.42):
        spots += [
            ((place, -0.1, 0.19, 0.17), black),
            ((place, -0.1, 0.155, 0.145), iris),
            ((place, -0.1, 0.09, 0.13), black),
            ((place - 0.05, -0.16, 0.04, 0.04), (1.0, 1.0, 1.0)),
        ]
    for (dx, dy, across, down), colour in spots:
        outline = ellipse(x + dx * r, y + dy * r, across * r, down * r)
        daub(strokes, colour, outline, softness=0.012 * r)


def _mirrored(rng: np.random.Generator, strokes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Flip left and right half of the time."""
    return strokes[:, ::-1] if rng.uniform() < 0.5 else strokes
