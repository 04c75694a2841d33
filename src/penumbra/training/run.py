"""How a recipe is carried out, where the run stands, and how it ended."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from penumbra.training.devices import Device


class Source(Protocol):
    """Makes batches."""

    def batch(self, stage: Any, seed: int, first: int, count: int) -> Any:  # noqa: ANN401
        """Return samples `first` to `first + count - 1` of an endless sequence, on the device."""

    def rates(self) -> dict[str, float]:
        """Return what is worth a line in the log about the samples so far, by name."""


@dataclass(frozen=True)
class Run:
    """How a recipe is carried out; nothing here but the budget changes what is learned.

    Attributes:
        device: "cpu" or "cuda"; None for the best there is.
        is_resumed: Go on from the last checkpoint, if there is one.
        minutes: Budget of time for the whole run; None for the steps of the recipe.
        checkpoint_seconds: Between two checkpoints.
        log_every: Steps between two lines of the log.
        preview_every: Steps between two preview sheets; 0 for none.
        has_tensorboard: Also log for TensorBoard.
        is_deterministic: Use only kernels whose results do not depend on chance.
        data: Name and terms of everything that is learned from.
        tell: Called with every line of the log.
    """

    device: Device | None = None
    is_resumed: bool = False
    minutes: float | None = None
    checkpoint_seconds: float = 120.0
    log_every: int = 50
    preview_every: int = 500
    has_tensorboard: bool = False
    is_deterministic: bool = False
    data: tuple[dict[str, str], ...] = ()
    tell: Callable[[dict[str, Any]], None] | None = None


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        is_finished: False if it was asked to stop before its end.
        step: Steps that were done.
        skipped: Of these, steps that were thrown away because something was not finite.
        minutes: Of training, over all parts of the run.
    """

    is_finished: bool
    step: int
    skipped: int
    minutes: float


@dataclass
class Position:
    """Where a run stands; all of it is in the checkpoint.

    Attributes:
        step: Steps done.
        stage: Number of the stage under way.
        stage_step: Steps of it that are done.
        samples: Samples used, by all processes.
        skipped: Steps thrown away.
        skipped_in_row: Of these, since the last good one.
        seconds: Of training, when the position was saved.
        plan: Steps of each stage; empty until a budget of time has been planned.
        timed: Number of stages whose steps have been timed for the plan.
        best: Least error at a validation.
    """

    step: int = 0
    stage: int = 0
    stage_step: int = 0
    samples: int = 0
    skipped: int = 0
    skipped_in_row: int = 0
    seconds: float = 0.0
    plan: list[int] = field(default_factory=list)
    timed: int = 0
    best: float = math.inf

    def advance(self, samples: int, is_good: bool) -> None:
        """Count a step, good or thrown away."""
        self.step += 1
        self.stage_step += 1
        self.samples += samples
        self.skipped += not is_good
        self.skipped_in_row = 0 if is_good else self.skipped_in_row + 1
