"""Shared sampling, whole and stage by stage."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from penumbra.solvers.neighbourhood import Disk
from penumbra.solvers.ray_samples import Floats, Samples, gather
from penumbra.solvers.shared import (
    SMOOTH_RADIUS,
    SMOOTH_VARIANCE,
    STRICTNESS,
    Estimate,
    _best_owners,
    _best_pairs,
    _share,
    _smooth,
    estimate_alpha_shared,
)
from tests.scenes import SCENES, soft_disk, trimap_of


@pytest.mark.parametrize(
    ("name", "limit"), [("soft disk", 0.02), ("strands", 0.05), ("two people", 0.05)]
)
def test_finds_the_matte_of_simple_scenes(name: str, limit: float) -> None:
    """Mean error where the trimap is unknown; answering 0.5 everywhere gives 0.3 or more."""
    scene = SCENES[name]()
    trimap = scene.trimap(2)

    alpha = estimate_alpha_shared(scene.image, trimap)

    assert np.abs(alpha - scene.alpha)[trimap == 0.5].mean() < limit


def test_two_plain_colours_give_their_mixture_back() -> None:
    """The model holds exactly, so only the smoothing may err, and by little."""
    truth = soft_disk(48, 14, 8)
    foreground, background = np.array([0.9, 0.6, 0.1]), np.array([0.1, 0.2, 0.7])
    image = truth[..., None] * foreground + (1 - truth[..., None]) * background

    alpha = estimate_alpha_shared(image.astype(np.float32), trimap_of(truth, 2))

    assert np.abs(alpha - truth).max() < 0.06


def test_noise_on_plain_sides_is_not_taken_for_transparency() -> None:
    """Speckle in what is opaque or empty is what a user sees first."""
    rng = np.random.default_rng(0)
    image = np.full((40, 40, 3), 0.25, np.float32)
    image[:, 20:] = (0.8, 0.6, 0.3)
    image += rng.normal(0, 0.01, image.shape).astype(np.float32)
    trimap = np.full((40, 40), 0.5, np.float32)
    trimap[:, :8], trimap[:, 32:] = 0, 1

    alpha = estimate_alpha_shared(image, trimap)

    assert alpha[:, :20].max() < 0.15
    assert alpha[:, 20:].min() > 0.85
    assert alpha[:, :20].mean() < 0.002
    assert alpha[:, 20:].mean() > 0.998


def test_an_unknown_region_that_grows_shut_leaves_nothing_to_sample() -> None:
    """Every unknown pixel has the colour of a known one beside it."""
    image = np.full((9, 12, 3), 0.2, np.float32)
    image[:, 6:] = 0.9
    trimap = np.full((9, 12), 0.5, np.float32)
    trimap[:, :3], trimap[:, -3:] = 0, 1

    alpha = estimate_alpha_shared(image, trimap)

    assert_array_equal(alpha, np.where(image[..., 0] > 0.5, 1, 0))


def test_equal_colours_on_both_sides_still_give_an_answer() -> None:
    """Foreground, background and unknown that look alike: no pair is better than another."""
    image = np.full((30, 50, 3), 0.5, np.float32)
    trimap = np.full((30, 50), 0.5, np.float32)
    trimap[:, :2], trimap[:, -2:] = 0, 1

    alpha = estimate_alpha_shared(image, trimap)

    assert np.isfinite(alpha).all()
    assert alpha[:, 3].max() < 0.5 < alpha[:, -4].min()


def mix(colour: Floats, foreground: Floats, background: Floats) -> tuple[float, float]:
    """Alpha that mixes the colour best, and the squared distance that is left."""
    span = (foreground - background).astype(float)
    alpha = float(np.clip((colour - background) @ span / (span @ span), 0, 1))
    return alpha, float(np.sum((colour - background - alpha * span) ** 2))


def test_the_chosen_pair_costs_least() -> None:
    """The product of the paper, literally, for every one of the sixteen pairs."""
    rng = np.random.default_rng(2)
    image = rng.random((9, 10, 3), np.float32)
    pixels = rng.permutation(90)[:30]
    sides = [
        Samples(
            rng.integers(0, 90, (4, 30)),
            rng.uniform(1, 4, (4, 30)).astype(np.float32),
            rng.random(30).astype(np.float32),
        )
        for _ in range(2)
    ]
    padded, colours = np.pad(image, ((1, 1), (1, 1), (0, 0)), mode="edge"), image.reshape(-1, 3)
    expected = []
    for k, (row, col) in enumerate(zip(*np.divmod(pixels, 10), strict=True)):
        window = padded[row : row + 3, col : col + 3].reshape(9, 3)
        likeness = sides[1].energy[k] / (sides[0].energy[k] + sides[1].energy[k])
        costs = {}
        for i in range(4):
            for j in range(4):
                f, b = sides[0].pixels[i, k], sides[1].pixels[j, k]
                if f == b:
                    continue
                misfit = sum(mix(colour, colours[f], colours[b])[1] for colour in window)
                alpha = mix(window[4], colours[f], colours[b])[0]
                doubt = likeness + (1 - 2 * likeness) * alpha
                apart = sides[0].distance[i, k] * sides[1].distance[j, k] ** 4
                costs[f, b] = misfit**3 * doubt**2 * apart
        expected.append(min(costs, key=lambda pair: costs[pair]))

    foreground, background = _best_pairs(image, pixels, *sides)

    assert list(zip(foreground.tolist(), background.tolist(), strict=True)) == expected


def test_neighbours_with_the_smallest_errors_are_shared() -> None:
    """Against sorting all neighbours; unknown pixels in a corner have fewer than three."""
    rng = np.random.default_rng(3)
    is_unknown = rng.random((20, 21)) < 0.3
    is_unknown[:10, :10] = False
    is_unknown[0, 0] = is_unknown[1, 1] = True
    pixels = np.flatnonzero(is_unknown)
    own, F, B = rng.random((3, pixels.size, 3), np.float32)

    owners, errors = _best_owners(Disk((20, 21), pixels, 8.0), is_unknown, own, F, B)

    row, col = np.divmod(pixels, 21)
    for k in range(pixels.size):
        near = np.flatnonzero(np.hypot(row - row[k], col - col[k]) <= 8)
        every = sorted((mix(own[k], F[other], B[other])[1], other) for other in near)[:3]
        best = every + [(np.inf, 0)] * (3 - len(every))
        assert_allclose(errors[:, k], [error for error, _ in best], atol=1e-5)
        assert owners[: len(every), k].tolist() == [other for _, other in every]
    assert np.isinf(errors[-1]).sum() == 2


def test_a_pair_of_equal_colours_is_not_trusted() -> None:
    """It explains the pixel perfectly with any alpha, so it knows nothing about alpha."""
    is_unknown = np.zeros((6, 6), np.bool_)
    is_unknown[2:4, 2:4] = True
    samples = np.arange(4), np.arange(32, 36)

    estimate = _share(np.full((6, 6, 3), 0.3, np.float32), is_unknown, samples)

    assert estimate.trust.max() < 1e-6


def test_smoothing_is_that_of_the_paper() -> None:
    """Weights by trust, closeness and unlike alpha, summed one pixel at a time."""
    rng = np.random.default_rng(4)
    image = rng.random((10, 11, 3), np.float32)
    grown = rng.choice(np.array([0, 0.5, 1], np.float32), (10, 11))
    is_unknown = grown == 0.5
    count = int(is_unknown.sum())
    F, B = image.copy(), image.copy()
    F[is_unknown], B[is_unknown] = rng.random((2, count, 3), np.float32)
    alpha, trust = grown.copy(), np.ones_like(grown)
    alpha[is_unknown], trust[is_unknown] = rng.random((2, count), np.float32)
    expected = []
    for row, col in np.argwhere(is_unknown):
        rows, cols = np.mgrid[:10, :11]
        apart = np.hypot(rows - row, cols - col)
        near = apart <= SMOOTH_RADIUS
        a, t, f, b = alpha[near], trust[near], F[near], B[near]
        weight = np.exp(-(apart[near] ** 2) / (2 * SMOOTH_VARIANCE)) * t
        similar = weight * np.where(apart[near] == 0, 1, np.abs(alpha[row, col] - a))
        foreground = np.average(f, axis=0, weights=similar * a)
        background = np.average(b, axis=0, weights=similar * (1 - a))
        usual = np.average(np.linalg.norm(f - b, axis=1), weights=t * a * (1 - a))
        fitted, error = mix(image[row, col], foreground, background)
        distinct = min(1, np.linalg.norm(foreground - background) / usual)
        trusted = distinct * np.exp(-STRICTNESS * np.sqrt(error))
        plain = np.average(a, weights=weight + ~is_unknown[near])
        expected.append(trusted * fitted + (1 - trusted) * plain)
    estimate = Estimate(F[is_unknown], B[is_unknown], alpha[is_unknown], trust[is_unknown])

    assert_allclose(_smooth(image, grown, estimate), expected, atol=1e-5)


def test_neighbours_look_in_different_directions() -> None:
    """Nine pixels of a block share what they find, so they had better not find the same."""
    side = np.zeros((40, 40), np.bool_)
    side[:, 39] = True
    pixels = (np.arange(18, 21)[:, None] * 40 + np.arange(18, 21)).ravel()

    samples = gather(np.zeros((40, 40, 3), np.float32), side, pixels)

    assert np.unique(samples.pixels).size >= 9


def test_rays_meet_the_first_known_pixel_in_their_way() -> None:
    """Against a walk in steps of a tenth of a pixel; leaps must not jump over a thin side."""
    side = np.zeros((40, 40), np.bool_)
    side[5, :], side[:, 33] = True, True
    row, col = 21, 12  # row and column are multiples of three: the rays run along the axes
    image = np.random.default_rng(1).random((40, 40, 3), np.float32)

    samples = gather(image, side, np.array([row * 40 + col]))

    met = set(samples.pixels[:, 0].tolist())
    assert {row * 40 + 33, 5 * 40 + col} <= met
    assert sorted(samples.distance[:, 0])[-1] == 21


def test_a_ray_that_leaves_the_picture_takes_the_nearest_known_pixel() -> None:
    """One known pixel in a corner is hit by no ray, and yet there must be a sample."""
    side = np.zeros((30, 31), np.bool_)
    side[2, 3] = True
    pixels = np.flatnonzero(~side)

    samples = gather(np.zeros((30, 31, 3), np.float32), side, pixels)

    assert (samples.pixels == 2 * 31 + 3).all()
    expected = np.hypot(pixels // 31 - 2, pixels % 31 - 3)
    assert_allclose(samples.distance, np.tile(expected, (4, 1)), rtol=1e-6)


def test_the_energy_of_a_path_is_that_of_its_edges() -> None:
    """One step of height 0.5 in each of three channels: 3 * 0.25, over a path of length one."""
    image = np.zeros((3, 30, 3), np.float32)
    image[:, 10:] = 0.5
    side = np.zeros((3, 30), np.bool_)
    side[:, 20] = True
    nearer = np.array([12, 0])  # on this side of the edge, and beyond it

    energy = gather(image, side, nearer).energy

    assert_allclose(energy, [0, 0.75], atol=1e-6)


def test_long_paths_are_walked_in_fewer_steps_with_the_same_energy_for_a_ramp() -> None:
    """|slope|^2 * length, however it is cut: 3 * 0.004^2 * 200."""
    ramp = 0.004 * np.arange(201, dtype=np.float32)
    image = np.tile(ramp[None, :, None], (3, 1, 3))
    side = np.zeros((3, 201), np.bool_)
    side[:, 200] = True

    energy = gather(image, side, np.array([0])).energy

    assert_allclose(energy, 3 * 0.004**2 * 200, rtol=0.02)


@pytest.mark.parametrize("radius", [1.5, 5.6, 10])
def test_a_disk_reads_all_pixels_within_its_radius(radius: float) -> None:
    """By the coordinates themselves, across the edges of the picture too."""
    height, width = 9, 14
    number = np.arange(height * width).reshape(height, width)
    pixels = np.array([0, 20, height * width - 1])
    around = Disk((height, width), pixels, radius)
    padded = around.pad(number, outside=-1)

    seen = [(padded[around.pixels + offset], distance) for offset, distance in around.offsets()]

    assert_array_equal(seen[0][0], pixels)
    assert [distance for _, distance in seen] == sorted(distance for _, distance in seen)
    for k, pixel in enumerate(pixels):
        row, col = np.divmod(pixel, width)
        rows, cols = np.mgrid[:height, :width]
        inside = number[np.hypot(rows - row, cols - col) <= radius]
        assert sorted(found[k] for found, _ in seen if found[k] >= 0) == inside.tolist()


def test_the_margin_of_a_disk_repeats_the_edge_if_nothing_else_is_said() -> None:
    """Colours beyond the picture are those of its last row."""
    around = Disk((2, 2), np.array([0]), 1)
    padded = around.pad(np.array([[1, 2], [3, 4]]))

    assert sorted(padded[around.pixels + offset].item() for offset, _ in around.offsets()) == [
        1,
        1,
        1,
        2,
        3,
    ]
