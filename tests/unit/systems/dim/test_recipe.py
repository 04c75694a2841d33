"""The recipes of Deep Image Matting, and every switch of the sheet's section 12."""

from dataclasses import replace
from pathlib import Path

import pytest

from penumbra.core.errors import InputError, WeightsError
from penumbra.core.settings import with_settings
from penumbra.systems.dim.losses import CoarseLoss, WholeLoss
from penumbra.systems.dim.recipe import RECIPES, Size, Switches, recipe
from penumbra.training.compose import Composer
from penumbra.training.loop import train
from penumbra.training.pool import Pool
from penumbra.training.recipe import Recipe
from penumbra.training.release import read_checkpoint
from penumbra.training.run import Run
from tests.packs import tiny_pack
from tests.training_steps import check_every_stage_learns


def small(made: Recipe) -> Recipe:
    """The same in two steps of two small samples for each stage."""
    stages = tuple(replace(each, steps=2, batch_size=2, size=64) for each in made.stages)
    return replace(made, stages=stages, validation=None)


def composer(folder: Path) -> Composer:
    tiny_pack(folder / "p.tar")
    return Composer(Pool.load([folder / "p.tar"]))


@pytest.mark.parametrize(
    "setting",
    [
        "w_l=1",
        "refine=false",
        "refine_skip=logit",
        "squash=clamp",
        "trimap=dilate",
        "crop_sizes=320",
        "recreate_each_epoch=false",
        "track=research",
        "size=default",
        "size=default conv6=1x1",
        "size=default conv6=1x1 skip_add=true",
        "size=default conv6=1x1 decoder_bn=true",
        "size=default conv6=1x1 trimap=dilate crop_sizes=320,480",
    ],
)
def test_every_switch_runs_two_steps_of_each_stage(setting: str, tmp_path: Path) -> None:
    """With finite losses, and weights that move."""
    made = small(recipe(with_settings(Switches(), setting.split())))
    check_every_stage_learns(made, composer(tmp_path))


def test_the_loop_carries_out_what_ships(tmp_path: Path) -> None:
    """All three stages, previews, a checkpoint, and the best weights on what is held aside."""
    made = small(RECIPES["s"])
    stages = tuple(
        replace(each, composition=replace(each.composition, held=0.5)) for each in made.stages
    )
    usual = RECIPES["s"].validation
    assert usual is not None
    often = replace(usual, every=3, samples=3, batch_size=2, size=64)
    often = replace(often, composition=replace(usual.composition, held=0.5))
    made = replace(made, stages=stages, validation=often)

    outcome = train(made, composer(tmp_path), tmp_path / "run", Run("cpu", preview_every=3))

    assert (outcome.is_finished, outcome.step, outcome.skipped) == (True, 6, 0)
    assert (tmp_path / "run" / "previews" / "0000006.png").exists()
    assert read_checkpoint(tmp_path / "run" / "best").header.variant == "s"


def test_what_is_held_aside_is_never_learned_from() -> None:
    """The best weights are found on other objects than those of the stages."""
    for made in RECIPES.values():
        assert made.validation is not None
        assert made.validation.composition.is_held
        assert all(not each.composition.is_held for each in made.stages)
        held = {each.composition.held for each in made.stages}
        assert held == {made.validation.composition.held}
        assert min(held) > 0


