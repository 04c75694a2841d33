"""Known colours found along rays, and how likely each side looks from a pixel.

Gastal and Oliveira, "Shared sampling for real-time alpha matting", Eurographics 2010: the stage
that the paper calls sample gathering.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from penumbra.core.arrays import RGB, Mask

Floats = NDArray[np.float32]
Pixels = NDArray[np.intp]  # positions in the flattened image

RAYS = 4
LONGEST = 48  # steps of a path integral; longer paths are walked in longer steps


class Samples(NamedTuple):
    """What the rays of each pixel met on one side, foreground or background."""

    pixels: Pixels  # (RAYS, N)
    distance: Floats  # (RAYS, N), in pixels
    energy: Floats  # (N,), of the easiest path to any of them


def gather(image: RGB, side: Mask, pixels: Pixels) -> Samples:
    """Follow four rays from every pixel to the first pixel of `side` on each.

    The rays are a quarter turn apart and start at an angle that changes within blocks of 3x3
    pixels, so that neighbours look elsewhere.  A ray that leaves the picture yields the
    nearest pixel of the side instead.

    Args:
        image: (H, W, 3).
        side: (H, W), the known foreground or the known background; not empty.
        pixels: Where to start, (N,), all outside `side`.
    """
    height, width = side.shape
    distances, nearest = distance_transform_edt(~side, return_indices=True)
    depth = distances.astype(np.float32).ravel()
    fallback = (nearest[0].ravel()[pixels] * width + nearest[1].ravel()[pixels]).astype(np.intp)
    row, col = (place.astype(np.float32) for place in np.divmod(pixels, width))
    turn = (3 * (row % 3) + col % 3) / 9
    found, distance = [], []
    energy = np.full(pixels.size, np.inf, np.float32)
    for ray in range(RAYS):
        angle = (turn + ray) * np.float32(np.pi / 2)
        met = _trace(depth, (height, width), row, col, np.sin(angle), np.cos(angle))
        met = np.where(met < 0, fallback, met)
        found.append(met)
        distance.append(np.hypot(met // width - row, met % width - col))
        np.minimum(energy, _path_energy(image, pixels, met, distance[-1]), out=energy)
    return Samples(np.stack(found), np.stack(distance), energy)


def _trace(
    depth: Floats, size: tuple[int, int], row: Floats, col: Floats, down: Floats, right: Floats
) -> Pixels:
    """Return the first pixel with no depth on each ray, (N,), or -1 where there is none.

    No pixel of the side is closer than `depth`, so a ray may leap that far, less what two
    roundings to pixel centres can hide.
    """
    height, width = size
    met = np.full(row.size, -1, np.intp)
    going, travelled = np.arange(row.size), np.ones(row.size, np.float32)
    while going.size:
        at_row = np.rint(row[going] + travelled * down[going]).astype(np.intp)
        at_col = np.rint(col[going] + travelled * right[going]).astype(np.intp)
        is_inside = (at_row >= 0) & (at_row < height) & (at_col >= 0) & (at_col < width)
        going, travelled = going[is_inside], travelled[is_inside]
        at = at_row[is_inside] * width + at_col[is_inside]
        is_met = depth[at] == 0
        met[going[is_met]] = at[is_met]
        going, travelled = going[~is_met], travelled[~is_met]
        travelled = travelled + np.maximum(depth[at[~is_met]] - np.float32(1.5), 1)
    return met


def _path_energy(image: RGB, start: Pixels, end: Pixels, length: Floats) -> Floats:
    """Integrate the squared colour change along straight paths, (N,)."""
    width = image.shape[1]
    colours = image.reshape(-1, 3)
    steps = np.clip(np.ceil(length), 1, LONGEST).astype(np.intp)
    order = np.argsort(-steps, kind="stable")  # those still under way are always the first ones
    start, end, steps = start[order], end[order], steps[order]
    row, col = start // width, start % width
    down, right = (end // width - row) / steps, (end % width - col) / steps
    total = np.zeros(start.size, np.float32)
    last = colours[start]
    for step in range(1, int(steps[0]) + 1 if steps.size else 0):
        active = int(np.searchsorted(-steps, -step, side="right"))
        at_row = np.rint(row[:active] + step * down[:active]).astype(np.intp)
        at_col = np.rint(col[:active] + step * right[:active]).astype(np.intp)
        here = colours[at_row * width + at_col]
        change = here - last[:active]
        total[:active] += np.einsum("nk,nk->n", change, change)
        last = here
    energy = np.empty_like(total)
    energy[order] = total * steps / length[order]
    return energy
