"""The loop: what it learns, and what it does not lose."""

import json
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from penumbra.core.errors import ConvergenceError, InputError
from penumbra.training.checkpoint import load_checkpoint
from penumbra.training.loop import train
from penumbra.training.recipe import Schedule
from penumbra.training.run import Outcome, Run
from tests.tiny_run import (
    QUIET,
    RESUMED,
    SIDE,
    TinyBatch,
    TinySource,
    objective,
    recipe,
    records,
    same_bits,
    squared,
    state,
    stopping,
)


def broken(*steps: int) -> TinySource:
    """Return a source whose batches of some steps are not numbers."""

    class Broken(TinySource):
        def batch(self, stage: object, seed: int, first: int, count: int) -> TinyBatch:
            batch = super().batch(stage, seed, first, count)  # type: ignore[arg-type]
            is_broken = first // 2 in steps
            return batch._replace(image=batch.image * float("nan")) if is_broken else batch

    return Broken()


def test_a_run_learns_and_leaves_everything(tmp_path: Path) -> None:
    """Weights that beat a constant, a log, previews, and what is known of the run."""
    told: list[dict[str, object]] = []
    data = ({"name": "noise", "terms": "none"},)
    run = Run("cpu", log_every=50, preview_every=60, data=data, tell=told.append)

    outcome = train(recipe(steps=100), TinySource(), tmp_path, run)

    assert (outcome.is_finished, outcome.step, outcome.skipped) == (True, 200, 0)
    assert outcome.minutes > 0
    facts = json.loads((tmp_path / "checkpoint" / "run.json").read_text())
    assert (facts["data"], facts["track"], facts["seed"]) == (list(data), "open", 3)
    assert (facts["step"], facts["room"], facts["variant"]) == (200, "tiny", "s")
    assert facts["minutes"] == pytest.approx(outcome.minutes, abs=0.01)
    assert facts.keys() >= {"commit", "hardware", "versions"}
    log = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert log == told
    assert [(line["step"], line["stage"]) for line in log] == [
        (50, "first"),
        (100, "first"),
        (150, "second"),
        (200, "second"),
    ]
    assert log[0]["losses"].keys() == {"squared"}
    # Answering one half everywhere would cost 0.25.
    assert log[3]["losses"]["squared"] < 0.12 < log[0]["losses"]["squared"]
    assert log[0]["lr"].keys() == log[0]["gradient_norm"].keys() == {"all"}
    assert log[0]["samples_per_second"] > 0
    names = sorted(path.name for path in (tmp_path / "previews").iterdir())
    assert names == ["0000060.png", "0000120.png", "0000180.png"]


def test_the_same_seed_gives_the_same_bits_and_another_does_not(tmp_path: Path) -> None:
    """Also with dropout and running means, and whoever looks at previews meanwhile."""
    train(recipe(), TinySource(), tmp_path / "a", QUIET)
    train(recipe(), TinySource(), tmp_path / "b", replace(QUIET, preview_every=5, log_every=7))
    train(replace(recipe(), seed=4), TinySource(), tmp_path / "c", QUIET)

    same_bits(tmp_path / "a", tmp_path / "b")
    with pytest.raises(AssertionError, match="not equal"):
        same_bits(tmp_path / "a", tmp_path / "c")


def test_steps_that_are_not_finite_are_skipped_and_counted(tmp_path: Path) -> None:
    """They leave no trace: neither in weights and running means, nor in the optimiser."""
    outcome = train(recipe(), broken(3, 4, 15), tmp_path, QUIET)

    assert (outcome.is_finished, outcome.step, outcome.skipped) == (True, 24, 3)
    assert all(each.isfinite().all() for each in state(tmp_path).values())
    assert [line["skipped"] for line in records(tmp_path)][2:6] == [0, 1, 2, 2]
    assert records(tmp_path)[3]["losses"] == {}


