"""Clicks, strokes and boxes to the ensemble: two squares before a plain wall."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.budget import Budget
from penumbra.core.card import ModelCard
from penumbra.core.hints import Box, Click, Hints, Scribble
from penumbra.core.matte import Matte, is_empty
from penumbra.core.predictor import Refiner
from penumbra.systems.classical.card import CLASSICAL
from penumbra.systems.classical.predictor import ClassicalPredictor
from penumbra.systems.clicks.card import CLICKS
from penumbra.systems.clicks.predictor import ClickedMatte
from penumbra.systems.dfimat.card import DFIMAT
from penumbra.systems.ensemble.card import ENSEMBLE
from penumbra.systems.ensemble.predictor import EnsemblePredictor, _wide
from penumbra.systems.ensemble.votes import crumbs
from tests.unit.systems.ensemble.test_predictor import Told

HEIGHT, WIDTH = 60, 100
LEFT, RIGHT = (slice(15, 45), slice(10, 40)), (slice(15, 45), slice(60, 90))
ON_LEFT, ON_RIGHT, ON_WALL = Click(25, 30), Click(75, 30), Click(50, 5, False)


@dataclass(frozen=True, eq=False)
class Polisher(Told):
    """Whose refinement is a matte of halves, and who answers something else going on from one.

    Attributes:
        continued: What it answers where something was shown before; `answer` if omitted.
    """

    continued: Matte | None = None

    def decode(self, encoded: Matte, hints: Hints, previous: Matte | None = None) -> Matte:
        """Return the answer."""
        return encoded if previous is None or self.continued is None else self.continued

    def doubt(self, encoded: Matte, matte: Matte) -> Matte:
        """Return the matte."""
        return matte

    def refine(self, encoded: Matte, matte: Matte, budget: Budget) -> Matte:
        """Return halves."""
        return Matte(np.full_like(matte.alpha, 0.5), refined=int(budget.amount))


def picture() -> RGB:
    """A red square at the left, a blue one at the right, before grey."""
    image = np.full((HEIGHT, WIDTH, 3), 0.5, np.float32)
    image[LEFT], image[RIGHT] = (0.9, 0.1, 0.1), (0.1, 0.1, 0.9)
    grain = np.random.default_rng(1).normal(0, 0.01, image.shape)
    return np.clip(image + grain, 0, 1).astype(np.float32)


def squares(*places: tuple[slice, slice]) -> Alpha:
    """Return a matte of squares."""
    alpha = np.zeros((HEIGHT, WIDTH), np.float32)
    for place in places:
        alpha[place] = 1
    return alpha


def ensemble(
    salient: Alpha, told: Alpha, seen: Alpha, continued: Alpha | None = None
) -> EnsemblePredictor:
    """Return one whose networks answer what is given.

    Args:
        salient: Where nothing is said.
        told: Of `clicks`.
        seen: Of `dfimat`.
        continued: Of `clicks` where something was shown before; the same if omitted.
    """

    def saying(alpha: Alpha, card: ModelCard) -> Told:
        return Told(Matte(alpha), card)

    return EnsemblePredictor(
        ENSEMBLE,
        {name: saying(salient, ENSEMBLE) for name in ("aim", "safe", "segment")}
        | {
            "classical": ClassicalPredictor(CLASSICAL),
            "clicks": Polisher(
                Matte(told), CLICKS, Matte(told if continued is None else continued)
            ),
            "dfimat": saying(seen, DFIMAT),
        },
    )


def shown(model: EnsemblePredictor, *said: Hints) -> Matte:
    """Return the matte after some rounds."""
    encoded, matte = model.encode(picture()), None
    for hints in said:
        matte = model.decode(encoded, hints, matte)
    assert matte is not None
    return matte


def test_where_a_mark_says_nothing_new_the_answer_stays() -> None:
    """Bit for bit, with its doubt."""
    model = ensemble(squares(LEFT), squares(LEFT), squares(LEFT))

    before, after = shown(model, Hints()), shown(model, Hints(), Hints(clicks=(ON_LEFT, ON_WALL)))

    assert_array_equal(after.alpha, before.alpha)
    assert before.uncertainty is not None
    assert after.uncertainty is not None
    assert_array_equal(after.uncertainty, before.uncertainty)


def test_what_another_model_knows_of_its_matte_is_not_kept() -> None:
    """`clicks` would take it for an answer of its own, and polish where that was doubtful."""
    model = ensemble(squares(LEFT), squares(LEFT), squares(LEFT))
    theirs = ClickedMatte(squares(LEFT), own=squares(RIGHT))

    after = model.decode(model.encode(picture()), Hints(clicks=(ON_LEFT,)), theirs)

    assert_array_equal(after.alpha, squares(LEFT))
    assert type(after) is Matte
    assert after.uncertainty is not None


def test_what_both_networks_miss_is_added_where_it_is_clicked() -> None:
    """The square, and nothing of what they see besides."""
    model = ensemble(squares(LEFT), squares(RIGHT), squares(RIGHT), squares(LEFT, RIGHT))

    matte = shown(model, Hints(), Hints(clicks=(ON_RIGHT,)))

    assert matte.alpha[RIGHT].mean() > 0.95
    assert matte.alpha[LEFT].mean() > 0.95
    assert matte.alpha[:, 44:56].max() < 0.05
    assert matte.uncertainty is not None


def test_a_first_click_off_one_of_two_takes_it_away() -> None:
    """Where both networks do, and see the other one; the fourth click does so no more."""
    both = squares(LEFT, RIGHT)
    off = Click(75, 30, False)
    model = ensemble(both, squares(LEFT), squares(LEFT))

    first = shown(model, Hints(), Hints(clicks=(off,)))
    fourth = shown(model, Hints(), Hints(clicks=(ON_LEFT, ON_WALL, Click(50, 55, False), off)))

    assert first.alpha[LEFT].mean() > 0.95
    assert first.alpha[RIGHT].mean() < 0.05
    assert fourth.alpha[30, 75] == 0
    # By then only what is like it near by goes, which here is the same square.
    assert fourth.alpha[LEFT].mean() > 0.95


def test_networks_that_see_nothing_any_more_take_nothing_away() -> None:
    """A click at the edge of the only object leaves most of it."""
    model = ensemble(squares(LEFT), squares(), squares())

    matte = shown(model, Hints(), Hints(clicks=(Click(11, 16, False),)))

    assert matte.alpha[30, 25] == 1
    assert matte.alpha[16, 11] == 0


def test_an_object_that_nobody_saw_comes_with_the_first_click() -> None:
    model = ensemble(squares(), squares(RIGHT), squares(RIGHT))

    assert is_empty(shown(model, Hints()).alpha)
    assert shown(model, Hints(clicks=(ON_RIGHT,))).alpha[RIGHT].mean() > 0.95


def test_clicks_off_nothing_leave_nothing() -> None:
    model = ensemble(squares(), squares(), squares())

    assert is_empty(shown(model, Hints(clicks=(ON_WALL,))).alpha)


def test_later_clicks_turn_over_what_the_network_sees_and_colours_confirm() -> None:
    """A third click on one square: the network has gone on to the other, blue or red as well."""
    both = squares(LEFT, RIGHT)
    model = ensemble(squares(LEFT), both, squares(LEFT), both)
    faint = squares(LEFT)
    faint[18:22, 28:32] = 0.9  # so that the third click says something new
    red = picture()
    red[RIGHT] = red[LEFT]

    for image, is_there in ((picture(), False), (red, True)):
        encoded = model.encode(image)
        hints = Hints(clicks=(ON_LEFT, ON_WALL, Click(30, 20)))
        matte = model.decode(encoded, hints, Matte(faint))
        assert (matte.alpha[RIGHT].mean() > 0.95) == is_there
        assert matte.alpha[LEFT].mean() > 0.95


def test_a_first_click_is_answered_everywhere_with_the_network_that_goes_on() -> None:
    """Colours take the blue square back that the salient answer had beside the red one."""
    half = 0.9 * squares(LEFT) + 0.6 * squares(RIGHT)
    model = ensemble(half, squares(), squares(), squares(LEFT))

    matte = shown(model, Hints(), Hints(clicks=(ON_LEFT,)))

    assert matte.alpha[RIGHT].mean() < 0.3
    assert matte.alpha[LEFT].mean() > 0.95


def test_who_was_clicked_off_does_not_come_back() -> None:
    """Both networks that know the click alone see one; the one that goes on still sees both."""
    both = squares(LEFT, RIGHT)
    model = ensemble(both, squares(LEFT), squares(LEFT), both)

    matte = shown(model, Hints(), Hints(clicks=(Click(75, 30, False),)))

    assert matte.alpha[RIGHT].mean() < 0.05
    assert matte.alpha[LEFT].mean() > 0.95


def test_a_network_that_lost_everything_is_not_heard() -> None:
    """What was shown is corrected near the click alone."""
    model = ensemble(squares(LEFT), squares(RIGHT), squares(LEFT), squares())

    matte = shown(model, Hints(), Hints(clicks=(Click(11, 16, False),)))

    assert matte.alpha[30, 25] == 1


def test_strokes_correct_without_the_network_that_takes_none() -> None:
    model = ensemble(squares(LEFT), squares(), squares())
    stroke = Scribble(((65, 30), (85, 30)), 4)

    matte = shown(model, Hints(), Hints(scribbles=(stroke,)))

    assert matte.alpha[RIGHT].mean() > 0.8
    assert matte.alpha[LEFT].mean() > 0.95


def test_of_a_box_the_answers_count_that_fill_it() -> None:
    """What stands out is elsewhere and one network sees nothing: GrabCut alone fills it."""
    model = ensemble(squares(LEFT), squares(), squares())

    matte = shown(model, Hints(box=Box(58, 13, 92, 47)))

    assert matte.alpha[RIGHT].mean() > 0.95
    assert matte.alpha[LEFT].max() == 0


def test_what_stands_out_in_a_box_ends_at_it() -> None:
    """The median of three that fill it, one of which reaches out of it."""
    model = ensemble(squares(LEFT), squares(), squares(LEFT))
    left = Box(10, 15, 40, 45)

    matte = shown(model, Hints(box=left))

    assert_allclose(matte.alpha, squares(LEFT), atol=0.05)
    assert matte.alpha[30, 40:].max() == 0


def test_what_stands_out_is_no_match_for_the_one_that_was_told_of_the_box() -> None:
    """A hollow square beside GrabCut's whole one."""
    hollow = squares(LEFT)
    hollow[20:40, 15:35] = 0
    model = ensemble(hollow, squares(), squares())

    matte = shown(model, Hints(box=Box(8, 13, 42, 47)))

    assert matte.alpha[30, 25] == 1


