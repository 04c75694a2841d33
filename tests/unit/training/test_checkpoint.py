"""Checkpoints: whole or not there, and never trusted unread."""

import json
import os
from pathlib import Path

import pytest
import torch

from penumbra.core.errors import OutputError, WeightsError
from penumbra.nn.weights import WeightsHeader, load_weights
from penumbra.training import checkpoint
from penumbra.training.checkpoint import find_checkpoint, load_checkpoint, save_checkpoint
from tests.tiny_run import TinyNetwork

HEADER = WeightsHeader("tiny", "s", {"width": 1}, {"seed": 3, "stages": []})


def save(out: Path, step: int) -> Path:
    """Write a checkpoint of a network whose weights are all `step`."""
    network = TinyNetwork()
    for parameter in network.parameters():
        torch.nn.init.constant_(parameter, step)
    state = {"step": step, "network": network.state_dict(), "rates": [0.5, None]}
    return save_checkpoint(out, network, HEADER, state, {"minutes": 1.5, "step": step})


def test_everything_comes_back(tmp_path: Path) -> None:
    """Weights for whoever ships them, the rest for whoever goes on."""
    folder = save(tmp_path, 7)
    network = TinyNetwork()
    header = load_weights(folder / "weights.safetensors", network)

    saved = load_checkpoint(folder)

    assert folder == find_checkpoint(tmp_path) == tmp_path / "checkpoint"
    assert header == HEADER
    assert (network.head.weight == 7).all()
    assert saved.state["network"]["head.bias"].item() == 7
    assert (saved.state["step"], saved.state["rates"]) == (7, [0.5, None])
    assert saved.recipe == {"seed": 3, "stages": []}
    assert (saved.run["minutes"], saved.run["step"]) == (1.5, 7)


def test_a_new_one_takes_the_place_of_the_old(tmp_path: Path) -> None:
    """One at a time is kept, and nothing else is left."""
    save(tmp_path, 1)
    save(tmp_path, 2)

    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]
    assert load_checkpoint(tmp_path / "checkpoint").run["step"] == 2


def test_where_nothing_was_written_there_is_none(tmp_path: Path) -> None:
    """A run that died before its first checkpoint starts again."""
    assert find_checkpoint(tmp_path) is None


def test_a_half_written_folder_is_ignored_and_swept_away(tmp_path: Path) -> None:
    """This is what `kill -9` leaves in the middle of writing."""
    torn = tmp_path / ".checkpoint-0123456789abcdef.part"
    torn.mkdir()
    (torn / "weights.safetensors").write_bytes(b"half")

    assert find_checkpoint(tmp_path) is None
    save(tmp_path, 1)
    assert not torn.exists()


@pytest.mark.parametrize("fatal", range(2))
def test_between_any_two_renames_there_is_a_whole_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fatal: int
) -> None:
    """The old one is moved aside, then the new one takes its place; die before each of these."""
    save(tmp_path, 1)
    rename, calls = Path.rename, []

    def dying(self: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) == fatal + 1:
            raise KeyboardInterrupt
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", dying)
        with pytest.raises(KeyboardInterrupt):
            save(tmp_path, 2)

    found = find_checkpoint(tmp_path)
    assert found is not None
    assert load_checkpoint(found).run["step"] == 1
    assert load_checkpoint(save(tmp_path, 3)).run["step"] == 3
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]


def test_a_full_disk_is_our_error_and_keeps_the_last_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fills up while the new one is made sure of."""
    save(tmp_path, 1)

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"checkpoint must be writable, got 'No space left"):
        save(tmp_path, 2)

    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]
    assert load_checkpoint(tmp_path / "checkpoint").run["step"] == 1


@pytest.mark.parametrize("name", ["weights.safetensors", "state.pt", "recipe.json"])
@pytest.mark.parametrize("harm", ["cut", "changed", "gone"])
def test_a_damaged_file_is_named(tmp_path: Path, name: str, harm: str) -> None:
    """Going on from half a state would be worse than not going on."""
    path = save(tmp_path, 1) / name
    data = path.read_bytes()
    if harm == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif harm == "changed":
        middle = len(data) // 2
        path.write_bytes(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :])
    else:
        path.unlink()

    with pytest.raises(WeightsError, match=rf"{name} must be (as it was written|a readable file)"):
        load_checkpoint(path.parent)


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_damaged_list_of_facts_is_named(tmp_path: Path, text: str) -> None:
    """Without it nothing can be checked."""
    path = save(tmp_path, 1) / "run.json"
    path.write_text(text)

    with pytest.raises(WeightsError, match=r"run.json must (be JSON|hold an object)"):
        load_checkpoint(path.parent)


def test_a_state_that_would_run_code_is_refused(tmp_path: Path) -> None:
    """Even with its hash in order: a checkpoint may come from somebody else."""
    folder = save(tmp_path, 1)
    torch.save({"path": Path("x")}, folder / checkpoint.STATE)
    run = json.loads((folder / "run.json").read_text())
    run["sha256"]["state.pt"] = checkpoint._sha256(folder / checkpoint.STATE)
    (folder / "run.json").write_text(json.dumps(run))

    with pytest.raises(WeightsError, match=r"state.pt must hold a state"):
        load_checkpoint(folder)
