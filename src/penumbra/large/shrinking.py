"""A large picture, made small strip by strip."""

import numpy as np
from numpy.typing import NDArray

from penumbra.core.resample import resize
from penumbra.large.scratch import Raster
from penumbra.large.windows import Size

_ROWS = 32  # small rows that are made in one go


def small_size(size: Size, pixels: int) -> Size:
    """Return the size at which a picture has at most so many pixels; never a larger one."""
    height, width = size
    scale = min(1.0, (pixels / (height * width)) ** 0.5)
    return max(1, int(height * scale)), max(1, int(width * scale))


def shrunk(raster: Raster, size: Size) -> NDArray[np.float32]:
    """Return a picture at a smaller size, (h, w, bands) in [0, 1]; averages over areas.

    What `core.resample.resize` makes of the whole picture, but for rounding.

    Args:
        raster: The picture.
        size: At most as large as the picture.
    """
    small = np.empty((*size, raster.bands), np.float32)
    edges = np.linspace(0, raster.height, size[0] + 1)
    for top in range(0, size[0], _ROWS):
        bottom = min(top + _ROWS, size[0])
        first, last = int(edges[top]), int(np.ceil(edges[bottom] - 1e-9))
        strip = raster.read_unit((slice(first, last), slice(0, raster.width)))
        narrow = resize(strip, last - first, size[1])
        shares = _shares(edges[top : bottom + 1] - first, last - first)
        flat = shares @ narrow.reshape(last - first, -1)
        small[top:bottom] = flat.reshape(bottom - top, size[1], raster.bands)
    return np.clip(small, 0, 1, out=small)


def _shares(edges: NDArray[np.float64], rows: int) -> NDArray[np.float32]:
    """Return what each row counts in the means between the edges, (edges - 1, rows)."""
    tops, bottoms = np.arange(rows), np.arange(1, rows + 1)
    covered = np.minimum(bottoms, edges[1:, None]) - np.maximum(tops, edges[:-1, None])
    covered = np.maximum(covered, 0)
    shares: NDArray[np.float32] = (covered / covered.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares
