"""Foreground estimators: what all promise, what each computes, and which is best."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.composite import composite
from penumbra.core.errors import ImageError
from penumbra.core.resample import resize
from penumbra.solvers import foreground_quadtree
from penumbra.solvers.foreground import estimate_foreground
from penumbra.solvers.foreground_blur_fusion import estimate_foreground_blur_fusion
from penumbra.solvers.foreground_multilevel import estimate_foreground_multilevel
from tests.scenes import photograph, soft_disk, strands

Estimator = Callable[[RGB, Alpha], tuple[RGB, RGB]]

ESTIMATORS: list[Estimator] = [
    estimate_foreground,
    estimate_foreground_multilevel,
    estimate_foreground_blur_fusion,
]
EVEN = {"black": (0.0, 0.0, 0.0), "white": (1.0, 1.0, 1.0), "green": (0.1, 0.8, 0.2)}

every_estimator = pytest.mark.parametrize("estimate", ESTIMATORS)
every_even_background = pytest.mark.parametrize("over", EVEN)


def hairy_portrait(over: str) -> tuple[RGB, RGB, Alpha]:
    """Image, true foreground and alpha: a photograph cut as a disk with strands on top."""
    data = pytest.importorskip("skimage.data")
    size = 128
    foreground = resize(data.astronaut().astype(np.float32) / 255, size, size)
    alpha = np.maximum(strands(size, count=24), soft_disk(size, radius=40, edge=12))
    background = np.full((size, size, 3), EVEN[over], np.float32)
    return composite(foreground, background, alpha), foreground, alpha


def colour_error(estimated: RGB, foreground: RGB, alpha: Alpha) -> float:
    """Mean absolute error weighted by alpha, in units of 1/255."""
    error = np.abs(estimated.astype(np.float64) - foreground).mean(axis=2)
    return float((alpha * error).sum() / alpha.sum(dtype=np.float64)) * 255


@every_even_background
def test_a_third_of_the_fringe_at_most_is_left(over: str) -> None:
    """The cut-out must carry the object's colours, not those of what was behind it."""
    image, foreground, alpha = hairy_portrait(over)

    estimated, _ = estimate_foreground(image, alpha)

    raw = colour_error(image, foreground, alpha)
    assert colour_error(estimated, foreground, alpha) <= raw / 3


@every_even_background
def test_the_default_has_the_least_error(over: str) -> None:
    """It is the default because of this; when another wins, change the default."""
    image, foreground, alpha = hairy_portrait(over)

    default, *others = (
        colour_error(estimate(image, alpha)[0], foreground, alpha) for estimate in ESTIMATORS
    )

    assert default < min(others)


@every_even_background
def test_the_default_is_no_worse_than_pymatting(over: str) -> None:
    """An independent program on the same picture, for the multi-level method and for ours."""
    peer = pytest.importorskip("pymatting.foreground.estimate_foreground_ml")
    image, foreground, alpha = hairy_portrait(over)

    theirs = colour_error(peer.estimate_foreground_ml(image, alpha), foreground, alpha)
    multilevel, _ = estimate_foreground_multilevel(image, alpha)
    default, _ = estimate_foreground(image, alpha)

    assert colour_error(default, foreground, alpha) <= theirs
    assert colour_error(multilevel, foreground, alpha) <= 1.1 * theirs


@every_even_background
def test_laid_over_its_own_background_it_gives_the_photograph_back(over: str) -> None:
    """Whoever edits the background only must find the rest of the photograph untouched."""
    image, _, alpha = hairy_portrait(over)

    back = composite(*estimate_foreground(image, alpha), alpha)

    assert np.abs(back - image).max() * 255 < 0.5


@every_even_background
def test_the_multilevel_colours_nearly_give_the_photograph_back(over: str) -> None:
    """Its smoothness term may leave something unexplained, but not much."""
    image, _, alpha = hairy_portrait(over)

    back = composite(*estimate_foreground_multilevel(image, alpha), alpha)

    assert np.abs(back - image).mean() * 255 < 2


def test_a_strand_gets_its_own_colour() -> None:
    """A single hair unlike the body it grows on is not painted with the body's colour."""
    alpha = strands(64, count=4)
    foreground = np.full((64, 64, 3), (0.6, 0.3, 0.1), np.float32)
    foreground[:42, 8:24] = (0.9, 0.8, 0.3)  # the first strand stands in column 8
    image = composite(foreground, np.full((64, 64, 3), 0.5, np.float32), alpha)

    estimated, _ = estimate_foreground(image, alpha)

    strand = (slice(20, 40), 8)
    assert_allclose(estimated[strand], foreground[strand], rtol=0, atol=0.12)


