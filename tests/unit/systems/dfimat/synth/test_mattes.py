"""From queries to mattes; the sheet `smpmat`, section 6."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from penumbra.core.errors import InputError
from penumbra.systems.dfimat.synth.mattes import MatteSettings, People, people_of
from penumbra.systems.dfimat.synth.reading import Answers, Refused
from tests.made_sets import squares

Floats = NDArray[np.float32]


def answers(alphas: Floats, *human: float) -> Answers:
    """Of as many queries, and one more that means nobody."""
    nobody = np.zeros((1, *alphas.shape[1:]), np.float32)
    return Answers(np.concatenate([alphas, nobody]), np.array([*human, 0.0], np.float32))


def found(alphas: Floats, *human: float, how: MatteSettings | None = None) -> People:
    """The people; there must be some."""
    people = people_of(answers(alphas, *human), how)
    assert isinstance(people, People)
    return people


def refused(it: Answers, asked: int | None = None) -> str:
    """Why there are none."""
    people = people_of(it, asked=asked)
    assert isinstance(people, Refused)
    return people.reason


def test_only_what_is_human_is_kept() -> None:
    """A half is enough."""
    people = found(squares((0, 0), (0, 20), (0, 40)), 0.5, 0.49, 0.9)

    assert people.numbers == (2, 0)
    assert people.human.tolist() == pytest.approx([0.9, 0.5])


def test_the_surest_come_first() -> None:
    """By the probability times how opaque they are where they are seen."""
    alphas = squares((0, 0), (0, 20), (0, 40))
    alphas[0] *= 0.6

    assert found(alphas, 0.99, 0.8, 0.9).numbers == (2, 1, 0)


def test_whoever_is_found_twice_is_kept_once() -> None:
    """The better answer stays; an overlap of less than 0.6 is two people."""
    alphas = squares((0, 0), (0, 1), (0, 20), (0, 26))

    people = found(alphas, 0.8, 0.9, 0.9, 0.8)

    assert people.numbers == (1, 2, 3)


def test_people_share_pixels_that_both_claim() -> None:
    """In proportion; where they add up to less, nothing changes."""
    alphas = squares((0, 0), (0, 8))
    people = found(alphas, 0.9, 0.8)

    both = people.levels[:, 10, 9]
    assert both.sum() <= 255
    assert both.tolist() == [127, 127]
    assert people.levels[0, 10, 3] == 255
    assert people.levels[0, 0, 3] == 128  # a half, rounded


def test_specks_are_removed() -> None:
    """Those of less than 64 pixels, and of less than a hundredth of the person."""
    alphas = squares((0, 0))
    alphas[0, 40:47, 40:49] = 1  # 63 pixels
    alphas[0, 55:63, 40:48] = 1  # 64 pixels

    levels = found(alphas, 0.9).levels[0]

    assert not levels[40:47, 40:49].any()
    assert (levels[55:63, 40:48] == 255).all()

    large = np.zeros((1, 200, 200), np.float32)
    large[0, :100] = 1
    large[0, 150:160, 150:160] = 1  # 100 pixels of 20,100
    assert not found(large, 0.9).levels[0, 150:160, 150:160].any()


def test_what_is_nearly_nothing_or_nearly_all_is_made_so() -> None:
    """Below 0.02 and above 0.98; the rest stays as it is."""
    alphas = squares((0, 0))
    alphas[0, 5, 5:7], alphas[0, 50, 50:52] = (0.981, 0.979), (0.019, 0.021)

    levels = found(alphas, 0.9).levels[0]

    assert levels[5, 5:7].tolist() == [255, 250]
    assert levels[50, 50:52].tolist() == [0, 5]


def test_whoever_is_hidden_by_others_is_left_out() -> None:
    """Of three who claim the same pixels in thirds nobody is seen."""
    alphas = np.zeros((3, 64, 64), np.float32)
    for k in range(3):
        alphas[k, 10:30, 10:30] = 1
        alphas[k, 30 + 8 * k : 38 + 8 * k, 10:30] = 0.51  # of their own, so that they differ
    alphas[2, 50:62, 20:60] = 1

    people = found(alphas, 0.9, 0.9, 0.9, how=MatteSettings(same=1.0))

    assert (people.levels > 127).any(axis=(1, 2)).all()


def test_odd_answers_are_refused_with_a_reason() -> None:
    """Nobody, nothing but specks, more people than queries, no queries left, no numbers."""
    two = squares((0, 0), (0, 30))

    assert refused(answers(two, 0.4, 0.4)) == "no_person"
    assert refused(answers(np.zeros((1, 64, 64), np.float32), 0.9)) == "no_person"
    specks = np.zeros((1, 64, 64), np.float32)
    specks[0, ::4, ::4] = 1
    assert refused(answers(specks, 0.9)) == "no_person"
    assert refused(answers(two, 0.9, 0.9), asked=4) == "too_few_queries"
    assert refused(Answers(two, np.array([0.9, 0.9], np.float32))) == "queries_used_up"
    two[0, 0, 0] = np.nan
    assert refused(answers(two, 0.9, 0.9)) == "not_finite"


def test_exact_answers_may_all_be_people() -> None:
    """Composites have no query to spare, and need none."""
    two = Answers(squares((0, 0), (0, 30)), np.ones(2, np.float32))

    assert isinstance(people_of(two, asked=2, is_exact=True), People)


@given(
    alphas=arrays(np.float32, (4, 9, 7), elements=st.floats(0, 1, width=32)),
    human=arrays(np.float32, 4, elements=st.floats(0, 1, width=32)),
    same=st.floats(0, 1),
)
def test_mattes_never_add_up_to_more_than_one(alphas: Floats, human: Floats, same: float) -> None:
    """Neither in bytes nor as numbers, whatever the queries say."""
    how = MatteSettings(same=same, specks=1)
    people = people_of(Answers(alphas, human), how, is_exact=True)

    if isinstance(people, People):
        assert people.levels.sum(axis=0).max() <= 255
        assert people.alphas.sum(axis=0, dtype=np.float64).max() <= 1 + 1e-6
        assert (people.levels > 127).any(axis=(1, 2)).all()
        assert not np.isin(people.levels, [1, 2, 3, 4, 251, 252, 253, 254]).any()


def test_settings_that_make_no_sense_are_refused() -> None:
    """Ends that would let alphas exceed 1 among them."""
    wrong: dict[str, Any]
    for wrong in ({"human": 2}, {"specks": -1}, {"clear": 0.01}, {"clear": 0.99, "solid": 0.9}):
        with pytest.raises(InputError, match=next(iter(wrong))):
            MatteSettings(**wrong)
