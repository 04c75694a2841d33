"""Glass and plastic: clear inside, thicker towards the rims, with highlights."""

import numpy as np

from penumbra.data.procedural.bubbles import draw_bubbles
from penumbra.data.procedural.layers import Canvas, ProceduralForeground
from penumbra.data.procedural.plastic import draw_film
from penumbra.data.procedural.vessels import draw_vessel

THINGS = (draw_vessel, draw_bubbles, draw_film)
SHARES = (0.5, 0.2, 0.3)
FINE_UP_TO = 640
"""Longest side, in pixels, of the pictures whose vessels are drawn at twice the size."""


def draw_glass(rng: np.random.Generator, height: int, width: int) -> ProceduralForeground:
    """Draw a vessel, bubbles, or crumpled film; salient, transparent.

    Args:
        rng: Source of all chance.
        height: In pixels.
        width: In pixels.

    Raises:
        InputError: The size cannot be drawn.
    """
    thing = THINGS[int(rng.choice(len(THINGS), p=SHARES))]
    # Stems and ribs mirror the whole room within a few pixels: these need finer ones.
    is_fine = thing is draw_vessel and max(height, width) <= FINE_UP_TO
    canvas = Canvas(height, width, 2 if is_fine else 1)
    thing(rng, canvas)
    return canvas.finish("STM", "glass")
