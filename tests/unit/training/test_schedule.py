"""Learning rates by hand, and plans that fit their budget."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from accelerate import Accelerator

from penumbra.training import schedule
from penumbra.training.recipe import Schedule
from penumbra.training.schedule import StepTimer, factor, planned
from tests.tiny_run import recipe


def test_a_constant_rate_stays_after_its_warmup() -> None:
    """The first step has a rate, too."""
    rates = [factor(Schedule("constant", warmup=4), step, 100) for step in (0, 1, 3, 4, 99)]

    assert rates == [0.25, 0.5, 1.0, 1.0, 1.0]


def test_a_cosine_passes_its_middle_and_ends_at_its_floor() -> None:
    """Half-way between the end of the warm-up and the end of the stage lies half-way down."""
    cosine = Schedule("cosine", warmup=20, floor=0.2)

    assert factor(cosine, 20, 100) == 1.0
    assert factor(cosine, 60, 100) == pytest.approx(0.6)
    assert factor(cosine, 40, 100) == pytest.approx(0.2 + 0.8 * (0.5 + 0.5 * 0.5**0.5))
    assert factor(cosine, 100, 100) == pytest.approx(0.2)
    assert factor(cosine, 140, 100) == pytest.approx(0.2)


def test_a_warmup_takes_at_most_half_of_a_stage() -> None:
    """A budget of time may make a stage shorter than the warm-up of its recipe."""
    rates = [factor(Schedule("cosine", warmup=1000), step, 4) for step in range(4)]

    assert rates == pytest.approx([0.5, 1.0, 1.0, 0.5])
    assert factor(Schedule("cosine", warmup=1000), 0, 1) == 1.0


def test_a_plan_spends_what_is_left_in_the_recipe_s_proportions() -> None:
    """The second stage's steps have four times the pixels, so they take four times as long."""
    stages = recipe(steps=100).stages

    plan = planned(stages, 0, done=20, seconds_each=0.5, seconds_left=240)

    assert plan == [100, 100]
    assert (plan[0] - 20) * 0.5 + plan[1] * 2.0 == 240


def test_a_plan_within_a_later_stage_leaves_the_earlier_ones_alone() -> None:
    """They are over."""
    stages = recipe(steps=100).stages

    assert planned(stages, 1, done=10, seconds_each=2, seconds_left=60) == [100, 40]


@pytest.mark.parametrize("left", [0, -1000])
def test_a_budget_that_is_spent_ends_the_stage_and_keeps_one_step_of_the_others(
    left: float,
) -> None:
    """A stage without steps could not be trained at all, nor resumed."""
    stages = recipe(steps=100).stages

    assert planned(stages, 0, done=15, seconds_each=0.01, seconds_left=left)[0] == 15
    assert planned(stages, 0, done=15, seconds_each=0.01, seconds_left=left)[1] >= 1


def test_batches_count_as_pixels_do() -> None:
    """Twice the batch, twice the time."""
    first, second = recipe(steps=100).stages
    stages = (first, replace(second, size=first.size, batch_size=2 * first.batch_size))

    assert planned(stages, 0, done=0, seconds_each=1, seconds_left=300) == [100, 100]


def test_the_timer_leaves_the_first_steps_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """They take far longer: here a second each, against a tenth."""
    now = [0.0]
    monkeypatch.setattr(schedule, "time", SimpleNamespace(monotonic=lambda: now[0]))
    timer, accelerator = StepTimer(budget=10.0), Accelerator(cpu=True)

    answers = []
    for step in range(20):
        now[0] += 1.0 if step < schedule.UNTIMED else 0.1
        answers.append(timer.tick(accelerator))

    known = [answer for answer in answers if answer is not None]
    assert answers.index(known[0]) == schedule.UNTIMED + schedule.TIMED - 1
    assert known[0] == pytest.approx(0.1)
