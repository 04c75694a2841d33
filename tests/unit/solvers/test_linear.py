"""Conjugate gradients against a direct solver, and what they refuse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from penumbra.core.errors import ConvergenceError
from penumbra.solvers.linear import Operator, Vector, conjugate_gradient


def system(seed: int, size: int, condition: float = 100.0) -> tuple[NDArray[np.float64], Vector]:
    """A random symmetric matrix with eigenvalues from 1 to `condition`, and a right side."""
    rng = np.random.default_rng(seed)
    axes, _ = np.linalg.qr(rng.normal(size=(size, size)))
    return (axes * np.geomspace(1, condition, size)) @ axes.T, rng.normal(size=size)


def times(matrix: NDArray[np.float64]) -> Operator:
    return lambda vector: matrix @ vector


def same(vector: Vector) -> Vector:
    return vector.copy()


@given(seed=st.integers(0, 10_000), size=st.integers(1, 30), condition=st.floats(1, 1e4))
def test_agrees_with_a_direct_solver(seed: int, size: int, condition: float) -> None:
    """LAPACK solves the same system by another way."""
    matrix, right = system(seed, size, condition)

    x = conjugate_gradient(times(matrix), right, same, tolerance=1e-11)

    assert_allclose(x, np.linalg.solve(matrix, right), rtol=0, atol=1e-6 * np.abs(right).max())


def test_a_preconditioner_changes_the_way_and_not_the_answer() -> None:
    """With the exact inverse as preconditioner one step is enough."""
    matrix, right = system(1, 20, 1e6)
    inverse = np.linalg.inv(matrix).astype(np.float64)

    x = conjugate_gradient(times(matrix), right, times(inverse), limit=3)

    assert_allclose(x, inverse @ right, atol=1e-6)


def test_nothing_on_the_right_side_gives_nothing() -> None:
    """Also from a guess that is wrong: a share of a length of zero is never reached."""
    matrix, right = system(2, 8)
    zero = np.zeros(8)

    assert_array_equal(conjugate_gradient(times(matrix), zero, same), zero)
    assert_array_equal(conjugate_gradient(times(matrix), zero, same, guess=right), zero)


def test_an_exact_guess_is_returned_at_once() -> None:
    """An interactive round that changes nothing must cost nothing."""
    matrix, _ = system(3, 8)
    guess = np.arange(8.0)

    x = conjugate_gradient(times(matrix), matrix @ guess, _never, guess=guess)

    assert_array_equal(x, guess)
    assert x is not guess


def test_neither_right_side_nor_guess_is_touched() -> None:
    """The guess is the matte on screen."""
    matrix, right = system(4, 12)
    guess = np.ones(12)
    before = right.copy()

    conjugate_gradient(times(matrix), right, same, guess=guess)

    assert_array_equal(right, before)
    assert_array_equal(guess, np.ones(12))


def test_a_good_guess_saves_steps() -> None:
    matrix, right = system(5, 40, 1e4)
    near = np.linalg.solve(matrix, right).astype(np.float64) * (1 + 1e-9)

    conjugate_gradient(times(matrix), right, same, guess=near, limit=3)

    with pytest.raises(ConvergenceError):
        conjugate_gradient(times(matrix), right, same, limit=3)


def test_a_system_that_has_settled_is_left_alone() -> None:
    """Eight bits of alpha do not need a residual of 1e-7."""
    matrix, right = system(6, 40, 1e4)
    inverse = times(np.linalg.inv(matrix).astype(np.float64))

    x = conjugate_gradient(times(matrix), right, inverse, tolerance=0, settled=1e-6, limit=1)

    assert np.abs(x - np.linalg.solve(matrix, right)).mean() < 1e-6
    with pytest.raises(ConvergenceError):
        conjugate_gradient(times(matrix), right, inverse, tolerance=0, limit=1)


@pytest.mark.parametrize("scale", [1e-9, 1e9])
def test_the_tolerance_is_a_share_of_the_right_side(scale: float) -> None:
    """Multiplying the equation by a number must change nothing."""
    matrix, right = system(11, 30, 1e4)

    x = conjugate_gradient(times(matrix), scale * right, same)

    assert_allclose(x / scale, conjugate_gradient(times(matrix), right, same), rtol=1e-6)


def test_the_limit_is_an_error_and_not_an_answer() -> None:
    """Half a solution looks like a matte; the message says how far it came."""
    matrix, right = system(7, 40, 1e6)

    with pytest.raises(ConvergenceError, match=r"fall to 1e-07 in 5 steps, got \d"):
        conjugate_gradient(times(matrix), right, same, limit=5)


def test_an_indefinite_matrix_is_refused() -> None:
    matrix = np.diag([1.0, -1.0, 2.0])

    with pytest.raises(ConvergenceError, match="must be positive definite"):
        conjugate_gradient(times(matrix), np.array([1.0, 2.0, 0.5]), same)


def test_an_indefinite_preconditioner_is_refused() -> None:
    """This is how an incomplete factorisation fails on hard images."""
    matrix, right = system(8, 10)

    with pytest.raises(ConvergenceError, match="must be positive definite"):
        conjugate_gradient(times(matrix), right, lambda vector: -vector)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_right_side_that_is_not_finite_is_refused(value: float) -> None:
    """Any residual is at most a share of infinity: zeros would count as the answer."""
    matrix, right = system(9, 10)
    right[3] = value

    with pytest.raises(ConvergenceError, match="right side must be finite"):
        conjugate_gradient(times(matrix), right, same)


def test_a_matrix_that_is_not_finite_is_refused() -> None:
    matrix, right = system(10, 10)
    matrix[2, 2] = np.nan

    with pytest.raises(ConvergenceError, match="positive definite, got curvature nan"):
        conjugate_gradient(times(matrix), right, same)


def _never(_: Vector) -> Vector:
    raise AssertionError("an exact guess needs no step")


def test_the_residual_it_claims_is_the_true_one() -> None:
    """The running residual drifts on badly conditioned systems; the answer must not."""
    rng = np.random.default_rng(0)
    basis, _ = np.linalg.qr(rng.normal(size=(60, 60)))
    matrix = (basis * np.logspace(0, -10, 60)) @ basis.T
    matrix = (matrix + matrix.T) / 2
    right = rng.normal(size=60)

    x = conjugate_gradient(lambda v: matrix @ v, right, lambda r: r, tolerance=1e-7, limit=20_000)

    assert np.linalg.norm(right - matrix @ x) <= 1e-7 * np.linalg.norm(right)
