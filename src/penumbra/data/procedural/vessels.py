"""Glasses, bottles, vases and flasks: thin transparent walls turned around an axis.

A vessel is its radius along the axis.  Seen from slightly above, each pixel looks through
the front wall and the back wall at two heights; what the wall swallows grows towards the rims,
where the line of sight runs along the glass (Beer's law for the tint, Schlick, "An inexpensive BRDF
model for physically-based rendering", 1994, for the reflection).
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter1d

from penumbra.data.procedural.layers import Canvas
from penumbra.data.procedural.lights import Light, draw_lights, mirror
from penumbra.data.procedural.noise import Field, fractal_noise, pixel_grid, smoothstep
from penumbra.data.procedural.textures import Colour, draw_texture, mix, random_colour

Profile = tuple[tuple[float, float], ...]
"""(height from the top, radius), in units of the object's height."""

# fmt: off
WINE: Profile = ((0, .19), (.12, .23), (.27, .24), (.4, .19), (.48, .08), (.52, .025), (.6, .017),
                 (.86, .017), (.92, .03), (.965, .11), (.985, .2), (1, .2))
FLUTE: Profile = ((0, .1), (.2, .115), (.42, .09), (.55, .03), (.6, .014), (.88, .014),
                  (.94, .03), (.975, .11), (1, .13))
TUMBLER: Profile = ((0, .4), (.5, .36), (.93, .33), (1, .3))
HIGHBALL: Profile = ((0, .22), (.5, .2), (.97, .185), (1, .17))
BOTTLE: Profile = ((0, .06), (.03, .06), (.035, .045), (.28, .05), (.4, .1), (.5, .145), (.6, .15),
                   (.97, .15), (1, .135))
ROUND_VASE: Profile = ((0, .17), (.06, .13), (.2, .1), (.4, .2), (.62, .31), (.82, .27), (1, .15))
TALL_VASE: Profile = ((0, .22), (.1, .15), (.3, .1), (.6, .16), (.85, .2), (1, .12))
JAR: Profile = ((0, .24), (.05, .25), (.09, .23), (.14, .26), (.22, .33), (.93, .33), (1, .29))
FLASK: Profile = ((0, .1), (.03, .085), (.33, .085), (.42, .12), (.93, .4), (1, .37))
BOWL: Profile = ((0, .34), (.08, .4), (.35, .52), (.65, .5), (.9, .36), (1, .24))
WATER: Profile = ((0, .065), (.07, .065), (.075, .052), (.1, .055), (.2, .11), (.3, .155),
                  (.34, .15), (.5, .15), (.66, .15), (.7, .16), (.96, .155), (1, .125))
# fmt: on

HEIGHTS: Field = np.linspace(0, 1, 512, dtype=np.float32)
"""Where the radius is sampled, from the top to the foot."""


@dataclass(frozen=True)
class Model:
    """What may become of a profile.

    Attributes:
        profile: Radius along the axis.
        inside: Heights between which it is hollow and may be filled.
        is_plastic: Whether its wall is ribbed, and closed by a cap.
    """

    profile: Profile
    inside: tuple[float, float]
    is_plastic: bool = False


MODELS = (
    Model(WINE, (0.03, 0.47)),
    Model(WINE, (0.03, 0.47)),
    Model(FLUTE, (0.03, 0.53)),
    Model(TUMBLER, (0.03, 0.9)),
    Model(HIGHBALL, (0.03, 0.95)),
    Model(BOTTLE, (0.2, 0.98)),
    Model(ROUND_VASE, (0.1, 0.97)),
    Model(TALL_VASE, (0.1, 0.97)),
    Model(JAR, (0.1, 0.97)),
    Model(FLASK, (0.2, 0.97)),
    Model(BOWL, (0.1, 0.96)),
    Model(WATER, (0.12, 0.97), is_plastic=True),
    Model(WATER, (0.12, 0.97), is_plastic=True),
)


@dataclass(frozen=True, eq=False)
class Sight:
    """How the camera sees the object.

    Attributes:
        aside: Distance of each pixel from the axis, in heights of the object, (H, W).
        down: Height at which each pixel would meet the axis, (H, W).
        pitch: How far the camera looks down: the vertical share of a level circle.
        size: Height of the object, in pixels.
    """

    aside: Field
    down: Field
    pitch: float
    size: float


@dataclass(frozen=True, eq=False)
class Wall:
    """One side of the glass as the camera sees it; every field is (H, W).

    Attributes:
        along: Height on the object at which the wall is met, 0 at the top and 1 at the foot.
        share: How much of the pixel the wall covers, in [0, 1].
        nx: Part of the outward normal to the right; ny down, nz towards the camera.
        ny: Down is positive.
        nz: 0 at the silhouette, 1 where the wall faces the camera; the same on both sides.
    """

    along: Field
    share: Field
    nx: Field
    ny: Field
    nz: Field


