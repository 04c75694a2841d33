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

from penumbra.core.errors import ConvergenceError, InputError, OutputError, WeightsError
from penumbra.nn.weights import WeightsHeader, read_weights, save_weights
from penumbra.training.checkpoint import load_checkpoint
from penumbra.training.loop import train
from penumbra.training.recipe import Recipe, Schedule
from penumbra.training.run import Outcome, Run
from tests.tiny_run import (
    SIDE,
    TinyBatch,
    TinyNetwork,
    TinySource,
    objective,
    recipe,
    squared,
)

QUIET = Run(device="cpu", log_every=1, preview_every=0, checkpoint_seconds=1e9)
RESUMED = replace(QUIET, is_resumed=True)


def state(out: Path) -> dict[str, Tensor]:
    """Return the weights that ship and those that go on, by name."""
    shipped, _ = read_weights(out / "checkpoint" / "weights.safetensors")
    going_on = load_checkpoint(out / "checkpoint").state["network"]
    return shipped | {f"network.{name}": each for name, each in going_on.items()}


def same_bits(out: Path, other: Path) -> None:
    """Raise unless two runs ended with the same weights, bit for bit."""
    torch.testing.assert_close(state(out), state(other), rtol=0, atol=0, equal_nan=False)


def records(out: Path) -> list[dict[str, object]]:
    """Return the lines of the log without what depends on the clock."""
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    timed = ("samples_per_second", "seconds")
    return [{key: value for key, value in line.items() if key not in timed} for line in lines]


def stopping(number: signal.Signals, at: int) -> TinySource:
    """Return a source that sends us a signal while it makes the batch of a step."""

    def send(first: int) -> None:
        if first == 2 * at:
            os.kill(os.getpid(), number)

    return TinySource(send)


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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("at", [0, 7, 11, 12, 23])
def test_a_run_that_was_stopped_goes_on_to_the_same_bits(
    tmp_path: Path, number: signal.Signals, at: int
) -> None:
    """At the start, within a stage, at its end, at the start of the next, at the very end."""
    train(recipe(), TinySource(), tmp_path / "whole", QUIET)
    before = [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)]

    stopped = train(recipe(), stopping(number, at), tmp_path / "parts", QUIET)
    minutes_before = load_checkpoint(tmp_path / "parts" / "checkpoint").run["minutes"]
    went_on = train(recipe(), TinySource(), tmp_path / "parts", RESUMED)

    assert (stopped.is_finished, stopped.step) == (False, at + 1)
    assert (went_on.is_finished, went_on.step) == (True, 24)
    assert went_on.minutes >= minutes_before
    same_bits(tmp_path / "whole", tmp_path / "parts")
    assert records(tmp_path / "whole") == records(tmp_path / "parts")
    assert [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)] == before


def test_a_second_ctrl_c_ends_a_run_at_once(tmp_path: Path) -> None:
    """For whoever will not wait for the step under way."""

    def press_twice(first: int) -> None:
        for _ in range(2):
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train(recipe(), TinySource(press_twice), tmp_path, QUIET)


def test_the_steps_after_the_last_checkpoint_are_done_again(tmp_path: Path) -> None:
    """This is what a crash costs: here one at step 9, with a checkpoint after every step but it."""

    def crash(first: int) -> None:
        if first == 2 * 9:
            raise ConnectionError

    train(recipe(), TinySource(), tmp_path / "whole", QUIET)
    with pytest.raises(ConnectionError):
        train(recipe(), TinySource(crash), tmp_path / "a", replace(QUIET, checkpoint_seconds=0))
    with pytest.raises(ConnectionError):
        train(recipe(), TinySource(crash), tmp_path / "b", QUIET)
    assert load_checkpoint(tmp_path / "a" / "checkpoint").run["step"] == 9

    for name in ("a", "b"):
        train(recipe(), TinySource(), tmp_path / name, RESUMED)
        same_bits(tmp_path / "whole", tmp_path / name)
        assert records(tmp_path / "whole") == records(tmp_path / name)


