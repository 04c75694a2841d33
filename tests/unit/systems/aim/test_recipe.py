"""The recipes of automatic matting, and every switch of the sheet's section 10."""

from dataclasses import replace
from pathlib import Path

import pytest

from penumbra.core.errors import InputError
from penumbra.core.settings import with_settings
from penumbra.data.catalog import dataset
from penumbra.systems.aim.recipe import MASKS, MATTES, RECIPES, Switches, recipe
from penumbra.training.compose import Composer
from penumbra.training.loop import train
from penumbra.training.pool import Pool
from penumbra.training.recipe import Recipe
from penumbra.training.release import read_checkpoint
from penumbra.training.run import Run
from tests.packs import tiny_pack
from tests.training_steps import check_every_stage_learns


def small(made: Recipe, share: float = 0.5) -> Recipe:
    """The same in two steps of two small samples for each stage."""
    stages = tuple(
        replace(
            each,
            steps=2,
            batch_size=2,
            size=64,
            composition=replace(each.composition, empty_of=(), held=share),
        )
        for each in made.stages
    )
    return replace(made, stages=stages, validation=None)


def composer(folder: Path) -> Composer:
    tiny_pack(folder / "p.tar")
    return Composer(Pool.load([folder / "p.tar"]))


@pytest.mark.parametrize(
    "setting",
    [
        "track=open",
        "uni=false",
        "tl=false",
        "se=false",
        "sa=false",
        "fusion=soft",
        "lap_weights=1,2,4,8,16,32",
        "compat=true",
        "denoise=true",
        "ns_blur=false",
        "crop_anchor=topleft",
        "size=paper",
        "size=paper mp=false",
        "size=paper unpool=torch",
        "size=paper ppm_align_corners=true",
    ],
)
def test_every_switch_runs_two_steps_of_each_stage(setting: str, tmp_path: Path) -> None:
    """With finite losses, and weights that move."""
    made = small(recipe(with_settings(Switches(), setting.split())), share=0)
    check_every_stage_learns(made, composer(tmp_path))


def test_the_loop_carries_out_what_ships(tmp_path: Path) -> None:
    """Both stages, previews, a checkpoint, and the best weights on what is held aside."""
    made = small(RECIPES["s"])
    usual = RECIPES["s"].validation
    assert usual is not None
    how = replace(made.stages[-1].composition, is_held=True)
    often = replace(usual, every=2, samples=3, batch_size=2, size=64, composition=how)
    made = replace(made, validation=often)

    outcome = train(made, composer(tmp_path), tmp_path / "run", Run("cpu", preview_every=2))

    assert (outcome.is_finished, outcome.step, outcome.skipped) == (True, 4, 0)
    assert (tmp_path / "run" / "previews" / "0000004.png").exists()
    assert read_checkpoint(tmp_path / "run" / "best").header.variant == "s"


def test_each_row_of_the_ablation_is_its_own_variant() -> None:
    """An ablated network never takes the place of a whole one."""
    assert recipe(Switches()).variant == "s"
    assert recipe(Switches(uni=False)).variant == "s-ablated"
    assert recipe(Switches(track="open", sa=False)).variant == "s-open-ablated"
    assert recipe(Switches(size="paper", pretrained="file")).variant == "paper"
    assert sorted(RECIPES) == ["paper", "s", "s-open"]


def test_an_epoch_of_the_paper_is_what_its_folders_hold() -> None:
    """As the catalogue counts them; 591 of Distinctions-646, as later papers do."""
    names = ("composition-1k", "am-2k", "duts")
    train = {name: dataset(name).splits["train"] or 0 for name in names}

    assert train["duts"] == MASKS
    assert train["composition-1k"] * 5 + 591 * 5 + train["am-2k"] * 2 == MATTES == 8710
    assert [stage.steps for stage in recipe(Switches(size="paper")).stages] == [66_000, 27_250]


def test_without_masks_to_learn_from_mattes_are_learned_faster() -> None:
    """A rate for fine-tuning would not move random weights."""
    rates = [
        recipe(Switches(size="paper", tl=tl)).stages[-1].objectives[0].lr for tl in (True, False)
    ]

    assert rates == [1e-6, 1e-4]


def test_the_open_track_asks_for_no_photographs_with_masks() -> None:
    """None that is free has any."""
    stages = recipe(Switches(track="open")).stages

    assert [stage.composition.scenes for stage in stages] == [0, 0]


@pytest.mark.parametrize("setting", ["mp=false", "unpool=torch", "pretrained=file", "size=huge"])
def test_what_a_size_lacks_cannot_be_set(setting: str) -> None:
    """A switch that does nothing would make a table lie."""
    with pytest.raises(InputError, match=setting.partition("=")[0]):
        with_settings(Switches(), [setting])
