"""The recipes of matting by clicks, and every switch of the sheet's section 10."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from penumbra.core.errors import InputError
from penumbra.core.settings import with_settings
from penumbra.systems.clicks.gates import HARD, RANDOM, TURNED
from penumbra.systems.clicks.recipe import PICTURES, RECIPES, Switches, recipe
from penumbra.training.compose import Composer
from penumbra.training.loop import train
from penumbra.training.pool import Pool
from penumbra.training.recipe import Recipe
from penumbra.training.release import read_checkpoint
from penumbra.training.run import Run
from tests.packs import tiny_pack
from tests.training_steps import check_every_stage_learns


def small(made: Recipe) -> Recipe:
    """The same in two steps of two small samples for each stage and gate."""
    sizes = {"refine": 128}  # a window and what it is shrunk by
    stages = []
    for each in made.stages:
        gate = each.gate and replace(each.gate, samples=2, batch_size=2, size=64)
        size = sizes.get(each.name, 64)
        stages.append(replace(each, steps=2, batch_size=2, size=size, gate=gate))
    return replace(made, stages=tuple(stages))


def composer(folder: Path) -> Composer:
    tiny_pack(folder / "p.tar")
    return Composer(Pool.load([folder / "p.tar"]))


@pytest.mark.parametrize(
    "setting",
    [
        "track=open",
        "hints_train=false",
        "inject=1 use_prev_alpha=true iter_clicks=1",
        "use_prev_alpha=true iter_clicks=1",
        "distractors=0",
        "click_radius=3 geom_p=0.5 min_click_dist=5",
        "grad_mode=xy grad_scale=1",
        "overlap=0",
        "ue_density=gauss",
        "joint_ue=true",
        "lambda_hard=0",
        "hard_frac=0.5 residual_out=false",
        "size=m",
        "size=b",
        "size=b inject=8",
        "size=b spectral_norm=true",
    ],
)
def test_every_switch_runs_two_steps_of_each_stage(setting: str, tmp_path: Path) -> None:
    """With finite losses, and weights that move."""
    made = small(recipe(with_settings(Switches(), setting.split())))
    check_every_stage_learns(made, composer(tmp_path))


def test_the_loop_carries_out_what_ships(tmp_path: Path) -> None:
    """All stages and their gates, previews and a checkpoint."""
    made = small(RECIPES["s"])

    outcome = train(made, composer(tmp_path), tmp_path / "run", Run("cpu", preview_every=2))

    assert (outcome.is_finished, outcome.step, outcome.skipped) == (True, 10, 0)
    assert (tmp_path / "run" / "previews" / "0000010.png").exists()
    assert read_checkpoint(tmp_path / "run" / "checkpoint").header.variant == "s"
    lines = map(json.loads, (tmp_path / "run" / "metrics.jsonl").read_text().splitlines())
    gates = {line["stage"]: line["gate"] for line in lines if "gate" in line}
    assert list(gates) == ["full", "uncertainty", "refine"]
    assert gates["full"].keys() == {TURNED}
    assert gates["refine"].keys() == {HARD, RANDOM}
    assert gates["refine"][RANDOM] == pytest.approx(1, abs=0.05)


def test_an_ablated_network_never_takes_the_place_of_a_whole_one() -> None:
    """Each has a name of its own."""
    assert recipe(Switches(hints_train=False)).variant == "s-ablated"
    assert sorted(RECIPES) == ["b", "m", "s", "s-open"]


def test_the_paper_trains_150_75_and_75_epochs() -> None:
    """Of 431 objects on 100 backgrounds each."""
    stages = RECIPES["b"].stages

    assert PICTURES == 43_100
    assert [stage.steps for stage in stages] == [150 * 1077, 75 * 1077, 75 * 1077]
    assert [stage.objectives[0].betas for stage in stages] == [(0.5, 0.999)] * 3


@pytest.mark.parametrize(
    "setting", ["size=huge", "inject=4", "iter_clicks=2", "hard_frac=0", "lambda_hard=-1"]
)
def test_what_cannot_be_is_refused_by_name(setting: str) -> None:
    """Before anything is trained."""
    with pytest.raises(InputError, match=setting.partition("=")[0]):
        with_settings(Switches(), [setting])
