"""Closed-form matting against a literal reading of the paper."""

import numpy as np
import pytest
import scipy.sparse as sparse
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Trimap
from penumbra.core.errors import ConvergenceError, TrimapError
from penumbra.solvers import closed_form, two_grid
from penumbra.solvers.closed_form import estimate_alpha_closed_form
from penumbra.solvers.colour_line import System, closed_form_system, coefficients
from penumbra.solvers.two_grid import TwoGrid
from tests.scenes import SCENES, photograph, soft_disk


def levin_laplacian(image: RGB, epsilon: float) -> NDArray[np.float64]:
    """Equation 12 of Levin et al. 2008, entry by entry."""
    height, width = image.shape[:2]
    laplacian = np.zeros((height * width, height * width))
    for row in range(1, height - 1):
        for col in range(1, width - 1):
            members = [(row + dy) * width + col + dx for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
            colours = image.reshape(-1, 3)[members].astype(np.float64)
            mean = colours.mean(axis=0)
            covariance = np.cov(colours.T, bias=True) + epsilon / 9 * np.eye(3)
            inverse = np.linalg.inv(covariance)
            for i, ci in zip(members, colours, strict=True):
                for j, cj in zip(members, colours, strict=True):
                    affinity = (1 + (ci - mean) @ inverse @ (cj - mean)) / 9
                    laplacian[i, j] += (i == j) - affinity
    return laplacian


def noisy_scene(height: int = 9, width: int = 11) -> tuple[RGB, Trimap]:
    rng = np.random.default_rng(4)
    image = rng.random((height, width, 3), np.float32)
    trimap = rng.choice([0, 0.5, 1], (height, width), p=[0.15, 0.7, 0.15]).astype(np.float32)
    return image, trimap


def test_the_equations_are_those_of_the_paper() -> None:
    """Every coefficient, with the known pixels moved to the right-hand side."""
    image, trimap = noisy_scene()
    laplacian = levin_laplacian(image, 1e-7)
    is_unknown = trimap.ravel() == 0.5
    foreground = (trimap.ravel() == 1).astype(float)

    system = closed_form_system(image, trimap, 1e-7)

    expected = laplacian[np.ix_(is_unknown, is_unknown)]
    assert_allclose(system.matrix.toarray(), expected, atol=1e-9)
    assert_allclose(system.right, -(laplacian @ foreground)[is_unknown], atol=1e-9)
    assert_allclose(system.pixels, np.flatnonzero(is_unknown))


def test_the_answer_is_the_minimiser() -> None:
    """Against a dense direct solve of the literal equations."""
    image, trimap = noisy_scene()
    laplacian = levin_laplacian(image, 1e-7)
    is_unknown = trimap.ravel() == 0.5
    foreground = (trimap.ravel() == 1).astype(float)
    unknown_rows = laplacian[np.ix_(is_unknown, is_unknown)]
    answer = np.linalg.solve(unknown_rows, -(laplacian @ foreground)[is_unknown])

    alpha = estimate_alpha_closed_form(image, trimap, "exact")

    assert_allclose(alpha.ravel()[is_unknown], np.clip(answer, 0, 1), atol=1e-4)


def test_lines_are_the_least_squares_fit_of_every_window() -> None:
    """Levin section 3: a and b minimise the fit of nine alphas plus epsilon |a|^2."""
    rng = np.random.default_rng(5)
    image, alpha = rng.random((7, 8, 3), np.float32), rng.random((7, 8), np.float32)
    epsilon = 0.01

    lines = coefficients(image, alpha, np.ones((7, 8), np.bool_), epsilon)

    for row, col in [(1, 1), (3, 4), (5, 6)]:
        window = np.s_[row - 1 : row + 2, col - 1 : col + 2]
        design = np.vstack(
            [
                np.c_[image[window].reshape(9, 3), np.ones(9)],
                np.c_[np.sqrt(epsilon) * np.eye(3), np.zeros(3)],
            ]
        )
        goal = np.r_[alpha[window].ravel(), np.zeros(3)]
        fit = np.linalg.lstsq(design.astype(np.float64), goal, rcond=None)[0]
        assert_allclose(lines[row, col], fit, atol=1e-4)
    assert_allclose(lines[0], lines[1])
    assert_allclose(lines[:, -1], lines[:, -2])


@pytest.mark.parametrize("name", ["soft disk", "strands", "two people"])
@pytest.mark.parametrize("mode", ["fast", "exact"])
def test_finds_the_matte_of_simple_scenes(
    name: str, mode: closed_form.Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Colours that lie on one line each are what the model describes exactly.

    Glass is left out: a pane of one opacity in smooth colours looks as opaque as any other.
    """
    monkeypatch.setattr(closed_form, "SMALL", 1)
    scene = SCENES[name]()
    trimap = scene.trimap(2)

    alpha = estimate_alpha_closed_form(scene.image, trimap, mode)

    is_unknown = trimap == 0.5
    error = np.abs(alpha - scene.alpha)[is_unknown].mean()
    assert error < (0.1 if mode == "fast" else 0.05)
    assert_allclose(alpha[~is_unknown], trimap[~is_unknown])


def test_fast_follows_the_full_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines carry detail that alpha at half size has lost: better than enlarging alpha."""
    scene = photograph(soft_disk(96, 30, 2))
    trimap = scene.trimap(4)
    monkeypatch.setattr(closed_form, "SMALL", 1)

    fast = estimate_alpha_closed_form(scene.image, trimap, "fast")

    half = scene.alpha.reshape(48, 2, 48, 2).mean(axis=(1, 3))
    enlarged = np.kron(half, np.ones((2, 2)))
    is_unknown = trimap == 0.5
    assert np.abs(fast - scene.alpha)[is_unknown].mean() < 0.01
    assert np.abs(enlarged - scene.alpha)[is_unknown].mean() > 0.02


def test_fast_keeps_single_known_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dot is often all that is known about a hole; halving must not lose it."""
    monkeypatch.setattr(closed_form, "SMALL", 1)
    image = np.full((40, 40, 3), 0.2, np.float32)
    image[10:30, 10:30] = 0.8
    trimap = np.full((40, 40), 0.5, np.float32)
    trimap[3, 3], trimap[20, 21] = 0, 1

    alpha = estimate_alpha_closed_form(image, trimap, "fast")

    assert alpha[15, 15] > 0.95
    assert alpha[5, 35] < 0.05


def test_fast_falls_back_where_both_kinds_share_every_small_pixel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Halving would leave nothing known; the full system still has the answer."""
    monkeypatch.setattr(closed_form, "SMALL", 1)
    image = np.random.default_rng(0).random((8, 8, 3), np.float32)
    trimap = np.full((8, 8), 0.5, np.float32)
    trimap[2, 2], trimap[2, 3] = 0, 1

    fast = estimate_alpha_closed_form(image, trimap, "fast")

    assert_allclose(fast, estimate_alpha_closed_form(image, trimap, "exact"))


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (2, 2), (2, 9), (3, 3)])
def test_pictures_too_small_for_a_window_are_answered(size: tuple[int, int]) -> None:
    """No window fits, yet an answer between the known pixels is expected."""
    image = np.random.default_rng(1).random((*size, 3), np.float32)
    trimap = np.full(size, 0.5, np.float32)
    trimap.flat[0] = 1
    if trimap.size > 1:
        trimap.flat[-1] = 0

    alpha = estimate_alpha_closed_form(image, trimap)

    assert alpha.shape == size
    assert alpha.flat[0] == 1
    assert ((alpha >= 0) & (alpha <= 1)).all()


