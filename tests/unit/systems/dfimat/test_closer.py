"""A second look at the person alone."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from penumbra.core.frames import Crop
from penumbra.core.hints import Box, Click, Hints, Scribble
from penumbra.runtime.graph import Planes
from penumbra.systems.dfimat.closer import placed, said_within, window_of
from penumbra.systems.dfimat.iscn.points import PointKind
from penumbra.systems.dfimat.predictor import DfimatPredictor
from tests.unit.systems.dfimat.predictors import OPTIONS, Fake, Staged, made, photograph, square
from tests.unit.systems.dfimat.predictors import predictor as predictor_of

CLICKED = Hints((Click(105.5, 55.5),))
CLOSER = replace(OPTIONS, closer_share=0.7)


def person(height: int = 200, width: int = 300) -> NDArray[np.bool_]:
    mask = np.zeros((height, width), np.bool_)
    mask[40:80, 100:120] = True
    return mask


def test_a_window_holds_the_person_and_what_was_said_to_be_part_of_it() -> None:
    """And room around them; sides are multiples of 16 pixels where they do not end at a border."""
    far = Hints(
        (Click(105.5, 55.5), Click(10.5, 10.5, False)), (Scribble(((90, 50), (95, 99)), 5),)
    )

    assert window_of(person(), CLICKED, 0.0, 1.0) == Crop(200, 300, 32, 96, 80, 128)
    assert window_of(person(), CLICKED, 0.2, 1.0) == Crop(200, 300, 32, 80, 96, 128)
    assert window_of(person(), far, 0.0, 1.0) == Crop(200, 300, 32, 80, 112, 128)
    assert window_of(person(), CLICKED, 2.0, 1.0) == Crop(200, 300, 0, 16, 160, 208)


@pytest.mark.parametrize(
    ("mask", "said", "share"),
    [
        (person(), Hints(text="the person"), 1.0),  # nothing was marked
        (0 * person(), CLICKED, 1.0),  # nobody
        (person(), CLICKED, 0.2),  # as large as all of it
        (person(), CLICKED, 0.0),  # not wanted
    ],
)
def test_there_may_be_nothing_to_gain(mask: NDArray[np.bool_], said: Hints, share: float) -> None:
    """Then the first look's answer stays."""
    assert window_of(mask > 0, said, 0.2, share) is None


def test_hints_move_with_the_window() -> None:
    """What lies outside is left out."""
    crop = Crop(200, 300, 32, 80, 96, 128)
    said = Hints((Click(105.5, 55.5), Click(250, 50, False)), text="the one on the left")

    inside = said_within(crop, said, person())
    assert (inside.clicks, inside.box, inside.text) == ((Click(25.5, 23.5),), None, said.text)
    boxed = said_within(crop, replace(said, clicks=(), box=Box(60, 20, 125, 90)), person())
    assert (boxed.clicks, boxed.box) == ((), Box(0, 0, 45, 58))


def test_a_scribble_whose_brush_alone_reaches_in_says_nothing() -> None:
    """Its line is what is read."""
    crop = Crop(200, 300, 32, 80, 96, 128)
    beside = Scribble(((130, 40), (130, 60)), 20, is_foreground=False)
    through = Scribble(((130, 40), (110, 60)), 20)

    inside = said_within(crop, Hints((), (beside, through)), person())
    assert [it.is_foreground for it in inside.scribbles] == [True]


@pytest.mark.parametrize("clicks", [(), (Click(110.5, 85.5, False),)])
def test_the_mask_says_who_is_meant_where_no_mark_does(clicks: tuple[Click, ...]) -> None:
    """By the box around it."""
    crop = Crop(200, 300, 32, 80, 96, 128)

    assert said_within(crop, Hints(clicks), person()).box == Box(20, 8, 40, 48)


def test_logits_are_put_back() -> None:
    """With nobody around them."""
    whole = placed(Crop(6, 8, 2, 3, 4, 6), np.ones((2, 3), np.float32), -4)

    assert_array_equal(whole[2:4, 3:6], 1)
    assert (whole == -4).sum() == 48 - 6


def test_the_second_look_answers_the_same_marks_on_the_person_alone() -> None:
    """It remembers the first look's mask; what it says is what is shown, and remembered."""
    small = square(4, 8, 9, 12)  # cells; 20 x 16 pixels of 64 x 96
    staged = Staged([small], [0.9], small)
    model = staged.predictor(options=replace(CLOSER, closer_room=0.25))
    encoded = model.encode(photograph())
    matte = model.decode(encoded, Hints((Click(40.5, 24.5), Click(36.5, 20.5, False))))
    look, spoken = model.graphs["look"], model.graphs["round"]
    assert isinstance(look, Fake)
    assert isinstance(spoken, Fake)

    crop = Crop(64, 96, 0, 16, 48, 64)
    assert list(encoded.near) == [crop]
    first, second = spoken.given
    assert (first["is_remembered"].item(), second["is_remembered"].item()) == (0, 1)
    kinds = [PointKind.CLICK_ON, PointKind.CLICK_OFF]
    for given in spoken.given:
        assert given["kinds"][0, 0, 0, :2].tolist() == kinds
        assert not given["conflicts"].any()
    scale = 96 / 48
    assert second["points"][0, 0, 0, 0] == pytest.approx((40.5 - 16) * scale / 96, abs=0.01)
    # 48 x 48 pixels are seen as 96 x 96, of which the first look's mask covers these.
    remembered: Planes = second["previous"][0, 0] > 0
    assert remembered[9:17, 9:15].all()
    assert remembered.mean() == pytest.approx(20 * 16 / 48**2, rel=0.3)
    # The fake says the same cells of the window as of the photograph: half as large there.
    assert matte.mask[:, :16].sum() == matte.mask[48:].sum() == 0
    assert matte.logits.shape == (16, 24)
    assert (matte.logits[:, :4] == -4).all()


def test_a_window_is_looked_at_once() -> None:
    """As long as it stays; another one takes its place."""
    model = predictor_of(made(), replace(OPTIONS, closer_share=1.0))
    encoded = model.encode(photograph(100, 150))
    hints = Hints((Click(70.5, 50.5),))
    one = model.decode(encoded, hints)
    kept = list(encoded.near.values())
    again = model.decode(encoded, hints)

    assert len(kept) == 1
    assert encoded.near[next(iter(encoded.near))] is kept[0]
    assert_array_equal(one.alpha, again.alpha)


def test_a_replay_on_a_new_look_is_the_same() -> None:
    """Of three rounds; what is kept of a window changes nothing."""
    model = predictor_of(made(), replace(OPTIONS, closer_share=1.0))
    rounds = [Hints((Click(70.5, 50.5), Click(20.5, 20.5, False))[: n + 1]) for n in range(2)]

    assert_array_equal(_played(model, rounds), _played(model, rounds))


def _played(model: DfimatPredictor, rounds: list[Hints]) -> NDArray[np.float32]:
    encoded = model.encode(photograph(100, 150))
    matte = None
    for hints in rounds:
        matte = model.decode(encoded, hints, matte)
    assert matte is not None
    return matte.logits
