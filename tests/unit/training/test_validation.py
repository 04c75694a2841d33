"""The best weights of a run are kept, whatever comes after them."""

import json
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from penumbra.core.errors import InputError
from penumbra.nn.weights import read_weights
from penumbra.training.loop import train
from penumbra.training.recipe import Gate, Limit, Recipe, Validation
from penumbra.training.release import read_checkpoint
from penumbra.training.validation import measure, passed
from tests.tiny_run import (
    QUIET,
    RESUMED,
    SIDE,
    TinyBatch,
    TinyNetwork,
    TinySource,
    recipe,
    state,
    stopping,
)


def validated(error: Callable[[nn.Module, TinyBatch], Tensor], every: int = 4) -> Recipe:
    return replace(recipe(steps=6), validation=Validation(error, every, 3, 2, SIDE))


def script(*values: float) -> Callable[[nn.Module, TinyBatch], Tensor]:
    """Return these errors, one measurement of two batches after the other."""
    coming = iter([value for value in values for _ in range(2)])
    return lambda network, batch: torch.tensor(next(coming))


def test_the_best_weights_are_kept_and_not_the_last(tmp_path: Path) -> None:
    """Measured before the first step and every four; the second is the best here."""
    train(validated(script(0.5, 0.2, 0.4, 0.3)), TinySource(), tmp_path, QUIET)
    half = replace(recipe(steps=6), validation=Validation(script(0.5, 0.2, 0.9), 4, 3, 2, SIDE))
    train(
        replace(half, stages=(replace(half.stages[0], steps=6),)),
        TinySource(),
        tmp_path / "h",
        QUIET,
    )

    best = read_checkpoint(tmp_path / "best")

    facts = json.loads((tmp_path / "best" / "run.json").read_text())
    assert (facts["step"], facts["error"]) == (4, pytest.approx(0.2))
    kept, last = read_weights(best.weights)[0], state(tmp_path)
    assert any(not torch.equal(kept[name], last[name]) for name in kept)
    same = read_weights(tmp_path / "h" / "best" / "weights.safetensors")[0]
    assert all(torch.equal(kept[name], same[name]) for name in kept)
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    measured = [(line["step"], line["validation"]) for line in lines if "validation" in line]
    assert measured == [
        (0, 0.5),
        (4, pytest.approx(0.2)),
        (8, pytest.approx(0.4)),
        (12, pytest.approx(0.3)),
    ]


def test_the_last_weights_are_measured_too(tmp_path: Path) -> None:
    """However seldom the others are: a short run must not keep what it began with."""
    train(validated(script(0.5, 0.2), every=1000), TinySource(), tmp_path, QUIET)

    facts = json.loads((tmp_path / "best" / "run.json").read_text())
    assert (facts["step"], facts["error"]) == (12, pytest.approx(0.2))
    kept = read_weights(tmp_path / "best" / "weights.safetensors")[0]
    last = read_weights(tmp_path / "checkpoint" / "weights.safetensors")[0]
    assert all(torch.equal(kept[name], last[name]) for name in last)


def test_what_is_measured_first_is_what_the_run_starts_from(tmp_path: Path) -> None:
    """Weights that were taken over, and not random ones."""
    train(recipe(steps=2), TinySource(), tmp_path / "before", QUIET)
    start = tmp_path / "before" / "checkpoint" / "weights.safetensors"
    made = validated(script(0.1, 0.5), every=1000)
    first = replace(made.stages[0], warm_start=str(start))

    train(replace(made, stages=(first,)), TinySource(), tmp_path / "run", QUIET)

    kept = read_weights(tmp_path / "run" / "best" / "weights.safetensors")[0]
    taken = read_weights(start)[0]
    assert all(torch.equal(kept[name], taken[name]) for name in taken)


def test_a_resumed_run_remembers_how_good_the_best_was(tmp_path: Path) -> None:
    """Or the first measurement after it would replace something better."""
    train(validated(script(0.5, 0.2)), stopping(signal.SIGTERM, 5), tmp_path, QUIET)

    train(validated(script(0.3, 0.4)), TinySource(), tmp_path, RESUMED)

    assert json.loads((tmp_path / "best" / "run.json").read_text())["step"] == 4


def test_a_measurement_is_a_mean_and_leaves_the_network_as_it_was() -> None:
    """In evaluation mode; the last batch of three samples is a single one."""
    network = TinyNetwork().train()
    modes = []

    def error(asked: nn.Module, batch: TinyBatch) -> Tensor:
        modes.append(asked.training)
        return torch.tensor(float(len(batch.image)))

    value = measure(network, TinySource(), Validation(error, 1, 3, 2, SIDE), 0)

    assert value == pytest.approx((2 * 2 + 1 * 1) / 3)
    assert modes == [False, False]
    assert network.training


def test_a_validation_that_makes_no_sense_is_refused() -> None:
    """When it is written down."""
    with pytest.raises(InputError, match="samples must be at least 1, got 0"):
        Validation(script(), 1, 0, 1, SIDE)


def gate(*limits: Limit, samples: int = 3) -> Gate:
    """Of brightness, which is told of the first batch alone, and of how many samples there are."""
    batches = iter(range(99))

    def measured(network: nn.Module, batch: TinyBatch) -> dict[str, float]:
        assert not network.training
        found = {"samples": float(len(batch.image))}
        return found | ({"brightness": float(batch.image.mean())} if next(batches) == 0 else {})

    return Gate(measured, limits, samples, 2, SIDE)


def test_a_gate_says_what_lies_outside_of_its_limits() -> None:
    """Means weigh batches by their samples; what no batch tells cannot hold."""
    limits = (
        Limit("samples", most=1.5),
        Limit("samples", least=1.5),
        Limit("brightness", least=0.9),
        Limit("hue", least=0.0),
    )
    network = TinyNetwork()

    numbers, failed = passed(network, TinySource(), gate(*limits), seed=1)

    assert network.training
    assert numbers["samples"] == pytest.approx((2 * 2 + 1 * 1) / 3)
    assert numbers["brightness"] == pytest.approx(0.5, abs=0.1)
    assert failed == [
        "samples must be at most 1.5, got 1.667",
        f"brightness must be at least 0.9, got {numbers['brightness']:.4g}",
        "hue must be measured, got no sample that tells it",
    ]


def test_a_gate_is_logged_and_told_where_its_stage_ends(tmp_path: Path) -> None:
    """Once, whether the run is stopped in between or not; training is the same without."""
    made = recipe(steps=6)
    first, last = made.stages
    gated = replace(made, stages=(replace(first, gate=gate(Limit("samples", most=1))), last))
    told: list[dict[str, object]] = []

    train(gated, TinySource(), tmp_path / "a", replace(QUIET, tell=told.append))
    train(made, TinySource(), tmp_path / "b", QUIET)

    lines = [json.loads(it) for it in (tmp_path / "a" / "metrics.jsonl").read_text().splitlines()]
    said = [line for line in lines if "gate" in line]
    assert [(line["step"], line["stage"]) for line in said] == [(6, "first")]
    assert said[0]["failed"] == ["samples must be at most 1, got 1.667"]
    assert [each for each in told if "gate" in each] == said
    one, other = (state(tmp_path / name) for name in "ab")
    assert all(torch.equal(one[name], other[name]) for name in one)
