"""`scripts/average_checkpoints.py`."""

import json
import sys
from dataclasses import asdict
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
import torch

from penumbra.core.errors import WeightsError
from penumbra.nn.weights import WeightsHeader, read_weights
from penumbra.systems.segment.config import S
from penumbra.systems.segment.network import SegmentNetwork
from penumbra.training.checkpoint import save_best

SCRIPT = Path(__file__).parents[3] / "scripts" / "average_checkpoints.py"
FACTS = {"commit": "0123abc", "hardware": "2 cores", "minutes": 1}


@pytest.fixture
def script() -> ModuleType:
    """The script as a module."""
    spec = spec_from_file_location("average_checkpoints", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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