def test_the_paper_s_recipe_is_the_paper_s() -> None:
    """Adam at 1e-5, samples of 320 pixels from windows of 320, 480 and 640 around the unknown."""
    made = RECIPES["paper"]

    assert [each.name for each in made.stages] == ["coarse", "refine", "whole"]
    assert {each.size for each in made.stages} == {320}
    assert {each.batch_size for each in made.stages} == {1}
    (objective,) = made.stages[0].objectives
    assert (objective.optimiser, objective.lr) == ("adam", 1e-5)
    how = made.stages[0].composition
    assert (how.zooms, how.unknown_crops) == ((1.0, 1.5, 2.0), 1.0)
    assert (how.erosion, how.dilation) == ((1, 29), (1, 29))
    still = made.stages[1].composition
    assert (still.erosion, still.dilation) == ((15, 15), (15, 15))
    assert made.config.conv6 == "fc6"
    assert made.validation is not None
    assert made.validation.every == 40_000
    for how in (*(each.composition for each in made.stages), made.validation.composition):
        worn = (how.turn, how.colour, how.blur, how.noise, how.jpeg, how.join, how.paint)
        assert (worn, how.stretch, how.mirror) == ((0,) * 7, 1.0, 0.5)
    assert (made.validation.composition.erosion, made.validation.composition.dilation) == (
        (15, 15),
        (15, 15),
    )


def test_switches_reach_the_network_and_the_samples() -> None:
    """Each of those that change no loss."""
    settings = ["size=default", "conv6=1x1", "squash=clamp", "trimap=dilate"]

    made = recipe(with_settings(Switches(), settings))

    assert (made.variant, made.track) == ("default-ablated", "research")
    assert (made.config.conv6, made.config.squash) == ("1x1", "clamp")
    assert recipe(Switches(refine_skip="logit")).config.refine_skip == "logit"
    assert (made.stages[0].composition.trimap, made.stages[0].composition.dilation) == (
        "dilate",
        (1, 19),
    )
    assert made.stages[1].composition.trimap == "erode_dilate"


@pytest.mark.parametrize("size", ["s", "default"])
def test_every_switch_reaches_what_it_is_about(size: Size) -> None:
    """In every stage that it concerns."""
    made = recipe(Switches(size, w_l=1.0, crop_sizes=(160, 640), recreate_each_epoch=False))

    coarse, _, whole = (stage.objectives[0].loss for stage in made.stages)
    assert (coarse, whole) == (CoarseLoss(1.0), WholeLoss(1.0))
    for stage in made.stages:
        assert stage.composition.zooms == (0.5, 2.0)
        assert not stage.composition.is_recreated
    more = recipe(Switches("default", skip_add=True, decoder_bn=True)).config
    assert (more.skip_add, more.decoder_bn) == (True, True)
    assert recipe(Switches(size, refine=False)).config.refine is False


def test_an_ablated_network_has_a_name_of_its_own() -> None:
    """Exported, it must not take the place of what ships; other pictures alone are no ablation."""
    assert recipe(Switches(w_l=1.0)).variant == "s-ablated"
    assert recipe(Switches(track="research", refine=False)).variant == "s-research-ablated"
    assert recipe(Switches("default", pretrained="vgg.safetensors")).variant == "default"


def test_the_encoder_can_start_from_a_file(tmp_path: Path) -> None:
    """The switch leads to the network; a missing file is said at once."""
    made = recipe(Switches("default", conv6="1x1", pretrained=str(tmp_path / "vgg.safetensors")))

    with pytest.raises(WeightsError, match=r"vgg.safetensors must be a readable file"):
        made.network()


def test_what_ships_is_open_unless_it_is_asked_to_be_better() -> None:
    """The track decides what its name is and which packs it takes."""
    assert (RECIPES["s"].track, RECIPES["s-research"].track) == ("open", "research")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["conv6=fc6"], "conv6 must be left alone, .* for size s, got 'fc6'"),
        (["w_l=2"], r"w_l must be in \[0, 1\], got 2.0"),
        (["crop_sizes=320,-1"], "crop_sizes must be positive numbers"),
        (["size=m"], "size must be one of s, default, paper, got 'm'"),
        (["conv7=1x1"], "setting must be one of size, .* did you mean conv6"),
    ],
)
def test_switches_that_make_no_sense_are_refused(settings: list[str], message: str) -> None:
    """Before anything is loaded."""
    with pytest.raises(InputError, match=message):
        recipe(with_settings(Switches(), settings))
