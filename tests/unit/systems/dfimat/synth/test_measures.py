"""Numbers by which pictures are selected, against what can be counted."""

import numpy as np
import pytest

from penumbra.systems.dfimat.synth.measures import (
    clipped,
    distance,
    fingerprint,
    inside,
    left_over,
    shape_of,
    sharpness,
)
from tests.made_sets import photo


def test_the_shape_of_a_square_can_be_counted() -> None:
    """A tenth by a fifth of the picture, with a hard edge."""
    alpha = np.zeros((100, 100), np.float32)
    alpha[10:30, 40:50] = 1

    shape = shape_of(alpha)

    assert shape.area == pytest.approx(0.02)
    assert shape.height == pytest.approx(0.2)
    assert shape.transition == shape.width == 0
    assert shape.pieces == 1


def test_the_width_of_a_ramp_is_nine_tenths_of_it() -> None:
    """It falls from 1 to 0 over 20 pixels, from side to side of the picture."""
    rows = np.arange(100)[:, None] + 0.5
    alpha = np.clip((60 - rows) / 20, 0, 1).astype(np.float32).repeat(80, axis=1)

    shape = shape_of(alpha)

    assert shape.width == pytest.approx(18, abs=1)
    assert shape.transition == pytest.approx(18 / 59, abs=0.02)


def test_only_large_components_count() -> None:
    """A twentieth of the person makes one."""
    alpha = np.zeros((100, 100), np.float32)
    alpha[:40, :40] = 1
    alpha[50:60, :10] = 1  # 100 of 1,745 pixels
    alpha[70:73, :15] = 1  # 45

    assert shape_of(alpha).pieces == 2
    assert shape_of(alpha, 0.02).pieces == 3


def test_attention_counts_where_people_are() -> None:
    """Half of a cell that is half covered."""
    covered = np.zeros((8, 8), np.float32)
    covered[:, :2] = 1
    attention = np.array([[1.0, 3.0], [0.0, 0.0]], np.float32)

    assert inside(attention, covered) == pytest.approx(0.125)
    assert inside(np.zeros((2, 2), np.float32), covered) == 0


def test_a_flat_picture_is_not_sharp_and_noise_is() -> None:
    """In 8-bit levels: the Laplacian of noise has twenty times its variance."""
    noise = np.random.default_rng(0).normal(0.5, 0.02, (200, 200, 1)).astype(np.float32)

    assert sharpness(np.full((20, 20, 3), 0.5, np.float32)) == pytest.approx(0, abs=1e-6)
    assert sharpness(noise.repeat(3, axis=2)) == pytest.approx(20 * 5.1**2, rel=0.05)


def test_black_and_white_are_clipped_and_colours_not() -> None:
    """Only where all three channels are."""
    image = np.full((4, 4, 3), 0.5, np.float32)
    image[0], image[1], image[2] = 0, 1, (1, 0, 0)

    assert clipped(image) == pytest.approx(0.5)


def test_pictures_that_look_alike_share_a_hash() -> None:
    """A little noise and another size hardly change it; another picture does."""
    image = photo(1, 256)
    noisy = np.clip(image + np.random.default_rng(0).normal(0, 0.02, image.shape), 0, 1)
    known = np.array([fingerprint(image)], np.uint64)

    assert distance(fingerprint(image), known) == 0
    assert distance(fingerprint(noisy.astype(np.float32)), known) <= 3
    assert distance(fingerprint(image[::2, ::2]), known) <= 3
    assert distance(fingerprint(photo(2, 256)), known) >= 15
    assert distance(fingerprint(image), np.array([], np.uint64)) == 64


def test_who_lies_outside_of_all_mattes_is_left_over() -> None:
    """By more than the share that is allowed."""
    covered = np.zeros((10, 10), np.float32)
    covered[:, :5] = 1
    masks = [np.zeros((10, 10), np.bool_) for _ in range(3)]
    masks[0][:, 2:6] = True  # a quarter outside
    masks[1][:, 4:8] = True  # three quarters

    assert left_over(masks, covered, 0.5) == 1
    assert left_over(masks, covered, 0.2) == 2
