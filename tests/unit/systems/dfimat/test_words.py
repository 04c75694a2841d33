"""Words alone: whom they mean, where that person is, and that they may mean nobody."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from penumbra.core.hints import Click, Hints
from penumbra.systems.dfimat.flags import SENTENCES
from penumbra.systems.dfimat.people import nearest
from penumbra.systems.dfimat.rounds import DfimatMatte
from tests.unit.systems.dfimat.predictors import OPTIONS, Staged, photograph, square

LEFT, RIGHT = square(4, 2, 14, 9), square(3, 14, 15, 22)
PART, TORN = square(4, 2, 10, 9), square(4, 2, 5, 4)
SCENE = Staged([LEFT, RIGHT, square(0, 0, 2, 2)], [0.8, 0.95, 0.1], PART)
WORDS = Hints(text="the person on the left")


def answer(hints: Hints, scene: Staged = SCENE, **options: float) -> DfimatMatte:
    """What the fake networks make of hints on noise."""
    model = scene.predictor(options=replace(OPTIONS, **options))  # type: ignore[arg-type]
    return model.decode(model.encode(photograph()), hints)


def shown(matte: DfimatMatte) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """The mask of an answer, (16, 24)."""
    return matte.mask[2::4, 2::4]


def test_words_say_whom_and_people_say_where() -> None:
    """Where the mask of the words is part of somebody, all of that person is meant."""
    assert_array_equal(shown(answer(WORDS)), LEFT)
    assert answer(WORDS).confidence == pytest.approx(0.9)


def test_a_mask_that_is_nearly_nobody_stays() -> None:
    """And so does one where nobody is surely a person, and where that is switched off."""
    for matte in (
        answer(WORDS, replace(SCENE, mask=TORN)),
        answer(WORDS, replace(SCENE, mask=TORN, human=[0.1, 0.1, 0.1])),
    ):
        assert_array_equal(shown(matte), TORN)
    assert_array_equal(shown(answer(WORDS, words_iou=1.0)), PART)


def test_marks_are_answered_as_they_are() -> None:
    """With and without words."""
    for text in (None, WORDS.text):
        assert_array_equal(shown(answer(Hints((Click(20, 30),), text=text))), PART)


def test_words_that_mean_nobody_are_flagged() -> None:
    """Where the network is less sure of a person than it is where words mean one."""
    unsure = answer(WORDS, replace(SCENE, score=0.6))

    assert unsure.flags == ("nobody_meant",)
    assert unsure.notes == (SENTENCES["nobody_meant"],)
    assert answer(WORDS, replace(SCENE, score=0.6), words_threshold=0.5).flags == ()
    assert answer(WORDS).flags == ()
    assert answer(Hints((Click(20, 30),)), replace(SCENE, score=0.6)).flags == ()


def test_the_nearest_mask_is_found() -> None:
    """By soft overlap; of nothing there is none."""
    masks = np.stack([LEFT, RIGHT]).astype(np.float32)

    best, overlap = nearest(masks, PART.astype(np.float32))

    assert best == 0
    assert overlap == pytest.approx(0.6)
    assert nearest(0 * masks, 0 * masks[0])[1] == 0
