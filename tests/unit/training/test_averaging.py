"""`scripts/average_checkpoints.py` and `scripts/join_checkpoints.py`."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from types import ModuleType

import pytest
import torch

from penumbra.core.errors import MatteError, WeightsError
from penumbra.nn.weights import WeightsHeader, read_weights
from penumbra.systems.segment.config import S
from penumbra.systems.segment.network import SegmentNetwork
from penumbra.training.checkpoint import save_best
from tests.script import load_script

FACTS = {"commit": "0123abc", "hardware": "2 cores", "minutes": 1}


@pytest.fixture
def script() -> ModuleType:
    """The script that averages, as a module."""
    return load_script("average_checkpoints")


def checkpoint(folder: Path, value: float, data: str, track: str = "research") -> Path:
    """Weights that are one value everywhere."""
    network = SegmentNetwork(S)
    with torch.no_grad():
        for tensor in network.state_dict().values():
            tensor.fill_(value)
    folder.mkdir()
    header = WeightsHeader("segment", "s", asdict(S), {"seed": 1})
    facts = FACTS | {"data": [{"name": data, "terms": "none"}], "track": track}
    return save_best(folder, network, header, facts)


def test_every_weight_is_the_mean_and_the_data_are_those_of_all(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counters, which are whole numbers, are the last one's."""
    folders = [checkpoint(tmp_path / name, n, name) for name, n in (("a", 1), ("b", 4))]
    monkeypatch.setattr(sys, "argv", ["x", *map(str, folders), "--out", str(tmp_path / "c")])

    script.main()

    tensors, header = read_weights(tmp_path / "c/best/weights.safetensors")
    values = {
        (tensor.is_floating_point(), float(tensor.flatten()[0])) for tensor in tensors.values()
    }
    assert values <= {(True, 2.5), (False, 4.0)}
    assert (True, 2.5) in values
    assert header.recipe == {"seed": 1, "averaged": 2}
    run = json.loads((tmp_path / "c/best/run.json").read_text())
    assert [each["name"] for each in run["data"]] == ["a", "b"]


def test_another_track_is_refused(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or research would become open."""
    one = checkpoint(tmp_path / "a", 1, "a")
    other = checkpoint(tmp_path / "b", 1, "b", track="open")
    monkeypatch.setattr(sys, "argv", ["x", str(one), str(other), "--out", str(tmp_path / "c")])

    with pytest.raises(WeightsError, match="one network and one track"):
        script.main()


def test_parts_are_taken_by_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All else is the first one's; the data are those of both."""
    one, other = checkpoint(tmp_path / "a", 1, "a"), checkpoint(tmp_path / "b", 4, "b")
    command = ["x", str(one), "--take", f"encoder.={other}", "--minutes", "7"]
    monkeypatch.setattr(sys, "argv", [*command, "--out", str(tmp_path / "c")])

    load_script("join_checkpoints").main()

    tensors, header = read_weights(tmp_path / "c/best/weights.safetensors")
    found = {(name.startswith("encoder."), float(it.flatten()[0])) for name, it in tensors.items()}
    assert found == {(True, 4.0), (False, 1.0)}
    assert header.recipe == {"seed": 1, "taken": {"encoder.": {"seed": 1}}}
    run = json.loads((tmp_path / "c/best/run.json").read_text())
    assert [each["name"] for each in run["data"]] == ["a", "b"]
    assert run["minutes"] == 7


@pytest.mark.parametrize(
    ("take", "track", "message"),
    [("encoder.", "open", "one network and one track"), ("legs.", "research", "take must be like")],
)
def test_what_does_not_fit_is_not_joined(
    take: str, track: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written."""
    one, other = checkpoint(tmp_path / "a", 1, "a"), checkpoint(tmp_path / "b", 1, "b", track)
    command = ["x", str(one), "--take", f"{take}={other}", "--minutes", "7"]
    command += ["--out", str(tmp_path / "c")]
    monkeypatch.setattr(sys, "argv", command)

    with pytest.raises(MatteError, match=message):
        load_script("join_checkpoints").main()
    assert not (tmp_path / "c").exists()


def test_a_source_has_one_set_of_terms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or what is stricter could be lost."""
    one, other = checkpoint(tmp_path / "a", 1, "a"), checkpoint(tmp_path / "b", 1, "a")
    run = json.loads((other / "run.json").read_text())
    run["data"][0]["terms"] = "research"
    (other / "run.json").write_text(json.dumps(run))
    command = ["x", str(one), "--take", f"encoder.={other}", "--minutes", "7"]
    monkeypatch.setattr(sys, "argv", [*command, "--out", str(tmp_path / "c")])

    with pytest.raises(MatteError, match="one set of terms"):
        load_script("join_checkpoints").main()
