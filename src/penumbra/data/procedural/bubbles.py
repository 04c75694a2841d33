"""Soap bubbles and glass balls: clear inside, bright at the rim, with mirrored windows.

The colours follow the interference of a thin film (Born and Wolf, "Principles of Optics",
section 7.6), reduced to three wavelengths.
"""

import math

import numpy as np

from penumbra.core.arrays import RGB
from penumbra.data.procedural.layers import SMALLEST, Canvas
from penumbra.data.procedural.lights import Light, draw_lights, mirror
from penumbra.data.procedural.noise import Field, flow, fractal_noise, pixel_grid, warp
from penumbra.data.procedural.textures import mix, random_colour

WAVELENGTHS = (610.0, 545.0, 460.0)  # of red, green and blue, in nm
REFRACTION = 1.33


def draw_bubbles(rng: np.random.Generator, canvas: Canvas) -> None:
    """Lay one large bubble, or a swarm of up to fourteen, over the canvas."""
    size = min(canvas.height, canvas.width)
    lights = draw_lights(rng)[:2]
    is_swarm = rng.uniform() < 0.6
    count = int(rng.integers(3, 15)) if is_swarm else 1
    largest = 0.26 if is_swarm else 0.46
    radii = size * largest * rng.uniform(0.3 if is_swarm else 0.75, 1.0, count)
    thickness = _film(rng, canvas.height, canvas.width)
    shimmer = float(rng.choice([0.0, 0.6, 1.0]))
    for radius in sorted(radii):
        spread = 0.42 if is_swarm else 0.06
        x = canvas.width * (0.5 + rng.uniform(-spread, spread))
        y = canvas.height * (0.5 + rng.uniform(-spread, spread))
        _lay_bubble(rng, canvas, (x, y), float(max(radius, 2.0)), thickness, shimmer, lights)


def _film(rng: np.random.Generator, height: int, width: int) -> Field:
    """Return the thickness of soap film, in nm, draining downwards in swirls."""
    size = min(height, width)
    field = fractal_noise(rng, height, width, size / 3, 4, stretch=(0.5, 1.5))
    dx, dy = flow(rng, height, width, size / 3)
    bend = np.float32(size * 0.1)
    return np.float32(rng.uniform(250, 450)) + 110 * warp(field, dx * bend, dy * bend)


def _lay_bubble(
    rng: np.random.Generator,
    canvas: Canvas,
    centre: tuple[float, float],
    radius: float,
    thickness: Field,
    shimmer: float,
    lights: list[Light],
) -> None:
    """Draw one bubble in a window of its own, and lay that over the canvas."""
    rows = _window(centre[1], radius, canvas.height)
    cols = _window(centre[0], radius, canvas.width)
    window = Canvas(rows.stop - rows.start, cols.stop - cols.start)
    y, x = pixel_grid(window.height, window.width)
    nx = (x + np.float32(cols.start + 0.5 - centre[0])) / np.float32(radius)
    ny = (y + np.float32(rows.start + 0.5 - centre[1])) / np.float32(radius)
    from_centre = np.hypot(nx, ny)
    cover = np.clip((1 - from_centre) * np.float32(radius) + np.float32(0.5), 0, 1)
    nz = np.sqrt(np.clip(1 - from_centre**2, 0, 1))
    grazing = (1 - nz) ** np.float32(rng.uniform(1.3, 3.5))
    colours = _interference(thickness[rows, cols] + 200 * ny, nz)
    pale = np.broadcast_to(random_colour(rng, (0.85, 1), (0, 0.15)), colours.shape)
    skin = mix(pale, colours, np.full_like(nz, shimmer))
    alpha = (rng.uniform(0.03, 0.1) + rng.uniform(0.5, 0.85) * grazing) * cover
    window.over(skin, np.clip(alpha, 0, 1).astype(np.float32))
    # Longitude and latitude, in right angles, so that windows bend with the sphere.  The far
    # wall is a hollow mirror: it shows them upside down and fainter.
    turn = np.float32(2 / math.pi)
    longitude = np.arctan2(nx, np.maximum(nz, np.float32(1e-3))) * turn
    latitude = np.arcsin(np.clip(ny, -1, 1)) * turn
    mirror(window, lights, -longitude, -latitude, cover * np.float32(0.4))
    mirror(window, lights, longitude, latitude, cover)
    premultiplied = np.zeros_like(canvas.premultiplied)
    share = np.zeros_like(canvas.alpha)
    premultiplied[rows, cols], share[rows, cols] = window.premultiplied, window.alpha
    canvas.over_premultiplied(premultiplied, share)


def _window(centre: float, radius: float, length: int) -> slice:
    """Return the pixels of one axis that a bubble touches, at least as many as a canvas needs."""
    reach = max(radius + 1, SMALLEST / 2)
    start = min(max(math.floor(centre - reach), 0), length - SMALLEST)
    return slice(start, max(min(math.ceil(centre + reach), length), start + SMALLEST))


def _interference(thickness: Field, nz: Field) -> RGB:
    """Return the colour that film of `thickness` nm mirrors where its normal is turned by nz."""
    inner = np.sqrt(1 - (1 - nz**2) / REFRACTION**2)
    path = 2 * REFRACTION * thickness * inner
    phases = [path * np.float32(math.tau / w) + np.float32(math.pi) for w in WAVELENGTHS]
    waves = [0.6 + 0.4 * np.cos(phase) for phase in phases]
    return np.clip(np.stack(waves, axis=2), 0, 1).astype(np.float32)
