"""Learning rates over a stage, and how many steps fit into a budget of time."""

import math
import time
from collections.abc import Sequence

from accelerate import Accelerator

from penumbra.training.devices import mean_of_all
from penumbra.training.recipe import Schedule, Stage

UNTIMED = 5  # steps before the clock starts: memory is found, libraries are loaded
TIMED = 10  # least number of steps that say how long a step takes
TIMED_SECONDS = 10.0  # and for how long they are watched, unless the budget is short
POWER = 0.9  # of what is left of a stage, by which its rate falls under "poly"


def factor(schedule: Schedule, step: int, steps: int) -> float:
    """Return what the learning rate is multiplied with.

    Args:
        schedule: How it moves.
        step: Steps of the stage that are done.
        steps: Of the whole stage; after them a rate that falls would be at its floor.

    Example:
        >>> cosine = Schedule("cosine", warmup=2, floor=0.1)
        >>> [round(factor(cosine, step, 10), 3) for step in (0, 1, 2, 6, 10)]
        [0.5, 1.0, 1.0, 0.55, 0.1]
    """
    warmup = min(schedule.warmup, steps // 2)
    if step < warmup:
        return (step + 1) / warmup
    if schedule.kind == "constant":
        return 1.0
    share = min((step - warmup) / (steps - warmup), 1.0)
    if schedule.kind == "poly":
        left = (1 - share) ** POWER
    else:
        left = 0.5 * (1 + math.cos(math.pi * share))
    return schedule.floor + (1 - schedule.floor) * left


def planned(
    stages: Sequence[Stage], stage: int, done: int, seconds_each: float, seconds_left: float
) -> list[int]:
    """Return how many steps each stage gets, so that the last one ends with the budget.

    A step is taken to cost as much as it has pixels, until it is timed itself; what is left is
    shared out in proportion to the recipe.

    Args:
        stages: Of the recipe.
        stage: Number of the one under way.
        done: Its steps so far.
        seconds_each: How long one of them takes.
        seconds_left: Of the budget.

    Returns:
        For each stage, at least one, and for the one under way at least what is done.  Stages
        that are over keep the recipe's number.
    """
    here = stages[stage].batch_size * stages[stage].size ** 2
    ahead = stages[stage:]
    cost = sum(each.steps * each.batch_size * each.size**2 * seconds_each / here for each in ahead)
    # The steps that are done count as part of their stage.
    scale = max(seconds_left + done * seconds_each, 0) / cost
    plan = [each.steps for each in stages[:stage]]
    plan += [max(round(each.steps * scale), 1) for each in ahead]
    plan[stage] = max(plan[stage], done)
    return plan


class StepTimer:
    """Finds out how long a step takes."""

    def __init__(self, budget: float) -> None:
        """Start before the first step; a short `budget` (seconds) keeps the search short."""
        self.enough = min(TIMED_SECONDS, budget / 20)
        self.steps = 0
        self.began = 0.0

    def tick(self, accelerator: Accelerator) -> float | None:
        """Count a step; return the seconds that one takes, or None while that is not known.

        All processes get the same answer.
        """
        self.steps += 1
        if self.steps == UNTIMED:
            self.began = time.monotonic()
        timed = self.steps - UNTIMED
        if timed < TIMED:
            return None
        passed = mean_of_all(accelerator, time.monotonic() - self.began)
        return passed / timed if passed >= self.enough else None
