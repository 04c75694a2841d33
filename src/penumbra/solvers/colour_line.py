"""The colour-line model: in a small window, alpha is an affine function of colour.

Levin, Lischinski and Weiss, "A closed-form solution to natural image matting", PAMI 2008.
For every 3x3 window the matte should be alpha = a . I + b; eliminating a and b leaves a
quadratic form in alpha alone, the matting Laplacian (equation 12).  Nothing here is ever
built for pixels that are already known.

Colours are whitened window by window: with S the covariance of the nine colours plus
epsilon / 9 on its diagonal and y = S^(-1/2) (I - mean), a window adds
delta_ij - (1 + y_i . y_j) / 9 to entry (i, j).
"""

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha, Mask, Trimap

# Windows or rows handled at once, so that the working set stays in the cache.  Indices are stored
# as int32 and widened chunk by chunk: NumPy would widen them at every single use.
CHUNK = 8192

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]


class System(NamedTuple):
    """Linear equations for the unknown pixels: matrix @ alpha[pixels] = right.

    Attributes:
        matrix: (N, N), symmetric and positive semidefinite; every row holds 25 entries.
        right: (N,), what the known foreground contributes.
        pixels: (N,) flat indices of the unknown pixels, ascending.
    """

    matrix: sparse.csr_array
    right: Floats
    pixels: Indices


