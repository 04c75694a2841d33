"""Outlines and the areas they cover."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_allclose

from penumbra.data.procedural.shapes import (
    SHAPES,
    Outline,
    ellipse,
    fill,
    place,
    random_shape,
    rounded,
    stroke,
)

SQUARE: Outline = np.array([[2.0, 3.0], [6.0, 3.0], [6.0, 7.0], [2.0, 7.0]])


def test_whole_pixels_are_covered_exactly() -> None:
    """Points count from the corner of the picture: this square holds columns 2 to 5."""
    cover = fill([SQUARE], 10, 9)

    assert_allclose(cover[4:6, 3:5], 1)
    assert_allclose(cover[:2], 0)
    assert float(cover.sum()) == pytest.approx(16, rel=0.3)
    assert_allclose((cover * np.arange(9)).sum() / cover.sum(), 3.5, atol=0.15)


def test_half_covered_pixels_are_half_covered() -> None:
    """An edge through the middle of a pixel leaves about half of it."""
    cover = fill([SQUARE + np.array([0.5, 0.0])], 10, 9)

    assert 0.3 < cover[5, 2] < 0.8


@pytest.mark.parametrize("radius", [4.0, 11.5])
def test_a_disc_has_the_area_of_a_circle(radius: float) -> None:
    """The rim may take in up to a quarter of a pixel, as OpenCV draws it, and no more."""
    area = float(fill([ellipse((16, 16), (radius, radius), 200)], 32, 32).sum())

    assert math.pi * radius**2 <= area * 1.01
    assert area <= math.pi * (radius + 0.25) ** 2


def test_an_outline_within_another_is_a_hole() -> None:
    """Rings and the eyes of tools depend on it."""
    cover = fill([ellipse((16, 16), (12, 12)), ellipse((16, 16), (6, 6))], 32, 32)

    assert cover[16, 16] == 0
    assert cover[16, 7] == 1


def test_strokes_are_as_wide_as_asked() -> None:
    """The area of a line is its width times its length."""
    line = np.array([[0.0, 16.0], [64.0, 16.0]])
    for width in (1.0, 3.0, 6.5):
        cover = stroke([line], [width], 32, 64)

        assert float(cover[:, 8:56].sum() / 48) == pytest.approx(width, abs=0.2)


def test_place_turns_enlarges_and_moves() -> None:
    """The quarter turn takes right to down, as y points down."""
    placed = place([np.array([[1.0, 0.0]])], (10.0, 20.0), 5.0, math.pi / 2)

    assert_allclose(placed[0], [[10, 25]], atol=1e-9)


@pytest.mark.parametrize("shape", [*SHAPES, random_shape])
def test_shapes_are_about_as_large_as_one(
    shape: Callable[[np.random.Generator], list[Outline]],
) -> None:
    """Whoever places them relies on it."""
    for seed in range(10):
        points = np.concatenate(shape(np.random.default_rng(seed)))

        assert 0.6 < np.ptp(points, axis=0).max() < 1.4
        assert np.abs(points).max() < 0.85


def test_rounding_stays_within_the_polygon() -> None:
    """Corners are cut, never stretched."""
    soft = rounded(SQUARE, 0.2)

    assert_allclose(soft.min(axis=0), [2, 3], atol=1e-9)
    assert_allclose(soft.max(axis=0), [6, 7], atol=1e-9)
    assert len(soft) == 32
