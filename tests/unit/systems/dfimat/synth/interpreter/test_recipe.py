"""The recipes of the interpreter, and every switch of the sheet `smpmat`, section 9."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from penumbra.cli.main import main
from penumbra.core.errors import InputError
from penumbra.core.settings import with_settings
from penumbra.nn.weights import read_weights
from penumbra.systems.dfimat.gathering import Gathering, SceneSource
from penumbra.systems.dfimat.recipe import RECIPES as DFIMAT
from penumbra.systems.dfimat.synth.interpreter.config import S
from penumbra.systems.dfimat.synth.interpreter.losses import InterpreterLoss
from penumbra.systems.dfimat.synth.interpreter.reader import Reader, load_reader
from penumbra.systems.dfimat.synth.interpreter.recipe import RECIPES, Switches, recipe
from penumbra.systems.dfimat.synth.sources.diffusion import DiffusionSource
from penumbra.systems.dfimat.synth.sources.tiny import TinyConfig, make_tiny, save_tiny
from penumbra.training.pool import Pool
from penumbra.training.recipe import Recipe, as_dict
from penumbra.training.turns import turns_of
from tests.packs import tiny_pack

FEW = Gathering(scenes=3, photographs=0.0)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> SceneSource:
    path = Path(tmp_path_factory.mktemp("pack")) / "people.tar"
    tiny_pack(path, 5)
    return SceneSource(Pool.load([path]))


def check_learns(made: Recipe, source: SceneSource) -> None:
    """Take two steps of the last stage with two small samples: finite losses, moved weights."""
    torch.manual_seed(0)
    network = made.network().train()
    stage = replace(made.stages[-1], steps=2, size=64, composition=FEW)
    before = {name: each.clone() for name, each in network.named_parameters()}
    (turn,) = turns_of(stage, network)
    for step in range(2):
        turn.begin(step, 1000)
        terms = turn.objective.loss(network, source.batch(stage, 1, 2 * step, 2))
        total = torch.stack(list(terms.values())).sum()
        assert total.isfinite()
        total.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
        turn.optimiser.step()
    moved = {name for name, each in network.named_parameters() if not each.equal(before[name])}
    is_fine = made.config.has_detail and made.config.alpha_head == "full"
    wanted = {it for it in before if is_fine or not it.startswith("fine.")}
    assert {it for it in wanted if it.endswith("weight")} <= moved <= wanted


@pytest.mark.parametrize(
    "setting",
    [
        "size=s",
        "alpha_head=coarse",
        "has_detail=false",
        "has_attention=false",
        "queries=30",
        "dice_weight=0",
        "neg_weight=0.1",
        "text=toy",
    ],
)
def test_every_switch_runs_two_steps(setting: str, source: SceneSource) -> None:
    """With finite losses, and weights that move in every part."""
    check_learns(recipe(with_settings(Switches(), setting.split())), source)


@pytest.fixture(scope="module")
def tiny_weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Of a small network of diffusion, drawn at random."""
    pytest.importorskip("diffusers", reason="needs the extra synth")
    config = TinyConfig(side=64, text="toy")
    path = Path(tmp_path_factory.mktemp("tiny")) / "tiny.safetensors"
    save_tiny(path, make_tiny(config), config)
    return str(path)


@pytest.mark.parametrize("setting", ["timestep=50", "has_attention=false has_detail=false"])
def test_switches_of_frozen_sources_run_two_steps(
    setting: str, source: SceneSource, tiny_weights: str
) -> None:
    """There is nothing to learn but the interpreter."""
    switches = Switches(source="tiny", weights=tiny_weights)
    made = recipe(with_settings(switches, setting.split()))

    check_learns(made, source)
    reader = made.network()
    assert isinstance(reader, Reader)
    assert isinstance(reader.source, DiffusionSource)
    assert reader.source.reading.timestep == made.config.timestep
    assert reader.source.reading.has_detail == made.config.has_detail
    assert {it.partition(".")[0] for it, _ in reader.named_parameters()} == {"interpreter"}