def closed_form_system(image: RGB, trimap: Trimap, epsilon: float) -> System:
    """Build the matting Laplacian of the unknown pixels.

    Args:
        image: (H, W, 3) in [0, 1], H and W at least 3.
        trimap: (H, W) of 0, 0.5 and 1.
        epsilon: Weight of the prior that a is small; in squared colour units.

    Source:
        Levin et al. 2008, equations 12 and 15, with the known pixels eliminated instead of
        held by a large weight.
    """
    width = trimap.shape[1]
    is_unknown = trimap == 0.5
    pixels = np.flatnonzero(is_unknown).astype(np.int32)
    count = pixels.size
    # Number of every unknown pixel, `count` for all others; two rows and more of margin.
    margin = 2 * width + 2
    number = np.full(trimap.size + 2 * margin, count, np.int32)
    number[margin + pixels] = np.arange(count, dtype=np.int32)
    upper = np.zeros((13, count + 1))  # entry (i, i + shift) for the upper half of the shifts
    right = np.zeros(count + 1)
    is_foreground = trimap.ravel() == 1
    product, term = np.empty(CHUNK), np.empty(CHUNK)
    pairs = [(p, q) for p in range(9) for q in range(p, 9)]

    for members, white, _, _ in whitened_windows(image, _centres(is_unknown), epsilon):
        rows = number[margin + members].astype(np.intp)  # (9, M)
        if (known := is_foreground[members]).any():
            alpha = known.astype(np.float64)
            slope = np.einsum("kpm,pm->km", white, alpha)
            seen = np.einsum("kpm,km->pm", white, slope) + alpha.sum(axis=0)
            for p in range(9):
                right[rows[p]] += seen[p] / 9
        v, t = product[: members.shape[1]], term[: members.shape[1]]
        white /= 3
        for p, q in pairs:
            np.multiply(white[0, p], white[0, q], out=v)
            v += np.multiply(white[1, p], white[1, q], out=t)
            v += np.multiply(white[2, p], white[2, q], out=t)
            v += 1 / 9 - (p == q)
            shift = (q // 3 - p // 3) * 5 + (q % 3 - p % 3)
            upper[shift][rows[p]] -= v
    upper[:, count] = 0  # what known pixels gathered
    matrix = _full_rows(upper, pixels, number, margin, width)
    return System(matrix, right[:count], pixels)


def coefficients(image: RGB, alpha: Alpha, where: Mask, epsilon: float) -> NDArray[np.float32]:
    """Return the line (a, b) of the window around every pixel of a region.

    Args:
        image: (H, W, 3) in [0, 1], H and W at least 3.
        alpha: (H, W).
        where: (H, W); elsewhere a = 0 and b = alpha.
        epsilon: Weight of the prior that a is small.

    Returns:
        (H, W, 4): the three slopes, then the offset.  A pixel of the frame, around which no
        window fits, takes the line of its neighbour.

    Source:
        Levin et al. 2008, section 3: the minimiser of equation 6 for a given alpha.
    """
    height, width = where.shape
    lines = np.zeros((height * width, 4), np.float32)
    lines[:, 3] = alpha.ravel()
    flat = alpha.ravel().astype(np.float64)
    for members, white, mean, factor in whitened_windows(image, _centres(where), epsilon):
        nine = flat[members]
        along = np.einsum("kpm,pm->km", white, nine) / 9
        slope = along  # solve transpose(factor) @ slope = along, in place
        slope[2] /= factor[2, 2]
        slope[1] = (slope[1] - factor[2, 1] * slope[2]) / factor[1, 1]
        slope[0] = (slope[0] - factor[1, 0] * slope[1] - factor[2, 0] * slope[2]) / factor[0, 0]
        middle = members[4]
        lines[middle, :3] = slope.T
        lines[middle, 3] = nine.mean(axis=0) - np.einsum("km,km->m", slope, mean)
    field = lines.reshape(height, width, 4)
    field[0], field[-1] = field[1], field[-2]
    field[:, 0], field[:, -1] = field[:, 1], field[:, -2]
    return field


class Windows(NamedTuple):
    """M windows of nine pixels each.

    Attributes:
        members: (9, M) flat indices, row by row of the window.
        white: (3, 9, M) whitened colours.
        mean: (3, M) mean colours.
        factor: (3, 3, M), the lower triangular L with L @ white = colour - mean.
    """

    members: NDArray[np.intp]
    white: Floats
    mean: Floats
    factor: Floats


def whitened_windows(image: RGB, centres: Indices, epsilon: float) -> Iterator[Windows]:
    """Yield the 3x3 windows around `centres` (flat indices, none on the frame) in chunks."""
    width = image.shape[1]
    around = np.array([dy * width + dx for dy in (-1, 0, 1) for dx in (-1, 0, 1)])
    colours = image.reshape(-1, 3)
    for start in range(0, centres.size, CHUNK):
        members = centres[start : start + CHUNK] + around[:, None]  # (9, M)
        white = np.moveaxis(colours[members], 2, 0).astype(np.float64, order="C")
        mean = white.mean(axis=1)
        white -= mean[:, None]
        factor = _cholesky(np.einsum("ipm,jpm->ijm", white, white) / 9, epsilon / 9)
        white[0] /= factor[0, 0]
        white[1] -= factor[1, 0] * white[0]
        white[1] /= factor[1, 1]
        white[2] -= factor[2, 0] * white[0]
        white[2] -= factor[2, 1] * white[1]
        white[2] /= factor[2, 2]
        yield Windows(members, white, mean, factor)


def _cholesky(covariance: Floats, ridge: float) -> Floats:
    """Factor M symmetric 3x3 matrices, (3, 3, M), with `ridge` added to their diagonals."""
    factor = np.zeros_like(covariance)
    factor[0, 0] = np.sqrt(covariance[0, 0] + ridge)
    factor[1, 0] = covariance[1, 0] / factor[0, 0]
    factor[2, 0] = covariance[2, 0] / factor[0, 0]
    factor[1, 1] = np.sqrt(covariance[1, 1] + ridge - factor[1, 0] ** 2)
    factor[2, 1] = (covariance[2, 1] - factor[2, 0] * factor[1, 0]) / factor[1, 1]
    factor[2, 2] = np.sqrt(covariance[2, 2] + ridge - factor[2, 0] ** 2 - factor[2, 1] ** 2)
    return factor


def _centres(region: Mask) -> Indices:
    """Flat indices of the windows that touch a region and lie inside the frame."""
    touched = cv2.dilate(region.astype(np.uint8), np.ones((3, 3), np.uint8))
    touched[0] = touched[-1] = 0
    touched[:, 0] = touched[:, -1] = 0
    return np.flatnonzero(touched).astype(np.int32)


def _full_rows(
    upper: Floats, pixels: Indices, number: Indices, margin: int, width: int
) -> sparse.csr_array:
    """Assemble both halves; an entry towards a known pixel becomes a zero on the diagonal."""
    count = pixels.size
    columns = np.empty((count, 25), np.int32)
    values = np.empty((count, 25))
    shifts = [dy * width + dx for dy in range(-2, 3) for dx in range(-2, 3)]
    for start in range(0, count, CHUNK):
        rows = slice(start, min(start + CHUNK, count))
        place = margin + pixels[rows].astype(np.intp)
        own = np.arange(rows.start, rows.stop, dtype=np.int32)
        for k, shift in enumerate(shifts):
            column = number[place + shift]
            is_unknown = column < count
            upper_half = upper[abs(k - 12)]
            values[rows, k] = upper_half[rows] * is_unknown if k >= 12 else upper_half[column]
            columns[rows, k] = np.where(is_unknown, column, own)
    starts = np.arange(0, 25 * count + 1, 25, dtype=np.int64 if count > 80_000_000 else np.int32)
    return sparse.csr_array((values.ravel(), columns.ravel(), starts), shape=(count, count))
