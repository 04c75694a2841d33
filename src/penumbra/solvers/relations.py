"""Matting as a graph: related pixels have similar alpha, known pixels keep theirs.

KNN matting and random walks both look for the alpha that makes

    sum over relations (p, q) of weight * (alpha_p - alpha_q)^2

smallest, and differ only in who is related to whom.  The known pixels move to the right-hand
side, so that only the unknown ones are left to solve for.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from penumbra.core.arrays import Mask, Trimap
from penumbra.core.trimap import unknown

Floats = NDArray[np.float64]
Pixels = NDArray[np.int32]  # positions in the flattened image, row * width + col


class Relations(NamedTuple):
    """Weighted pairs of pixels; the weights of a pair that comes several times add up."""

    first: Pixels  # (M,)
    second: Pixels  # (M,)
    weight: Floats  # (M,), not negative


class System(NamedTuple):
    """A x = b for the unknown pixels, in the order of the image."""

    matrix: sparse.csr_array  # (N, N), symmetric
    right: Floats  # (N,)


def eliminate_known(relations: Relations, trimap: Trimap) -> System:
    """Set up the equations of the unknown pixels.

    The matrix is positive definite if a chain of relations leads from every unknown pixel to
    a known one.

    Args:
        relations: A pair of two known pixels changes nothing.
        trimap: (H, W), with N unknown pixels.

    Returns:
        With L = D - W the Laplacian of the graph: A = L_uu and b = -L_uk alpha_k.

    Source:
        Grady, "Random walks for image segmentation", PAMI 2006: the combinatorial
        Dirichlet problem.
    """
    is_unknown = unknown(trimap).ravel()
    is_foreground = (trimap == 1).ravel()
    count = int(np.count_nonzero(is_unknown))
    number = np.full(trimap.size, -1, np.int32)
    number[is_unknown] = np.arange(count, dtype=np.int32)
    degree, right = np.zeros(count), np.zeros(count)
    first, second, weight = relations
    for here, there in ((first, second), (second, first)):
        rows = number[here]
        is_row = rows >= 0
        degree += np.bincount(rows[is_row], weight[is_row], count)
        is_row &= is_foreground[there]
        right += np.bincount(rows[is_row], weight[is_row], count)
    is_inner = is_unknown[first] & is_unknown[second]
    rows, columns = number[first[is_inner]], number[second[is_inner]]
    half = sparse.csr_array((weight[is_inner], (rows, columns)), shape=(count, count))
    matrix = sparse.diags_array(degree, dtype=np.float64) - half - half.T
    return System(sparse.csr_array(matrix), right)


def adjacent(near: Mask, steps: tuple[tuple[int, int], ...]) -> tuple[Pixels, Pixels]:
    """Pair pixels with those one step away, where at least one of the two is in `near`.

    Args:
        near: (H, W).
        steps: (rows down, columns right) from the first pixel of a pair to the second.

    Returns:
        The first and the second pixels of all pairs, (M,) each.
    """
    height, width = near.shape
    pixel = np.arange(near.size, dtype=np.int32).reshape(near.shape)
    firsts, seconds = [], []
    for down, right in steps:
        here = np.s_[: height - down, max(-right, 0) : width - max(right, 0)]
        there = np.s_[down:, max(right, 0) : width + min(right, 0)]
        is_pair = near[here] | near[there]
        firsts.append(pixel[here][is_pair])
        seconds.append(pixel[there][is_pair])
    return np.concatenate(firsts), np.concatenate(seconds)