def test_where_those_that_were_told_differ_what_stands_out_decides() -> None:
    """GrabCut has all of the square, a network the upper part; what stands out need not fill it."""
    upper, half = (slice(15, 33), slice(10, 40)), (slice(15, 30), slice(10, 40))
    box = Hints(box=Box(10, 15, 40, 45))

    matte = shown(ensemble(squares(half), squares(), squares(upper)), box)
    both = shown(ensemble(squares(), squares(), squares(upper)), box)

    assert_allclose(matte.alpha, squares(upper), atol=0.05)
    assert_allclose(both.alpha, squares(upper), atol=0.05)


def test_marks_go_on_from_what_is_shown_unless_the_box_means_something_else() -> None:
    model = ensemble(squares(LEFT), squares(), squares())
    left, right = Box(8, 13, 42, 47), Box(58, 13, 92, 47)
    first = Hints(box=left)

    same = shown(model, first, Hints(box=left, clicks=(ON_LEFT,)))
    other = shown(model, first, Hints(box=right, clicks=(ON_RIGHT,)))

    assert_array_equal(same.alpha, shown(model, first).alpha)
    assert other.alpha[RIGHT].mean() > 0.95
    assert other.alpha[LEFT].max() == 0


def test_polish_is_that_of_clicks() -> None:
    """Of any of its mattes."""
    model = ensemble(squares(LEFT), squares(), squares())
    assert isinstance(model, Refiner)
    encoded = model.encode(picture())
    matte = model.decode(encoded, Hints())

    polished = model.refine(encoded, model.doubt(encoded, matte), Budget(3))

    assert polished.refined == 3
    assert (polished.alpha == 0.5).all()


