"""Colours of two sides, and the cut between them."""

import cv2
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from penumbra.solvers.graph_cut import GAUSSIANS, Models, Picture, cut, fit, log_ratio

WARM, COLD = (200, 90, 40), (30, 80, 190)


def halves(size: int = 32, noise: float = 6.0) -> Picture:
    """Warm on the left, cold on the right, with grain."""
    picture = np.empty((size, size, 3))
    picture[:, : size // 2], picture[:, size // 2 :] = WARM, COLD
    grain = np.random.default_rng(0).normal(0, noise, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def models_of_halves() -> Models:
    """Warm is object."""
    picture = halves()
    is_left = np.arange(32 * 32) % 32 < 16
    models = fit(picture.reshape(-1, 3), is_left)
    assert models is not None
    return models


def test_the_density_is_that_of_the_gaussians() -> None:
    """Two of them with known means and covariances, from the formula, grain added."""
    models = []
    for mean in (COLD, WARM):
        model = np.zeros(13 * GAUSSIANS)
        model[:2] = 0.25, 0.75
        model[GAUSSIANS : GAUSSIANS + 6] = *mean, *(np.array(mean) + 20)
        model[4 * GAUSSIANS : 4 * GAUSSIANS + 18] = np.tile(np.diag([40.0, 60, 80]).ravel(), 2)
        models.append(model[None])
    colours = np.array([[[35, 85, 190], [190, 100, 50], [110, 90, 120]]], np.uint8)

    found = log_ratio(colours, Models(models[0], models[1]))

    def density(colour: np.ndarray[tuple[int, ...], np.dtype[np.float64]], mean: object) -> float:
        spread = np.array([49.0, 69, 89])
        away = [(colour - np.asarray(mean) - shift) ** 2 / spread for shift in (0, 20)]
        parts = np.exp([-0.5 * each.sum() for each in away]) / np.sqrt(spread.prod())
        return float(0.25 * parts[0] + 0.75 * parts[1])

    for value, colour in zip(found[0, :2], colours[0, :2].astype(np.float64), strict=True):
        expected = np.log((density(colour, WARM) + 1e-30) / (density(colour, COLD) + 1e-30))
        assert value == pytest.approx(expected, rel=1e-3)
    assert np.isfinite(found).all()


def test_colours_tell_their_side() -> None:
    """Warm is likelier object, cold is likelier background."""
    ratio = log_ratio(halves(), models_of_halves())

    assert ratio[:, :16].min() > 0
    assert ratio[:, 16:].max() < 0


def test_the_cut_follows_the_edge_from_a_few_labels() -> None:
    """A seed on each side is enough, with colours known or learned."""
    labels = np.full((32, 32), cv2.GC_PR_BGD, np.uint8)
    labels[:, :8] = cv2.GC_PR_FGD
    labels[4:8, 2:6], labels[4:8, 26:30] = cv2.GC_FGD, cv2.GC_BGD
    before = labels.copy()

    for models in (None, models_of_halves()):
        found = cut(halves(), labels, 1, models)
        assert found[:, :16].mean() > 0.99
        assert found[:, 16:].mean() < 0.01
    assert_array_equal(labels, before)


def test_certain_labels_stay_against_their_colour() -> None:
    """What is said counts more than what it looks like."""
    labels = np.full((32, 32), cv2.GC_PR_BGD, np.uint8)
    labels[10:14, 24:28], labels[20:24, 4:8] = cv2.GC_FGD, cv2.GC_BGD

    found = cut(halves(), labels, 1, models_of_halves())

    assert found[10:14, 24:28].all()
    assert not found[20:24, 4:8].any()


@pytest.mark.parametrize("label", [cv2.GC_FGD, cv2.GC_PR_FGD, cv2.GC_BGD, cv2.GC_PR_BGD])
def test_one_side_alone_is_the_answer(label: int) -> None:
    """GrabCut refuses it."""
    found = cut(halves(), np.full((32, 32), label, np.uint8), 1)

    assert_array_equal(found, np.full((32, 32), label in {cv2.GC_FGD, cv2.GC_PR_FGD}))


@pytest.mark.parametrize("count", [0, 5])
def test_too_few_colours_are_no_model(count: int) -> None:
    """Of either side; six are enough."""
    colours = halves().reshape(-1, 3)
    few = np.arange(len(colours)) < count

    assert fit(colours, few) is None
    assert fit(colours, ~few) is None
    assert fit(colours, np.arange(len(colours)) < 6) is not None
