"""All families of procedural foregrounds, by name."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from penumbra.core.errors import InputError
from penumbra.data.procedural.blurred import draw_blurred
from penumbra.data.procedural.feathers import draw_feathers
from penumbra.data.procedural.fur import draw_fur, draw_tail
from penumbra.data.procedural.glass import draw_glass
from penumbra.data.procedural.grass import draw_grass
from penumbra.data.procedural.hair import draw_hair
from penumbra.data.procedural.lace import draw_lace
from penumbra.data.procedural.layers import ProceduralForeground
from penumbra.data.procedural.leaves import draw_fern, draw_leaves
from penumbra.data.procedural.nets import draw_cables, draw_fence, draw_net
from penumbra.data.procedural.smoke import draw_smoke
from penumbra.data.procedural.text import draw_text
from penumbra.data.procedural.webs import draw_web
from penumbra.data.sample import Kind

Draw = Callable[[np.random.Generator, int, int], ProceduralForeground]
"""Draws a foreground of (height, width) pixels."""


@dataclass(frozen=True)
class Family:
    """One generator.

    Attributes:
        name: Key in `FAMILIES`.
        kind: Type of most of its pictures; the type of each is its own `kind`.
        draw: The generator itself.
    """

    name: str
    kind: Kind
    draw: Draw


FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family("hair", "SO", draw_hair),
        Family("fur", "SO", draw_fur),
        Family("tail", "SO", draw_tail),
        Family("leaves", "STM", draw_leaves),
        Family("fern", "STM", draw_fern),
        Family("feathers", "STM", draw_feathers),
        Family("grass", "NS", draw_grass),
        Family("net", "NS", draw_net),
        Family("fence", "NS", draw_fence),
        Family("cables", "NS", draw_cables),
        Family("web", "NS", draw_web),
        Family("lace", "STM", draw_lace),
        Family("glass", "STM", draw_glass),
        Family("smoke", "NS", draw_smoke),
        Family("blurred", "SO", draw_blurred),
        Family("text", "STM", draw_text),
    )
}


def draw_foreground(family: str, seed: int, height: int, width: int) -> ProceduralForeground:
    """Draw one foreground, the same for the same arguments.

    Args:
        family: Key of `FAMILIES`.
        seed: At least 0; decides everything.
        height: In pixels.
        width: In pixels.

    Raises:
        InputError: There is no such family, or the size or the seed cannot be used.

    Example:
        >>> drawn = draw_foreground("web", 7, 64, 96)
        >>> drawn.alpha.shape, drawn.kind
        ((64, 96), 'NS')
    """
    if family not in FAMILIES:
        raise InputError(f"family must be one of {', '.join(FAMILIES)}, got {family}")
    if seed < 0:
        raise InputError(f"seed must be at least 0, got {seed}")
    return FAMILIES[family].draw(np.random.default_rng(seed), height, width)
