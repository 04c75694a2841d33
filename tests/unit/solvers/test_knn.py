"""KNN matting against a literal computation, and on what it is known for."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from penumbra.core.arrays import RGB
from penumbra.solvers.knn import (
    ANCHOR,
    ANCHOR_REACH,
    BAND,
    SEARCHES,
    TIE,
    TIE_LEAST,
    TIE_REACH,
    estimate_alpha_knn,
)
from tests.scenes import SCENES


def features(image: RGB, position: float) -> NDArray[np.float64]:
    """(saturation cos hue, saturation sin hue, value, y, x) of every pixel, one by one."""
    height, width = image.shape[:2]
    rows = []
    for row in range(height):
        for col in range(width):
            red, green, blue = (float(part) for part in image[row, col])
            value, least = max(red, green, blue), min(red, green, blue)
            chroma = value - least
            saturation = chroma / value if value else 0
            if chroma == 0:
                hue = 0.0
            elif value == red:
                hue = (green - blue) / chroma
            elif value == green:
                hue = 2 + (blue - red) / chroma
            else:
                hue = 4 + (red - green) / chroma
            angle = hue * np.pi / 3
            place = np.array([row, col]) / max(height, width) * position
            rows.append([saturation * np.cos(angle), saturation * np.sin(angle), value, *place])
    return np.array(rows)


def test_the_answer_is_the_minimiser() -> None:
    """Brute force over all pairs; every pixel lies within the band, so all of them choose."""
    rng = np.random.default_rng(1)
    height, width = 5, 7
    image = rng.random((height, width, 3), np.float32)
    trimap = np.full((height, width), 0.5, np.float32)
    trimap[0], trimap[-1] = 0, 1
    assert max(height, width) - 1 < BAND + 2
    count = height * width
    weights = np.zeros((count, count))
    for neighbours, position in SEARCHES:
        points = features(image, position)
        largest = np.linalg.norm(points.max(axis=0) - points.min(axis=0))
        distance = np.linalg.norm(points[:, None] - points[None], axis=2)
        for pixel, nearest in enumerate(np.argsort(distance, axis=1)[:, :neighbours]):
            for other in nearest:  # the pixel itself is its own nearest
                weights[pixel, other] += 1 - distance[pixel, other] / largest
    colours = image.reshape(-1, 3).astype(np.float64)
    for pixel in range(count):
        beside = [pixel + 1] if (pixel + 1) % width else []
        for other in [*beside, pixel + width]:
            if other < count:
                apart = np.linalg.norm(colours[pixel] - colours[other])
                weights[pixel, other] += max(TIE * np.exp(-((apart / TIE_REACH) ** 2)), TIE_LEAST)
    for pixel in np.flatnonzero(trimap == 0.5).tolist():
        to_known = np.where(trimap.ravel() == 0.5, np.inf, distance[pixel])
        anchor = int(to_known.argmin())
        weights[pixel, anchor] += ANCHOR * np.exp(-((to_known[anchor] / ANCHOR_REACH) ** 2))
    weights += weights.T
    laplacian = np.diag(weights.sum(axis=1)) - weights
    is_unknown = trimap.ravel() == 0.5
    known = np.where(is_unknown, 0, trimap.ravel())
    rows = laplacian[np.ix_(is_unknown, is_unknown)]
    answer = np.linalg.solve(rows, -(laplacian @ known)[is_unknown])

    alpha = estimate_alpha_knn(image, trimap)

    assert_allclose(alpha.ravel()[is_unknown], answer, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "limit"), [("soft disk", 0.12), ("strands", 0.12), ("two people", 0.12)]
)
def test_finds_the_matte_of_simple_scenes(name: str, limit: float) -> None:
    """Mean error where the trimap is unknown; answering 0.5 everywhere gives 0.3 or more."""
    scene = SCENES[name]()
    trimap = scene.trimap(2)

    alpha = estimate_alpha_knn(scene.image, trimap)

    assert np.abs(alpha - scene.alpha)[trimap == 0.5].mean() < limit


@pytest.mark.parametrize("noise", [0.0, 0.01])
def test_a_hole_is_found_by_its_colour_alone(noise: float) -> None:
    """No known background lies near the hole of a drawing, but elsewhere there is some."""
    image = np.full((60, 60, 3), (0.8, 0.3, 0.2), np.float32)
    image[:, :10] = image[25:35, 35:45] = (0.1, 0.3, 0.8)
    image += np.random.default_rng(2).normal(0, noise, image.shape).astype(np.float32)
    trimap = np.ones((60, 60), np.float32)
    trimap[:, :10] = 0
    trimap[20:40, 30:50] = 0.5

    alpha = estimate_alpha_knn(image, trimap)

    assert alpha[25:35, 35:45].max() < 0.15
    assert alpha[21:24, 31:49].min() > 0.9


@pytest.mark.parametrize("side", [0.0, 1.0])
def test_an_island_like_nothing_known_takes_the_alpha_of_its_surroundings(side: float) -> None:
    """All its neighbours lie within it: the bare matrix is singular and has no answer."""
    image = np.full((40, 40, 3), 0.2, np.float32)
    image[:, 32:] = 0.8
    image[12:22, 10:20] = (0.0, 1.0, 0.0)
    trimap = np.full((40, 40), side, np.float32)
    trimap[:, 32:] = 1 - side
    trimap[8:26, 6:24] = 0.5

    alpha = estimate_alpha_knn(image, trimap)

    assert_allclose(alpha[12:22, 10:20], side, atol=0.02)


def test_saturation_tames_the_hue_of_grey() -> None:
    """A trace of colour turns the hue of grey anywhere; it must not part grey from grey."""
    rng = np.random.default_rng(3)
    image = np.full((30, 30, 3), 0.5, np.float32)
    image[:, 15:] = (0.7, 0.3, 0.3)
    image += rng.normal(0, 0.003, image.shape).astype(np.float32)
    trimap = np.full((30, 30), 0.5, np.float32)
    trimap[:, :3], trimap[:, -3:] = 0, 1

    alpha = estimate_alpha_knn(image, trimap)

    assert alpha[:, :14].max() < 0.1
    assert alpha[:, 16:].min() > 0.9
