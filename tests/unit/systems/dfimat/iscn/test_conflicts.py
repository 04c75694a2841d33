"""Contrastive reasoning's raster: by hand, and the same in torch."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from penumbra.core.errors import InputError
from penumbra.core.hints import Box, Click, Scribble
from penumbra.systems.dfimat.iscn.conflicts import (
    MISSED,
    OK,
    SPILLED,
    consistency,
    find_conflicts,
    paint,
    previous_mask,
)
from penumbra.systems.dfimat.iscn.raster import (
    Strokes,
    agreement,
    click_strokes,
    conflicts_of,
    masks_before,
    paint_strokes,
)


def test_what_contradicts_is_missed_or_spilled() -> None:
    """The truth table of section 4.6: what is said against what the mask said."""
    said = np.array([[1, -1, 0], [1, -1, 0]], np.int8)
    previous = np.array([[False] * 3, [True] * 3])

    found = find_conflicts(said, previous)

    assert found.tolist() == [[MISSED, OK, OK], [OK, SPILLED, OK]]
    assert (OK, MISSED, SPILLED) == (0, 1, 2)
    assert found.dtype == np.uint8


def test_the_first_round_contradicts_nothing() -> None:
    """There is no mask to be wrong."""
    said = paint([Click(8, 8), Click(20, 8, False)], 16, 32)

    assert said.any()
    assert not find_conflicts(said, None).any()


def test_a_mask_of_another_size_is_refused() -> None:
    """It is another image's."""
    with pytest.raises(InputError, match="previous"):
        find_conflicts(np.zeros((4, 4), np.int8), np.zeros((4, 8), np.bool_))


def test_consistency_is_the_share_that_agreed() -> None:
    """Of 8 painted pixels, 2 contradict; with nothing painted everything agrees."""
    said = np.zeros((2, 8), np.int8)
    said[0] = 1
    previous = np.ones((2, 8), np.bool_)
    previous[0, :2] = False

    assert consistency(said, find_conflicts(said, previous)) == 0.75
    assert consistency(np.zeros_like(said), find_conflicts(said * 0, previous)) == 1


def test_a_click_is_a_disc_of_radius_5_around_its_pixel() -> None:
    """81 pixels, whether its middle or its corner was hit."""
    for x, y in ((20.5, 20.5), (20.0, 20.9)):
        said = paint([Click(x, y, False)], 40, 50)
        rows, cols = np.nonzero(said)
        assert (said == -1).sum() == len(rows) == 81
        assert ((rows - 20) ** 2 + (cols - 20) ** 2 <= 25).all()


def test_later_marks_cover_earlier_ones() -> None:
    """And both cover what a box says of its outside."""
    clicks = [Click(10, 10), Click(13, 10, False)]
    said = paint(clicks, 20, 20)
    turned = paint(clicks[::-1], 20, 20)

    assert said[10, 11] == -1
    assert turned[10, 11] == 1
    boxed = paint(clicks, 20, 20, Box(8, 8, 12, 12))
    assert boxed[0, 0] == -1
    assert boxed[10, 6] == 1
    assert boxed[11, 19] == -1


def test_a_box_says_nothing_of_its_inside() -> None:
    """Half-open, by centres of pixels."""
    said = paint([], 6, 8, Box(2, 1, 5, 4.5))

    expected = np.full((6, 8), -1)
    expected[1:4, 2:5] = 0
    assert_array_equal(said, expected)


def test_the_previous_mask_is_seen_at_full_size() -> None:
    """Logits are interpolated before they are cut at 0, in torch as well."""
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(12, 16)).astype(np.float32)

    ours = previous_mask(logits, 48, 64)

    theirs = masks_before(torch.from_numpy(logits)[None, None], 48, 64)
    assert_array_equal(ours, theirs[0, 0].numpy())
    step = previous_mask(np.array([[-1, 3]], np.float32), 4, 8)
    # Centres of the eight columns: -1 rises to 3 from 2 to 6, and is 0 at 3.
    assert_array_equal(step, np.tile(np.arange(8) >= 3, (4, 1)))