def draw_vessel(rng: np.random.Generator, canvas: Canvas) -> None:
    """Lay one vessel, empty or filled, over the canvas."""
    model = MODELS[int(rng.integers(len(MODELS)))]
    radii = _radii(rng, model)
    extent = 1 / max(1.0, 2.2 * float(radii.max()))
    tall = canvas.height * rng.uniform(0.75, 1.1) * extent
    wide = canvas.width * rng.uniform(0.7, 1.0) / (2 * float(radii.max()))
    size = float(min(tall, wide))
    tilt = float(rng.normal(0, 0.08))
    pitch = float(rng.uniform(0.04, 0.22))

    y, x = pixel_grid(canvas.height, canvas.width)
    x = x + np.float32(0.5 - canvas.width * rng.uniform(0.46, 0.54))
    y = y + np.float32(0.5 - canvas.height * rng.uniform(0.46, 0.54))
    aside = (x * math.cos(tilt) + y * math.sin(tilt)) / size
    down = (y * math.cos(tilt) - x * math.sin(tilt)) / size + 0.5
    sight = Sight(aside.astype(np.float32), down.astype(np.float32), pitch, size)
    front, back = (_wall(sight, radii, is_front) for is_front in (True, False))

    lights = draw_lights(rng)
    tint = random_colour(rng, (0.35, 0.9), (0.02, 0.25 if rng.uniform() < 0.6 else 0.9))
    density = float(rng.choice([0.03, 0.06, 0.12, 0.3]) * rng.uniform(0.7, 1.3))
    for wall in (back, front):
        is_front = wall is front
        if is_front:
            _fill(rng, canvas, model, sight, radii)
        _lay_wall(rng, canvas, wall, tint, density)
        facing = 1 if is_front else -1
        shine = wall.share * np.float32(0.95 if is_front else 0.4)
        mirror(canvas, lights, facing * wall.nx, facing * wall.ny, shine)
    if model.is_plastic:
        _label(rng, canvas, front)
        _cap(rng, canvas, front, lights)


def _radii(rng: np.random.Generator, model: Model) -> Field:
    """Vary a profile and sample it at `HEIGHTS`."""
    points = np.asarray(model.profile, np.float64)
    varied = points[:, 1] * rng.uniform(0.8, 1.2) * rng.uniform(0.95, 1.05, len(points))
    exact = PchipInterpolator(points[:, 0], varied)(HEIGHTS)
    # Its kinks would break the reflections; glass is blown, not folded.
    smooth = gaussian_filter1d(exact, rng.uniform(5, 12), mode="nearest")
    if model.is_plastic:
        ribs = np.sin(HEIGHTS * math.tau * rng.uniform(9, 16)) ** 2
        zone = (HEIGHTS > 0.68) & (HEIGHTS < 0.95) | (HEIGHTS > 0.32) & (HEIGHTS < 0.42)
        smooth = smooth - 0.012 * ribs * zone
    return np.asarray(smooth, np.float32)


def _wall(sight: Sight, radii: Field, is_front: bool) -> Wall:
    """Find where the line of sight of each pixel meets the front or the back wall."""
    aside, down, size = sight.aside, sight.down, sight.size
    pitch = np.float32(sight.pitch if is_front else -sight.pitch)
    along = down
    for _ in range(2):  # the radius at the height where the wall is met, by iteration
        radius = np.interp(along, HEIGHTS, radii).astype(np.float32)
        depth = np.sqrt(np.clip(radius**2 - aside**2, 0, None))
        along = (down - pitch * depth).astype(np.float32)
    radius = np.interp(along, HEIGHTS, radii).astype(np.float32)
    slope = np.interp(along, HEIGHTS, np.gradient(radii, HEIGHTS)).astype(np.float32)
    norm = 1 / np.sqrt(1 + slope**2)
    edge = np.clip((radius - np.abs(aside)) * norm * size + 0.5, 0, 1)
    ends = np.clip(along * size + 0.5, 0, 1) * np.clip((1 - along) * size + 0.5, 0, 1)
    across = np.clip(aside / np.maximum(radius, 1e-4), -1, 1)
    facing = np.sqrt(1 - across**2)
    return Wall(along, edge * ends, across * norm, -slope * norm, facing)


