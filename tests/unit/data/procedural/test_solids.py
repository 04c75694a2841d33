"""Silhouettes, their roundness and their paint."""

import numpy as np
import pytest

from penumbra.data.procedural.solids import blob, ellipse, inflate, paint


def test_an_ellipse_covers_its_area() -> None:
    """Coverage sums to pi a b; OpenCV's soft edges may add half a pixel all around."""
    coverage = blob(80, 120, ellipse(60, 40, 40, 25, tilt=0.3))

    assert np.pi * 40 * 25 <= coverage.sum() < np.pi * 40.8 * 25.8


def test_a_ball_is_lit_from_the_side_of_the_light() -> None:
    """A flat disk would be lit evenly."""
    solid = inflate(blob(100, 100, ellipse(50, 50, 40, 40)))

    bright = solid.light((-1, 0, 0.5))

    assert bright[50, 25] > bright[50, 50] > bright[50, 75]
    assert bright.min() >= 0
    assert bright.max() <= 1


def test_a_silhouette_that_fills_the_canvas_is_flat() -> None:
    """No outline, no distance to it: still finite, and facing the viewer."""
    solid = inflate(np.ones((40, 50), np.float32))

    assert np.isfinite(solid.normals).all()
    assert solid.normals[20, 25, 2] == pytest.approx(1, abs=1e-3)


def test_paint_covers_by_its_coverage() -> None:
    """Half a coat of white over opaque black is grey and opaque; bare canvas gets half alpha."""
    strokes = np.zeros((4, 4, 4), np.uint8)
    strokes[:, :2, 3] = 255
    coverage = np.full((4, 4), 0.5, np.float32)

    paint(strokes, np.ones((4, 4, 3), np.float32), coverage)

    assert strokes[0, 0].tolist() == [128, 128, 128, 255]
    assert strokes[0, 3].tolist() == [128, 128, 128, 128]
