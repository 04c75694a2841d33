"""Laws of the trimap solvers."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from penumbra.core.arrays import RGB, Alpha, Trimap
from penumbra.core.errors import ImageError, TrimapError
from penumbra.solvers.knn import estimate_alpha_knn
from penumbra.solvers.random_walk import estimate_alpha_random_walk
from penumbra.solvers.shared import estimate_alpha_shared
from tests.strategies import rgb_images, sizes, trimaps

Solver = Callable[[RGB, Trimap], Alpha]

SOLVERS = [estimate_alpha_knn, estimate_alpha_random_walk, estimate_alpha_shared]
every_solver = pytest.mark.parametrize("solver", SOLVERS, ids=lambda solver: solver.__name__)
by_relations = pytest.mark.parametrize("solver", SOLVERS[:2], ids=lambda solver: solver.__name__)


@every_solver
@given(data=st.data(), size=sizes())
def test_known_pixels_are_kept_and_alpha_stays_in_range(
    solver: Solver, data: st.DataObject, size: tuple[int, int]
) -> None:
    """Whatever the picture: islands, flat areas, one row, three pixels."""
    image, trimap = data.draw(rgb_images(size)), data.draw(trimaps(size))
    if (trimap == 0.5).all():
        trimap.flat[0] = data.draw(st.sampled_from([0, 1]))
    image_before, trimap_before = image.copy(), trimap.copy()

    alpha = solver(image, trimap)

    assert alpha.dtype == np.float32
    assert alpha.shape == size
    assert np.isfinite(alpha).all()
    assert alpha.min() >= 0
    assert alpha.max() <= 1
    is_known = trimap != 0.5
    assert_array_equal(alpha[is_known], trimap[is_known])
    assert_array_equal(image, image_before)
    assert_array_equal(trimap, trimap_before)


@every_solver
@given(data=st.data(), size=sizes(2), side=st.sampled_from([0.0, 1.0]))
def test_one_known_side_is_the_whole_matte(
    solver: Solver, data: st.DataObject, size: tuple[int, int], side: float
) -> None:
    """The constant matte has no energy at all, so it is the minimiser."""
    image = data.draw(rgb_images(size))
    trimap = np.full(size, 0.5, np.float32)
    trimap.flat[data.draw(st.integers(0, trimap.size - 1))] = side

    assert_array_equal(solver(image, trimap), np.full(size, side, np.float32))


@every_solver
def test_nothing_unknown_gives_the_trimap_back(solver: Solver) -> None:
    """As a copy, so that changing the answer cannot change the question."""
    trimap = np.eye(5, dtype=np.float32)

    alpha = solver(np.zeros((5, 5, 3), np.float32), trimap)

    assert_array_equal(alpha, trimap)
    assert not np.shares_memory(alpha, trimap)


@every_solver
def test_nothing_known_is_refused(solver: Solver) -> None:
    """Every constant would do, so there is no answer to give."""
    image, trimap = np.zeros((3, 4, 3), np.float32), np.full((3, 4), 0.5, np.float32)

    with pytest.raises(TrimapError, match="at least one known pixel"):
        solver(image, trimap)


@every_solver
def test_a_trimap_of_another_size_is_refused(solver: Solver) -> None:
    """Broadcasting would answer a question nobody asked."""
    with pytest.raises(TrimapError, match=r"\(3, 4\)"):
        solver(np.zeros((3, 4, 3), np.float32), np.zeros((4, 3), np.float32))


@every_solver
def test_a_picture_that_is_not_finite_is_refused(solver: Solver) -> None:
    """One NaN would spread through the whole matte."""
    image = np.full((3, 4, 3), np.nan, np.float32)

    with pytest.raises(ImageError, match="finite"):
        solver(image, np.tile(np.array([0, 0.5, 0.5, 1], np.float32), (3, 1)))


@by_relations
@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(data=st.data(), size=sizes(2))
def test_swapping_the_sides_inverts_the_matte(
    solver: Solver, data: st.DataObject, size: tuple[int, int]
) -> None:
    """Neither side is preferred: what is not foreground is background."""
    image, trimap = data.draw(rgb_images(size)), data.draw(trimaps(size))
    trimap.flat[0] = data.draw(st.sampled_from([0, 1]))

    assert_allclose(solver(image, 1 - trimap), 1 - solver(image, trimap), atol=1e-4)


@given(data=st.data(), size=sizes(2))
def test_a_random_walk_does_not_know_rows_from_columns(
    data: st.DataObject, size: tuple[int, int]
) -> None:
    """Transposing the picture transposes the matte."""
    image, trimap = data.draw(rgb_images(size)), data.draw(trimaps(size))
    trimap.flat[0] = 1

    transposed = estimate_alpha_random_walk(image.transpose(1, 0, 2), trimap.T)

    assert_allclose(transposed.T, estimate_alpha_random_walk(image, trimap), atol=1e-4)
