"""Alpha at the photograph's own size, where a small matte leaves it open.

A room's matte of the small picture says what the object is.  Where that is decided it is only
enlarged.  Elsewhere the network of the room `dim` looks at the photograph itself, with a trimap
made of what is decided around: what it was trained for, at the size it was trained for.  Its answer
counts as far as its local mean agrees with the small matte, which has seen the whole picture.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from penumbra.core.arrays import RGB, Alpha, Trimap
from penumbra.core.progress import report
from penumbra.large.scratch import Raster
from penumbra.large.windows import Region, Size, Tile, Tiling, enlarged, tile_rows

Look = Callable[[RGB, Trimap], Alpha]
"""What is at the unknown pixels of a window, (h, w, 3) and (h, w); a matte, (h, w)."""

DECIDED = 0.05
"""How near to 0 or 1 a small matte is decided."""

TILING = Tiling(step=736, fade=32, halo=128)
"""Looks have at most 1024 x 1024 pixels; from 128 pixels away an answer changes by less than half a
level of 255 (benchmarks/tiles.py), and all begin at multiples of 32, as `dim.tiles` asks for."""

_WIDER = 1.0  # small pixels beside what is open that are looked at, too
_RAMP = 3.0  # small pixels over which what is looked at passes into what is decided
_FIRST_WIDER, _FIRST_RAMP = 3.0, 4.0  # likewise for the small picture: rooms see smaller ones
_AGREES, _DIFFERS = 0.2, 0.5  # difference of local means up to which, from which an answer counts


@dataclass(frozen=True, eq=False)
class Coarse:
    """What is known before the photograph is looked at closely.

    Attributes:
        alpha: A small matte, (h, w).
        weights: What a closer look counts, likewise; 0 where the matte is decided.
    """

    alpha: Alpha
    weights: Alpha

    @classmethod
    def of(cls, alpha: Alpha, wider: float = _WIDER, ramp: float = _RAMP) -> "Coarse":
        """Let looks count where a matte is open, and less and less beside that."""
        is_decided = (alpha <= DECIDED) | (alpha >= 1 - DECIDED)
        if is_decided.all():
            return cls(alpha, np.zeros_like(alpha))
        distance = cv2.distanceTransform(is_decided.astype(np.uint8), cv2.DIST_L2, 5)
        return cls(alpha, np.clip(1 - (distance - wider) / ramp, 0, 1).astype(np.float32))


def looked_over(image: RGB, alpha: Alpha, look: Look, tiling: Tiling = TILING) -> Alpha:
    """Return a matte of the small picture after a first closer look; (h, w)."""
    coarse = Coarse.of(alpha, _FIRST_WIDER, _FIRST_RAMP)
    size = image.shape[0], image.shape[1]
    refined = np.empty(size, np.float32)

    def read(region: Region) -> RGB:
        return np.ascontiguousarray(image[region])

    for rows, band in detailed(size, read, coarse, None, look, 3, tiling):
        refined[rows] = band
    return refined


def detailed(
    size: Size,
    read: Callable[[Region], RGB],
    coarse: Coarse,
    trimap: Raster | None,
    look: Look,
    reach: int,
    tiling: Tiling,
) -> Iterator[tuple[slice, Alpha]]:
    """Yield the matte of a photograph in bands of whole rows, from top to bottom.

    Args:
        size: Of the photograph.
        read: Returns a window of it.
        coarse: What is known of all of it.
        trimap: What was said about it, or None: it is obeyed.
        look: Looks closely.
        reach: Pixels around a pixel whose means are compared.
        tiling: How the photograph is divided.

    Yields:
        Rows, and their matte, (h, W); decided pixels are exactly 0 or 1.
    """
    width = size[1]
    rows_of_tiles = list(tile_rows(size, tiling))
    waiting = np.zeros((0, width), np.float32)  # what the row of tiles above adds to the next
    for done, tiles in enumerate(rows_of_tiles):
        report(done, len(rows_of_tiles))
        rows = tiles[0].kept[0]
        band = np.zeros((rows.stop - rows.start, width), np.float32)
        band[: len(waiting)] = waiting
        for tile in tiles:
            answer = _answer(tile, size, read, coarse, trimap, look, reach)
            band[:, tile.kept[1]] += tile.weights * answer
        is_last = done == len(rows_of_tiles) - 1
        ready = len(band) if is_last else tiling.step
        waiting = band[ready:].copy()
        yield slice(rows.start, rows.start + ready), _exact(band[:ready])
    report(len(rows_of_tiles), len(rows_of_tiles))


def _exact(band: Alpha) -> Alpha:
    """Make what adds up to 1 but for rounding exactly 1."""
    near: Alpha = np.where(band > 1 - 1e-6, np.float32(1), band)
    return near


def _answer(
    tile: Tile,
    size: Size,
    read: Callable[[Region], RGB],
    coarse: Coarse,
    trimap: Raster | None,
    look: Look,
    reach: int,
) -> Alpha:
    """Return the matte of what is kept of a tile."""
    base = _stretched(enlarged(coarse.alpha, size, tile.seen))
    weights = enlarged(coarse.weights, size, tile.seen)
    wanted = np.where(weights > 0, np.float32(0.5), (base >= 0.5).astype(np.float32))
    if trimap is not None:
        said = trimap.read(tile.seen)[:, :, 0]
        wanted[said == 0], wanted[said == trimap.full] = 0, 1
    is_open = wanted == 0.5
    if not is_open[tile.inner].any():
        return wanted[tile.inner]
    fine = look(read(tile.seen), wanted)
    weights *= _agreement(fine, base, reach)
    mixed = np.where(is_open, base + weights * (fine - base), wanted)
    return mixed[tile.inner]


def _stretched(alpha: Alpha) -> Alpha:
    """Make what is decided exactly 0 or 1, without a step at its edge."""
    stretched: Alpha = np.clip((alpha - DECIDED) / (1 - 2 * DECIDED), 0, 1)
    return stretched


def _agreement(fine: Alpha, base: Alpha, reach: int) -> Alpha:
    """Return 1 where local means are alike, 0 where they differ by much; (h, w)."""
    side = 2 * reach + 1
    difference = np.abs(cv2.blur(fine - base, (side, side)))
    agreement: Alpha = np.clip((_DIFFERS - difference) / (_DIFFERS - _AGREES), 0, 1)
    return agreement


def reach_of(size: Size, small: Size) -> int:
    """Return how far a pixel of the small picture reaches in the large one, at least 1."""
    return max(1, round(size[0] / small[0]))
