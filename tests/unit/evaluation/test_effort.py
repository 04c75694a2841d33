"""How many clicks until a person is found; by hand, with squares that fill the people."""

from dataclasses import replace
from pathlib import Path

import pytest

from penumbra.core.arrays import RGB
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.evaluation.effort import Effort, clicks_by_threes, clicks_one_by_one, effort_of
from penumbra.evaluation.persons import him2k_cases
from penumbra.evaluation.protocol import PersonCase
from tests.group_copies import by_name, write_him2k
from tests.hint_painter import CARD, HintPainter


@pytest.fixture
def people(tmp_path: Path) -> dict[str, PersonCase]:
    """Of three, two, one and one square."""
    return by_name(him2k_cases(write_him2k(tmp_path)))


def test_each_click_adds_a_square(people: dict[str, PersonCase]) -> None:
    """Until the person is there."""
    efforts = {name: effort_of(case, HintPainter()).one_by_one for name, case in people.items()}

    assert efforts["pair_00"] == pytest.approx((1 / 3, 2 / 3, 1))
    assert efforts["pair_01"] == pytest.approx((1 / 2, 1))
    assert efforts["stack_00"] == efforts["stack_01"] == (1,)


@pytest.mark.parametrize("is_hint_needed", [False, True])
def test_all_models_begin_with_a_click(is_hint_needed: bool, people: dict[str, PersonCase]) -> None:
    """Those that would answer without one, too; nothing has been shown then."""
    model = HintPainter(replace(CARD, is_hint_needed=is_hint_needed))

    effort_of(people["stack_00"], model)

    hints, before = model.asked[0]
    assert len(hints.clicks) == 1
    assert before is None


def test_the_mask_counts_where_there_is_one(people: dict[str, PersonCase]) -> None:
    """What it shows beside is of no matter: here nothing."""
    masked = effort_of(people["pair_00"], HintPainter(is_masked=True))

    assert masked == effort_of(people["pair_00"], HintPainter())


def test_by_threes_there_are_five_rounds_at_most(people: dict[str, PersonCase]) -> None:
    """The first clicks lie anywhere, so these squares spill, and never fit."""
    model = HintPainter()

    effort = effort_of(people["pair_00"], model)

    assert len(effort.by_threes) == 5
    assert max(effort.by_threes) < 0.9
    asked = [len(hints.clicks) for hints, _ in model.asked[len(effort.one_by_one) :]]
    assert asked[0] == 3
    assert asked == sorted(asked)


def test_by_threes_it_ends_when_the_person_is_found(people: dict[str, PersonCase]) -> None:
    """Whoever paints the truth is done after three clicks."""

    class Knower(HintPainter):
        def decode(self, encoded: RGB, hints: Hints, previous: Matte | None = None) -> Matte:
            answer = super().decode(encoded, hints, previous)
            return replace(answer, alpha=people["pair_00"].target().alpha)

    assert effort_of(people["pair_00"], Knower()) == Effort((1,), (1,))


def test_who_is_not_found_counts_as_many_as_there_could_be() -> None:
    """20 and 15; steps of three."""
    found = Effort((0.3, 0.92), (0.3, 0.91))
    lost = Effort((0.3, 0.4), (0.3,))

    assert (clicks_one_by_one([found, lost]).mean, clicks_by_threes([found, lost]).mean) == (
        (2 + 20) / 2,
        (6 + 15) / 2,
    )
    assert clicks_one_by_one([found, lost]).failures == 1
    assert clicks_by_threes([found, lost]).failures == 1
