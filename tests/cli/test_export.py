"""`penumbra export`, with a room whose network is one layer."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import Result
from torch import nn

from penumbra.nn.weights import WeightsHeader, save_weights
from penumbra.training.export import GraphInput, NamedGraph
from penumbra.weights import WEIGHTS_VARIABLE, entries, load_graph

Penumbra = Callable[..., Result]

FACTS = {
    "commit": "0123abc",
    "hardware": "2 cores",
    "minutes": 12.5,
    "data": [{"name": "noise", "terms": "free"}],
    "track": "open",
}


def network(channels: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, channels, 3, padding=1), nn.Sigmoid())


def graphs(made: nn.Module) -> tuple[NamedGraph, ...]:
    return (NamedGraph("matting", made, (GraphInput("image", 3),), ("alpha",), 2),)


@pytest.fixture(autouse=True)
def _room(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A room called toy, as the package would hold it, and an empty folder of weights."""
    name = "penumbra.systems.toy"
    graph = ModuleType(f"{name}.graphs")
    vars(graph).update(graphs=graphs, network=lambda config: network(**config))
    for module in (ModuleType(name), graph):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setenv(WEIGHTS_VARIABLE, str(tmp_path / "weights"))


def train(here: Path, variant: str = "s", channels: int = 1, room: str = "toy") -> None:
    """Leave a checkpoint in the folder `run`."""
    (here / "run").mkdir()
    (here / "run" / "run.json").write_text(json.dumps(FACTS))
    header = WeightsHeader(room, variant, {"channels": 1}, {})
    save_weights(here / "run" / "weights.safetensors", network(channels), header)


def test_a_checkpoint_becomes_a_graph_that_runs(here: Path, penumbra: Penumbra) -> None:
    """With its numbers, where penumbra looks for weights; the table shows every size."""
    train(here)
    (here / "numbers.json").write_text('{"iou": 0.875}')

    result = penumbra("export toy run --variant s --numbers numbers.json")

    assert result.exit_code == 0, result.output
    assert "wrote" in result.stderr
    assert result.stdout.startswith("toy-s.onnx: graph matting, ")
    rows = [line.split() for line in result.stdout.splitlines() if line.startswith("alpha")]
    assert len(rows) == 10
    assert rows[0][:3] == ["alpha", "33x65", "1"]
    assert rows[0][4::2] == ["100.000%", "100.000%"]
    (entry,) = entries(here / "weights")
    assert entry.numbers == {"iou": 0.875}
    assert load_graph("toy-s", "open", threads=1).inputs == ("image",)


def test_json_is_for_programs(here: Path, penumbra: Penumbra) -> None:
    """Into a folder of choice, which is made."""
    train(here)

    result = penumbra("export toy run --output out --json")

    assert result.exit_code == 0, result.output
    (released,) = json.loads(result.stdout)
    assert released["entry"]["file"] == "toy-s.onnx"
    assert released["report"]["rounded"][0]["height"] == 33
    assert [entry.sha256 for entry in entries(here / "out")] == [released["report"]["sha256"]]
    assert not (here / "weights").exists()


@pytest.mark.parametrize(
    ("checkpoint", "line", "message"),
    [
        ({}, "export dog run", "room must be one that is trained, got 'dog'"),
        ({}, "export classical run", "room must be one that is trained, got 'classical'"),
        ({"room": "dog"}, "export toy run", "checkpoint must be of room toy, got dog"),
        ({}, "export toy run --variant m", "checkpoint must be of variant m, got s"),
        ({"channels": 2}, "export toy run", "0.weight must be float32 of shape (1, 3, 3, 3)"),
        ({}, "export toy run --numbers run/run.json", "number 'commit' must be finite"),
        ({}, "export toy run --numbers list.json", "must hold an object of numbers, got list"),
        ({}, "export toy run --numbers broken.json", "broken.json must be JSON"),
        ({}, "export toy empty", "run.json must be a readable file"),
        ({}, "export toy run --output run/run.json", "is a file"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(
    checkpoint: dict[str, str], line: str, message: str, here: Path, penumbra: Penumbra
) -> None:
    """With exit status 2, and nothing written."""
    train(here, **checkpoint)  # type: ignore[arg-type]
    (here / "empty").mkdir()
    (here / "list.json").write_text("[1]")
    (here / "broken.json").write_text("{")

    result = penumbra(line)

    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert not (here / "weights").exists()


@pytest.mark.parametrize("missing", ["torch", "onnx", "accelerate"])
def test_without_the_extra_it_says_what_to_install(
    missing: str, here: Path, penumbra: Penumbra, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The base install has no torch; a module that is missing for another reason is a bug."""
    train(here)

    def fail(name: str) -> ModuleType:
        raise ModuleNotFoundError(f"No module named {missing!r}", name=missing)

    monkeypatch.setattr("penumbra.cli.export.import_module", fail)

    result = penumbra("export toy run")

    if missing == "accelerate":
        assert result.exit_code == 1
        assert isinstance(result.exception, ModuleNotFoundError)
    else:
        assert result.exit_code == 2
        assert f"{missing} must be installed" in result.stderr
        assert "pip install 'penumbra[train]'" in result.stderr
