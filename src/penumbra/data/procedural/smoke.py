"""Smoke, steam, fog, clouds and flames: soft everywhere.

Density is fractal noise on a warped domain, shaped to a plume, a heap or a bank; alpha follows
from it by Beer's law, and shade from the density that lies towards the light.
"""

import math

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB
from penumbra.data.procedural.layers import Canvas, ProceduralForeground
from penumbra.data.procedural.noise import (
    Field,
    blur,
    flow,
    fractal_noise,
    pixel_grid,
    smooth_noise,
    smoothstep,
    warp,
)
from penumbra.data.procedural.textures import Colour, ramp, random_colour

FAINTEST = 1 / 1024
"""Alpha below this becomes 0: no file and no eye keeps it."""


def draw_smoke(rng: np.random.Generator, height: int, width: int) -> ProceduralForeground:
    """Draw a plume, a heap of cloud, wisps, a bank of fog, or flames; salient, transparent.

    Args:
        rng: Source of all chance.
        height: In pixels.
        width: In pixels.

    Raises:
        InputError: The size cannot be drawn.
    """
    canvas = Canvas(height, width)
    kind = int(rng.choice(5, p=(0.3, 0.25, 0.2, 0.13, 0.12)))
    density = (_plume, _heap, _wisps, _bank, _flames)[kind](rng, height, width)
    if kind == 4:
        _lay_flames(rng, canvas, density)
    else:
        _lay_smoke(rng, canvas, density)
    return canvas.finish("NS", "smoke")


def _plume(rng: np.random.Generator, height: int, width: int) -> Field:
    """Return the density of smoke that rises from a point, widens and thins."""
    size = max(height, width)
    y, x = pixel_grid(height, width)
    rise = np.clip((height * rng.uniform(0.93, 1.1) - y) / height, 0, None)
    lean = rng.normal(0, 0.25) * rise**1.5 + 0.05 * np.sin(rise * rng.uniform(3, 8))
    centre = width * (rng.uniform(0.3, 0.7) + lean)
    start, growth = rng.uniform(0.02, 0.06), rng.uniform(0.15, 0.35)
    spread = width * (start + growth * rise ** rng.uniform(0.6, 1.3))
    body = np.exp(-(((x - centre) / spread) ** 2)) * smoothstep(0.0, 0.08, rise)
    body *= smoothstep(rng.uniform(0.95, 1.6), 0.3, rise)
    body *= (0.4 + start / (start + growth * rise)).astype(np.float32)  # it thins as it widens
    billows = _billows(rng, height, width, size / rng.uniform(3, 6))
    density = body * _swollen(0.3 + rng.uniform(0.5, 0.9) * billows)
    return _stirred(rng, density.astype(np.float32), size * rng.uniform(0.02, 0.06))


def _heap(rng: np.random.Generator, height: int, width: int) -> Field:
    """Return the density of a cumulus, a puff or an explosion: balls upon balls."""
    size = min(height, width)
    y, x = pixel_grid(height, width)
    middle = (width * rng.uniform(0.4, 0.6), height * rng.uniform(0.45, 0.6))
    body = np.full((height, width), -1.5, np.float32)
    flat = rng.uniform(0.4, 1.0)
    for _ in range(int(rng.integers(6, 16))):
        angle, reach = rng.uniform(0, math.tau), size * 0.3 * math.sqrt(rng.uniform())
        at = (middle[0] + 1.3 * reach * math.cos(angle), middle[1] + flat * reach * math.sin(angle))
        radius = size * rng.uniform(0.1, 0.24)
        away = np.hypot(x - at[0], y - at[1]) / np.float32(radius)
        body = np.maximum(body, 1 - away)
    body = blur(body, size / 30)
    billows = _billows(rng, height, width, size / rng.uniform(2.5, 5))
    density = _swollen(body + 0.3 * billows - 0.15, rng.uniform(3.0, 9.0))
    # Far from the balls there is nothing, however strong the noise.
    density = density * smoothstep(-0.8, 0.0, body)
    return _stirred(rng, density, size * rng.uniform(0.005, 0.03))