@pytest.mark.parametrize("hints", [Hints(clicks=(ON_LEFT,)), Hints(box=Box(8, 13, 42, 47))])
def test_rounds_do_not_depend_on_what_was_asked_before(hints: Hints) -> None:
    """What is remembered of a picture is the picture alone."""
    model = ensemble(squares(LEFT), squares(RIGHT), squares(RIGHT))
    encoded = model.encode(picture())
    start = model.decode(encoded, Hints())

    once = model.decode(encoded, hints, start)
    model.decode(encoded, Hints(clicks=(ON_RIGHT,)), start)

    assert_array_equal(model.decode(encoded, hints, start).alpha, once.alpha)


def test_what_a_click_off_tears_off_goes_too() -> None:
    """Crumbs of the piece; not its large rest, nor a crumb with a click on it, nor other pieces."""
    before = squares((slice(10, 50), slice(10, 70)), (slice(2, 5), slice(80, 83)))
    after = before.copy()
    after[10:50, 35:70] = 0
    after[20:23, 50:53], after[40:43, 60:63], after[30:33, 40:43] = 0.3, 1, 1
    hints = Hints(clicks=(Click(45, 12, False), Click(61, 41)))

    nobody = np.zeros(before.shape, np.bool_)

    gone = crumbs(before, after, hints, nobody)

    expected = np.zeros_like(gone)
    expected[20:23, 50:53] = expected[30:33, 40:43] = True
    assert_array_equal(gone, expected)
    assert not crumbs(before, after, Hints(clicks=(Click(61, 41),)), nobody).any()
    assert not crumbs(before, before, hints, nobody).any()