@pytest.mark.parametrize("estimate", [estimate_foreground, estimate_foreground_multilevel])
@pytest.mark.parametrize("shape", [(40, 40), (33, 47), (5, 64), (61, 3)], ids=str)
def test_two_even_colours_are_found_exactly(estimate: Estimator, shape: tuple[int, int]) -> None:
    """Alpha is known, so two even colours are a solvable puzzle at every size, odd ones too."""
    alpha = resize(soft_disk(64, radius=20, edge=30), *shape)
    red, blue = np.array([[0.8, 0.2, 0.1], [0.1, 0.3, 0.7]], np.float32)
    image = composite(np.broadcast_to(red, (*shape, 3)), np.broadcast_to(blue, (*shape, 3)), alpha)

    foreground, background = estimate(image, alpha)

    is_mixed = (alpha > 0.1) & (alpha < 0.9)
    assert is_mixed.any()
    assert np.abs(foreground[is_mixed] - red).max() < 0.06
    assert np.abs(background[is_mixed] - blue).max() < 0.06


@every_estimator
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (8, 1), (2, 2), (7, 12)], ids=str)
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0, 1e-7, 1 - 1e-6])
def test_an_even_matte_has_an_answer(
    estimate: Estimator, shape: tuple[int, int], value: float
) -> None:
    """Nothing known of a colour, or nothing known at all: finite colours in range."""
    image = np.random.default_rng(1).random((*shape, 3), np.float32)
    alpha = np.full(shape, value, np.float32)

    foreground, background = estimate(image, alpha)

    for colours in (foreground, background):
        assert colours.shape == image.shape
        assert colours.dtype == np.float32
        assert colours.min() >= 0
        assert colours.max() <= 1
    if value == 1:
        assert_array_equal(foreground, image)
    if value == 0:
        assert_array_equal(background, image)


def test_a_picture_of_one_mixture_is_its_own_foreground_and_background() -> None:
    """Half of each everywhere says nothing about either; equal colours explain it best."""
    image = np.full((6, 6, 3), (0.2, 0.4, 0.6), np.float32)

    foreground, background = estimate_foreground(image, np.full((6, 6), 0.5, np.float32))

    assert_allclose(foreground, image, rtol=0, atol=0.01)
    assert_allclose(background, image, rtol=0, atol=0.01)


@every_estimator
def test_inputs_stay_as_they_were_and_views_will_do(estimate: Estimator) -> None:
    """A matte is often a view: the part of a padded one, or a turned one."""
    scene = photograph(soft_disk())
    image, alpha = scene.image[::-1, 3:-4].swapaxes(0, 1), scene.alpha[::-1, 3:-4].T
    before = image.copy(), alpha.copy()

    from_views = estimate(image, alpha)

    assert_array_equal(image, before[0])
    assert_array_equal(alpha, before[1])
    for mine, expected in zip(from_views, estimate(*before), strict=True):
        assert_array_equal(mine, expected)


@every_estimator
def test_another_size_is_refused(estimate: Estimator) -> None:
    """A matte of a thumbnail must not be stretched in silence."""
    with pytest.raises(ImageError, match=r"alpha must have shape \(4, 5\), got \(5, 4\)"):
        estimate(np.zeros((4, 5, 3), np.float32), np.zeros((5, 4), np.float32))


def test_strips_leave_no_seams(monkeypatch: pytest.MonkeyPatch) -> None:
    """Large pictures are worked on a few rows at a time; nobody may see where they meet."""
    scene = photograph(soft_disk(45, radius=12, edge=9))
    whole = estimate_foreground(scene.image, scene.alpha)
    monkeypatch.setattr(foreground_quadtree, "_STRIP", 100)

    in_strips = estimate_foreground(scene.image, scene.alpha)

    for mine, expected in zip(in_strips, whole, strict=True):
        assert_allclose(mine, expected, rtol=0, atol=1e-6)


