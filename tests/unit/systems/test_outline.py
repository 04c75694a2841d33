"""From boxes, clicks and scribbles to a binary mask."""

import cv2
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from penumbra.core.arrays import RGB, Mask
from penumbra.core.hints import Box
from penumbra.solvers.graph_cut import Picture
from penumbra.systems.classical.outline import (
    Stroke,
    correct,
    outline_around,
    outline_in_box,
)
from tests.scenes import object_mask, photograph, soft_disk, two_people

LEFT, RIGHT = (object_mask(alpha) for alpha in two_people(64))
DISK = object_mask(soft_disk(64, 20, 2))


def picture_of(image: RGB) -> Picture:
    return np.rint(image * 255).astype(np.uint8)


def painted(mask: Mask) -> Picture:
    """Warm where the mask is set, cold elsewhere, without mixed pixels."""
    return picture_of(photograph(mask.astype(np.float32)).image)


def square(size: int, top: int, left: int, side: int) -> Mask:
    mask = np.zeros((size, size), np.bool_)
    mask[top : top + side, left : left + side] = True
    return mask


NOBODY = np.zeros((64, 64), np.bool_)  # no other stroke says anything


def overlap(one: Mask, other: Mask) -> float:
    return float((one & other).sum() / (one | other).sum())


def test_a_box_finds_the_object_in_it() -> None:
    found = outline_in_box(painted(DISK), Box(11, 11, 53, 53))

    assert overlap(found, DISK) > 0.98


def test_of_two_people_the_one_in_the_box_is_found() -> None:
    """Both are of one colour, and both run out of the picture at the bottom."""
    picture = painted(LEFT | RIGHT)

    assert overlap(outline_in_box(picture, Box(5, 10, 30, 64)), LEFT) > 0.98
    assert overlap(outline_in_box(picture, Box(34, 10, 60, 64)), RIGHT) > 0.98


def test_what_the_frame_cuts_goes_on_behind_it() -> None:
    """An ellipse that ended at the frame would call the shoulders of a portrait background."""
    pillar = np.zeros((48, 48), np.bool_)
    pillar[12:, 14:34] = True
    noise = np.random.default_rng(0).integers(0, 256, (48, 48, 3)).astype(np.uint8)
    box = Box(14, 12, 34, 48)

    at_frame = outline_in_box(noise, box)
    padded = np.pad(noise, [(0, 12), (0, 0), (0, 0)], mode="reflect")
    inside = outline_in_box(padded, box)[:48]

    corners = pillar.copy()
    corners[:42, 17:31] = False
    corners[:36] = False  # the two lower corners of the box
    assert at_frame[corners].mean() > inside[corners].mean() + 0.2


def test_nothing_outside_the_box_is_found() -> None:
    box = Box(11, 11, 40.5, 53)

    found = outline_in_box(painted(DISK), box)

    assert not found[:, 41:].any()
    assert found[20:40, 40].all()  # a pixel that the box touches belongs to it


def test_an_object_is_never_a_speck_in_its_box() -> None:
    """Where everything has one colour GrabCut would answer "nothing": the middle is it."""
    flat = np.full((48, 48, 3), 128, np.uint8)

    found = outline_in_box(flat, Box(8, 8, 40, 40))

    assert found[20:28, 20:28].all()
    assert 0.15 < found.sum() / 32**2 < 0.3


def test_a_box_of_less_than_a_pixel_means_that_pixel() -> None:
    found = outline_in_box(painted(DISK), Box(32.1, 31.1, 32.3, 31.3))

    assert_array_equal(np.argwhere(found), [[31, 32]])


@pytest.mark.parametrize("corner", [0.0, 15.0])
def test_a_box_too_small_to_square_is_answered(corner: float) -> None:
    """Its area is zero in floating point."""
    tiny = 1e-200 if corner == 0 else 1e-14

    found = outline_in_box(painted(DISK), Box(corner, corner, corner + tiny, corner + tiny))

    assert found.sum() == 1


def test_a_box_around_all_of_a_flat_picture_is_all_object() -> None:
    """Nothing is said to be background, and nothing looks like it."""
    found = outline_in_box(np.zeros((3, 3, 3), np.uint8), Box(0, 0, 3, 3))

    assert found.all()


def test_specks_are_dropped_and_small_holes_filled() -> None:
    """A button is no hole in a shirt; a fleck of the same colour beside it is no shirt."""
    body = square(64, 16, 16, 32)
    picture = painted((body & ~square(64, 30, 30, 2)) | square(64, 12, 12, 2))

    found = outline_in_box(picture, Box(10, 10, 50, 50))

    assert_array_equal(found, body)