@pytest.mark.parametrize(
    ("asked", "variant", "expected"),
    [
        ({}, "s", {}),
        ({"queries": 12}, "s-ablated", {}),
        ({"alpha_head": "coarse"}, "s-ablated", {"alpha_head": "coarse"}),
        ({"source": "rgb"}, "s", {}),
        ({"source": "tiny"}, "s-tiny", {"source": "tiny"}),
        ({"source": "sd", "weights": "/x/sd", "timestep": 200}, "s-sd-ablated",
         {"source": "sd", "timestep": 200}),
        ({"dice_weight": 0.0}, "s-ablated", {}),
    ],
)  # fmt: skip
def test_an_ablated_network_never_takes_the_place_of_a_whole_one(
    asked: Mapping[str, object], variant: str, expected: Mapping[str, object]
) -> None:
    """Each has a name of its own, and the config of what it is."""
    made = recipe(Switches(**asked))  # type: ignore[arg-type]

    assert made.variant == variant
    assert made.config == replace(S, **expected)  # type: ignore[arg-type]


def test_losses_have_their_switches() -> None:
    """Dice, and queries that show nobody."""
    loss = recipe(Switches(dice_weight=0.5, neg_weight=0.1)).stages[0].objectives[0].loss

    assert loss == InterpreterLoss(0.5, 0.1)


def test_the_base_learns_behind_stable_diffusion_as_in_the_sheet() -> None:
    """Section 3.1: 400 pictures, Adam at 1e-4 falling as a cosine, batches of 8, at 512 pixels."""
    made = RECIPES["b"]
    (stage,) = made.stages
    (learns,) = stage.objectives

    assert sorted(RECIPES) == ["b", "s"]
    assert made.config.source == "sd"
    assert (stage.size, stage.batch_size, stage.composition.scenes) == (512, 8, 400)
    assert 200 <= stage.steps * stage.batch_size / 400 <= 500
    assert (learns.optimiser, learns.lr, learns.schedule.kind) == ("adam", 1e-4, "cosine")


def test_people_held_aside_by_the_room_are_held_aside_here() -> None:
    """No photographs, whose people have no mattes."""
    made, room = RECIPES["s"], DFIMAT["s"]
    assert made.validation is not None
    assert room.validation is not None
    assert made.validation.composition.people == room.validation.composition.people
    assert made.validation.composition.people.is_held
    for stage in made.stages:
        assert stage.composition.people == room.stages[0].composition.people
        assert not stage.composition.people.is_held
        assert stage.composition.photographs == 0


def test_where_weights_lie_is_not_told() -> None:
    """Recipes are written beside weights that are given away."""
    switches = Switches(source="sd", weights="/home/somebody/sd")

    assert "somebody" not in str(as_dict(recipe(switches)))


def test_the_program_trains_it_by_the_package_s_name(tmp_path: Path) -> None:
    """Both stages, previews and validation; what is written can be read."""
    tiny_pack(tmp_path / "people.tar", 5)
    settings = ["validation.size=64", "validation.samples=1", "validation.composition.scenes=1"]
    for stage in ("stages.0", "stages.1"):
        settings += [f"{stage}.steps=1", f"{stage}.batch_size=2", f"{stage}.size=64"]
        settings += [f"{stage}.composition.scenes=2", f"{stage}.composition.people.held=0.4"]
    settings += ["validation.composition.people.held=0.4", "alpha_head=coarse"]
    chosen = [word for each in settings for word in ("--set", each)]

    done = CliRunner().invoke(
        main,
        ["train", "dfimat.synth.interpreter", "--pack", str(tmp_path / "people.tar"), "--out",
         str(tmp_path / "run"), "--device", "cpu", "--preview-every", "2", *chosen],
    )  # fmt: skip

    assert done.exit_code == 0, done.output
    assert "finished: 2 steps" in done.output
    assert (tmp_path / "run/previews/0000002.png").exists()
    weights = tmp_path / "run/checkpoint/weights.safetensors"
    _, header = read_weights(weights)
    assert (header.room, header.variant) == ("dfimat.synth.interpreter", "s-ablated")
    assert load_reader(weights).config == replace(S, alpha_head="coarse")


def test_sizes_that_are_not_there_are_refused() -> None:
    """By name."""
    with pytest.raises(InputError, match="size must be one of s, b, got 'm'"):
        Switches(size="m")  # type: ignore[arg-type]
