"""Feathers: a bent shaft, two vanes of barbs that split here and there, down at the base."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penumbra.data.procedural.layers import Canvas, ProceduralForeground, fineness
from penumbra.data.procedural.palettes import Colour, any_colour, any_of
from penumbra.data.procedural.strands import Floats, bend, draw_strands, floats

PLUMAGE: tuple[Colour, ...] = (
    (0.93, 0.91, 0.88),
    (0.45, 0.33, 0.24),
    (0.20, 0.19, 0.20),
    (0.52, 0.53, 0.56),
    (0.15, 0.30, 0.55),
    (0.70, 0.20, 0.15),
)
BANDS = 6
DOWNY = 0.16
"""Part of the shaft along which barbs are loose."""


@dataclass(frozen=True)
class Plumage:
    """Two colours and how they share a feather."""

    ground: Colour
    marks: Colour
    marking: str


def draw_feathers(rng: np.random.Generator, height: int, width: int) -> ProceduralForeground:
    """Draw one feather, or a spray of a few.

    Args:
        rng: Decides everything.
        height: In pixels.
        width: In pixels.

    Raises:
        InputError: The size cannot be drawn.
    """
    canvas = Canvas(height, width, fineness(height, width))
    strokes = np.zeros((canvas.height, canvas.width, 4), np.uint8)
    size = np.array([canvas.width, canvas.height])
    count = int(rng.choice([1, 2, 3, 5]))
    middle = size * rng.uniform(0.42, 0.58, 2)
    span = 0.47 * min(size) * rng.uniform(0.85, 1.15)
    towards = rng.uniform(-np.pi, 0)
    fan = rng.uniform(0.35, 0.7)
    plumage = _any_plumage(rng)
    foot = middle - span * np.array([np.cos(towards), np.sin(towards)])
    for k in rng.permutation(count):
        angle = towards + fan * (k - (count - 1) / 2)
        ahead = np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-ahead[1], ahead[0]])
        reach = 2 * span * rng.uniform(0.85, 1.0)
        bow = reach * rng.uniform(-0.2, 0.2)
        tip = foot + reach * ahead
        controls = np.stack(
            [foot, foot + ahead * reach / 3, foot + ahead * reach * 2 / 3 + across * bow, tip]
        )
        shaft = bend(controls[None].astype(np.float32), 200)[0]
        broad = reach * rng.uniform(0.11, 0.17)
        _draw_feather(rng, strokes, shaft, float(broad), plumage)
    canvas.over_strokes(strokes)
    return canvas.finish("STM", "feathers")


def _any_plumage(rng: np.random.Generator) -> Plumage:
    is_bright = rng.uniform() < 0.2
    return Plumage(
        ground=any_colour(rng, (0.4, 0.9), (0.4, 0.9)) if is_bright else any_of(rng, PLUMAGE),
        marks=any_of(rng, PLUMAGE),
        marking=str(rng.choice(["bars", "tip", "eye", "rim"])),
    )


def _draw_feather(
    rng: np.random.Generator,
    strokes: NDArray[np.uint8],
    shaft: Floats,
    broad: float,
    plumage: Plumage,
) -> None:
    thin = min(strokes.shape[:2]) / 1152
    length = float(np.linalg.norm(np.diff(shaft, axis=0), axis=1).sum())
    count = int(np.clip(length / (1.5 * thin), 80, 520))
    for side, share in ((-1.0, rng.uniform(0.7, 1.0)), (1.0, 1.0)):
        t = np.linspace(0.07, 0.995, count)
        _draw_vane(rng, strokes, shaft, t, side, share * broad, plumage)
    quill = floats((0.86, 0.80, 0.68)) * floats(rng.uniform(0.4, 1.0))
    for part, tone, shift in ((1.0, 0.75, 0.0), (0.4, 1.15, -0.8)):
        ink = np.broadcast_to(quill * floats(tone), (1, 1, 3)).astype(np.float32)
        path = (shaft[::4] + floats(shift * thin))[None]
        draw_strands(strokes, path, floats([part * 0.011 * length]), ink, taper=0.7)


def _draw_vane(
    rng: np.random.Generator,
    strokes: NDArray[np.uint8],
    shaft: Floats,
    t: NDArray[np.float64],
    side: float,
    broad: float,
    plumage: Plumage,
) -> None:
    """Barbs from the shaft outwards and tipwards, in groups that part from each other."""
    count = len(t)
    place = np.minimum((t * len(shaft)).astype(np.intp), len(shaft) - 2)
    tangent = np.gradient(shaft, axis=0)[place]
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    normal = side * np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    is_downy = t < DOWNY * rng.uniform(0.6, 1.4)
    profile = np.clip(np.sin(np.pi * np.clip(t, 0, 1) ** 0.8), 0, 1) ** 0.45
    profile = np.where(is_downy, rng.uniform(0.4, 1.1, count), profile)
    # Barbs hook into each other; a split is where the slant of a group jumps.
    is_split = rng.uniform(0, 1, count) < 0.035
    group = np.cumsum(is_split, dtype=np.intp)
    slant = rng.normal(0, 0.09, group[-1] + 1)[group] + rng.normal(0, 0.012, count)
    slant = slant + np.where(is_downy, rng.normal(0, 0.45, count), 0)
    lean = 0.75 + slant + 0.55 * t**3
    reach = broad * profile * rng.normal(1, 0.02, count) / np.cos(np.clip(lean, 0, 1.2) * 0.7)
    first = normal * np.cos(lean - 0.2)[:, None] + tangent * np.sin(lean - 0.2)[:, None]
    later = normal * np.cos(lean + 0.3)[:, None] + tangent * np.sin(lean + 0.3)[:, None]
    droop = np.where(is_downy, rng.normal(0, 0.4, count), 0)[:, None] * tangent
    root = shaft[place]
    controls = np.stack(
        [
            root,
            root + first * (reach / 3)[:, None],
            root + first * (reach / 2)[:, None] + later * (reach / 4)[:, None],
            root + first * (reach / 2)[:, None] + (later + droop) * (reach / 2)[:, None],
        ],
        axis=1,
    ).astype(np.float32)
    paths = bend(controls, 13)
    thin = min(strokes.shape[:2]) / 1152
    widths = thin * np.where(is_downy, 1.3, rng.uniform(2.4, 3.6, count))
    tints = _pattern(rng, t, group, side, plumage)
    tints[is_downy] = 0.6 * tints[is_downy] + 0.36
    draw_strands(strokes, paths, widths.astype(np.float32), tints, taper=0.25)


def _pattern(
    rng: np.random.Generator,
    t: NDArray[np.float64],
    group: NDArray[np.intp],
    side: float,
    plumage: Plumage,
) -> Floats:
    """Colours of the barbs, shape (N, bands, 3): bars, a dark tip, an eye, or plain."""
    out = np.linspace(0, 1, BANDS)[None]
    u = t[:, None] + 0.12 * out
    amount = {
        "bars": np.sin(u * 42) * 3,
        "tip": (u - 0.8) * 25,
        "eye": 3 - 9 * np.abs(np.hypot((u - 0.8) * 5, out) - 0.45) * 2,
        "rim": (out - 0.62) * 8,
    }[plumage.marking]
    share = (1 / (1 + np.exp(-amount)))[..., None]
    mixed = floats(plumage.ground) * (1 - share) + floats(plumage.marks) * share
    barb = rng.normal(1, 0.07, len(t)) * rng.normal(1, 0.05, group[-1] + 1)[group]
    round_ = 1.02 - 0.22 * (out - 0.35) ** 2 - 0.12 * (side > 0)
    return np.asarray(mixed * (barb[:, None] * round_)[..., None], np.float32)
