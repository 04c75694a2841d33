"""Recipes: what cannot be trained is refused when it is written down."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from penumbra.core.errors import InputError
from penumbra.training.recipe import Objective, Schedule, as_dict
from tests.tiny_run import objective, recipe, squared

STAGE = recipe().stages[0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Schedule("linear"), "kind must be 'constant', 'cosine' or 'poly', got 'linear'"),  # type: ignore[arg-type]
        (lambda: Schedule(warmup=-1), "warmup must be at least 0, got -1"),
        (lambda: Schedule(floor=1.5), r"floor must be in \[0, 1\], got 1.5"),
        (lambda: replace(objective(), parameters=()), "parameters must be at least one prefix"),
        (lambda: replace(objective(), optimiser="lion"), "one of sgd, adam, adamw, got 'lion'"),  # type: ignore[arg-type]
        (lambda: replace(objective(), lr=float("nan")), "lr must be positive, got nan"),
        (lambda: replace(objective(), lr=float("inf")), "lr must be positive, got inf"),
        (lambda: replace(objective(), momentum=1.0), r"momentum must be in \[0, 1\), got 1.0"),
        (lambda: replace(objective(), betas=(0.9, 1.0)), r"betas must be in \[0, 1\)"),
        (lambda: replace(objective(), weight_decay=-1.0), "weight_decay must be at least 0"),
        (lambda: replace(objective(), clip=0.0), "clip must be positive or none, got 0.0"),
        (lambda: replace(STAGE, steps=0), "steps must be at least 1, got 0"),
        (lambda: replace(STAGE, batch_size=0), "batch_size must be at least 1, got 0"),
        (lambda: replace(STAGE, size=-8), "size must be at least 1, got -8"),
        (lambda: replace(STAGE, objectives=()), "objectives must be at least one"),
        (lambda: recipe(objective("a"), objective("a")), "objectives must be named differently"),
        (lambda: replace(recipe(), track="secret"), "track must be 'open' or 'research'"),  # type: ignore[arg-type]
        (lambda: replace(recipe(), seed=-1), "seed must be in"),
        (lambda: replace(recipe(), ema=1.0), r"ema must be in \[0, 1\), got 1.0"),
        (lambda: replace(recipe(), stages=()), "stages must be at least one"),
        (lambda: replace(recipe(), stages=(STAGE, STAGE)), "stages must be named differently"),
    ],
)
def test_what_cannot_be_trained_is_refused(make: Callable[[], object], message: str) -> None:
    """Before hours are spent on it."""
    with pytest.raises(InputError, match=message):
        make()


def test_a_recipe_survives_json() -> None:
    """It is written beside the weights; functions appear under their names."""
    whole = as_dict(recipe())

    assert json.loads(json.dumps(whole)) == whole
    first = whole["stages"][0]["objectives"][0]
    assert first["loss"] == "tests.tiny_run.squared"
    assert first["betas"] == [0.9, 0.999]
    assert first["schedule"] == {"kind": "cosine", "warmup": 3, "floor": 0.1}
    assert whole["preview"] == "tests.tiny_run.alpha_of"


def test_an_objective_needs_no_more_than_name_parameters_and_loss() -> None:
    """The rest has the defaults of the field."""
    plain = Objective("all", ("",), squared)

    assert (plain.optimiser, plain.clip, plain.schedule) == ("adamw", None, Schedule())


def test_a_file_is_written_down_by_its_name() -> None:
    """Weights are given away; the folders of whoever trained them are not."""
    stage = replace(STAGE, warm_start="runs/first.safetensors")

    assert as_dict(stage)["warm_start"] == "first.safetensors"
    assert as_dict(STAGE)["warm_start"] is None