def test_a_stroke_on_the_object_finds_it() -> None:
    stroke = Stroke(square(64, 30, 30, 3), is_foreground=True)

    assert overlap(outline_around(painted(DISK), [stroke]), DISK) > 0.9


def test_what_no_stroke_lies_on_is_left_out() -> None:
    """A stroke names one of two people, though both look the same."""
    stroke = Stroke(square(64, 45, 14, 6), is_foreground=True)

    found = outline_around(painted(LEFT | RIGHT), [stroke])

    assert overlap(found, LEFT) > 0.7
    assert not found[RIGHT].any()


def test_a_stroke_off_the_object_keeps_the_outline_away() -> None:
    on = Stroke(square(64, 30, 30, 3), is_foreground=True)
    off = Stroke(square(64, 28, 42, 8), is_foreground=False)

    found = outline_around(painted(DISK), [on, off])

    assert not found[off.pixels].any()
    assert found[on.pixels].all()


def test_a_stroke_taken_back_leaves_nothing() -> None:
    """The same pixels said to be on the object, then off it: nobody asked for anything."""
    on = Stroke(square(64, 30, 30, 3), is_foreground=True)

    found = outline_around(painted(DISK), [on, on._replace(is_foreground=False)])

    assert not found.any()


def test_with_strokes_off_the_object_only_the_middle_is_shown() -> None:
    """Two strips at the sides are the wall; a pillar runs through the picture."""
    pillar = np.zeros((64, 64), np.bool_)
    pillar[:, 12:52] = True

    found = outline_around(painted(pillar), [Stroke(square(64, 2, 2, 3), is_foreground=False)])

    assert found[:, 24:40].all()


def test_a_correction_takes_an_object_away() -> None:
    """One touch on the second of two squares removes it whole, and nothing else."""
    one, other = square(64, 20, 6, 20), square(64, 24, 40, 14)
    stroke = Stroke(square(64, 30, 46, 3), is_foreground=False)

    corrected = correct(painted(one | other), one | other, stroke, None, 32.0, NOBODY)

    assert_array_equal(corrected, one)


def test_a_correction_leaves_like_things_beside_it_alone() -> None:
    """By their colour two leaves are as wrong as each other, but one of them was touched."""
    one, touched, beside = square(64, 20, 6, 20), square(64, 24, 40, 14), square(64, 40, 45, 4)
    mask = one | touched | beside
    picture = painted(mask)
    picture[touched | beside] = (20, 200, 40)
    stroke = Stroke(square(64, 30, 46, 3), is_foreground=False)

    assert_array_equal(correct(picture, mask, stroke, None, 32.0, NOBODY), one | beside)


def test_a_correction_adds_what_was_missed() -> None:
    one, other = square(64, 20, 6, 20), square(64, 24, 40, 14)
    stroke = Stroke(square(64, 30, 46, 3), is_foreground=True)

    corrected = correct(painted(one | other), one, stroke, None, 32.0, NOBODY)

    assert_array_equal(corrected & one, one)
    assert overlap(corrected, one | other) > 0.95


def test_a_correction_between_two_legs_leaves_the_legs() -> None:
    """The gap is as wide as the legs, so they lie within its reach; their colour is another."""
    mask = square(64, 8, 16, 32) | square(64, 32, 16, 32)
    gap = np.zeros((64, 64), np.bool_)
    gap[24:64, 28:36] = True
    mask[56:] = mask[55]
    stroke = Stroke(square(64, 44, 31, 2), is_foreground=False)

    corrected = correct(painted(mask & ~gap), mask, stroke, None, 40.0, NOBODY)

    assert overlap(corrected, mask & ~gap) > 0.98


def test_a_correction_leaves_no_rim_of_what_it_takes_away() -> None:
    """The pixels of an edge mix both colours; as slivers of the object they would stay."""
    one, other = square(64, 20, 4, 18), object_mask(soft_disk(64, 10, 3))
    alpha = np.maximum(one.astype(np.float32), soft_disk(64, 10, 3))
    picture = picture_of(photograph(alpha).image)
    stroke = Stroke(square(64, 31, 31, 2), is_foreground=False)

    assert_array_equal(correct(picture, one | other, stroke, None, 30.0, NOBODY), one)


@pytest.mark.parametrize("is_foreground", [True, False])
def test_a_correction_respects_other_strokes(is_foreground: bool) -> None:
    """Or the next click would take back what an earlier one said."""
    piece, said = square(64, 16, 16, 32), square(64, 38, 38, 4)
    mask = piece ^ is_foreground
    stroke = Stroke(square(64, 24, 24, 3), is_foreground)

    corrected = correct(painted(piece), mask, stroke, None, 60.0, said)

    assert (corrected[said] == mask[said]).all()
    assert (corrected[stroke.pixels] == is_foreground).all()
    assert (corrected[30:34, 30:34] == is_foreground).all()


