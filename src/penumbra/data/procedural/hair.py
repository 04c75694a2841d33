"""Heads of hair: long, short, straight, wavy, curly; seen from behind or from the front."""

import numpy as np
from numpy.typing import NDArray

from penumbra.data.procedural.heads import Head, any_head, draw_bust
from penumbra.data.procedural.layers import Canvas, ProceduralForeground, fineness
from penumbra.data.procedural.solids import LIGHT
from penumbra.data.procedural.strands import (
    Floats,
    bend,
    clump,
    curl,
    draw_strands,
    floats,
    grow,
    sheen,
)

BANDS = 7


def draw_hair(rng: np.random.Generator, height: int, width: int) -> ProceduralForeground:
    """Draw a head of hair over shoulders.

    Args:
        rng: Decides everything.
        height: In pixels.
        width: In pixels.

    Raises:
        InputError: The size cannot be drawn.
    """
    canvas = Canvas(height, width, fineness(height, width))
    head = any_head(rng, canvas)
    strokes = np.zeros((canvas.height, canvas.width, 4), np.uint8)
    is_long = head.reach > 1.0
    if is_long and head.is_front:
        _draw_lock(rng, strokes, head, _falling(rng, head, _behind(rng, head)), shadow=0.55)
    draw_bust(rng, strokes, head)
    if is_long and head.is_front:
        roots = _hairline(rng, head)
        _draw_lock(rng, strokes, head, _framing(rng, head, roots), shadow=1.0)
    elif is_long:
        _draw_lock(rng, strokes, head, _falling(rng, head, _behind(rng, head)), shadow=1.0)
    else:
        _draw_lock(rng, strokes, head, _standing(rng, head), shadow=1.0)
    canvas.over_strokes(strokes)
    return canvas.finish("SO", "hair")


def _behind(rng: np.random.Generator, head: Head) -> Floats:
    """Roots all over the skull, the lowest first, so that those above fall over them."""
    count = _count(head)
    r, t = np.sqrt(rng.uniform(0, 1, count)), rng.uniform(0, 2 * np.pi, count)
    roots = np.stack(
        [head.x + head.across * r * np.cos(t), head.y + head.down * r * np.sin(t)], axis=1
    )
    return roots[np.argsort(-roots[:, 1])].astype(np.float32)


def _falling(rng: np.random.Generator, head: Head, roots: Floats) -> Floats:
    """Hair that runs from a crown outwards and down the back."""
    count = len(roots)
    a, b = head.across, head.down
    side = (roots[:, 0] - head.x - rng.uniform(-0.2, 0.2) * a) / a
    spread = rng.uniform(1.0, 1.6) * side + rng.normal(0, 0.12, count)
    drop = head.reach * b * rng.triangular(0.6, 1, 1.1, count) * (1 - 0.15 * np.abs(side))
    controls = np.empty((count, 4, 2), np.float32)
    controls[:, 0] = roots
    controls[:, 1] = roots + np.stack([0.45 * a * side, np.full(count, -0.12 * b)], axis=1)
    controls[:, 2, 0] = head.x + a * (1.25 * side + rng.normal(0, 0.05, count))
    controls[:, 2, 1] = head.y + 0.6 * b
    controls[:, 3, 0] = head.x + a * spread + rng.uniform(-0.25, 0.25) * a
    controls[:, 3, 1] = np.maximum(head.y + drop, roots[:, 1] + 0.5 * b)
    return _blown(rng, head, controls)


def _blown(rng: np.random.Generator, head: Head, controls: Floats) -> Floats:
    """Let the wind lift and carry the lower half, some hairs further than others."""
    gust = head.wind * rng.triangular(0.2, 0.8, 1.6, len(controls))
    blown = controls.copy()
    blown[:, 2, 0] += 0.35 * gust
    blown[:, 3, 0] += 1.3 * gust
    blown[:, 3, 1] -= 0.45 * np.abs(gust)
    return blown


def _hairline(rng: np.random.Generator, head: Head) -> Floats:
    """Roots along the top of the head seen from the front, the outermost first."""
    count = _count(head)
    t = rng.uniform(-np.pi + 0.25, -0.25, count)
    r = 1 - 0.22 * rng.uniform(0, 1, count) ** 1.5
    roots = np.stack(
        [head.x + head.across * r * np.cos(t), head.y + head.down * r * np.sin(t)], axis=1
    )
    return roots[np.argsort(-roots[:, 1])].astype(np.float32)