def test_a_finished_run_that_is_resumed_stays_as_it_is(tmp_path: Path) -> None:
    """A queue may start it once too often."""
    train(recipe(), TinySource(), tmp_path, QUIET)
    before = state(tmp_path)

    outcome = train(recipe(), TinySource(), tmp_path, RESUMED)

    assert (outcome.is_finished, outcome.step) == (True, 24)
    torch.testing.assert_close(state(tmp_path), before, rtol=0, atol=0)


def test_a_run_is_not_written_over(tmp_path: Path) -> None:
    """Hours may lie in it."""
    train(recipe(), TinySource(), tmp_path, QUIET)

    with pytest.raises(OutputError, match="must not hold a run unless it is resumed"):
        train(recipe(), TinySource(), tmp_path, QUIET)


def test_another_recipe_does_not_go_on(tmp_path: Path) -> None:
    """The message names the place, as `--set` would."""
    train(recipe(), TinySource(), tmp_path, QUIET)

    with pytest.raises(InputError, match=r"got stages\.0\.steps=13 where it has 12"):
        train(recipe(steps=13), TinySource(), tmp_path, RESUMED)


def test_a_network_that_has_changed_does_not_go_on(tmp_path: Path) -> None:
    """The recipe is the same, the code behind it is not."""
    train(recipe(), TinySource(), tmp_path, QUIET)
    other = replace(recipe(), network=lambda: TinyNetwork(has_noise=False))
    other.network.__qualname__ = recipe().network.__qualname__
    other.network.__module__ = recipe().network.__module__

    with pytest.raises(WeightsError, match="checkpoint must fit the network"):
        train(other, TinySource(), tmp_path, RESUMED)


def test_a_damaged_checkpoint_is_said_and_left_alone(tmp_path: Path) -> None:
    """Starting again in silence would throw the rest away."""
    train(recipe(), TinySource(), tmp_path, QUIET)
    path = tmp_path / "checkpoint" / "state.pt"
    path.write_bytes(path.read_bytes()[:-100])

    with pytest.raises(WeightsError, match=r"state.pt must be as it was written"):
        train(recipe(), TinySource(), tmp_path, RESUMED)
    assert path.exists()


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


def _warm(tmp_path: Path, warm_stage: int) -> Recipe:
    """Return a recipe one of whose stages starts from a body full of ones, and a head too wide."""
    path = tmp_path / "warm.safetensors"
    weights = {"body.weight": torch.ones(4, 3, 3, 3), "head.weight": torch.ones(2, 4, 1, 1)}
    save_weights(path, weights, WeightsHeader("other", "s", {}, {}))
    plain = recipe(steps=1)
    stages = list(plain.stages)
    stages[warm_stage] = replace(stages[warm_stage], warm_start=str(path))
    return replace(plain, stages=tuple(stages))


@pytest.mark.parametrize("warm_stage", [0, 1])
def test_a_warm_start_takes_over_what_fits(tmp_path: Path, warm_stage: int) -> None:
    """An encoder trained elsewhere; the average of the weights starts there, too."""
    train(_warm(tmp_path, warm_stage), TinySource(), tmp_path / "run", QUIET)

    bits = state(tmp_path / "run")
    assert (bits["body.weight"] - 1).abs().max() < 0.1
    assert (bits["network.body.weight"] - 1).abs().max() < 0.1
    assert (bits["head.weight"] - 1).abs().min() > 0.1


def test_a_warm_start_that_fits_nowhere_is_refused(tmp_path: Path) -> None:
    """It would be a cold one."""
    path = tmp_path / "warm.safetensors"
    save_weights(path, {"tail": torch.ones(4)}, WeightsHeader("other", "s", {}, {}))
    plain = recipe()
    first = replace(plain.stages[0], warm_start=str(path))

    with pytest.raises(WeightsError, match="must hold weights that fit the network, got none"):
        train(replace(plain, stages=(first,)), TinySource(), tmp_path / "run", QUIET)


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
