"""Spider webs: radial threads, a sagging spiral, drops of dew."""

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.data.procedural.layers import Canvas, ProceduralForeground, fineness
from penumbra.data.procedural.strands import bend, draw_strands, floats


def draw_web(rng: np.random.Generator, height: int, width: int) -> ProceduralForeground:
    """Draw an orb web.

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
    hub = np.array([canvas.width, canvas.height]) * rng.uniform(0.35, 0.65, 2)
    spokes = int(rng.integers(14, 34))
    gaps = rng.uniform(0.7, 1.3, spokes)
    angles = 2 * np.pi * np.cumsum(gaps) / gaps.sum() + rng.uniform(0, 6)
    reach = unit * rng.uniform(0.42, 0.75) * rng.uniform(0.75, 1.2, spokes)
    ahead = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    tips = hub + reach[:, None] * ahead

    rings = int(np.clip(rng.integers(16, 42), 4, max(unit / 8, 4)))
    far = np.linspace(0.08, 0.93, rings) ** rng.uniform(0.85, 1.15)
    ring, spoke = np.divmod(np.arange(rings * spokes), spokes)
    step = (far[1] - far[0]) / spokes * spoke  # a spiral, not circles
    after = (spoke + 1) % spokes
    jitter = rng.normal(0, 0.004, ring.size)
    one = hub + ((far[ring] + step + jitter) * reach[spoke])[:, None] * ahead[spoke]
    two = hub + ((far[ring] + step + jitter) * reach[after])[:, None] * ahead[after]
    kept = rng.uniform(0, 1, ring.size) > 0.03
    one, two = one[kept], two[kept]
    towards = hub - (one + two) / 2
    sag = 0.05 * towards * rng.uniform(0.5, 1.5, len(one))[:, None]
    sag[:, 1] += 0.12 * np.linalg.norm(two - one, axis=1)
    controls = np.stack(
        [one, one * 0.7 + two * 0.3 + sag, one * 0.3 + two * 0.7 + sag, two], axis=1
    )
    threads = bend(controls.astype(np.float32), 9)
    anchors = np.stack([np.broadcast_to(hub, tips.shape), tips, tips + 0.3 * (tips - hub)], axis=1)

    thin = unit / 1152 * rng.uniform(1.0, 2.2)
    glint = 0.9 + 0.12 * rng.uniform(-1, 1, (len(threads), 3, 1))
    shade = floats(rng.uniform(0.65, 0.95)) * floats((1.0, 1.0, 0.98))
    wide = np.full(len(threads), 1.1 * thin, np.float32)
    draw_strands(strokes, threads, wide, (glint * shade).astype(np.float32), taper=0)
    ink = np.broadcast_to(0.9 * shade, (spokes, 1, 3)).astype(np.float32)
    wide = np.full(spokes, 1.7 * thin, np.float32)
    draw_strands(strokes, anchors.astype(np.float32), wide, ink, taper=0)
    if rng.uniform() < 0.5:
        drops = threads.reshape(-1, 2)[rng.uniform(0, 1, threads.shape[0] * 9) < 0.35]
        _draw_dew(rng, strokes, drops.astype(np.float32), 1.6 * thin)
    canvas.over_strokes(strokes)
    return canvas.finish("NS", "web")


def _draw_dew(
    rng: np.random.Generator, strokes: NDArray[np.uint8], drops: NDArray[np.float32], radius: float
) -> None:
    """Small drops, each grey with a bright spot at its upper left."""
    for (x, y), size in zip(drops, radius * rng.uniform(0.5, 1.6, len(drops)), strict=True):
        for tone, share, shift in ((0.55, 1.0, 0.0), (1.0, 0.45, -0.3)):
            ink = (255 * tone, 255 * tone, 255 * tone, 255)
            middle = round((x + shift * size) * 16 - 8), round((y + shift * size) * 16 - 8)
            cv2.circle(strokes, middle, round(share * size * 16), ink, -1, cv2.LINE_AA, 4)