def _lay_wall(
    rng: np.random.Generator, canvas: Canvas, wall: Wall, tint: Colour, density: float
) -> None:
    """Lay the glass itself: a film that thickens, and darkens or brightens, towards the rims."""
    path = np.minimum(1 / np.maximum(wall.nz, np.float32(0.06)), 16.0)
    film = 1 - np.exp(-np.float32(density) * path)
    waves = fractal_noise(rng, canvas.height, canvas.width, canvas.height / 3, 3)
    stripes = np.sin((wall.nz * 9 + waves * 0.8 + rng.uniform(0, 6)).astype(np.float32))
    edge = (1 - wall.nz) ** np.float32(rng.uniform(3, 5)) * np.float32(rng.uniform(0.6, 0.95))
    bright = np.clip(tint * 0.3 + np.float32(rng.uniform(0.6, 0.75)), 0, 1)
    dark = tint * np.float32(rng.uniform(0.1, 0.4))
    rim = mix(dark, bright, smoothstep(-0.6, 0.8, stripes))
    canvas.over(tint, (film * wall.share).astype(np.float32))
    canvas.over(rim, (edge * wall.share).astype(np.float32))
    # The lip and the foot, where light is caught in the thickness of the glass.
    lip = np.exp(-((wall.along * 90) ** 2)) + 0.7 * np.exp(-(((1 - wall.along) * 40) ** 2))
    glow = np.clip(0.6 + 0.25 * stripes, 0, 1) * wall.share
    canvas.over(bright.astype(np.float32), (0.75 * lip * glow).astype(np.float32))


def _fill(
    rng: np.random.Generator, canvas: Canvas, model: Model, sight: Sight, radii: Field
) -> None:
    """Pour in some liquid, in two cases out of three: a body and its elliptic surface."""
    if rng.uniform() > 0.65:
        return
    top, bottom = model.inside
    level = float(rng.uniform(top + 0.1 * (bottom - top), bottom - 0.3 * (bottom - top)))
    inner = radii * np.float32(0.95)
    wall = _wall(sight, inner, is_front=True)
    size, pitch = sight.size, sight.pitch
    below = np.clip((wall.along - level) * size + 0.5, 0, 1)
    above = np.clip((bottom - wall.along) * size * 0.5 + 0.5, 0, 1)
    colour = random_colour(rng, (0.3, 0.9), (0.1, 1.0))
    strength = rng.choice([0.35, 1.0, 2.5]) * rng.uniform(0.7, 1.3)
    thickness = wall.nz * np.interp(wall.along, HEIGHTS, inner) / float(inner.max())
    body = (1 - np.exp(-np.float32(strength) * (thickness + 0.15))) * wall.share * below * above
    glow = np.clip(colour * np.float32(1.25) + np.float32(0.08), 0, 1)
    shade = smoothstep(-0.9, 0.9, wall.nx * np.float32(rng.choice([-1, 1])))
    canvas.over(mix(colour * np.float32(0.7), glow, shade), body.astype(np.float32))
    # The surface is the ellipse at the level.
    radius = max(float(np.interp(level, HEIGHTS, inner)), 1e-3)
    distance = np.hypot(sight.aside, (sight.down - level) / pitch)
    inside = np.clip((radius - distance) * size * pitch + 0.5, 0, 1)
    ring = np.exp(-(((radius - distance) / (0.06 * radius)) ** 2))
    film = np.clip(0.2 + 0.15 * strength, 0, 0.7) * inside + 0.3 * ring * inside
    canvas.over(glow.astype(np.float32), np.clip(film, 0, 1).astype(np.float32))


def _label(rng: np.random.Generator, canvas: Canvas, wall: Wall) -> None:
    """Wrap a printed band around the front, in half the cases."""
    if rng.uniform() < 0.5:
        return
    edge = 0.004
    band = smoothstep(0.44 - edge, 0.44 + edge, wall.along)
    band *= smoothstep(0.66 + edge, 0.66 - edge, wall.along)
    print_ = draw_texture(rng, canvas.height, canvas.width)
    light = (0.45 + 0.6 * wall.nz + 0.15 * wall.nx)[:, :, None]
    paper = np.clip(mix(random_colour(rng), print_, np.full_like(band, 0.5)) * light, 0, 1)
    canvas.over(paper.astype(np.float32), band * wall.share * np.float32(rng.uniform(0.8, 1)))


def _cap(rng: np.random.Generator, canvas: Canvas, wall: Wall, lights: list[Light]) -> None:
    """Screw on a ribbed cap, in most cases."""
    if rng.uniform() < 0.25:
        return
    cover = smoothstep(0.078, 0.072, wall.along) * wall.share
    ribs = 0.9 + 0.1 * np.sin(np.arcsin(np.clip(wall.nx, -1, 1)) * 40)
    light = ribs * (0.35 + 0.65 * wall.nz)
    colour = random_colour(rng, (0.3, 1.0), (0.0, 0.9))
    canvas.over((colour * light[:, :, None]).astype(np.float32), cover)
    mirror(canvas, lights[:1], wall.nx, wall.ny, cover * np.float32(0.5))
