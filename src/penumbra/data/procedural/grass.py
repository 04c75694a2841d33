"""Tufts of grass and reeds."""

import numpy as np

from penumbra.data.procedural.layers import Canvas, ProceduralForeground, fineness
from penumbra.data.procedural.palettes import Colour, any_of
from penumbra.data.procedural.strands import curl, draw_strands, floats, grow, sheen

BLADES: tuple[Colour, ...] = (
    (0.30, 0.48, 0.14),
    (0.45, 0.55, 0.22),
    (0.72, 0.64, 0.36),
    (0.25, 0.42, 0.26),
)
BANDS = 6


def draw_grass(rng: np.random.Generator, height: int, width: int) -> ProceduralForeground:
    """Draw a tuft of grass.

    Args:
        rng: Decides everything.
        height: In pixels.
        width: In pixels.

    Raises:
        InputError: The size cannot be drawn.
    """
    canvas = Canvas(height, width, fineness(height, width))
    strokes = np.zeros((canvas.height, canvas.width, 4), np.uint8)
    unit = min(canvas.height, canvas.width)
    count = int(np.clip(rng.uniform(0.25, 1.3) * unit, 60, 1100))
    foot = rng.uniform(0.08, 0.45) * canvas.width
    offset = rng.normal(0, 0.5, count).clip(-1.4, 1.4)
    roots = np.stack(
        [
            canvas.width * rng.uniform(0.4, 0.6) + foot * offset,
            canvas.height * (0.97 + rng.uniform(-0.04, 0.08, count)),
        ],
        axis=1,
    )
    depth = np.argsort(roots[:, 1])
    roots, offset = roots[depth], offset[depth]
    wind = rng.normal(0, 0.25)
    tall = canvas.height * rng.uniform(0.55, 0.95)
    lengths = tall * rng.uniform(0.35, 1.0, count) * (1 - 0.25 * np.abs(offset))
    turns = 0.7 * offset + wind + rng.normal(0, 0.35, count)
    paths = grow(
        roots.astype(np.float32),
        (-np.pi / 2 + 0.35 * offset + 0.5 * wind + rng.normal(0, 0.13, count)).astype(np.float32),
        lengths.astype(np.float32),
        turns.astype(np.float32),
        np.where(rng.uniform(0, 1, count) < 0.25, 1.6, 0.5).astype(np.float32),
        14,
    )
    wavy = (0.01 * unit * rng.uniform(0, 1, count)).astype(np.float32)
    phases = rng.uniform(0, 6, count).astype(np.float32)
    paths = curl(paths, wavy, np.full(count, 1.2, np.float32), phases, 0.0)
    widths = unit * rng.uniform(0.004, 0.013) * rng.uniform(0.4, 1.2, count)
    tip, base = (floats(any_of(rng, BLADES)) for _ in range(2))
    along = np.linspace(0, 1, BANDS, dtype=np.float32)[None, :, None]
    nearness = np.linspace(0.55, 1.0, count)[:, None, None] * (0.4 + 0.7 * along)
    colours = (base * (1 - along) + tip * along) * nearness
    colours = colours * rng.normal(1, 0.17, (count, 1, 1))
    is_dry = (rng.uniform(0, 1, (count, 1, 1)) < rng.uniform(0, 0.25)).astype(np.float32)
    colours = colours * (1 - is_dry) + is_dry * floats((0.74, 0.64, 0.42)) * nearness
    colours = colours * (0.8 + 0.35 * sheen(paths, BANDS, (-0.5, -0.8))[..., None])
    draw_strands(strokes, paths, widths.astype(np.float32), colours.astype(np.float32), taper=0.6)
    # A rib of light or shade along the middle of every broad blade.
    fold = (1.22 * colours).astype(np.float32)
    broad = widths > 3
    ribs = paths[broad] - floats([0.25, 0]) * widths[broad, None, None].astype(np.float32)
    for blade, rib in zip(np.nonzero(broad)[0][::3], ribs[::3], strict=True):
        thin = floats([0.3 * widths[blade]])
        draw_strands(strokes, rib[None], thin, fold[blade][None], taper=0.6)
    canvas.over_strokes(strokes)
    return canvas.finish("NS", "grass")
