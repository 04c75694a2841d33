"""Relations between pixels, and the equations that follow from them."""

import numpy as np
from numpy.testing import assert_allclose

from penumbra.solvers.relations import Relations, adjacent, eliminate_known


def test_the_equations_are_rows_of_the_graph_laplacian() -> None:
    """Against L = D - W written out in full; pairs come in both orders, twice, and in vain."""
    rng = np.random.default_rng(0)
    trimap = rng.choice(np.array([0, 0.5, 1], np.float32), (4, 5))
    first, second = rng.integers(0, 20, (2, 150)).astype(np.int32)
    first, second = first[first != second], second[first != second]
    weight = rng.random(first.size)
    adjacency = np.zeros((20, 20))
    np.add.at(adjacency, (first, second), weight)
    adjacency += adjacency.T
    laplacian = np.diag(adjacency.sum(axis=1)) - adjacency
    is_unknown = trimap.ravel() == 0.5
    known = np.where(is_unknown, 0, trimap.ravel())

    matrix, right = eliminate_known(Relations(first, second, weight), trimap)

    assert_allclose(matrix.toarray(), laplacian[np.ix_(is_unknown, is_unknown)], atol=1e-12)
    assert_allclose(right, -(laplacian @ known)[is_unknown], atol=1e-12)


def test_adjacent_pairs_every_pixel_with_those_around_it_once() -> None:
    """A missing pair cuts the picture; one that comes twice counts twice."""
    near = np.zeros((3, 4), np.bool_)
    near[1, 1] = True

    first, second = adjacent(near, ((0, 1), (1, -1), (1, 0), (1, 1)))

    pairs = sorted(
        tuple(sorted(pair)) for pair in zip(first.tolist(), second.tolist(), strict=True)
    )
    assert pairs == [(0, 5), (1, 5), (2, 5), (4, 5), (5, 6), (5, 8), (5, 9), (5, 10)]


def test_adjacent_does_not_wrap_around_the_edge() -> None:
    """The last pixel of a row lies beside the first of the next one only in memory."""
    first, second = adjacent(np.ones((5, 1), np.bool_), ((0, 1), (1, -1), (1, 0), (1, 1)))

    assert first.tolist() == [0, 1, 2, 3]
    assert second.tolist() == [1, 2, 3, 4]