def test_crumbs_that_others_see_or_that_are_all_there_is_stay() -> None:
    """A cup on a table that goes; and what hangs on a part that came with the same marks."""
    table = squares((slice(20, 50), slice(10, 90)))
    table[10:20, 40:46] = 1
    cup = squares((slice(10, 20), slice(40, 46)))
    off, nobody = Hints(clicks=(Click(70, 40, False),)), np.zeros(table.shape, np.bool_)
    with_person = cup + squares((slice(5, 45), slice(0, 8)))
    with_person[:, 9] = 0

    assert not crumbs(table, cup, off, nobody).any()
    assert crumbs(table, with_person, off, nobody).sum() == cup.sum()
    assert not crumbs(table, with_person, off, cup > 0).any()
    grown = with_person.copy()
    grown[0:12, 30:60] = 1
    assert not crumbs(table, grown, off, nobody).any()


def test_crumbs_are_swept_from_the_answer() -> None:
    """Of a blot on the wall and a faint thread that hangs from it a click leaves neither."""
    blot = squares(LEFT, (slice(1, 13), slice(40, 60)))
    blot[6, 60:80] = 0.3
    model = ensemble(blot, squares(LEFT), squares(LEFT))

    matte = shown(model, Hints(), Hints(clicks=(ON_WALL,)))

    assert is_empty(matte.alpha[:13, 40:])
    assert matte.alpha[LEFT].mean() > 0.95


def test_what_is_turned_over_leaves_no_slit() -> None:
    """A wide part keeps its corners and its own edge; a thread and a dot are not turned over."""
    mask = np.zeros((100, 200), np.bool_)
    mask[20:60, 20:80] = True
    mask[80, 20:180], mask[10:12, 100:102] = True, True

    wide = _wide(mask)

    assert_array_equal(wide[15:65], mask[15:65])
    assert not wide[70:].any()
    assert not wide[:, 90:].any()