def _framing(rng: np.random.Generator, head: Head, roots: Floats) -> Floats:
    """Hair that runs from a parting down both sides of the face."""
    count = len(roots)
    a, b = head.across, head.down
    parting = head.x + rng.uniform(-0.35, 0.35) * a
    side = np.where(roots[:, 0] + rng.normal(0, 0.06 * a, count) > parting, 1.0, -1.0)
    outer = rng.uniform(0.0, 1.0, count)
    drop = head.reach * b * rng.triangular(0.6, 1, 1.1, count)
    controls = np.empty((count, 4, 2), np.float32)
    controls[:, 0] = roots
    controls[:, 1, 0] = head.x + side * a * (0.95 + 0.35 * outer)
    controls[:, 1, 1] = roots[:, 1] - 0.12 * b
    controls[:, 2, 0] = head.x + side * a * (0.85 + 0.55 * outer)
    controls[:, 2, 1] = head.y + 0.8 * b
    controls[:, 3, 0] = head.x + side * a * (0.75 + rng.uniform(0.6, 1.1) * outer)
    controls[:, 3, 1] = head.y + drop
    return _blown(rng, head, controls)


def _standing(rng: np.random.Generator, head: Head) -> Floats:
    """Short hair that stands away from the crown; from the front it spares the face."""
    roots = _behind(rng, head)
    if head.is_front:
        roots = roots[roots[:, 1] < head.y - 0.45 * head.down]
        roots = np.concatenate([_hairline(rng, head)[: len(roots) // 2], roots])
    count = len(roots)
    out = (roots - (head.x, head.y - (0.1 if head.is_front else 0.35) * head.down)) / head.across
    far = np.linalg.norm(out, axis=1)
    order = np.argsort(-far)
    roots, out, far = roots[order], out[order], far[order]
    lengths = head.reach * head.across * rng.uniform(0.6, 1.1, count) * np.clip(far, 0.35, 1)
    angles = np.arctan2(out[:, 1], out[:, 0]) + rng.normal(0, 0.35, count)
    zero = np.zeros(count, np.float32)
    paths = grow(
        roots,
        angles.astype(np.float32),
        lengths.astype(np.float32),
        rng.normal(0.2, 0.5, count).astype(np.float32),
        zero + floats(0.8),
        4,
    )
    return paths


def _draw_lock(
    rng: np.random.Generator,
    strokes: NDArray[np.uint8],
    head: Head,
    controls: Floats,
    shadow: float,
) -> None:
    """Clump, curl, colour and draw curves given by four control points each."""
    count = len(controls)
    if count == 0:
        return
    paths = bend(controls, int(np.clip(9 * head.rounds, 20, 52)))
    guides = rng.choice(count, max(count // 28, 1), replace=False)
    strays = rng.uniform(0, 1, count) < 0.08
    clumped, nearest = clump(paths, guides, head.tightness)
    paths[~strays] = clumped[~strays]
    loose = np.where(strays, 1.5, 1.0) * rng.uniform(0.7, 1.3, count)
    paths = curl(
        paths,
        (head.radius * loose).astype(np.float32),
        (head.rounds * rng.uniform(0.85, 1.15, len(guides)))[nearest].astype(np.float32),
        (rng.uniform(0, 2 * np.pi, len(guides))[nearest] + rng.normal(0, 0.4, count)).astype(
            np.float32
        ),
        head.depth,
    )
    frizz = head.frizz * np.where(strays, 3.5, 1.0)
    paths = curl(
        paths,
        (frizz * rng.uniform(0.2, 1, count)).astype(np.float32),
        rng.uniform(1, 3, count).astype(np.float32),
        rng.uniform(0, 2 * np.pi, count).astype(np.float32),
        0.3,
    )
    thin = min(strokes.shape[:2]) / 1152
    widths = (thin * np.where(strays, 1.3, rng.uniform(1.6, 3.6, count))).astype(np.float32)
    draw_strands(strokes, paths, widths, _tints(rng, head, paths, nearest, shadow), taper=0.5)


def _tints(
    rng: np.random.Generator, head: Head, paths: Floats, nearest: NDArray[np.intp], shadow: float
) -> Floats:
    """Colours from root to tip: locks differ, roots are dark, tips bleached, bends shine."""
    count = len(paths)
    along = np.linspace(0, 1, BANDS, dtype=np.float32)
    lock = rng.normal(1, 0.16, nearest.max() + 1)[nearest] * rng.normal(1, 0.13, count)
    gloss = sheen(paths, BANDS, LIGHT[:2]) ** 6
    bleached = 0.5 + 0.45 * along[None]
    ground = np.asarray(head.hair, np.float32) * (lock[:, None] * bleached)[..., None]
    shine = (0.10 + 0.35 * np.asarray(head.hair, np.float32)) * (
        gloss * rng.uniform(0.3, 1.1, count)[:, None]
    )[..., None]
    return np.asarray(shadow * (ground + shine), np.float32)


def _count(head: Head) -> int:
    """Strands enough to cover the head, growing with it up to a few thousand."""
    return int(np.clip(26 * head.across, 150, 3800))
