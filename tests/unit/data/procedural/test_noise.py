"""Smooth random fields."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from penumbra.data.procedural.noise import (
    flow,
    fractal_noise,
    pixel_grid,
    smooth_noise,
    smoothstep,
    warp,
)


@pytest.mark.parametrize(("height", "width"), [(33, 65), (16, 16), (1, 40), (200, 9)])
@pytest.mark.parametrize("cell", [0.5, 3.7, 500.0])
def test_noise_fills_any_size_within_its_range(height: int, width: int, cell: float) -> None:
    """Cells smaller than a pixel and larger than the picture are as good as others."""
    for octaves in (1, 4):
        field = smooth_noise(np.random.default_rng(0), height, width, cell, octaves)

        assert field.shape == (height, width)
        assert field.dtype == np.float32
        assert np.abs(field).max() <= 1


def test_noise_is_smooth_at_the_scale_of_its_cells() -> None:
    """Neighbours differ by about a cell's share of the range, never by a jump."""
    field = smooth_noise(np.random.default_rng(1), 128, 128, 32)

    assert np.abs(np.diff(field, axis=0)).max() < 0.15
    assert field.std() > 0.15


def test_noise_has_no_terraces() -> None:
    """Places rounded to parts of a cell would show as steps: equal neighbours, then a jump."""
    field = smooth_noise(np.random.default_rng(1), 256, 256, 128)

    assert (np.diff(field, axis=1) == 0).mean() < 0.01


@pytest.mark.parametrize("is_ridged", [False, True])
def test_fractal_noise_is_standardised(is_ridged: bool) -> None:
    """Thresholds mean the same for every cell, gain and number of octaves."""
    field = fractal_noise(np.random.default_rng(2), 90, 120, 40, 6, is_ridged=is_ridged)

    assert float(field.mean()) == pytest.approx(0, abs=1e-3)
    assert float(field.std()) == pytest.approx(1, abs=1e-3)


def test_fractal_noise_of_one_pixel_is_zero() -> None:
    """There is no deviation to scale by, and no reason for a NaN."""
    assert_array_equal(fractal_noise(np.random.default_rng(0), 1, 1, 5), [[0]])


def test_stretched_noise_varies_slowly_along_its_streaks() -> None:
    """Wood and brushed metal depend on the direction."""
    field = fractal_noise(np.random.default_rng(3), 128, 128, 8, 1, stretch=(1.0, 8.0))

    across, along = np.abs(np.diff(field, axis=0)).mean(), np.abs(np.diff(field, axis=1)).mean()
    assert across > 3 * along


def test_flow_has_no_sources() -> None:
    """A displacement with divergence would thin smoke here and heap it up there."""
    dx, dy = flow(np.random.default_rng(4), 80, 90, 20)

    divergence = dx[1:-1, 2:] - dx[1:-1, :-2] + dy[2:, 1:-1] - dy[:-2, 1:-1]
    assert np.abs(divergence).max() < 1e-3
    assert float(np.mean(dx**2 + dy**2)) == pytest.approx(1, rel=0.2)


def test_warp_fetches_from_the_place_beside() -> None:
    """One column to the right, one row down; mirrored where that lies outside."""
    y, x = pixel_grid(5, 7)
    ones = np.ones((5, 7), np.float32)

    assert_allclose(warp(x, ones, 0 * ones)[:, :-1], x[:, :-1] + 1, atol=1e-4)
    assert_allclose(warp(y, 0 * ones, ones)[:-1], y[:-1] + 1, atol=1e-4)
    assert_allclose(warp(x, ones, 0 * ones)[:, -1], 5, atol=1e-4)


def test_smoothstep_rises_and_falls() -> None:
    """Given the ends in falling order, it falls."""
    field = np.array([[-1, 0, 0.5, 1, 2]])

    assert_allclose(smoothstep(0, 1, field), np.array([[0, 0, 0.5, 1, 1]]))
    assert_allclose(smoothstep(1, 0, field), np.array([[1, 1, 0.5, 0, 0]]))
