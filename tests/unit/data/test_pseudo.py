"""From binary masks to soft mattes, and the gate that judges them."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from penumbra.core.arrays import Alpha, Mask
from penumbra.core.errors import ImageError
from penumbra.data.pseudo import SETTINGS, Agreement, PseudoMatte, objection, soften_mask
from tests.scenes import Scene, object_mask, photograph, soft_disk, strands

FINE, COARSE = SETTINGS["fine"], SETTINGS["coarse"]

GOOD = Agreement(
    area=0.3, overlap=0.98, rim=0.01, place=0.05, undecided=0.3, hole=0.2, softness=0.3
)


@pytest.fixture
def scene() -> Scene:
    """A disk in the middle of the picture that fades over four pixels."""
    return photograph(soft_disk(96, 28, 4))


def soften(alpha: Alpha, mask: Mask, edge: str = "fine") -> PseudoMatte:
    return soften_mask(photograph(alpha).image, mask, COARSE if edge == "coarse" else FINE)


def test_the_edge_becomes_as_soft_as_it_is(scene: Scene) -> None:
    """What the whole command is for: the mask misses what the matte finds."""
    mask = object_mask(scene.alpha)

    made = soften_mask(scene.image, mask, FINE)

    missed = np.abs(mask - scene.alpha).sum()
    assert np.abs(made.alpha - scene.alpha).sum() < 0.4 * missed
    assert objection(made.agreement, FINE) is None


def test_the_colours_are_the_object_s_own(scene: Scene) -> None:
    """A mixed pixel's colour would draw a fringe over every new background."""
    made = soften_mask(scene.image, object_mask(scene.alpha), FINE)

    mixed = (scene.alpha > 0.3) & (scene.alpha < 0.9)
    error = np.abs(made.foreground - scene.foreground)[mixed].mean()
    assert error < 0.3 * np.abs(scene.image - scene.foreground)[mixed].mean()


def test_far_from_the_edge_the_mask_has_the_last_word(scene: Scene) -> None:
    """The solver may only answer what it was asked."""
    mask = object_mask(scene.alpha)

    made = soften_mask(scene.image, mask, FINE)

    known = made.trimap != 0.5
    assert known.mean() > 0.8
    assert_array_equal(made.alpha[known], mask[known].astype(np.float32))


def test_nothing_that_was_handed_in_is_changed(scene: Scene) -> None:
    image, mask = scene.image.copy(), object_mask(scene.alpha)
    before = mask.copy()

    soften_mask(image, mask, COARSE)

    assert_array_equal(image, scene.image)
    assert_array_equal(mask, before)


def test_hair_counts_as_soft() -> None:
    """The number by which reports tell a head of hair from a box."""
    foot = np.zeros((240, 240), np.bool_)
    foot[160:] = True

    hairy, hard = soften(strands(240, 40), foot), soften(foot.astype(np.float32), foot)

    assert hairy.agreement.softness > 0.2
    assert hard.agreement.softness < 0.05


def test_a_mask_that_missed_the_object_is_rejected(scene: Scene) -> None:
    """Its band does not hold the true edge, so the answer runs into the rim."""
    aside = np.roll(object_mask(scene.alpha), 9, axis=1)

    made = soften_mask(scene.image, aside, FINE)

    assert made.agreement.rim > FINE.most_rim
    assert objection(made.agreement, FINE) in ("rim", "overlap")


def test_a_hole_where_there_is_none_is_rejected(scene: Scene) -> None:
    """Small beside the whole rim, so only the look at places finds it."""
    mask = object_mask(scene.alpha)
    mask[42:52, 42:52] = False

    made = soften_mask(scene.image, mask, FINE)

    assert made.agreement.overlap > FINE.least_overlap
    assert objection(made.agreement, FINE) in ("rim", "place")
    assert made.agreement.place > 2 * made.agreement.rim