def test_a_skipped_step_changes_nothing(tmp_path: Path) -> None:
    """The weights after it are those before it."""
    train(recipe(), stopping(signal.SIGTERM, 4), tmp_path / "before", QUIET)

    class Stopping(TinySource):
        def batch(self, stage: object, seed: int, first: int, count: int) -> TinyBatch:
            batch = super().batch(stage, seed, first, count)  # type: ignore[arg-type]
            return batch if first < 10 else batch._replace(image=batch.image / 0)

    run = replace(QUIET, checkpoint_seconds=0)
    with pytest.raises(ConvergenceError):
        train(recipe(), Stopping(), tmp_path / "after", run)

    same_bits(tmp_path / "before", tmp_path / "after")


def test_ten_in_a_row_end_the_run_and_keep_the_last_good_checkpoint(tmp_path: Path) -> None:
    """Nothing can be learned any more, and what was learned must not be lost."""
    run = replace(QUIET, checkpoint_seconds=0)

    with pytest.raises(ConvergenceError, match=r"10 steps in a row without, up to step 15; last"):
        train(recipe(), broken(*range(5, 24)), tmp_path, run)

    assert load_checkpoint(tmp_path / "checkpoint").run["step"] == 5


def test_nine_in_a_row_do_not(tmp_path: Path) -> None:
    """Nor do as many more after a good one."""
    outcome = train(recipe(), broken(*range(9), *range(10, 19)), tmp_path, QUIET)

    assert (outcome.is_finished, outcome.skipped) == (True, 18)


def test_a_run_does_not_end_on_steps_that_were_thrown_away(tmp_path: Path) -> None:
    """What it would leave as its result was not made by a good step; the last checkpoint stays."""
    run = replace(QUIET, checkpoint_seconds=0)
    last = sum(stage.steps for stage in recipe().stages) - 1

    with pytest.raises(ConvergenceError, match=r"got 2 steps in a row without"):
        train(recipe(), broken(last - 1, last), tmp_path, run)

    assert load_checkpoint(tmp_path / "checkpoint").run["step"] == last - 1


def test_weights_that_are_not_finite_are_not_saved(tmp_path: Path) -> None:
    """A last step may have a finite gradient and still be too long."""
    steps = replace(objective(), optimiser="sgd", lr=1e38, clip=None, schedule=Schedule())

    with pytest.raises(ConvergenceError, match="weights must be finite"):
        train(recipe(steps, steps=1), TinySource(), tmp_path, QUIET)

    assert not (tmp_path / "checkpoint").exists()


def test_a_gradient_that_is_not_finite_counts_as_well(tmp_path: Path) -> None:
    """The root of zero has a value, but no slope."""

    def rooted(network: nn.Module, batch: TinyBatch) -> dict[str, Tensor]:
        return {"rooted": (0 * network(batch.image)).abs().sqrt().mean()}

    with pytest.raises(ConvergenceError, match="last checkpoint: None"):
        train(recipe(replace(objective(), loss=rooted)), TinySource(), tmp_path, QUIET)


def test_two_objectives_touch_only_their_own(tmp_path: Path) -> None:
    """Each sees the other's parameters, and neither moves them."""
    seen: list[dict[str, Tensor]] = []

    def watched(network: nn.Module, batch: TinyBatch) -> dict[str, Tensor]:
        seen.append({name: each.detach().clone() for name, each in network.named_parameters()})
        return squared(network, batch)

    turns = [replace(objective(name, name), loss=watched) for name in ("body", "head")]
    train(recipe(*turns, has_noise=False), TinySource(), tmp_path, QUIET)

    def moved(before: dict[str, Tensor], after: dict[str, Tensor]) -> set[str]:
        return {name.split(".")[0] for name in before if not before[name].equal(after[name])}

    assert len(seen) == 48
    for number in range(47):
        expected = {"body"} if number % 2 == 0 else {"head"}
        assert moved(seen[number], seen[number + 1]) == expected
    losses = records(tmp_path)[0]["losses"]
    assert isinstance(losses, dict)
    assert losses.keys() == {"body.squared", "head.squared"}


def test_without_an_average_the_last_weights_ship(tmp_path: Path) -> None:
    """And going on works the same."""
    plain = replace(recipe(), ema=0.0)
    train(plain, TinySource(), tmp_path / "whole", QUIET)
    train(plain, stopping(signal.SIGTERM, 7), tmp_path / "parts", QUIET)
    train(plain, TinySource(), tmp_path / "parts", RESUMED)

    same_bits(tmp_path / "whole", tmp_path / "parts")
    bits = state(tmp_path / "whole")
    assert bits["body.weight"].equal(bits["network.body.weight"])


