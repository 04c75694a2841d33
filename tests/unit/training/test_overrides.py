"""Settings from the command line: typed by the recipe, or refused in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from penumbra.core.errors import InputError
from penumbra.training.overrides import override
from penumbra.training.recipe import Recipe
from tests.tiny_run import recipe


@dataclass(frozen=True)
class Mixture:
    """How samples are made."""

    share: float = 0.5
    sizes: tuple[int, ...] = (20, 30)
    coverage: tuple[float, float] = (0.4, 1.1)
    is_fixed: bool = False
    weights: Mapping[str, float] = field(default_factory=dict)


@pytest.fixture
def mixed() -> Recipe:
    plain = recipe()
    return replace(plain, stages=tuple(replace(s, composition=Mixture()) for s in plain.stages))


def test_values_take_the_declared_types(mixed: Recipe) -> None:
    """What a shell hands over is text."""
    changed = override(
        mixed,
        [
            "seed=7",
            "ema=0",
            "stages.0.batch_size=8",
            "stages.1.warm_start=first.safetensors",
            "stages.0.objectives.0.lr=1e-4",
            "stages.0.objectives.0.betas=0.5, 0.9",
            "stages.0.objectives.0.betas.1=0.99",
            "stages.0.objectives.0.clip=none",
            "stages.0.objectives.0.parameters=body.,head.",
            "stages.0.objectives.0.optimiser=sgd",
            "stages.0.objectives.0.schedule.kind=constant",
            "stages.1.composition.share=1",
            "stages.1.composition.sizes=[1,2,3]",
            "stages.1.composition.coverage.0=0.25",
            "stages.1.composition.is_fixed=True",
            "stages.1.composition.weights.cats=2",
        ],
    )

    first, second = changed.stages
    learned = first.objectives[0]
    assert (changed.seed, changed.ema, first.batch_size) == (7, 0.0, 8)
    assert (learned.lr, learned.betas, learned.clip) == (1e-4, (0.5, 0.99), None)
    assert learned.parameters == ("body.", "head.")
    assert (learned.optimiser, learned.schedule.kind) == ("sgd", "constant")
    assert second.warm_start == "first.safetensors"
    assert second.composition == Mixture(1.0, (1, 2, 3), (0.25, 1.1), True, {"cats": 2.0})
    assert type(second.composition.share) is float


def test_the_recipe_itself_stays_as_it_is(mixed: Recipe) -> None:
    """Rooms share one object with everybody."""
    override(mixed, ["stages.0.batch_size=8", "stages.1.composition.weights.cats=2"])

    assert mixed.stages[0].batch_size == 2
    assert mixed.stages[1].composition.weights == {}


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("seed", "setting must be PATH=VALUE, got 'seed'"),
        ("sede=1", r"sede must name what the recipe has \(seed\), got 'sede'"),
        ("stages.0.batch_sise=8", r"has \(batch_size\), got 'batch_sise'"),
        ("stages.2.steps=8", r"has \(0, 1\), got '2'"),
        ("stages.first.steps=8", r"has \(0, 1\), got 'first'"),
        ("stages.-1.steps=8", r"has \(0, 1\), got '-1'"),
        ("stages.0.composition.shore=1", r"has \(share\), got 'shore'"),
        ("stages.0.steps=8.5", "stages.0.steps must be a whole number, got '8.5'"),
        ("stages.0.steps=many", "must be a whole number, got 'many'"),
        ("stages.0.steps=0", "steps must be at least 1, got 0"),
        ("ema=high", "ema must be a finite number, got 'high'"),
        ("ema=nan", "ema must be a finite number, got 'nan'"),
        ("stages.0.composition.is_fixed=yes", "must be true or false, got 'yes'"),
        ("stages.0.composition.coverage=1", "must be 2 values with commas between them, got '1'"),
        ("stages.0.composition.sizes=1,x", "must be a whole number, got 'x'"),
        ("stages.0.objectives.0.optimiser=adamv", "got 'adamv'; did you mean"),
        ("stages.0.steps.fast=1", "must end at a value, got 'fast' behind 12"),
        ("stages.0=1", "stages.0 must lead to a value, got all of Stage"),
        ("stages.0.composition=1", "must lead to a value, got all of Mixture"),
        ("stages=1", "stages must be changed in the code itself"),
        ("stages.0.objectives.0.loss=mine", "loss must be changed in the code itself"),
        ("network=mine", "network must be changed in the code itself"),
        ("preview=none", "preview must be changed in the code itself"),
        ("track=research", "track must be changed in the code itself"),
    ],
)
def test_what_is_wrong_is_said(mixed: Recipe, setting: str, message: str) -> None:
    """With the nearest names, or with what was expected."""
    with pytest.raises(InputError, match=message):
        override(mixed, [setting])
