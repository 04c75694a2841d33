"""The guided filter against a literal reading of the paper."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from penumbra.core.arrays import Alpha
from penumbra.core.errors import ImageError
from penumbra.solvers.guided_filter import (
    GuidedFilter,
    guided_filter,
    guided_upsampling,
    planes_of,
)


def literal(guide: NDArray[np.float32], target: Alpha, radius: int, epsilon: float) -> Alpha:
    """Equations 4 to 8 of He et al. 2013: ridge regression in each window, then the mean."""
    height, width = target.shape
    colours = guide.reshape(height, width, -1).astype(np.float64)
    total, count = np.zeros((height, width)), np.zeros((height, width))
    for row in range(height):
        for col in range(width):
            window = (
                slice(max(row - radius, 0), row + radius + 1),
                slice(max(col - radius, 0), col + radius + 1),
            )
            inside = colours[window].reshape(-1, colours.shape[2])
            wanted = target[window].ravel().astype(np.float64)
            centred = inside - inside.mean(axis=0)
            matrix = centred.T @ centred / len(inside) + epsilon * np.eye(inside.shape[1])
            slope = np.linalg.solve(matrix, centred.T @ (wanted - wanted.mean()) / len(inside))
            total[window] += colours[window] @ slope + wanted.mean() - inside.mean(axis=0) @ slope
            count[window] += 1
    return (total / count).astype(np.float32)


@pytest.mark.parametrize("channels", [(), (1,), (2,), (3,)], ids=str)
@pytest.mark.parametrize("epsilon", [1e-6, 1e-2])
@pytest.mark.parametrize("radius", [1, 3, 20])
def test_agrees_with_the_literal_reading(
    channels: tuple[int, ...], epsilon: float, radius: int
) -> None:
    """Windows at the border and windows larger than the picture are part of it."""
    rng = np.random.default_rng(2)
    guide = rng.random((7, 10, *channels), np.float32)
    target = rng.random((7, 10), np.float32)

    filtered = guided_filter(guide, target, radius, epsilon)

    assert_allclose(filtered, literal(guide, target, radius, epsilon), rtol=0, atol=1e-6)


def test_a_target_that_is_affine_in_the_guide_comes_through() -> None:
    """What is already as asked for must not be blurred: the filter's reason to be."""
    guide = np.random.default_rng(3).random((9, 9, 3), np.float32)
    target = guide @ np.array([0.5, -0.2, 0.3], np.float32) + np.float32(0.25)

    assert_allclose(guided_filter(guide, target, 2, 1e-9), target, rtol=0, atol=1e-5)


def test_inputs_stay_as_they_were() -> None:
    """Elimination works in place, on copies."""
    guide = np.random.default_rng(5).random((6, 5, 3), np.float32)
    target = guide[:, :, 0].copy()
    before = guide.copy(), target.copy()

    guided_filter(guide, target, 2, 1e-3)

    assert_array_equal(guide, before[0])
    assert_array_equal(target, before[1])


@pytest.mark.parametrize(
    ("shape", "radius", "epsilon", "message"),
    [
        ((4, 6), 1, 1e-3, r"target must have shape \(4, 5\), got \(4, 6\)"),
        ((4, 5), 0, 1e-3, "radius must be at least 1, got 0"),
        ((4, 5), 1, 0.0, "epsilon must be above 0, got 0"),
        ((4, 5), 1, float("nan"), "epsilon must be above 0, got nan"),
    ],
)
def test_what_makes_no_sense_is_refused(
    shape: tuple[int, int], radius: int, epsilon: float, message: str
) -> None:
    """Without epsilon an even window has no answer; without a radius nothing is filtered."""
    guide = np.zeros((4, 5, 3), np.float32)

    with pytest.raises(ImageError, match=message):
        guided_filter(guide, np.zeros(shape, np.float32), radius, epsilon)


def test_a_guide_is_looked_at_once_for_all_targets() -> None:
    """No target leaves anything behind for the next."""
    rng = np.random.default_rng(7)
    guide, fine = rng.random((9, 12, 3), np.float32), rng.random((18, 24, 3), np.float32)
    looked = GuidedFilter.of(guide, 2, 1e-3)

    for target in rng.random((3, 9, 12), np.float32):
        assert_array_equal(looked.filtered(target), guided_filter(guide, target, 2, 1e-3))
        upsampled = looked.upsampled(target, planes_of(fine))
        assert_array_equal(upsampled, guided_upsampling(guide, target, fine, 2, 1e-3))


def test_upsampling_to_the_same_size_is_filtering() -> None:
    """The planes are read off where they were fitted."""
    rng = np.random.default_rng(6)
    guide, target = rng.random((9, 12, 3), np.float32), rng.random((9, 12), np.float32)

    upsampled = guided_upsampling(guide, target, guide, 2, 1e-3)

    assert_allclose(upsampled, guided_filter(guide, target, 2, 1e-3), rtol=0, atol=1e-6)


def test_upsampling_puts_edges_where_the_finer_guide_has_them() -> None:
    """A step between two coarse pixels: the coarse target is too wide by a half of one."""
    fine = np.repeat(np.arange(32)[None] >= 14, 32, axis=0).astype(np.float32)
    coarse = fine.reshape(8, 4, 8, 4).mean(axis=(1, 3))
    target = (coarse > 0.4).astype(np.float32)

    upsampled = guided_upsampling(coarse, target, fine, 2, 1e-4)

    assert upsampled[:, :14].max() < 0.5
    assert upsampled[:, 14:].min() > 0.5


def test_a_finer_guide_needs_the_same_channels() -> None:
    """Grey and colours do not share planes."""
    coarse = np.zeros((4, 4), np.float32)
    with pytest.raises(ImageError, match="fine must have channels"):
        guided_upsampling(coarse, coarse, np.zeros((8, 8, 3), np.float32), 1, 1e-3)
