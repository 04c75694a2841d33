"""Going on: after a stop, after a loss, and from the weights of another network."""

import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from penumbra.core.errors import InputError, OutputError, WeightsError
from penumbra.nn.weights import WeightsHeader, save_weights
from penumbra.training.checkpoint import load_checkpoint
from penumbra.training.loop import train
from penumbra.training.recipe import Recipe
from tests.tiny_run import (
    QUIET,
    RESUMED,
    TinyNetwork,
    TinySource,
    recipe,
    records,
    same_bits,
    state,
    stopping,
)


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
        before = signal.getsignal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        # Batches may be made beside the main thread, which then has to notice the first one.
        for _ in range(2000):
            if signal.getsignal(signal.SIGINT) != before:
                break
            time.sleep(0.001)
        signal.raise_signal(signal.SIGINT)

    # A shell starts what runs in the background with Ctrl-C ignored.
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            train(recipe(), TinySource(press_twice), tmp_path, QUIET)
    finally:
        signal.signal(signal.SIGINT, usual)


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
