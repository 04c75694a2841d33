"""Rounds of hints on one image."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from penumbra.core.arrays import RGB
from penumbra.core.budget import Budget
from penumbra.core.errors import ConvergenceError, HintError, ImageError, InputError
from penumbra.core.hints import Box, Click, Hints, Scribble
from penumbra.session.session import Session
from tests.predictors import Answer, Echo, Encoding, Polisher, Spotter

IMAGE = np.full((4, 6, 3), 0.5, np.float32)
ONE = Hints(clicks=(Click(1, 1),))
TWO = ONE.add(Click(2, 2))


@pytest.fixture
def session() -> Session[Encoding]:
    return Session(Echo(), IMAGE)


def answer(session: Session[Encoding]) -> Answer:
    """The matte on screen, with the question that led to it."""
    assert isinstance(session.matte, Answer)
    return session.matte


def test_a_new_session_shows_nothing(session: Session[Encoding]) -> None:
    assert session.matte is None
    assert session.hints.kinds == frozenset()
    assert (session.height, session.width) == (4, 6)


def test_an_answer_is_shown_with_its_hints(session: Session[Encoding]) -> None:
    matte = session.apply(ONE)

    assert session.matte is matte
    assert session.hints is ONE
    assert_array_equal(matte.alpha, np.full((4, 6), 0.1, np.float32))


def test_the_image_is_encoded_once(session: Session[Encoding]) -> None:
    """Encoding is the slow half of a learned model; a click must cost only `decode`."""
    session.apply(ONE)
    first = answer(session).encoded
    session.apply(TWO)

    assert answer(session).encoded is first
    assert_array_equal(first.image, IMAGE)


def test_the_model_sees_the_matte_that_is_on_screen(session: Session[Encoding]) -> None:
    """Not the newest: after an undo the user corrects what they look at."""
    first = session.apply(ONE)
    assert answer(session).previous is None
    session.apply(TWO)
    assert answer(session).previous is first
    session.undo()

    session.apply(TWO)

    assert answer(session).previous is first


def test_undo_and_redo_step_through_the_rounds(session: Session[Encoding]) -> None:
    first, second = session.apply(ONE), session.apply(TWO)

    assert session.undo() is first
    assert session.hints is ONE
    assert session.redo() is second
    assert session.hints is TWO


def test_undo_stops_before_the_first_round(session: Session[Encoding]) -> None:
    """Pressing it once too often must not eat the next redo."""
    first = session.apply(ONE)

    assert session.undo() is None
    assert session.undo() is None
    assert session.hints.kinds == frozenset()
    assert session.redo() is first


def test_redo_stops_at_the_last_round(session: Session[Encoding]) -> None:
    first, second = session.apply(ONE), session.apply(TWO)

    assert session.redo() is second
    assert session.redo() is second
    assert session.undo() is first


def test_redo_before_any_round_shows_nothing(session: Session[Encoding]) -> None:
    assert session.redo() is None


def test_a_new_round_forgets_what_was_undone(session: Session[Encoding]) -> None:
    """The redone matte would belong to hints that no longer lead to it."""
    session.apply(ONE)
    session.apply(TWO)
    session.undo()
    other = ONE.add(Click(3, 3, is_foreground=False))

    third = session.apply(other)

    assert session.redo() is third
    assert session.hints is other
    session.undo()
    assert session.hints is ONE


@pytest.mark.parametrize(
    ("hints", "error", "message"),
    [
        (Hints(), HintError, "echo needs a box or a click or a text"),
        (Hints(scribbles=(Scribble(((1, 1),)),)), HintError, "echo cannot use a scribble"),
        (Hints(clicks=(Click(6, 1),)), HintError, "click must lie inside the 6x4 image"),
        (Hints(text="fail"), ConvergenceError, "told not to"),
    ],
)
def test_a_refused_round_leaves_the_session_as_it_was(
    session: Session[Encoding], hints: Hints, error: type[Exception], message: str
) -> None:
    """Neither the screen nor what can be redone may change because of a slip."""
    first, second = session.apply(ONE), session.apply(TWO)
    session.undo()

    with pytest.raises(error, match=message):
        session.apply(hints)

    assert session.matte is first
    assert session.hints is ONE
    assert session.redo() is second


def test_an_image_that_is_not_one_is_refused_before_any_work() -> None:
    with pytest.raises(ImageError, match="image must hold floats"):
        Session(Echo(), np.zeros((4, 6, 3), np.uint8))


def test_an_image_of_float64_is_welcome() -> None:
    """It is what `image / 255` gives."""
    session = Session(Echo(), IMAGE.astype(np.float64))
    session.apply(ONE)

    assert answer(session).encoded.image.dtype == np.float32


def test_a_refinement_is_a_round_of_its_own() -> None:
    """It can be undone and redone; the hints stay."""
    session = Session(Polisher(), IMAGE)
    answered = session.apply(ONE)

    refined = session.refine(Budget(4))

    assert_allclose(refined.alpha, 0.06, atol=1e-6)
    assert refined.refined == 4
    assert session.hints is ONE
    assert session.undo() is answered
    assert session.redo() is refined


def test_refining_again_begins_with_the_answer() -> None:
    """Not with what was refined; and a new click corrects the answer, which discards the polish."""
    session = Session(Polisher(), IMAGE)
    answered = session.apply(ONE)
    session.refine(Budget(4))
    again = session.refine(Budget(5))
    assert_allclose(again.alpha, 0.05, atol=1e-6)

    answer = session.apply(TWO)

    assert isinstance(answer, Answer)
    assert answer.previous is answered
    assert answer.refined == 0


def test_doubt_changes_nothing() -> None:
    """It is looked at, and is no round."""
    session = Session(Polisher(), IMAGE)
    assert session.doubt() is None
    matte = session.apply(ONE)

    doubted = session.doubt()

    assert doubted is not None
    assert doubted.expected_error == pytest.approx(0.2)
    assert session.matte is matte
    assert matte.expected_error is None


def test_what_cannot_refine_says_so(session: Session[Encoding]) -> None:
    """And nothing has been answered before the first round; nothing changes."""
    matte = session.apply(ONE)

    with pytest.raises(InputError, match="model must be one that can refine, got echo"):
        session.refine(Budget(4))
    with pytest.raises(InputError, match="session must have an answer to refine"):
        Session(Polisher(), IMAGE).refine(Budget(4))
    assert session.matte is matte
    assert session.doubt() is matte


def test_any_round_can_be_put_on_screen() -> None:
    """Nothing is lost by looking back; a number that is none changes nothing."""
    session = Session(Echo(), IMAGE)
    first, second = session.apply(ONE), session.apply(TWO)

    assert session.show(0) is None
    assert session.show(2) is second
    assert session.show(1) is first
    assert (session.shown, len(session.rounds)) == (1, 2)
    for wrong in (-1, 3):
        with pytest.raises(InputError, match="round must be from 0 to 2"):
            session.show(wrong)
    assert session.matte is first


def test_a_preview_is_an_answer_that_changes_nothing() -> None:
    """It starts from the matte on screen, as the round itself would."""
    session = Session(Echo(), IMAGE)
    assert isinstance(before := session.preview(ONE), Answer)
    first = session.apply(ONE)

    seen = session.preview(TWO)

    assert before.previous is None
    assert isinstance(seen, Answer)
    assert seen.previous is first
    assert session.matte is first
    assert len(session) == 1
    with pytest.raises(HintError, match="click must lie inside"):
        session.preview(Hints(clicks=(Click(99, 1),)))


def test_a_new_box_starts_another_model_anew() -> None:
    """What the first one saw outside is not wanted; the same model is told, and decides."""
    box = Hints(box=Box(0, 0, 3, 3))
    one, other = Echo(), Polisher()
    session = Session(one, IMAGE)
    first = session.apply(ONE)

    session.apply(box)
    assert answer(session).previous is first
    session.undo()
    boxed = session.apply(box, other)

    assert answer(session).previous is None
    session.apply(replace(box, clicks=ONE.clicks), one)
    assert answer(session).previous is boxed


def test_another_model_goes_on_from_the_matte_on_screen() -> None:
    """It looks at the image once, and stays until a round of another one is on screen."""
    one, other = Echo(), Polisher()
    session = Session(one, IMAGE)
    first = session.apply(ONE)

    session.apply(TWO, other)

    assert answer(session).previous is first
    assert session.predictor is other
    seen = answer(session).encoded
    session.apply(TWO.add(Click(3, 3)))
    assert answer(session).encoded is seen
    session.refine(Budget(2))
    session.show(1)
    assert session.predictor is one
    with pytest.raises(ConvergenceError):
        session.apply(Hints(text="fail"), other)
    assert session.predictor is one


def test_mattes_that_were_forgotten_are_made_again() -> None:
    """The same, in order, and each from the one before."""
    session = Session(Polisher(), IMAGE)
    first, second = session.apply(ONE), session.apply(TWO)
    polished = session.refine(Budget(3))
    third = session.apply(TWO.add(Click(3, 3)))

    session.thin(1)

    assert session.matte is third
    assert [each.matte is None for each in session.rounds] == [True, True, True, False]
    again = session.show(3)
    assert again is not None
    assert_array_equal(again.alpha, polished.alpha)
    assert again.refined == 3
    made = session.rounds[1].matte
    assert isinstance(made, Answer)
    assert made is not second
    assert made.previous is session.rounds[0].matte
    assert session.rounds[0].matte is not first
    assert session.matte is again


def test_rounds_of_an_earlier_session_are_recalled() -> None:
    """Nothing is answered until a round is shown; whatever stops that loses nothing."""
    one, other = Echo(), Polisher()
    session = Session(one, IMAGE)
    session.recall([(one, ONE), (other, TWO), (other, 2)])
    assert (len(session), session.shown, session.matte) == (3, 0, None)
    steps: list[int] = []

    def stop() -> None:
        steps.append(1)
        if len(steps) == 2:
            raise ConvergenceError("nobody waits")

    with pytest.raises(ConvergenceError):
        session.show(3, stop)
    assert session.shown == 0
    assert session.rounds[0].matte is not None
    shown = session.show(3)

    assert shown is not None
    assert_allclose(shown.alpha, 0.18, atol=1e-6)
    assert session.predictor is other
    assert session.record().rounds[2].what == 2


def test_people_are_found_without_a_word_and_without_a_round() -> None:
    """The model of the session has looked at the image already; another one looks once."""
    looked: list[str] = []

    class Looking(Spotter):
        def encode(self, image: RGB) -> Encoding:
            looked.append(self.card.name)
            return super().encode(image)

    session, other = Session(Looking(), IMAGE), Session(Echo(), IMAGE)
    finder = Looking()
    matte = other.apply(ONE)

    assert [it.score for it in session.people()] == [0.9, 0.8]
    assert looked == ["spotter"]
    assert [len(other.people(finder)) for _ in range(2)] == [2, 2]
    assert looked == ["spotter", "spotter"]
    assert (len(session), len(other), other.matte) == (0, 1, matte)
    assert other.predictor.card.name == "echo"
    with pytest.raises(InputError, match="one that finds each person, such as dfimat, got echo"):
        other.people()