def test_a_step_weakens_information_as_its_definition_says() -> None:
    """J' = (1/J + T)^-1 and h' = J' x, inverted by LAPACK instead of by hand."""
    J = np.array([[3.0, 1.2], [1.2, 2.5]])
    x = np.array([[0.3, 0.7, 0.5], [0.9, 0.1, 0.2]])  # F and B in three channels
    variances = np.array([0.4, 0.05])
    h = J @ x
    entries = [J[0, 0], J[0, 1], J[1, 1], *h[0], *h[1]]
    information = np.array(entries, np.float32)[:, None, None]

    foreground_quadtree._weaken(information, *variances.astype(np.float32))

    weaker = np.linalg.inv(np.linalg.inv(J) + np.diag(variances))
    expected = [weaker[0, 0], weaker[0, 1], weaker[1, 1], *(weaker @ x)[0], *(weaker @ x)[1]]
    assert_allclose(information[:, 0, 0], expected, rtol=1e-5)


def test_multilevel_reaches_the_minimum_of_its_energy() -> None:
    """With patience it must agree with a direct solver of the paper's least squares."""
    rng = np.random.default_rng(6)
    alpha = rng.uniform(0.3, 0.7, (5, 6)).astype(np.float32)
    image = rng.uniform(0.4, 0.6, (5, 6, 3)).astype(np.float32)

    foreground, background = estimate_foreground_multilevel(
        image, alpha, regularization=0.05, gradient_weight=0.5, small_iterations=3000
    )

    expected = minimum(image, alpha, regularization=0.05, gradient_weight=0.5)
    assert_allclose(np.stack([foreground, background]), expected, rtol=0, atol=1e-4)


def minimum(
    image: RGB, alpha: Alpha, regularization: float, gradient_weight: float
) -> NDArray[np.float64]:
    """Germer et al. 2020, equation 3, as one dense least-squares problem: (2, H, W, 3)."""
    height, width = alpha.shape
    index = np.arange(height * width).reshape(height, width)
    pairs = [
        *zip(index[1:].ravel(), index[:-1].ravel(), strict=True),
        *zip(index[:, 1:].ravel(), index[:, :-1].ravel(), strict=True),
    ]
    a = alpha.ravel().astype(np.float64)
    rows = [np.hstack([np.diag(a), np.diag(1 - a)])]
    for offset in (0, height * width):
        for i, j in pairs:
            row = np.zeros((1, 2 * height * width))
            weight = np.sqrt(regularization + gradient_weight * abs(a[i] - a[j]))
            row[0, offset + i], row[0, offset + j] = weight, -weight
            rows.append(row)
    right = np.vstack([image.reshape(-1, 3), np.zeros((2 * len(pairs), 3))])
    colours, *_ = np.linalg.lstsq(np.vstack(rows), right, rcond=None)
    return colours.reshape(2, height, width, 3)


def test_multilevel_starts_from_the_mean_of_what_is_known() -> None:
    """Where nothing mixes, each colour is carried into the other's region."""
    alpha = np.zeros((40, 40), np.float32)
    alpha[:, 20:] = 1
    orange = np.array([0.9, 0.5, 0.1], np.float32)
    image = np.where(alpha[:, :, None] == 1, orange, np.float32(0.2))

    foreground, background = estimate_foreground_multilevel(image, alpha)

    assert_allclose(foreground, np.broadcast_to(orange, image.shape), rtol=0, atol=1e-3)
    assert_allclose(background, np.full_like(image, 0.2), rtol=0, atol=1e-3)


def test_blur_fusion_agrees_with_the_literal_reading() -> None:
    """One pass, three by three, at one pixel away from the border, by hand."""
    rng = np.random.default_rng(8)
    image, alpha = rng.random((5, 5, 3), np.float32), rng.random((5, 5), np.float32)
    a, colours = alpha[1:4, 1:4, None].astype(np.float64), image[1:4, 1:4]
    mean_f = (a * colours).sum(axis=(0, 1)) / a.sum()
    mean_b = ((1 - a) * colours).sum(axis=(0, 1)) / (1 - a).sum()
    here = a[1, 1, 0]
    expected = mean_f + here * (image[2, 2] - here * mean_f - (1 - here) * mean_b)

    foreground, background = estimate_foreground_blur_fusion(image, alpha, sides=(3,))

    assert_allclose(foreground[2, 2], np.clip(expected, 0, 1), rtol=0, atol=1e-4)
    assert_allclose(background[2, 2], mean_b, rtol=0, atol=1e-4)