def test_a_correction_at_the_frame_is_a_small_one() -> None:
    """Who means the whole floor clicks in its middle, not three pixels from the frame."""
    mask = np.zeros((64, 64), np.bool_)
    mask[10:] = True
    jacket = mask.copy()
    jacket[36:] = False
    stroke = Stroke(square(64, 60, 30, 2), is_foreground=False)

    corrected = correct(painted(jacket), mask, stroke, None, 64.0, NOBODY)

    changed = np.argwhere(corrected != mask)
    assert len(changed) > 4
    assert np.abs(changed - (61, 31)).max() <= 15


def test_a_correction_adds_nothing_outside_the_box() -> None:
    """What was touched itself is added wherever it lies: the user said so."""
    one, other = square(64, 20, 6, 20), square(64, 24, 40, 14)
    stroke = Stroke(square(64, 30, 44, 3), is_foreground=True)

    corrected = correct(painted(one | other), one, stroke, Box(4, 4, 46, 60), 32.0, NOBODY)

    assert_array_equal(corrected[:, 46:], stroke.pixels[:, 46:])
    assert corrected[26:36, 40:46].all()


def test_a_stroke_that_agrees_changes_nothing() -> None:
    stroke = Stroke(square(64, 30, 30, 3), is_foreground=True)

    assert_array_equal(correct(painted(DISK), DISK, stroke, None, 32.0, NOBODY), DISK)


@pytest.mark.parametrize("is_foreground", [True, False])
def test_a_correction_reaches_no_farther_than_half_the_object(is_foreground: bool) -> None:
    """Where colours tell nothing, a slip must not turn the whole picture over."""
    mask = np.full((64, 64), not is_foreground)
    stroke = Stroke(square(64, 30, 30, 3), is_foreground)

    corrected = correct(np.zeros((64, 64, 3), np.uint8), mask, stroke, None, 20.0, NOBODY)

    changed = np.argwhere(corrected != mask)
    assert (corrected == is_foreground)[stroke.pixels].all()
    assert np.abs(changed - 31).max() <= 1 + 10


@pytest.mark.parametrize("size", [(1, 1), (1, 3), (2, 2), (1, 9), (3, 3)])
@pytest.mark.parametrize("is_foreground", [True, False])
def test_too_few_pixels_for_a_colour_model_are_answered_with_the_stroke(
    size: tuple[int, int], is_foreground: bool
) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (*size, 3)).astype(np.uint8)
    mask = np.full(size, not is_foreground)
    pixels = np.zeros(size, np.bool_)
    pixels[0, 0] = True

    corrected = correct(picture, mask, Stroke(pixels, is_foreground), None, 3.0, ~mask & mask)

    assert corrected[0, 0] == is_foreground


def test_nothing_is_drawn_from_the_global_random_numbers() -> None:
    """GrabCut starts from random clusters; the same question must have one answer."""
    noise = np.random.default_rng(2).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    stroke = Stroke(square(40, 18, 18, 3), is_foreground=False)
    answers = []
    for seed in (1, 2):
        cv2.setRNGSeed(seed)
        found = outline_in_box(noise, Box(4, 4, 36, 36))
        cv2.setRNGSeed(seed)
        answers.append(
            (found, correct(noise, found | stroke.pixels, stroke, None, 20.0, NOBODY[:40, :40]))
        )

    assert_array_equal(answers[0][0], answers[1][0])
    assert_array_equal(answers[0][1], answers[1][1])


def test_inputs_are_left_as_they_were() -> None:
    picture, mask, pixels = painted(DISK), DISK.copy(), square(64, 30, 30, 3)
    for array in (picture, mask, pixels):
        array.setflags(write=False)
    stroke = Stroke(pixels, is_foreground=False)

    outline_in_box(picture, Box(4, 4, 60, 60))
    outline_around(picture, [stroke._replace(is_foreground=True)])
    correct(picture, mask, stroke, Box(4, 4, 60, 60), 40.0, NOBODY)

    assert_array_equal(mask, DISK)


def test_a_bust_keeps_its_middle_whatever_it_wears() -> None:
    """From the chest up: a shirt like the wall behind it still belongs to the person."""
    picture = np.full((60, 60, 3), 40, np.uint8)
    picture[10:30, 20:40] = (220, 180, 150)  # a face over a shirt of the wall's colour
    standing = Box(4, 8, 56, 60)

    assert outline_in_box(picture, standing)[58, 30]
    assert not outline_in_box(picture, Box(4, 8, 56, 59 * 0.98))[56, 30]
