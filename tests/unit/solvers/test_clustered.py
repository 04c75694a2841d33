"""The preconditioner of KNN matting."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse

from penumbra.solvers import clustered
from penumbra.solvers.clustered import ClusteredJacobi
from penumbra.solvers.knn import estimate_alpha_knn
from penumbra.solvers.linear import conjugate_gradient
from penumbra.solvers.relations import Floats


def graph(count: int = 40) -> tuple[sparse.csr_array, Floats]:
    """A positive definite matrix of random relations, and the features of its pixels."""
    rng = np.random.default_rng(0)
    weights = rng.random((count, count)) * (rng.random((count, count)) < 0.2)
    weights += weights.T
    matrix = np.diag(weights.sum(axis=1) + 0.01) - weights
    return sparse.csr_array(matrix), rng.random((count, 3))


def test_it_is_symmetric_and_positive_definite() -> None:
    """What conjugate gradients ask of every preconditioner."""
    matrix, features = graph()
    precondition = ClusteredJacobi(matrix, features)

    inverse = np.stack([precondition(unit) for unit in np.eye(40)])

    assert_allclose(inverse, inverse.T, atol=1e-10)
    assert np.linalg.eigvalsh(inverse).min() > 0


def test_with_every_pixel_a_cluster_of_its_own_it_holds_the_inverse() -> None:
    """Jacobi's answer plus the exact one: nothing is lost between the levels."""
    matrix, features = graph()

    answer = ClusteredJacobi(matrix, features)(np.ones(40))

    exact = np.linalg.solve(matrix.toarray(), np.ones(40))
    assert_allclose(answer, exact + 1 / matrix.diagonal(), rtol=1e-8)


def test_clusters_are_no_more_than_allowed_and_hold_alike_pixels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """More would make the direct solve the slow part."""
    monkeypatch.setattr(clustered, "MOST_CLUSTERS", 10)
    features = np.random.default_rng(1).random((500, 2))

    number = clustered._clusters(features)

    count = int(number.max()) + 1
    assert 4 <= count <= 10
    assert np.unique(number).size == count
    for cluster in range(count):
        assert np.ptp(features[number == cluster], axis=0).max() < 0.6


def test_far_from_anything_known_a_mosaic_is_solved_in_few_steps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Islands that hardly touch each other: Jacobi alone takes thousands of steps here."""
    rng = np.random.default_rng(2)
    image = np.kron(rng.random((8, 8, 3)), np.ones((10, 10, 1))).astype(np.float32)
    trimap = np.full((80, 80), 0.5, np.float32)
    trimap[0, 0], trimap[-1, -1] = 0, 1
    steps = []

    def counted(multiply, right, precondition, **options):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN003, ANN202
        def count(x: Floats) -> Floats:
            steps.append(1)
            return multiply(x)

        return conjugate_gradient(count, right, precondition, **options)

    monkeypatch.setattr("penumbra.solvers.knn.conjugate_gradient", counted)

    alpha = estimate_alpha_knn(image, trimap)

    assert len(steps) < 200
    assert 0 < alpha.mean() < 1