def test_slips_of_one_pixel_are_the_solver_s_to_judge(scene: Scene) -> None:
    """Annotators leave them, inside and outside, and they mean nothing."""
    mask = object_mask(scene.alpha)
    mask[48, 48], mask[10, 10] = False, True

    made = soften_mask(scene.image, mask, FINE)

    assert made.alpha[48, 48] > 0.99
    assert made.alpha[10, 10] < 0.01


@pytest.mark.parametrize(("edge", "is_filled"), [("fine", False), ("coarse", True)])
def test_seams_between_coarse_pieces_are_the_solver_s_to_judge(edge: str, is_filled: bool) -> None:
    """Polygons of neighbours leave strips that no fine mask would have without a reason."""
    alpha = np.zeros((128, 128), np.float32)
    alpha[24:104, 24:104] = 1
    mask = alpha > 0
    mask[:, 63:66] = False

    made = soften(alpha, mask, edge)

    assert bool(made.alpha[64, 64] > 0.99) is is_filled


def test_a_real_gap_stays_one_between_coarse_pieces() -> None:
    """What the solver is asked it may also answer with no."""
    alpha = np.zeros((128, 128), np.float32)
    alpha[24:104, 24:104] = 1
    alpha[:, 63:66] = 0

    made = soften(alpha, alpha > 0, "coarse")

    assert made.alpha[64, 64] < 0.05


def test_a_small_object_has_no_thinner_band() -> None:
    """Masks are drawn in pixels of the picture, whatever the size of what is in it."""
    alpha = soft_disk(400, 40, 1)

    made = soften(alpha, object_mask(alpha))

    band = np.flatnonzero(made.trimap[200, :200] == 0.5)
    assert len(band) >= 4


def test_a_large_hole_that_shows_the_object_is_rejected() -> None:
    """Its edge is as sharp as a mask can be, so nothing but its colours gives it away."""
    alpha = soft_disk(128, 50, 4)
    mask = object_mask(alpha)
    mask[54:76, 54:76] = False
    scene = photograph(alpha)

    assert soften_mask(scene.image, mask, FINE).agreement.hole > FINE.most_hole


def test_a_coarse_band_is_wider() -> None:
    """Even along a hard edge, which a rough mask may well miss."""
    alpha = soft_disk(200, 60, 1)

    fine, coarse = (soften(alpha, object_mask(alpha), edge) for edge in ("fine", "coarse"))

    assert (coarse.trimap == 0.5).sum() > 1.5 * (fine.trimap == 0.5).sum()


@pytest.mark.parametrize("is_object", [True, False])
def test_a_mask_of_one_kind_has_the_wrong_area(is_object: bool) -> None:
    """An empty mask is no object, and a full one no cut-out; neither may stop the solver."""
    made = soften(np.ones((20, 30), np.float32), np.full((20, 30), is_object))

    assert_array_equal(made.alpha, np.full((20, 30), is_object, np.float32))
    assert made.agreement.rim == made.agreement.place == made.agreement.undecided == 0
    assert objection(made.agreement, FINE) == "area"


@pytest.mark.parametrize(
    ("number", "value", "reason"),
    [
        ("area", 0.01, "area"),
        ("area", 0.96, "area"),
        ("overlap", 0.5, "overlap"),
        ("rim", 0.2, "rim"),
        ("place", 0.9, "place"),
        ("undecided", 0.6, "undecided"),
        ("hole", 0.7, "hole"),
    ],
)
def test_the_gate_says_which_rule_was_broken(number: str, value: float, reason: str) -> None:
    """So that a report can be counted by reasons."""
    assert objection(GOOD, FINE) is None
    assert objection(replace(GOOD, **{number: value}), FINE) == reason


def test_sizes_must_be_the_same() -> None:
    with pytest.raises(ImageError, match="image's size 30x20, got 20x20"):
        soften_mask(np.zeros((20, 30, 3), np.float32), np.zeros((20, 20), np.bool_), FINE)