def _wisps(rng: np.random.Generator, height: int, width: int) -> Field:
    """Return the density of thin folded sheets, as from incense or a hot cup."""
    size = max(height, width)
    y, x = pixel_grid(height, width)
    rise = (height - y) / height
    total = np.zeros((height, width), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        wave = smooth_noise(rng, height, width, size / 2.5, 2)
        centre = width * (rng.uniform(0.35, 0.65) + rng.normal(0, 0.15) * rise) + (
            wave * width * rng.uniform(0.1, 0.3) * rise
        )
        spread = width * (0.015 + rng.uniform(0.06, 0.2) * rise)
        aside = (x - centre) / spread
        # A folded sheet seen edge on is dense at its two hems and clear between.
        hems = np.exp(-((np.abs(aside) - 1) ** 2) / rng.uniform(0.03, 0.3))
        fade = smoothstep(rng.uniform(0.75, 1.2), 0.25, rise)
        sheet = (hems + rng.uniform(0.2, 0.6) * np.exp(-(aside**2))) * fade
        total += (sheet * rng.uniform(0.4, 1.0)).astype(np.float32)
    threads = fractal_noise(rng, height, width, size / 5, 3, stretch=(2.5, 1.0))
    density = total * _swollen(0.8 + 0.4 * threads)
    return _stirred(rng, density, size * rng.uniform(0.03, 0.08))


def _bank(rng: np.random.Generator, height: int, width: int) -> Field:
    """Return the density of fog that lies low, or of a layer of cloud."""
    size = max(height, width)
    y, _ = pixel_grid(height, width)
    top = rng.uniform(0.05, 0.5)
    fall = smoothstep(top - 0.2, top + rng.uniform(0.2, 0.5), y / height)
    if rng.uniform() < 0.3:
        fall = fall[::-1]
    stretch = (1.0, rng.uniform(1.5, 3))
    streaks = fractal_noise(rng, height, width, size / rng.uniform(3, 6), 6, 0.5, stretch)
    density = fall * _swollen(0.3 + 0.7 * streaks)
    return _stirred(rng, density, size * rng.uniform(0.01, 0.03))


def _flames(rng: np.random.Generator, height: int, width: int) -> Field:
    """Return the heat of a fire: tongues that taper upwards."""
    size = max(height, width)
    y, x = pixel_grid(height, width)
    rise = np.clip((height * rng.uniform(0.9, 1.05) - y) / height, 0, None)
    reach = width * rng.uniform(0.16, 0.36)
    aside = (x - width * rng.uniform(0.4, 0.6)) / reach
    tongues = fractal_noise(rng, height, width, size / rng.uniform(4, 8), 4, 0.5, (3.5, 1.0))
    tall = rng.uniform(0.6, 1.0) * np.exp(-(aside**2)) * (1 + 0.4 * tongues)
    heat = np.clip(1 - rise / np.maximum(tall, 0.02), 0, 1) * smoothstep(2.0, 1.2, np.abs(aside))
    torn = _stirred(rng, heat.astype(np.float32), size * rng.uniform(0.02, 0.05))
    veils = fractal_noise(rng, height, width, size / 7, 4, 0.5, (3.0, 1.0), is_ridged=True)
    flickering = torn * np.clip(0.75 + 0.35 * veils, 0, None)
    return (flickering * smoothstep(-0.01, 0.1, rise)).astype(np.float32)


def _billows(rng: np.random.Generator, height: int, width: int, cell: float) -> Field:
    """Return cauliflower noise of deviation about 0.7: soft spots and ridges inside out."""
    gain = rng.uniform(0.4, 0.55)
    folded = -fractal_noise(rng, height, width, cell, 6, gain, is_ridged=True)
    soft = fractal_noise(rng, height, width, cell * 1.5, 6, gain)
    return (0.4 * folded + 0.6 * soft).astype(np.float32)


def _swollen(field: NDArray[np.floating], sharpness: float = 4.0) -> Field:
    """Clip below 0, but softly: log(1 + exp(s x)) / s."""
    return (np.logaddexp(0, sharpness * field) / sharpness).astype(np.float32)


def _stirred(rng: np.random.Generator, field: Field, reach: float) -> Field:
    """Carry a field along turbulence, about `reach` pixels, in small steps as air does."""
    dx, dy = flow(rng, field.shape[0], field.shape[1], max(reach * 5, 8))
    step = np.float32(reach / 3)
    for _ in range(3):
        field = warp(field, dx * step, dy * step)
    return field


def _lay_smoke(rng: np.random.Generator, canvas: Canvas, density: Field) -> None:
    size = max(density.shape)
    soft = blur(density, size / rng.choice([400, 200, 100, 50]))
    soft = soft / max(float(np.percentile(soft, 97)), 1e-3)
    depth = soft * np.float32(rng.choice([0.6, 1.2, 2.2, 3.5]) * rng.uniform(0.8, 1.2))
    alpha = 1 - np.exp(-depth)
    alpha = np.where(alpha < FAINTEST, 0, alpha).astype(np.float32)
    canvas.over(_shaded(rng, soft), alpha)


def _shaded(rng: np.random.Generator, density: Field) -> RGB:
    """Colour smoke: bright where little of it lies towards the light."""
    size = max(density.shape)
    angle = rng.uniform(math.pi, math.tau)  # light from above
    shadow = np.zeros_like(density)
    for step in (0.015, 0.04, 0.09):
        dx, dy = size * step * math.cos(angle), size * step * math.sin(angle)
        aside, above = np.full_like(density, dx), np.full_like(density, dy)
        shadow += warp(blur(density, size * step * 0.4), aside, above)
    light = np.exp(-np.float32(rng.uniform(0.08, 0.35)) * shadow)
    detail = 0.12 * (density - blur(density, size / 50))
    bright, dark = _smoke_colours(rng)
    return ramp(np.clip(light + detail, 0, 1), [dark, bright])


def _smoke_colours(rng: np.random.Generator) -> tuple[Colour, Colour]:
    """Return what smoke looks like in the light and in its own shade."""
    match int(rng.choice(4, p=(0.5, 0.2, 0.15, 0.15))):
        case 0:  # steam, cloud, white smoke
            bright = random_colour(rng, (0.88, 1.0), (0.0, 0.08))
            return bright, bright * np.float32(rng.uniform(0.45, 0.75))
        case 1:  # grey and brown
            bright = random_colour(rng, (0.45, 0.75), (0.0, 0.25))
            return bright, bright * np.float32(rng.uniform(0.3, 0.6))
        case 2:  # soot
            bright = random_colour(rng, (0.2, 0.4), (0.0, 0.2))
            return bright, bright * np.float32(rng.uniform(0.15, 0.4))
        case _:  # a smoke bomb
            bright = random_colour(rng, (0.75, 1.0), (0.3, 1.0))
            return bright, bright * np.float32(rng.uniform(0.35, 0.65))


def _lay_flames(rng: np.random.Generator, canvas: Canvas, heat: Field) -> None:
    """Lay flames: clear and red at the tips, dense and pale yellow at the heart."""
    cold, warm = random_colour(rng, (0.5, 0.7), (0, 0)), np.array([1.0, 0.95, 0.75], np.float32)
    colours = [
        cold * np.array([1.0, 0.25, 0.08], np.float32),
        np.array([0.95, 0.38, 0.06], np.float32),
        np.array([1.0, 0.7, 0.2], np.float32),
        warm,
    ]
    soft = blur(heat, max(heat.shape) / 250)
    alpha = smoothstep(0.0, rng.uniform(0.6, 1.0), soft) * np.float32(rng.uniform(0.85, 1.0))
    alpha = np.where(alpha < FAINTEST, 0, alpha).astype(np.float32)
    canvas.over(ramp(np.clip(soft * rng.uniform(1.0, 1.6), 0, 1), colours), alpha)