@pytest.mark.parametrize("seed", range(6))
def test_torch_paints_and_contradicts_the_same(seed: int) -> None:
    """Strokes of any width, also thin ones and such that leave the image, in any order."""
    rng = np.random.default_rng(seed)
    height, width = 40, 56
    batch, strokes, points = 3, 4, 5
    places = rng.uniform(-8, 64, (batch, strokes, points, 2))
    widths = rng.uniform(0.2, 9, (batch, strokes))
    signs = rng.integers(-1, 2, (batch, strokes))
    lengths = rng.integers(1, points + 1, (batch, strokes))
    boxes = np.array([[0, 0, 56, 40], [5.5, 3, 40.2, 30], [20, 10, 21, 12]])
    for image in range(batch):
        for stroke in range(strokes):
            last = lengths[image, stroke] - 1
            places[image, stroke, last:] = places[image, stroke, last]
    previous = rng.random((batch, 1, height, width)) > 0.5

    given = Strokes(*(torch.from_numpy(it) for it in (places, widths, signs)))
    said = paint_strokes(given, height, width, torch.from_numpy(boxes))
    conflicts = conflicts_of(said, torch.from_numpy(previous))
    shares = agreement(said, conflicts)

    assert said.dtype == torch.int8
    for image in range(batch):
        marks = []
        for stroke in range(strokes):
            line = places[image, stroke, : lengths[image, stroke]]
            if signs[image, stroke]:
                vertices = tuple((float(x), float(y)) for x, y in line)
                brush = float(widths[image, stroke])
                marks.append(Scribble(vertices, brush, bool(signs[image, stroke] > 0)))
        ours = paint(marks, height, width, Box(*boxes[image].tolist()))
        assert_array_equal(said[image, 0].numpy(), ours)
        theirs = find_conflicts(ours, previous[image, 0])
        assert_array_equal(conflicts[image, 0].numpy(), theirs)
        assert shares[image].item() == pytest.approx(consistency(ours, theirs))


def test_torch_paints_the_same_discs() -> None:
    """Clicks anywhere, also at the border; a sign of 0 is no click."""
    rng = np.random.default_rng(4)
    clicks = np.concatenate([rng.uniform(0, 40, (2, 7, 2)), rng.integers(-1, 2, (2, 7, 1))], axis=2)

    said = paint_strokes(click_strokes(torch.from_numpy(clicks).float()), 40, 40)

    for image in range(2):
        marks = [Click(x, y, sign > 0) for x, y, sign in clicks[image].tolist() if sign]
        assert_array_equal(said[image, 0].numpy(), paint(marks, 40, 40))


def test_a_thin_stroke_paints_the_pixels_under_its_points() -> None:
    """Even where no centre is near enough, and nothing where a point lies outside."""
    line = ((3.02, 5.98), (3.02, 5.98))
    points = torch.tensor([[line, ((-0.02, 4.02), (8.01, 4.02))]], dtype=torch.float64)
    for stroke, found in zip(points[0], ([[5, 3]], []), strict=True):
        given = Strokes(stroke[None, None, :1], torch.ones(1, 1), torch.ones(1, 1).long())
        assert paint_strokes(given, 8, 8)[0, 0].nonzero().tolist() == found
    widths, signs = torch.full((1, 2), 0.5), torch.tensor([[1, -1]])

    said = paint_strokes(Strokes(points, widths, signs), 8, 8)

    marks = [Scribble(line, 0.5), Scribble(((-0.02, 4.02), (8.01, 4.02)), 0.5, False)]
    assert_array_equal(said[0, 0].numpy(), paint(marks, 8, 8))


def test_nothing_painted_agrees_in_torch_as_well() -> None:
    """No division by nothing."""
    said = torch.zeros(2, 1, 4, 4, dtype=torch.int8)

    assert agreement(said, conflicts_of(said, said == 0)).tolist() == [1, 1]