@pytest.mark.parametrize(("known", "answer"), [(0.0, 0.0), (1.0, 1.0)])
def test_one_kind_of_known_pixels_decides_everything(known: float, answer: float) -> None:
    """Nothing speaks against the only side that is known."""
    image = np.random.default_rng(2).random((6, 6, 3), np.float32)
    trimap = np.full((6, 6), 0.5, np.float32)
    trimap[0, 0] = known

    assert_allclose(estimate_alpha_closed_form(image, trimap), answer)


def test_nothing_unknown_gives_the_trimap_back() -> None:
    """And a copy, so that changing the answer cannot change the question."""
    trimap = np.eye(5, dtype=np.float32)

    alpha = estimate_alpha_closed_form(np.zeros((5, 5, 3), np.float32), trimap)

    assert_allclose(alpha, trimap)
    assert not np.shares_memory(alpha, trimap)


def test_nothing_known_is_refused() -> None:
    """Any constant would fit, so any answer would be made up."""
    image, trimap = np.zeros((4, 4, 3), np.float32), np.full((4, 4), 0.5, np.float32)

    with pytest.raises(TrimapError, match="at least one known pixel"):
        estimate_alpha_closed_form(image, trimap)


def test_another_size_is_refused() -> None:
    """Resizing silently would shift the known pixels."""
    with pytest.raises(TrimapError, match=r"shape \(4, 4\), got \(4, 5\)"):
        estimate_alpha_closed_form(np.zeros((4, 4, 3), np.float32), np.zeros((4, 5), np.float32))


