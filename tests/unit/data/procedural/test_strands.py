"""Strands: how they grow, clump, curl and are drawn."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from penumbra.data.procedural.strands import (
    Floats,
    bend,
    clump,
    curl,
    draw_strands,
    floats,
    grow,
    sheen,
)


def straight(count: int, points: int = 9) -> Floats:
    """Level curves of length 40, one below the other."""
    x = np.linspace(20, 60, points)
    return floats([[(place, 10 * (row + 1)) for place in x] for row in range(count)])


def test_a_strand_keeps_its_length_however_it_bends() -> None:
    """Turning and falling change where hair goes, not how long it is."""
    one = np.ones(1, np.float32)

    paths = grow(floats([[5, 5]]), 0 * one, 30 * one, 2 * one, 3 * one, points=40)

    steps = np.linalg.norm(np.diff(paths[0], axis=0), axis=1)
    assert steps.sum() == pytest.approx(30, rel=1e-4)


def test_gravity_lets_strands_hang() -> None:
    """Down is where y grows."""
    one = np.ones(1, np.float32)

    paths = grow(floats([[0, 0]]), 0 * one, 30 * one, 0 * one, 8 * one, points=40)

    ahead = paths[0, -1] - paths[0, -2]
    assert ahead[1] > 5 * abs(ahead[0])


def test_a_bend_begins_and_ends_at_its_ends() -> None:
    """Bezier curves touch the outer two of their four points."""
    controls = floats([[[0, 0], [1, 5], [4, 5], [9, 1]]])

    assert_allclose(bend(controls, 7)[0, [0, -1]], controls[0, [0, 3]], atol=1e-5)


def test_clumping_gathers_tips_and_spares_roots() -> None:
    """A wet lock: the hairs keep their places on the skin."""
    paths = straight(5)

    clumped, nearest = clump(paths, np.array([2]), strength=1.0)

    assert nearest.tolist() == [0] * 5
    assert_allclose(clumped[:, 0], paths[:, 0])
    assert_allclose(clumped[:, -1], np.repeat(paths[2:3, -1], 5, axis=0), atol=1e-4)


def test_a_curl_stays_within_its_radius() -> None:
    """And begins at the root."""
    paths = straight(1, points=80)
    one = np.ones(1, np.float32)

    curled = curl(paths, 3 * one, 5 * one, 0 * one, depth=0.0)

    away = np.abs(curled[0, :, 1] - paths[0, :, 1])
    assert away[0] == 0
    assert 2.5 < away.max() <= 3 + 1e-4


def test_strands_shine_where_they_cross_the_light() -> None:
    """Kajiya and Kay: none along the light, all across it."""
    level = straight(1)

    assert_allclose(sheen(level, 2, (1, 0)), 0, atol=1e-6)
    assert_allclose(sheen(level, 2, (0, 1)), 1, atol=1e-6)


def test_a_drawn_strand_tapers_and_covers_its_area() -> None:
    """A cone of root width 6 and length 40 covers about 120 pixels, most near its root."""
    strokes = np.zeros((30, 80, 4), np.uint8)

    draw_strands(strokes, straight(1), floats([6]), np.ones((1, 1, 3), np.float32), taper=1.0)

    coverage = strokes[..., 3] / 255
    # Anti-aliased edges reach up to half a pixel further on both sides.
    assert 110 < coverage.sum() < 185
    assert coverage[:, 22].sum() > 3 * coverage[:, 56].sum()


def test_later_strands_hide_earlier_ones() -> None:
    """The order of the rows is the order of depth."""
    strokes = np.zeros((30, 80, 4), np.uint8)
    paths = np.concatenate([straight(1), straight(1)])
    colours = floats([[[1, 0, 0]], [[0, 0, 1]]])

    draw_strands(strokes, paths, floats([6, 6]), colours, taper=0)

    assert strokes[10, 40].tolist() == [0, 0, 255, 255]


def test_colour_changes_from_root_to_tip() -> None:
    """Bands are laid from the first point to the last."""
    strokes = np.zeros((30, 80, 4), np.uint8)

    draw_strands(strokes, straight(1), floats([6]), floats([[[1, 0, 0], [0, 1, 0]]]), taper=0)

    assert strokes[10, 25].tolist() == [255, 0, 0, 255]
    assert strokes[10, 55].tolist() == [0, 255, 0, 255]


def test_inputs_are_left_alone() -> None:
    """Strands are drawn more than once, for a highlight over a body."""
    paths = straight(4)
    kept = paths.copy()

    clump(paths, np.array([0]), 0.9)
    curl(paths, np.full(4, 2, np.float32), np.ones(4, np.float32), np.zeros(4, np.float32), 0.5)
    strokes = np.zeros((60, 80, 4), np.uint8)
    draw_strands(strokes, paths, np.ones(4, np.float32), np.ones((4, 2, 3), np.float32))

    assert_allclose(paths, kept)
