"""From a checkpoint to what ships: complete entries, and nothing before all is well."""

import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from torch import nn

from penumbra.core.errors import OutputError, WeightsError
from penumbra.nn.weights import WeightsHeader, save_weights
from penumbra.training import release as module
from penumbra.training.export import ExportReport, NamedGraph
from penumbra.training.release import RUN, WEIGHTS, read_checkpoint, release
from penumbra.weights import Source, entries, load_graph
from tests.unit.runtime.models import mean_model

HEADER = WeightsHeader("toy", "s", {"width": 4}, {"seed": 1})
FACTS: dict[str, Any] = {
    "commit": "0123abc",
    "hardware": "2 cores",
    "minutes": 12.5,
    "data": [{"name": "noise", "terms": "free"}],
    "track": "open",
    "versions": {"torch": "2"},
}


def train(folder: Path, **changes: Any) -> Path:  # noqa: ANN401 - any value of JSON
    """Leave in a folder what training leaves; None takes a fact away."""
    folder.mkdir()
    facts = {key: value for key, value in (FACTS | changes).items() if value is not None}
    (folder / RUN).write_text(json.dumps(facts))
    save_weights(folder / WEIGHTS, nn.Linear(2, 2), HEADER)
    return folder


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Export every graph at once, as one that averages channels; "bad" is far from torch."""

    def quickly(graph: NamedGraph) -> tuple[bytes, ExportReport]:
        if graph.name == "bad":
            raise WeightsError("graph bad must agree with torch")
        data = mean_model()
        digest = sha256(data).hexdigest()
        return data, ExportReport(graph.name, digest, len(data), 0, 0, (), ())

    monkeypatch.setattr(module, "to_onnx", quickly)


def graph(name: str) -> NamedGraph:
    return NamedGraph(name, nn.Identity(), (), ())


@pytest.mark.usefixtures("_quick")
def test_an_entry_holds_all_that_is_known(tmp_path: Path) -> None:
    """A track's name is the verdict on its data."""
    checkpoint = read_checkpoint(train(tmp_path / "run", track="research"))

    (released,) = release(checkpoint, [graph("matting")], tmp_path, {"iou": 0.5, "count": 100})

    entry = released.entry
    assert (entry.file, entry.graph) == ("toy-s.onnx", "matting")
    assert (entry.room, entry.variant, entry.licence) == ("toy", "s", "research")
    assert (entry.config, entry.recipe) == ({"width": 4}, {"seed": 1})
    assert (entry.commit, entry.hardware, entry.minutes) == ("0123abc", "2 cores", 12.5)
    assert entry.data == (Source("noise", "free"),)
    assert entry.numbers == {"iou": 0.5, "count": 100}


@pytest.mark.usefixtures("_quick")
def test_several_graphs_are_told_apart_by_name(tmp_path: Path) -> None:
    """Each with an entry of its own, beside those that were there."""
    checkpoint = read_checkpoint(train(tmp_path / "run"))
    folder = tmp_path / "weights"

    release(checkpoint, [graph("alone")], folder, {})
    release(checkpoint, [graph("encode"), graph("decode")], folder, {})

    listed = entries(folder)
    assert {entry.name for entry in listed} == {"toy-s", "toy-s-decode", "toy-s-encode"}
    assert {path.name for path in folder.glob("*.onnx")} == {entry.file for entry in listed}
    load_graph("toy-s-encode", "open", threads=1, folder=folder)


@pytest.mark.usefixtures("_quick")
@pytest.mark.parametrize("bad", ["graph", "run", "numbers"])
def test_nothing_is_written_unless_all_is_well(bad: str, tmp_path: Path) -> None:
    """Not even the graphs that came before the bad one."""
    run = train(tmp_path / "run", minutes="long" if bad == "run" else 1)
    graphs = [graph("encode"), graph("bad" if bad == "graph" else "decode")]
    numbers = {"iou": float("nan") if bad == "numbers" else 0.5}

    with pytest.raises(WeightsError):
        release(read_checkpoint(run), graphs, tmp_path / "weights", numbers)

    assert not (tmp_path / "weights").exists()


@pytest.mark.parametrize("missing", ["commit", "hardware", "minutes", "data", "track"])
def test_a_run_that_does_not_say_all_is_refused(missing: str, tmp_path: Path) -> None:
    """Nobody would know later."""
    with pytest.raises(WeightsError, match=rf"{RUN} must say commit, .*, track, got"):
        read_checkpoint(train(tmp_path / "run", **{missing: None}))


def test_weights_of_another_run_are_refused(tmp_path: Path) -> None:
    """Training writes their hash beside them; two runs can be mixed up while they are copied."""
    run = train(tmp_path / "run", sha256={WEIGHTS: "0" * 64})

    with pytest.raises(WeightsError, match=f"{WEIGHTS} must have sha256 {'0' * 64}, got"):
        read_checkpoint(run)


@pytest.mark.usefixtures("_quick")
def test_a_track_that_is_no_verdict_is_refused(tmp_path: Path) -> None:
    """There are two."""
    checkpoint = read_checkpoint(train(tmp_path / "run", track="secret"))

    with pytest.raises(WeightsError, match="licence must be open or research, got 'secret'"):
        release(checkpoint, [graph("matting")], tmp_path / "weights", {})


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda run: (run / RUN).unlink(), f"{RUN} must be a readable file"),
        (lambda run: (run / RUN).write_text("{"), f"{RUN} must be JSON"),
        (lambda run: (run / RUN).write_text("[]"), f"{RUN} must say .* got list"),
        (lambda run: (run / WEIGHTS).unlink(), f"{WEIGHTS} must be a readable file"),
        (lambda run: os.truncate(run / WEIGHTS, 50), f"{WEIGHTS} must be a whole safetensors file"),
    ],
)
def test_an_incomplete_checkpoint_is_refused(harm: Any, message: str, tmp_path: Path) -> None:  # noqa: ANN401
    """By the file that is at fault."""
    run = train(tmp_path / "run")
    harm(run)

    with pytest.raises(WeightsError, match=message):
        read_checkpoint(run)


@pytest.mark.usefixtures("_quick")
def test_a_place_that_is_no_folder_is_an_error(tmp_path: Path) -> None:
    """Of ours."""
    checkpoint = read_checkpoint(train(tmp_path / "run"))
    (tmp_path / "file").touch()

    with pytest.raises(OutputError, match="file must be a folder"):
        release(checkpoint, [graph("matting")], tmp_path / "file", {})
