"""`penumbra train`: what is asked for reaches the loop, and what is wrong is said at once."""

import importlib
import json
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from click.testing import Result
from torch import nn

from penumbra.cli import train as command
from penumbra.nn.weights import WeightsHeader, save_weights
from penumbra.training.compose import Batch, Composer
from penumbra.training.composition import Composition
from penumbra.training.pool import Pool
from penumbra.training.recipe import Gate, Limit, Recipe, Stage
from tests.packs import OPEN, RESEARCH, tiny_pack
from tests.tiny_run import TinySource, recipe

Train = Callable[..., Result]


def room_recipe() -> Recipe:
    """Return the tiny recipe with samples that a pack can make."""
    plain = recipe(steps=2)
    how = Composition(unknown_crops=0)
    stages = tuple(replace(stage, size=16, composition=how) for stage in plain.stages)
    return replace(plain, track="research", stages=stages)


def brightness(network: nn.Module, batch: Batch) -> dict[str, float]:
    """For a gate."""
    return {"brightness": float(batch.image.mean())}


@pytest.fixture
def train(penumbra: Callable[..., Result], here: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    """Run `penumbra train tiny` with a small pack on the CPU."""
    one = room_recipe()
    gate = Gate(brightness, (Limit("brightness", most=-1),), 2, 2, 16, Composition())
    recipes = {
        "s": one,
        "open": replace(one, variant="open", track="open"),
        "gated": replace(
            one,
            variant="gated",
            stages=(replace(one.stages[0], gate=gate), *one.stages[1:]),
        ),
    }
    rooms = {"penumbra.systems.tiny.recipe": SimpleNamespace(RECIPES=recipes)}
    found = importlib.import_module
    monkeypatch.setattr(command, "import_module", lambda name: rooms.get(name) or found(name))
    tiny_pack(here / "tiny.tar", 4)

    def run(line: str = "", pack: str = "tiny.tar") -> Result:
        return penumbra(f"train tiny --pack {pack} --out run --device cpu {line}")

    return run


def facts(here: Path) -> dict[str, Any]:
    """Return what the checkpoint says of the run."""
    found: dict[str, Any] = json.loads((here / "run" / "checkpoint" / "run.json").read_text())
    return found


def resolved(here: Path) -> dict[str, Any]:
    """Return the recipe as it was carried out."""
    found: dict[str, Any] = json.loads((here / "run" / "checkpoint" / "recipe.json").read_text())
    return found


def test_what_does_not_hold_at_the_end_of_a_stage_is_said(train: Train) -> None:
    """A number, and a warning; the run goes on."""
    result = train("--variant gated --log-every 2")

    assert result.exit_code == 0, result.output
    assert "first has ended: brightness 0." in result.stderr
    assert "warning: after first, brightness must be at most -1, got 0." in result.stderr


def test_a_pack_becomes_weights(train: Train, here: Path) -> None:
    """With a log that says which data they come from, and one line of text for each of its own."""
    result = train("--log-every 2 --preview-every 3")

    assert result.exit_code == 0, result.output
    lines = result.stderr.splitlines()
    assert [line.split()[:3] for line in lines[:2]] == [
        ["first", "2", "squared"],
        ["second", "4", "squared"],
    ]
    assert lines[2].startswith("finished: 4 steps, 0 skipped")
    assert facts(here)["data"] == [{"name": OPEN.name, "terms": OPEN.terms}]
    assert facts(here)["track"] == "research"
    assert (here / "run" / "checkpoint" / "weights.safetensors").exists()
    assert (here / "run" / "previews" / "0000003.png").exists()


def test_settings_are_carried_out_and_written_down(train: Train, here: Path) -> None:
    """The recipe beside the weights is the one that made them."""
    result = train("--set stages.0.steps=5 --set stages.1.batch_size=3 --set ema=0")

    assert result.exit_code == 0, result.output
    first, second = resolved(here)["stages"]
    assert (first["steps"], second["batch_size"], resolved(here)["ema"]) == (5, 3, 0.0)
    assert facts(here)["step"] == 7


def test_a_run_goes_on_when_it_is_asked_to(train: Train) -> None:
    """And only then: the same line without --resume must not write over hours of work."""
    train()

    again, resumed = train(), train("--resume")

    assert again.exit_code == 2
    assert "run must not hold a run unless it is resumed" in again.stderr
    assert resumed.exit_code == 0
    assert "finished: 4 steps" in resumed.stderr


def test_a_warm_start_belongs_to_the_first_stage(train: Train, here: Path) -> None:
    """It is part of the recipe from then on."""
    weights = {"body.weight": torch.ones(4, 3, 3, 3)}
    save_weights(here / "warm.safetensors", weights, WeightsHeader("other", "s", {}, {}))

    result = train("--warm-start warm.safetensors")

    assert result.exit_code == 0, result.output
    starts = [stage["warm_start"] for stage in resolved(here)["stages"]]
    assert starts == ["warm.safetensors", None]


def test_some_stages_alone_can_be_carried_out(train: Train, here: Path) -> None:
    """In the order of the recipe; what is set counts them as the recipe does."""
    result = train("--stages second --set stages.1.steps=3")

    assert result.exit_code == 0, result.output
    assert [(it["name"], it["steps"]) for it in resolved(here)["stages"]] == [("second", 3)]
    assert "finished: 3 steps" in result.stderr


def test_threads_and_kernels_are_set(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is computed."""
    asked: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", asked.append)

    result = train("--threads 1 --deterministic")

    assert result.exit_code == 0, result.output
    assert asked == [1]
    assert torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(False)


def test_an_open_recipe_refuses_closed_data_by_name(train: Train, here: Path) -> None:
    """Weights are sold as free on the strength of this."""
    tiny_pack(here / "closed.tar", 3, RESEARCH)

    refused = train("--variant open", pack="tiny.tar --pack closed.tar")
    accepted = train("--variant open")

    assert refused.exit_code == 2
    assert "must be open for a recipe of track 'open', got photographs" in refused.stderr
    assert accepted.exit_code == 0, accepted.output
    assert facts(here)["track"] == "open"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--variant xl", "variant must be one of s, open, gated, got 'xl'"),
        ("--set stages.0.batch_sise=8", "must name what the recipe has (batch_size)"),
        ("--set seed", "setting must be PATH=VALUE, got 'seed'"),
        ("--set stages.0.steps=many", "stages.0.steps must be a whole number, got 'many'"),
        ("--stages first,third", "stages must be of first, second, got third"),
        ("--minutes 0", "0"),
        ("--log-every 0", "0"),
        ("--warm-start nowhere", "'nowhere' does not exist"),
    ],
)
def test_what_is_wrong_is_one_line_and_status_2(
    train: Train, here: Path, line: str, message: str
) -> None:
    """And nothing was written."""
    result = train(line)

    assert result.exit_code == 2
    assert message in result.stderr
    assert not (here / "run").exists()


def test_a_room_that_is_not_trained_is_refused(penumbra: Callable[..., Result], here: Path) -> None:
    """Whether it exists or not."""
    tiny_pack(here / "tiny.tar", 3)

    for room in ("classical", "nowhere"):
        result = penumbra(f"train {room} --pack tiny.tar --out run")

        assert result.exit_code == 2
        assert f"room must be one that is trained, got '{room}'" in result.stderr


def test_without_torch_the_extra_is_named(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    """The base install has none."""

    def missing(name: str) -> None:
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr(command, "import_module", missing)

    result = train()

    assert result.exit_code == 2
    assert "pip install 'penumbra[train]'" in result.stderr


def test_a_damaged_pack_is_one_line(train: Train, here: Path) -> None:
    """Cut off half-way, as a transfer that was interrupted leaves it."""
    data = (here / "tiny.tar").read_bytes()
    (here / "cut.tar").write_bytes(data[: len(data) // 2])

    result = train(pack="cut.tar")

    assert result.exit_code == 2
    assert "cut.tar" in result.stderr
    assert "Traceback" not in result.output


def test_losses_that_are_never_finite_end_with_one_line(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And say where the last checkpoint is."""

    def batch(self: object, stage: object, seed: int, first: int, count: int) -> Batch:
        plane = torch.full((count, 1, 16, 16), float("nan"))
        image = plane.expand(-1, 3, -1, -1)
        marks = torch.zeros(count)
        return Batch(
            image, plane, image, image, plane, plane, marks > 0, marks.long(), marks.long()
        )

    monkeypatch.setattr("penumbra.training.compose.Composer.batch", batch)

    result = train("--set stages.0.steps=20")

    assert result.exit_code == 2
    assert "losses, gradients and weights must be finite, got 10 steps in a row" in result.stderr


def test_a_room_may_make_batches_of_its_own(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the same pool; composers are not asked then."""
    pools = []

    def source(pool: Pool) -> TinySource:
        pools.append(pool)
        return TinySource()

    one = replace(room_recipe(), source=source)
    rooms = SimpleNamespace(RECIPES={"s": one})
    found = importlib.import_module
    monkeypatch.setattr(
        command, "import_module", lambda name: rooms if "tiny" in name else found(name)
    )
    monkeypatch.delattr(Composer, "batch")

    result = train()

    assert result.exit_code == 0, result.output
    assert [len(pool) for pool in pools] == [12]


def test_a_run_that_was_stopped_is_no_success(
    train: Train, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So `train && export` exports nothing unfinished; going on and finishing is a success."""

    def impatient(composer: Composer, stage: Stage, seed: int, first: int, count: int) -> Batch:
        os.kill(os.getpid(), signal.SIGTERM)
        return compose(composer, stage, seed, first, count)

    compose = Composer.batch
    with monkeypatch.context() as patched:
        patched.setattr(Composer, "batch", impatient)
        stopped = train()

    assert stopped.exit_code == 3
    assert "stopped; go on with --resume: 1 steps" in stopped.stderr
    assert train("--resume").exit_code == 0
