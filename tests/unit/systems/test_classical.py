"""The classical models: what their cards promise, and what hints do to a matte."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from penumbra.core.arrays import RGB, Alpha, Mask
from penumbra.core.errors import HintError, TrimapError
from penumbra.core.hints import Box, Click, HintKind, Hints, Scribble
from penumbra.core.matte import Matte
from penumbra.session.session import Session
from penumbra.systems import registry
from penumbra.systems.classical import card
from penumbra.systems.classical.predictor import ClassicalPredictor
from tests.scenes import object_mask, person_beside_another, photograph, soft_disk, two_people

SOLVERS = ("closed-form", "knn", "shared", "random-walk")
SIZE = 96
PREDICTOR = ClassicalPredictor(card.CLASSICAL)


def disk(x: float, y: float, radius: float) -> Alpha:
    rows, cols = np.mgrid[:SIZE, :SIZE] + 0.5
    return np.clip((radius - np.hypot(cols - x, rows - y)) / 2 + 0.5, 0, 1).astype(np.float32)


# Two objects of the same colours, far enough apart to tell what is near.
LARGE, SMALL = disk(26, 48, 16), disk(72, 48, 12)
BOTH = np.maximum(LARGE, SMALL)
IMAGE = photograph(BOTH).image
LARGE_BOX, SMALL_BOX, BOTH_BOX = Box(10, 32, 42, 64), Box(60, 36, 84, 60), Box(10, 32, 84, 64)
ON_SMALL, OFF_SMALL = Click(72, 48), Click(72, 48, is_foreground=False)
FAR = np.s_[:, :44]  # the half of the picture around the large disk


def cut(hints: Hints, previous: Matte | None = None, image: RGB = IMAGE) -> Matte:
    return PREDICTOR.decode(PREDICTOR.encode(image), hints, previous)


def error(matte: Matte, alpha_true: Alpha) -> float:
    """Mean absolute error."""
    return float(np.abs(matte.alpha - alpha_true).mean(dtype=np.float64))


def painted(alpha: Alpha) -> Mask:
    return alpha >= 0.5


@pytest.mark.parametrize("name", SOLVERS)
def test_the_solvers_take_a_trimap_and_nothing_else(name: str) -> None:
    model = registry.card(name)

    assert model.accepts == model.requires == {"trimap"}
    with pytest.raises(HintError, match=f"{name} needs a trimap"):
        model.check(Hints(clicks=(Click(1, 1),)))


@pytest.mark.parametrize("name", SOLVERS)
def test_every_solver_mattes_a_disk(name: str) -> None:
    scene = photograph(soft_disk(32))
    trimap = scene.trimap(1)
    model = registry.load_predictor(name)

    matte = model.decode(model.encode(scene.image), Hints(trimap=trimap))

    assert matte.trimap is not None
    assert_array_equal(matte.trimap, trimap)
    assert_array_equal(matte.alpha[trimap != 0.5], trimap[trimap != 0.5])
    assert error(matte, scene.alpha) < 0.05


def test_classical_takes_every_hint_but_text() -> None:
    """And at least one: it does not find objects by itself."""
    kinds: set[HintKind] = {"trimap", "mask", "box", "click", "scribble"}

    assert card.CLASSICAL.accepts == kinds
    with pytest.raises(HintError, match="classical needs a box or a click"):
        card.CLASSICAL.check(Hints())
    with pytest.raises(HintError, match="classical cannot use a text"):
        card.CLASSICAL.check(Hints(text="disk", box=LARGE_BOX))


@pytest.mark.parametrize(
    ("hints", "alpha_true"),
    [
        (Hints(box=LARGE_BOX), LARGE),
        (Hints(box=BOTH_BOX), BOTH),
        (Hints(clicks=(Click(26, 48),)), LARGE),
        (Hints(scribbles=(Scribble(((64, 48), (80, 48)), width=3),)), SMALL),
        (Hints(mask=painted(BOTH)), BOTH),
        (Hints(mask=painted(LARGE), clicks=(ON_SMALL,)), BOTH),
        (Hints(mask=painted(BOTH), clicks=(OFF_SMALL,)), LARGE),
        (Hints(box=BOTH_BOX, clicks=(OFF_SMALL,)), LARGE),
        (Hints(box=BOTH_BOX, scribbles=(Scribble(((72, 48),), 4, False),)), LARGE),
    ],
)
def test_hints_lead_to_the_matte_they_mean(hints: Hints, alpha_true: Alpha) -> None:
    """The soft edge too: an error of half the edge would show."""
    assert error(cut(hints), alpha_true) < 1e-3


@pytest.mark.parametrize("person", [0, 1])
def test_a_box_at_the_frame_finds_the_person_in_it(person: int) -> None:
    """Portraits run out of the picture at the bottom; another person stands beside them."""
    people = two_people(64)
    box = (Box(5, 10, 30, 64), Box(34, 10, 60, 64))[person]

    matte = cut(Hints(box=box), image=photograph(np.maximum(*people)).image)

    assert error(matte, people[person]) < 1e-3


def test_a_box_around_the_whole_picture_is_answered() -> None:
    """It says nothing, so what comes back is a guess; the middle belongs to it."""
    pillar = np.zeros((64, 64), np.float32)
    pillar[:, 12:52] = 1

    matte = cut(Hints(box=Box(0, 0, 64, 64)), image=photograph(pillar).image)

    assert (matte.alpha[:, 24:40] == 1).all()


def test_a_click_off_the_object_alone_is_obeyed() -> None:
    matte = cut(Hints(clicks=(Click(3.5, 3.5, is_foreground=False),)))

    assert matte.alpha[3, 3] == 0
    assert matte.alpha[48, 26] == 1


def test_alpha_is_settled_under_clicks_and_scribbles() -> None:
    """Even where they are wrong: the user is right."""
    scribble = Scribble(((5, 80), (40, 80)), 3, is_foreground=True)
    hints = Hints(
        clicks=(Click(60.5, 10.5), Click(26.5, 48.5, is_foreground=False)),
        scribbles=(scribble,),
        box=LARGE_BOX,
    )

    matte = cut(hints)

    assert matte.alpha[10, 60] == 1
    assert matte.alpha[48, 26] == 0
    assert (matte.alpha[scribble.mask(SIZE, SIZE)] == 1).all()


@pytest.mark.parametrize("is_foreground", [True, False])
def test_where_strokes_cross_the_later_one_counts(is_foreground: bool) -> None:
    across = Scribble(((50, 20), (90, 20)), 3, not is_foreground)
    down = Scribble(((70, 5), (70, 35)), 3, is_foreground)

    matte = cut(Hints(scribbles=(across, down), box=LARGE_BOX))

    under_down = down.mask(SIZE, SIZE)
    assert (matte.alpha[under_down] == is_foreground).all()
    only_across = across.mask(SIZE, SIZE) & ~under_down
    assert (matte.alpha[only_across] != is_foreground).all()


@pytest.mark.parametrize("is_foreground", [True, False])
def test_a_click_counts_over_a_scribble(is_foreground: bool) -> None:
    hints = Hints(
        clicks=(Click(70.5, 20.5, not is_foreground), Click(70.5, 20.5, is_foreground)),
        scribbles=(Scribble(((50, 20), (90, 20)), 3, not is_foreground),),
        box=LARGE_BOX,
    )

    assert cut(hints).alpha[20, 70] == is_foreground


def test_a_click_settles_what_a_trimap_leaves_unknown() -> None:
    trimap = photograph(LARGE).trimap(2)
    row, col = np.argwhere(trimap == 0.5)[0]
    hints = Hints(trimap=trimap, clicks=(Click(col + 0.5, row + 0.5),))

    matte = cut(hints, image=photograph(LARGE).image)

    assert matte.alpha[row, col] == 1
    is_known = trimap != 0.5
    assert_array_equal(matte.alpha[is_known], trimap[is_known])
    assert trimap[row, col] == 0.5  # the user's own array is left alone


def test_a_click_counts_over_a_known_pixel_of_a_trimap() -> None:
    trimap = photograph(LARGE).trimap(2)

    matte = cut(Hints(trimap=trimap, clicks=(Click(26.5, 48.5, is_foreground=False),)))

    assert matte.alpha[48, 26] == 0


def test_a_trimap_that_knows_nothing_is_refused() -> None:
    with pytest.raises(TrimapError, match="trimap must have at least one known pixel"):
        cut(Hints(trimap=np.full((SIZE, SIZE), 0.5, np.float32)))


def test_a_correction_changes_things_near_by_only() -> None:
    """Nobody corrects a sleeve to find the hair changed."""
    before = cut(Hints(box=BOTH_BOX))

    after = cut(Hints(box=BOTH_BOX, clicks=(OFF_SMALL,)), before)

    assert before.alpha[48, 72] == 1
    assert error(after, LARGE) < 1e-3
    assert_allclose(after.alpha[FAR], before.alpha[FAR], atol=1e-3)  # a quarter of 1/255


def test_box_and_click_at_once_are_as_good_as_one_after_the_other() -> None:
    """A script that replays a session must end where the session did."""
    hints = Hints(box=BOTH_BOX, clicks=(OFF_SMALL,))

    at_once, in_turn = cut(hints), cut(hints, cut(Hints(box=BOTH_BOX)))

    assert np.abs(at_once.alpha - in_turn.alpha).mean() < 1e-4


def test_a_click_corrects_the_matte_on_screen() -> None:
    """A mask that GrabCut would never find stays, but for the piece that was clicked."""
    odd = painted(BOTH)
    odd[5:20, 10:40] = True  # background, as far as colours can tell
    before = cut(Hints(mask=odd))

    after = cut(Hints(clicks=(OFF_SMALL,)), before)

    assert (before.alpha[8:17, 13:37] > 0.5).all()
    assert (after.alpha[8:17, 13:37] > 0.5).all()
    assert after.alpha[48, 26] == 1
    assert (after.alpha[40:56, 64:80] == 0).all()


def test_what_a_correction_does_not_reach_is_kept_to_the_bit() -> None:
    """Alpha must not shimmer elsewhere because an arm was added here."""
    before = cut(Hints(box=BOTH_BOX))

    after = cut(Hints(box=BOTH_BOX, clicks=(OFF_SMALL,)), before)

    assert before.trimap is not None
    assert after.trimap is not None
    assert (after.alpha[FAR] != 0).any()
    assert_array_equal(after.alpha[FAR], before.alpha[FAR])
    assert_array_equal(after.trimap[FAR], before.trimap[FAR])


def test_a_matte_of_another_model_can_be_corrected() -> None:
    """It need not have a trimap, and its soft parts are not ours to harden."""
    glass = (0.7 * BOTH).astype(np.float32)

    after = cut(Hints(clicks=(OFF_SMALL,)), Matte(glass))

    assert_array_equal(after.alpha[FAR], glass[FAR])
    assert after.trimap is not None
    assert (after.trimap[FAR][(glass[FAR] > 0)] == 0.5).all()
    assert after.alpha[48, 72] == 0


def test_clicks_that_agree_leave_the_matte_as_it_is() -> None:
    before = cut(Hints(box=LARGE_BOX))

    after = cut(Hints(box=LARGE_BOX, clicks=(Click(26, 48), OFF_SMALL)), before)

    assert_array_equal(after.alpha, before.alpha)


def test_a_box_on_another_object_starts_anew() -> None:
    """The matte on screen is not what the new box is about."""
    before = cut(Hints(box=LARGE_BOX))

    after = cut(Hints(box=SMALL_BOX), before)

    assert_array_equal(after.alpha, cut(Hints(box=SMALL_BOX)).alpha)
    assert error(after, SMALL) < 1e-3


def test_a_box_drawn_again_keeps_the_corrections() -> None:
    """Moving a side of the box by a pixel must not undo three clicks."""
    holed = LARGE.copy()
    holed[46:50, 24:28] = 0  # GrabCut's answer to the box has it filled
    image = photograph(holed).image
    box = Box(11, 31, 43, 65)
    before = cut(Hints(mask=painted(holed)), image=image)

    after = cut(Hints(box=box), before, image)

    assert (cut(Hints(box=box), image=image).alpha[47:49, 25:27] == 1).all()
    assert (after.alpha[47:49, 25:27] == 0).all()


def test_a_box_after_an_empty_matte_starts_anew() -> None:
    nothing = Matte(np.zeros((SIZE, SIZE), np.float32))

    assert_array_equal(cut(Hints(box=LARGE_BOX), nothing).alpha, cut(Hints(box=LARGE_BOX)).alpha)


def test_undo_brings_the_earlier_answer_back() -> None:
    """And the next round builds on it, as if the undone one had never been."""
    session = Session(PREDICTOR, IMAGE)
    first = session.apply(Hints(box=BOTH_BOX))
    second = session.apply(session.hints.add(OFF_SMALL))

    assert session.undo() is first
    again = session.apply(session.hints.add(OFF_SMALL))

    assert_array_equal(again.alpha, second.alpha)


@pytest.mark.parametrize(
    "hints",
    [
        Hints(box=BOTH_BOX, clicks=(OFF_SMALL,)),
        Hints(clicks=(Click(26, 48), Click(5, 5, is_foreground=False))),
        Hints(mask=painted(BOTH), clicks=(OFF_SMALL,)),
    ],
)
def test_the_same_question_has_the_same_answer(hints: Hints) -> None:
    """To the bit, whatever else drew random numbers in between."""
    noise = np.random.default_rng(0).random(IMAGE.shape).astype(np.float32)
    image = (0.8 * IMAGE + 0.2 * noise).astype(np.float32)
    answers = []
    for seed in (1, 2):
        cv2.setRNGSeed(seed)
        answers.append(cut(hints, image=image).alpha)

    assert_array_equal(answers[0], answers[1])


def test_inputs_are_left_as_they_were() -> None:
    image, mask = IMAGE.copy(), painted(BOTH)
    previous = cut(Hints(box=BOTH_BOX))
    assert previous.trimap is not None
    trimap = previous.trimap.copy()
    for array in (image, mask, previous.alpha, previous.trimap, trimap):
        array.setflags(write=False)
    hints = Hints(clicks=(OFF_SMALL,), scribbles=(Scribble(((5, 5), (9, 9))),))

    for more in ({}, {"mask": mask}, {"box": LARGE_BOX}, {"trimap": trimap}):
        cut(replace(hints, **more), previous, image)
        cut(replace(hints, **more), None, image)


def test_a_box_of_less_than_a_pixel_finds_the_pixel() -> None:
    """Not nothing: the user pointed at something."""
    matte = cut(Hints(box=Box(26.1, 48.1, 26.3, 48.3)))

    assert matte.alpha[48, 26] == 1
    assert matte.alpha.sum() < 20


@pytest.mark.parametrize("side", [1, 2, 3])
def test_nothing_of_a_thin_object_is_lost(side: int) -> None:
    """A mast of one pixel lies all in the band around its edge, but it was painted."""
    mast = np.zeros((32, 32), np.float32)
    mast[:, 15 : 15 + side] = 1

    matte = cut(Hints(mask=painted(mast)), image=photograph(mast).image)

    assert error(matte, mast) < 0.01


def test_a_mask_keeps_its_detail_away_from_a_correction() -> None:
    """GrabCut works on a shrunk picture; only what it changed is drawn from it."""
    tall = np.zeros((700, 24, 3), np.float32)
    mask = np.zeros((700, 24), np.bool_)
    mask[:300, 4:20] = True
    mask[10:290:9, 16:20] = False  # a comb whose gaps are lost at any smaller size
    mask[500:520, 4:20] = True

    before = cut(Hints(mask=mask), image=tall)
    after = cut(Hints(mask=mask, clicks=(Click(12, 510, False),)), image=tall)

    assert before.trimap is not None
    assert after.trimap is not None
    assert_array_equal(after.trimap[:400], before.trimap[:400])
    assert not ((before.trimap == 1) & ~mask).any()
    assert (before.alpha[510, 12], after.alpha[510, 12]) == (1, 0)


def test_the_neighbour_stays_out_of_the_matte() -> None:
    scene = person_beside_another(64)
    mask = object_mask(scene.alpha)

    assert error(cut(Hints(mask=mask), image=scene.image), scene.alpha) < 2e-3
