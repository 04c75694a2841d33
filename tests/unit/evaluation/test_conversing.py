"""A user and a model talk about one person."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from penumbra.core.errors import InputError
from penumbra.core.hints import Box, Hints
from penumbra.data.users import ProtocolName, Target, first_round, rng_of
from penumbra.evaluation.conversing import Spoken, Subject, talked
from penumbra.evaluation.protocol import Talk
from penumbra.evaluation.robot import coarse_of
from tests.group_copies import alpha_of, mask_of
from tests.hint_painter import HintPainter

IMAGE = np.zeros((48, 64, 3), np.float32)
TARGET = Target(alpha_of("pair", 0), mask_of("pair", 1), ("the person on the left",))
WHO = Subject("pair", 0)


def rounds_of(
    talk: Talk,
    model: HintPainter | None = None,
    rounds: int = 5,
    **more: Any,  # noqa: ANN401
) -> list[Spoken]:
    """All rounds of a talk about the person."""
    model = model or HintPainter()
    return list(talked(model, model.encode(IMAGE), TARGET, talk, WHO, rounds, **more))


@pytest.mark.parametrize(
    ("protocol", "rounds"), [("click", 5), ("scribble", 5), ("box", 1), ("text", 1), ("mixed", 5)]
)
def test_a_user_speaks_as_often_as_the_protocol_has_it(protocol: ProtocolName, rounds: int) -> None:
    """Squares and strokes never fit this person; what is said adds up."""
    spoken = list(talked(HintPainter(), IMAGE, TARGET, Talk(protocol, protocol), WHO))

    assert len(spoken) == rounds
    counts = [len(each.hints.clicks) + len(each.hints.scribbles) for each in spoken]
    assert counts == sorted(set(counts))


def test_all_models_hear_the_same_at_first() -> None:
    """And it is what the seed of picture, person and protocol says."""
    clicks = Talk("clicks", "click")
    first, again = (next(talked(HintPainter(), IMAGE, TARGET, clicks, WHO)) for _ in range(2))
    other = next(talked(HintPainter(), IMAGE, TARGET, clicks, Subject("pair", 1)))

    assert first.hints.clicks == again.hints.clicks != other.hints.clicks
    expected = first_round(TARGET, "click", rng_of("pair", 0, "click", 1))
    assert first.hints.clicks == expected.clicks


def test_a_model_is_told_all_and_reminded_of_what_it_showed() -> None:
    """In the first round it showed nothing."""
    model = HintPainter()

    spoken = rounds_of(Talk("clicks", "click"), model)

    assert [hints for hints, _ in model.asked] == [each.hints for each in spoken]
    assert [shown for _, shown in model.asked] == [None, *(it.matte for it in spoken[:-1])]


def test_a_user_falls_silent_when_all_is_right() -> None:
    """The box is the person."""
    (only,) = rounds_of(Talk("box, then clicks", "box", "click"))

    assert_array_equal(only.matte.alpha, TARGET.alpha)


def test_single_inputs_come_one_a_round() -> None:
    """The first on the person, the next where most is wrong."""
    spoken = rounds_of(Talk("click", "click", is_single=True))
    drawn = rounds_of(Talk("scribble", "scribble", is_single=True))

    assert [len(each.hints.clicks) for each in spoken] == [1, 2, 3, 4, 5]
    assert spoken[0].hints.clicks[0].is_foreground
    assert TARGET.alpha[spoken[0].hints.clicks[0].pixel] == 1
    assert [len(each.hints.scribbles) for each in drawn] == [1, 2, 3, 4, 5]


def test_what_follows_the_first_round_may_be_of_another_kind() -> None:
    """A box around too much, as this model fills it, is cut by strokes."""
    model = HintPainter()
    target = Target(TARGET.alpha * (np.arange(64) != 13), sentences=TARGET.sentences)
    talk = Talk("box, then scribbles", "box", "scribble", is_single=True)

    spoken = list(talked(model, IMAGE, target, talk, WHO, 3))

    assert [(it.hints.box, len(it.hints.scribbles)) for it in spoken][:2] == [
        (Box(8, 7, 19, 40), 0),
        (Box(8, 7, 19, 40), 1),
    ]
    assert not spoken[1].hints.scribbles[0].is_foreground


def test_after_words_alone_nothing_follows() -> None:
    """Whatever came of them."""
    (only,) = rounds_of(Talk("text", "text"))

    assert only.hints.text == "the person on the left"
    assert only.hints.kinds == {"text"}


def test_words_are_needed_for_words() -> None:
    """Nobody makes one up."""
    nameless = Target(TARGET.alpha)

    with pytest.raises(InputError, match="sentences must hold one for the protocol text"):
        list(talked(HintPainter(), IMAGE, nameless, Talk("text", "text"), WHO))


def test_what_the_user_sees_can_be_the_mask() -> None:
    """Then the user corrects that: this model shows nothing else."""
    model = HintPainter(is_masked=True)
    talk = Talk("click", "click", is_single=True)

    by_mask = rounds_of(talk, model, 2, shows=coarse_of)
    by_alpha = rounds_of(talk, model, 2)

    covered = coarse_of(by_mask[0].matte)
    assert covered[by_mask[1].hints.clicks[1].pixel] == 0
    assert [len(each.hints.clicks) for each in by_alpha] == [1, 2]
    assert covered[by_alpha[1].hints.clicks[1].pixel] == 1


def test_a_talk_says_what_a_model_must_take() -> None:
    """Mixed is everything."""
    assert Talk("a", "click").kinds == {"click"}
    assert Talk("a", "box", "scribble").kinds == {"box", "scribble"}
    assert Talk("a", "mixed").kinds == {"click", "scribble", "box", "text"}
    assert Hints().kinds == set()
