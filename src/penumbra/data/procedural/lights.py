"""Windows and lamps, as shiny surfaces mirror them, by the direction a surface faces."""

from dataclasses import dataclass

import numpy as np

from penumbra.data.procedural.layers import Canvas
from penumbra.data.procedural.noise import Field, smoothstep
from penumbra.data.procedural.textures import Colour, random_colour


@dataclass(frozen=True, eq=False)
class Light:
    """A soft rectangle in the plane of (nx, ny), the sideways parts of a unit normal.

    Attributes:
        x: Where its middle is mirrored, in [-1, 1]; y likewise.
        y: Down is positive.
        half_width: Of the rectangle; half_height likewise.
        half_height: In the same unit.
        softness: Width of its edges.
        strength: Alpha of the reflection, in [0, 1].
        colour: Near white.
        bars: Panes across, where it is a window; 0 without bars, as in narrow ones.
    """

    x: float
    y: float
    half_width: float
    half_height: float
    softness: float
    strength: float
    colour: Colour
    bars: int


def draw_lights(rng: np.random.Generator) -> list[Light]:
    """Draw one to four lights, the first of them strong and most of them high."""
    return [_light(rng, is_main=k == 0) for k in range(int(rng.integers(2, 5)))]


def mirror(canvas: Canvas, lights: list[Light], nx: Field, ny: Field, within: Field) -> None:
    """Lay the reflections of all lights over a surface.

    Args:
        canvas: What is drawn on.
        lights: What is mirrored.
        nx: Part of the surface's unit normal to the right, (H, W).
        ny: Part of the normal downwards, (H, W).
        within: Share and strength of the surface at each pixel, (H, W), in [0, 1].
    """
    for light in lights:
        aside_x, aside_y = nx - np.float32(light.x), ny - np.float32(light.y)
        soft = light.softness
        shape = smoothstep(light.half_width + soft, light.half_width - soft, np.abs(aside_x))
        shape *= smoothstep(light.half_height + soft, light.half_height - soft, np.abs(aside_y))
        if light.bars:
            pane = aside_x / np.float32(2 * light.half_width) + np.float32(0.5)
            from_bar = np.abs((pane * light.bars + 0.5) % 1.0 - 0.5)
            shape *= smoothstep(0.03, 0.09, from_bar)
            shape *= smoothstep(0.02, 0.06, np.abs(aside_y) / np.float32(light.half_height))
        canvas.over(light.colour, shape * within * np.float32(light.strength))


def _light(rng: np.random.Generator, is_main: bool) -> Light:
    is_tall = rng.uniform() < 0.6
    half_width = rng.uniform(0.03, 0.1) if is_tall else rng.uniform(0.08, 0.2)
    return Light(
        x=float(rng.choice([-1, 1]) * rng.uniform(0.2, 0.8)),
        y=float(rng.uniform(-0.7, 0.1)),
        half_width=float(half_width),
        half_height=float(rng.uniform(0.3, 0.8) if is_tall else rng.uniform(0.1, 0.25)),
        softness=float(rng.uniform(0.008, 0.05)),
        strength=float(rng.uniform(0.85, 1.0) if is_main else rng.uniform(0.3, 0.85)),
        colour=random_colour(rng, (0.92, 1.0), (0.0, 0.12)),
        bars=int(rng.choice([0, 2, 3])) if half_width > 0.08 else 0,
    )
