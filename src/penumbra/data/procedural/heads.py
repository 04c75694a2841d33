"""Heads and shoulders for hair to grow on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penumbra.data.procedural.layers import Canvas
from penumbra.data.procedural.palettes import HAIR, SKIN, Colour, any_colour, any_of, darker
from penumbra.data.procedural.solids import LIGHT, blob, daub, ellipse, inflate, paint


@dataclass(frozen=True)
class Head:
    """A head and the hair it wears; lengths in canvas pixels.

    Attributes:
        x: Of its middle.
        y: Of its middle.
        across: Half its width.
        down: Half its height.
        is_front: Whether it looks at the viewer.
        hair: Colour.
        skin: Colour.
        radius: Of a curl.
        rounds: Curls from root to tip.
        depth: 0 for waves, 0.7 for ringlets; see `curl`.
        reach: Length of the hair, in half heights of the head.
        tightness: How closely locks keep together, in [0, 1].
        frizz: How far single hairs stray.
        wind: How far the tips are blown to the right.
    """

    x: float
    y: float
    across: float
    down: float
    is_front: bool
    hair: Colour
    skin: Colour
    radius: float
    rounds: float
    depth: float
    reach: float
    tightness: float
    frizz: float
    wind: float


def any_head(rng: np.random.Generator, canvas: Canvas) -> Head:
    """Draw a head somewhere in the upper half of the canvas, and a way to wear its hair."""
    across = min(canvas.height, canvas.width) * rng.uniform(0.15, 0.24)
    style = rng.choice(
        ["straight", "wavy", "curly", "short", "afro"], p=[0.25, 0.3, 0.2, 0.1, 0.15]
    )
    radius, rounds, depth, reach, tightness, frizz = {
        "straight": (0.02, 1.2, 0.0, rng.uniform(1.6, 3.2), 0.55, 0.02),
        "wavy": (
            rng.uniform(0.06, 0.12),
            rng.uniform(1.5, 3),
            0.1,
            rng.uniform(1.5, 3),
            0.75,
            0.05,
        ),
        "curly": (rng.uniform(0.1, 0.16), rng.uniform(4, 7), 0.7, rng.uniform(1.3, 2.4), 0.8, 0.1),
        "short": (rng.uniform(0.02, 0.06), 1.0, 0.0, rng.uniform(0.35, 0.6), 0.7, 0.05),
        "afro": (
            rng.uniform(0.04, 0.07),
            rng.uniform(3, 6),
            0.8,
            rng.uniform(0.5, 0.95),
            0.5,
            0.05,
        ),
    }[str(style)]
    is_dyed = rng.uniform() < 0.1
    return Head(
        x=canvas.width * rng.uniform(0.38, 0.62),
        y=canvas.height * rng.uniform(0.3, 0.46),
        across=across,
        down=across * rng.uniform(1.2, 1.35),
        is_front=bool(rng.uniform() < 0.4),
        hair=any_colour(rng, (0.3, 0.7), (0.4, 0.9)) if is_dyed else any_of(rng, HAIR),
        skin=any_of(rng, SKIN),
        radius=radius * across,
        rounds=rounds,
        depth=depth,
        reach=reach,
        tightness=tightness,
        frizz=frizz * across,
        wind=across * (rng.normal(0, 1.1) if rng.uniform() < 0.35 else 0.0),
    )


def draw_bust(rng: np.random.Generator, strokes: NDArray[np.uint8], head: Head) -> None:
    """Shoulders in cloth, a neck, and the head itself: skin in front, dark hair behind."""
    height, width = strokes.shape[:2]
    cloth = any_colour(rng, (0.0, 0.7), (0.15, 0.9))
    a, b = head.across, head.down
    bust = ellipse(head.x, head.y + 2.6 * b + 0.6 * a, a * rng.uniform(2.1, 2.7), 1.55 * b)
    neck = ellipse(head.x, head.y + 1.1 * b, 0.55 * a, 0.75 * b)
    skull = ellipse(head.x, head.y, a, b)
    scalp = darker(head.hair, 0.45)
    for outline, colour in (
        (neck, darker(head.skin, 0.8)),
        (bust, cloth),
        (skull, head.skin if head.is_front else scalp),
    ):
        solid = inflate(blob(height, width, outline))
        shade = solid.light(LIGHT)
        paint(strokes, np.asarray(colour, np.float32) * shade[..., None], solid.coverage)
    if head.is_front:
        _draw_features(strokes, head)


def _draw_features(strokes: NDArray[np.uint8], head: Head) -> None:
    """Soft hints of brows, eyes, nose and mouth."""
    a, b = head.across, head.down
    lip = (0.75 * head.skin[0], 0.5 * head.skin[1], 0.5 * head.skin[2])
    dark, shadow = darker(head.hair, 0.3), darker(head.skin, 0.62)
    parts = [((0.0, 0.52, 0.28, 0.06), lip, 0.9), ((0.03, 0.28, 0.15, 0.05), shadow, 0.7)]
    for side in (-0.38, 0.38):
        parts += [
            ((side, -0.17, 0.2, 0.03), dark, 0.7),
            ((side, 0.0, 0.19, 0.1), shadow, 0.6),
            ((side, 0.01, 0.13, 0.055), (0.93, 0.91, 0.9), 0.9),
            ((side, 0.01, 0.06, 0.055), dark, 0.95),
        ]
    for (x, y, across, down), colour, strength in parts:
        outline = ellipse(head.x + x * a, head.y + y * b, across * a, down * b)
        daub(strokes, colour, outline, softness=0.025 * a, strength=strength)