def test_a_failed_direct_solve_falls_back_to_plain_conjugate_gradients(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same matte, only slower: never a wrong one."""
    image, trimap = noisy_scene()
    expected = estimate_alpha_closed_form(image, trimap, "exact")

    def broken(system: System, image: RGB) -> TwoGrid:
        raise RuntimeError("Factor is exactly singular")

    monkeypatch.setattr(closed_form, "TwoGrid", broken)

    assert_allclose(estimate_alpha_closed_form(image, trimap, "exact"), expected, atol=1e-4)


def test_equations_that_cannot_be_solved_raise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a number in the matrix must end in an error, not in a matte."""
    image, trimap = noisy_scene()
    good = closed_form_system(image, trimap, 1e-7)
    bad = System(good.matrix * np.nan, good.right, good.pixels)
    monkeypatch.setattr(closed_form, "closed_form_system", lambda *_: bad)

    with pytest.raises(ConvergenceError):
        estimate_alpha_closed_form(image, trimap, "exact")


def test_a_flat_picture_is_no_problem() -> None:
    """Without colour there is no slope to find: the matte is smooth, not broken."""
    image = np.full((30, 30, 3), 0.5, np.float32)
    trimap = np.full((30, 30), 0.5, np.float32)
    trimap[:, 0], trimap[:, -1] = 0, 1

    alpha = estimate_alpha_closed_form(image, trimap)

    assert (np.diff(alpha[15]) > 0).all()
    assert alpha[15, 15] == pytest.approx(0.5, abs=0.05)


def test_the_preconditioner_is_symmetric_and_positive() -> None:
    """Conjugate gradients are only right if it is; larger cells must not change that."""
    image, trimap = noisy_scene(20, 23)
    system = closed_form_system(image, trimap, 1e-7)
    identity = np.eye(system.right.size)

    inverse = np.stack([TwoGrid(system, image)(column) for column in identity])

    assert_allclose(inverse, inverse.T, atol=1e-6 * np.abs(inverse).max())
    assert np.linalg.eigvalsh(inverse).min() > 0


def test_large_pictures_get_larger_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """The direct part stays small; the answer stays the same."""
    image, trimap = noisy_scene(40, 40)
    expected = estimate_alpha_closed_form(image, trimap, "exact")
    monkeypatch.setattr(two_grid, "MOST_CELLS", 5)

    assert_allclose(estimate_alpha_closed_form(image, trimap, "exact"), expected, atol=1e-3)


def test_rows_hold_the_unknown_pixels_only() -> None:
    """Known pixels cost nothing: 25 entries a row, a row for each unknown pixel."""
    image, trimap = noisy_scene()

    matrix = closed_form_system(image, trimap, 1e-7).matrix

    assert isinstance(matrix, sparse.csr_array)
    assert matrix.shape[0] == np.count_nonzero(trimap == 0.5)
    assert matrix.nnz == 25 * matrix.shape[0]
