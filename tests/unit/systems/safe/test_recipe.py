"""The recipes of SAFE-Net, and every switch of the sheet's section 15."""

from dataclasses import replace
from pathlib import Path

import pytest

from penumbra.core.errors import InputError
from penumbra.core.settings import with_settings
from penumbra.systems.safe.config import Config
from penumbra.systems.safe.recipe import RECIPES, Switches, recipe
from penumbra.training.compose import Composer
from penumbra.training.loop import train
from penumbra.training.pool import Pool
from penumbra.training.recipe import Recipe
from penumbra.training.release import read_checkpoint
from penumbra.training.run import Run
from tests.packs import tiny_pack
from tests.training_steps import check_every_stage_learns


def small(made: Recipe, share: float = 0) -> Recipe:
    """The same in two steps of two small samples for each stage, of three at most."""
    stages = tuple(
        replace(
            each,
            steps=2,
            batch_size=2,
            size=64,
            composition=replace(each.composition, empty_of=(), held=share),
        )
        for each in made.stages[:3]
    )
    return replace(made, stages=stages, validation=None)


def composer(folder: Path) -> Composer:
    tiny_pack(folder / "p.tar")
    return Composer(Pool.load([folder / "p.tar"]))


@pytest.mark.parametrize(
    "setting",
    [
        "sam=false fem=off",
        "fem=off",
        "fem=zeros",
        "att_s=separate width=8",
        "train_iters=1 refine_stride=1",
        "train_iters=3 detach_alpha_in=true",
        "peephole=channel fd_out=sigmoid fm_post=gct",
        "fd_train_on=alpha0 fr_floor=0 nu=2 fd_warmup=2",
        "laplacian=0 overlap=0 gamma_unknown=1",
        "norm=half residual=false",
        "size=paper width=8",
        "size=paper width=8 train_iters=1 e5=320 momentum=0.9",
        "size=paper width=8 alternate=epoch refine_stride=2 fd_warmup=2",
    ],
)
def test_every_switch_runs_two_steps_of_each_stage(setting: str, tmp_path: Path) -> None:
    """With finite losses, and weights that move."""
    made = small(recipe(with_settings(Switches(), setting.split())))
    check_every_stage_learns(made, composer(tmp_path))


def test_the_loop_carries_out_what_ships(tmp_path: Path) -> None:
    """All stages with both objectives, previews, a checkpoint, and the best weights."""
    made, usual = small(RECIPES["s"], 0.5), RECIPES["s"].validation
    assert usual is not None
    how = replace(made.stages[-1].composition, is_held=True)
    often = replace(usual, every=2, samples=3, batch_size=2, size=64, composition=how)
    made = replace(made, validation=often)

    outcome = train(made, composer(tmp_path), tmp_path / "run", Run("cpu", preview_every=2))

    assert (outcome.is_finished, outcome.step, outcome.skipped) == (True, 6, 0)
    assert (tmp_path / "run" / "previews" / "0000006.png").exists()
    assert read_checkpoint(tmp_path / "run" / "best").header.variant == "s"


def test_each_row_of_the_ablation_is_its_own_variant() -> None:
    """An ablated network never takes the place of a whole one."""
    assert recipe(Switches()).variant == recipe(Switches(fd_warmup=9)).variant == "s"
    assert recipe(Switches(fem="zeros")).variant == "s-ablated"
    assert recipe(Switches(sam=False, fem="off")).variant == "s-ablated"
    assert sorted(RECIPES) == ["paper", "s"]
    assert {each.track for each in RECIPES.values()} == {"research"}


def test_the_paper_s_schedule_is_the_sheet_s() -> None:
    """Section 11: 50 epochs of 44,940 samples in batches of 16; SGD at 0.1, Adam with a decay."""
    (stage,) = RECIPES["paper"].stages
    matting, flaws = stage.objectives

    assert stage.steps == 50 * 2809
    assert (stage.batch_size, stage.size) == (16, 512)
    assert (matting.optimiser, matting.lr, matting.momentum) == ("sgd", 0.1, 0)
    assert (flaws.optimiser, flaws.lr, flaws.betas) == ("adam", 1e-4, (0.9, 0.99))
    assert flaws.schedule.kind == "poly"
    assert stage.composition.heads == 1


def test_momentum_comes_with_a_smaller_rate() -> None:
    """The recipe of MODNet."""
    (stage,) = recipe(Switches(size="paper", momentum=0.9)).stages

    assert (stage.objectives[0].lr, stage.objectives[0].momentum) == (0.01, 0.9)


def test_objectives_may_take_turns_on_epochs() -> None:
    """Then each epoch is two stages, and the detector's rate falls from one to the next."""
    stages = recipe(Switches(size="paper", alternate="epoch")).stages

    assert [each.name for each in stages[:3]] == ["matting1", "flaws1", "matting2"]
    assert [len(each.objectives) for each in stages] == [1] * 100
    rates = [each.objectives[0].lr for each in stages[1::2]]
    assert rates[0] == 1e-4
    assert rates[25] == pytest.approx(1e-4 * 0.5**0.9)


def test_the_detector_may_begin_alone() -> None:
    """A stage before all others."""
    first, *_ = recipe(Switches(fd_warmup=100)).stages

    assert (first.name, first.steps) == ("warmup", 100)
    assert [each.name for each in first.objectives] == ["flaws"]


def test_without_a_map_of_flaws_nobody_learns_to_make_one() -> None:
    """Of the other rows of table 4."""
    for fem in ("zeros", "off"):
        made = recipe(with_settings(Switches(), [f"fem={fem}"]))
        assert [each.name for each in made.stages[0].objectives] == ["matting"]


def test_switches_reach_the_config() -> None:
    """What is not said is as the size has it."""
    config = recipe(Switches(train_iters=3, fem="zeros")).config

    assert isinstance(config, Config)
    assert (config.train_iters, config.fem, config.width) == (3, "zeros", 16)


@pytest.mark.parametrize(
    "setting",
    [
        "size=huge",
        "sam=false",
        "e5=1280",
        "alternate=epoch",
        "momentum=0.9",
        "fem=off fd_warmup=2",
        "gamma_unknown=0",
        "nu=-1",
    ],
)
def test_what_cannot_be_is_refused_by_name(setting: str) -> None:
    """Before anything is trained; a switch that does nothing would make a table lie."""
    with pytest.raises(InputError, match="|".join(it.partition("=")[0] for it in setting.split())):
        with_settings(Switches(), setting.split())
