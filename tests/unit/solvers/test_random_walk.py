"""Random walks against chains whose answer is known, and where nothing leads out."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from penumbra.core.errors import ConvergenceError
from penumbra.solvers.random_walk import LEAST, ROUNDING, STEPS, estimate_alpha_random_walk
from tests.scenes import SCENES


def test_a_fair_walk_along_a_line_is_linear() -> None:
    """The gambler's ruin: chances fall evenly between the two ends."""
    trimap = np.full((1, 11), 0.5, np.float32)
    trimap[0, 0], trimap[0, -1] = 0, 1

    alpha = estimate_alpha_random_walk(np.full((1, 11, 3), 0.4, np.float32), trimap)

    assert_allclose(alpha[0], np.linspace(0, 1, 11), atol=1e-6)


def test_the_answer_is_the_minimiser() -> None:
    """Brute force: eight neighbours, differences measured against their own covariance."""
    image = np.random.default_rng(0).random((6, 5, 3), np.float32)
    trimap = np.full((6, 5), 0.5, np.float32)
    trimap[0, 1], trimap[4, 4] = 0, 1
    pixels = image.astype(np.float64)
    differences = [pixels[r, c] - pixels[r, c + 1] for r in range(6) for c in range(4)]
    differences += [pixels[r, c] - pixels[r + 1, c] for r in range(5) for c in range(5)]
    roughness = np.mean([np.outer(d, d) for d in differences], axis=0) + ROUNDING * np.eye(3)
    weights = np.zeros((30, 30))
    for r in range(6):
        for c in range(5):
            for dr, dc in STEPS:
                if r + dr < 6 and 0 <= c + dc < 5:
                    d = pixels[r, c] - pixels[r + dr, c + dc]
                    likeness = np.exp(-d @ np.linalg.inv(roughness) @ d) + LEAST
                    weights[5 * r + c, 5 * (r + dr) + c + dc] = likeness
    weights += weights.T
    assert np.count_nonzero(weights[7]) == 8
    laplacian = np.diag(weights.sum(axis=1)) - weights
    is_unknown = trimap.ravel() == 0.5
    known = np.where(is_unknown, 0, trimap.ravel())
    rows = laplacian[np.ix_(is_unknown, is_unknown)]
    answer = np.linalg.solve(rows, -(laplacian @ known)[is_unknown])

    alpha = estimate_alpha_random_walk(image, trimap)

    assert_allclose(alpha.ravel()[is_unknown], answer, atol=1e-5)


@pytest.mark.parametrize("name", ["soft disk", "two people"])
def test_finds_the_matte_of_simple_scenes(name: str) -> None:
    """Strands are left out: no walker gets from one to another."""
    scene = SCENES[name]()
    trimap = scene.trimap(2)

    alpha = estimate_alpha_random_walk(scene.image, trimap)

    assert np.abs(alpha - scene.alpha)[trimap == 0.5].mean() < 0.12


def test_walkers_stop_at_an_edge() -> None:
    """The edge of the colours, not the middle of the unknown band, parts the two sides."""
    image = np.full((12, 30, 3), 0.2, np.float32)
    image[:, 22:] = 0.9
    trimap = np.full((12, 30), 0.5, np.float32)
    trimap[:, :2], trimap[:, -2:] = 0, 1

    alpha = estimate_alpha_random_walk(image, trimap)

    assert alpha[:, :22].max() < 0.05
    assert alpha[:, 22:].min() > 0.95


def test_an_island_takes_the_alpha_of_its_surroundings() -> None:
    """Weights into a blob unlike all else vanish; what little is left must still decide."""
    image = np.zeros((24, 24, 3), np.float32)
    image[8:14, 8:14] = 1
    image[:, 20:] = 0.5
    trimap = np.zeros((24, 24), np.float32)
    trimap[:, 20:] = 1
    trimap[5:17, 5:17] = 0.5

    alpha = estimate_alpha_random_walk(image, trimap)

    assert_allclose(alpha[8:14, 8:14], 0, atol=1e-3)
    assert np.isfinite(alpha).all()


def test_brightness_and_contrast_of_the_picture_do_not_matter() -> None:
    """Differences count against the picture's own: a pale copy has the same matte."""
    scene = SCENES["soft disk"]()
    noise = np.random.default_rng(1).normal(0, 0.02, scene.image.shape)
    image = np.clip(scene.image + noise, 0, 1).astype(np.float32)
    trimap = scene.trimap(3)

    pale = estimate_alpha_random_walk((0.4 + 0.5 * image).astype(np.float32), trimap)

    assert_allclose(pale, estimate_alpha_random_walk(image, trimap), atol=0.02)


def test_a_solver_that_gives_up_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Singular, or too large for the memory: never somebody else's exception."""

    def fail(*arguments: object, **options: object) -> None:
        raise RuntimeError("Factor is exactly singular")

    monkeypatch.setattr("penumbra.solvers.random_walk.direct.splu", fail)
    trimap = np.array([[0, 0.5, 1]] * 3, np.float32)

    with pytest.raises(ConvergenceError, match="3 unknowns and Factor is exactly singular"):
        estimate_alpha_random_walk(np.zeros((3, 3, 3), np.float32), trimap)