def _timed(tmp_path: Path, run: Run, source: TinySource) -> tuple[Outcome, list[int]]:
    outcome = train(recipe(steps=40), source, tmp_path, run)
    return outcome, load_checkpoint(tmp_path / "checkpoint").state["position"]["plan"]


def test_a_budget_of_time_is_planned_once_and_the_plan_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A resumed run ends where the plan says, however fast the machine is by now.

    The clock stands still but for the batches: a second each.
    """
    now = [0.0]

    def tick(first: int) -> None:
        now[0] += 1.0
        if first == 2 * stop_at[0]:
            os.kill(os.getpid(), signal.SIGTERM)

    stop_at = [-1]
    for module in ("loop", "schedule", "log"):
        clock = _Clock(lambda: now[0])
        monkeypatch.setattr(f"penumbra.training.{module}.time", clock)
    run = replace(QUIET, minutes=4.0)

    whole, plan = _timed(tmp_path / "whole", run, TinySource(tick))
    # Equal steps of a second each: first 48 + 4 * 48 = 240, then all that is left.
    assert plan[0] == 48
    assert plan[1] == 240 - 48
    assert whole.step == 240
    assert whole.minutes == pytest.approx(4.0)

    stop_at[0] = 30
    stopped, _ = _timed(tmp_path / "parts", run, TinySource(tick))
    stop_at[0] = -1
    went_on, kept = _timed(tmp_path / "parts", replace(run, is_resumed=True), TinySource(tick))
    assert (stopped.is_finished, stopped.step) == (False, 31)
    assert (kept, went_on.step) == (plan, 240)
    assert went_on.minutes == pytest.approx(4.0)
    same_bits(tmp_path / "whole", tmp_path / "parts")
    rates = [line["lr"]["all"] for line in records(tmp_path / "whole")]  # type: ignore[index]
    assert rates[-1] == pytest.approx(1e-3, rel=0.01)


class _Clock:
    """Stands in for the module `time`."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.monotonic = monotonic


def test_tensorboard_gets_the_same_numbers(tmp_path: Path) -> None:
    """Where it is installed and wanted."""
    loading = pytest.importorskip("tensorboard.backend.event_processing.event_file_loader")
    run = replace(QUIET, has_tensorboard=True)

    train(recipe(steps=2), TinySource(), tmp_path, run)

    (path,) = (tmp_path / "tensorboard").iterdir()
    events = list(loading.EventFileLoader(str(path)).Load())
    tags = [(event.step, value.tag) for event in events for value in event.summary.value]
    assert {(1, "losses/squared"), (4, "losses/squared"), (4, "lr/all")} <= set(tags)


def test_a_device_that_is_not_there_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rather than training on the CPU for a week."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)

    with pytest.raises(InputError, match="device must be one of this machine, got 'cuda'"):
        train(recipe(), TinySource(), tmp_path, replace(QUIET, device="cuda"))


def test_deterministic_kernels_are_asked_for_only_then(tmp_path: Path) -> None:
    """They are slower."""
    train(recipe(steps=1), TinySource(), tmp_path / "a", replace(QUIET, is_deterministic=True))
    assert torch.are_deterministic_algorithms_enabled()

    train(recipe(steps=1), TinySource(), tmp_path / "b", QUIET)
    assert not torch.are_deterministic_algorithms_enabled()


def test_samples_have_the_size_of_their_stage(tmp_path: Path) -> None:
    """And no sample is used twice."""
    seen: list[tuple[int, int]] = []

    class Watching(TinySource):
        def batch(self, stage: object, seed: int, first: int, count: int) -> TinyBatch:
            batch = super().batch(stage, seed, first, count)  # type: ignore[arg-type]
            seen.append((first, batch.image.shape[3]))
            return batch

    train(recipe(steps=2), Watching(), tmp_path, QUIET)

    assert seen == [(0, SIDE), (2, SIDE), (4, 2 * SIDE), (6, 2 * SIDE)]
