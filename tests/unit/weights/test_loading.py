"""From a name to a graph: nothing that is not what the manifest says is ever opened."""

import re
from hashlib import sha256
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from penumbra.core.errors import InputError, WeightsError
from penumbra.weights import (
    WEIGHTS_VARIABLE,
    Source,
    entries,
    entry,
    load_graph,
    read_verified,
    weights_folder,
)
from tests.unit.weights.entries import ship


@pytest.fixture
def never_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail the test if ONNX Runtime is given a model."""

    def opened(*_: object, **__: object) -> None:
        pytest.fail("ONNX Runtime was given a file that was not verified")

    monkeypatch.setattr(onnxruntime, "InferenceSession", opened)


@pytest.mark.parametrize("name", ["toy-s", "toy-s.onnx"])
def test_a_graph_is_found_by_name_and_runs(name: str, tmp_path: Path) -> None:
    """With or without the suffix."""
    ship(tmp_path)
    ones = np.ones((1, 3, 2, 2), np.float32)

    graph = load_graph(name, threads=1, folder=tmp_path)

    assert graph.run(image=ones, gain=ones[:, :1])["mean"].tolist() == [[[[1, 1], [1, 1]]]]


@pytest.mark.usefixtures("never_opened")
@pytest.mark.parametrize("harm", ["tampered", "truncated", "emptied", "longer"])
def test_a_file_that_changed_is_refused_before_it_is_opened(harm: str, tmp_path: Path) -> None:
    """With its name, the hash it must have and the one it has."""
    shipped = ship(tmp_path)
    path = tmp_path / shipped.file
    whole = path.read_bytes()
    middle = len(whole) // 2
    harmed = {
        "tampered": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "truncated": whole[:-1],
        "emptied": b"",
        "longer": whole + b"\0",
    }[harm]
    path.write_bytes(harmed)

    message = (
        f"{path} must have sha256 {shipped.sha256} ({len(whole)} bytes), "
        f"got sha256 {sha256(harmed).hexdigest()} ({len(harmed)} bytes)"
    )
    with pytest.raises(WeightsError, match=re.escape(message)):
        load_graph("toy-s", folder=tmp_path)


@pytest.mark.usefixtures("never_opened")
def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """With what should be there."""
    shipped = ship(tmp_path)
    (tmp_path / shipped.file).unlink()

    with pytest.raises(
        WeightsError, match=rf"toy-s\.onnx must have sha256 {shipped.sha256}.*No su"
    ):
        load_graph("toy-s", folder=tmp_path)


def test_what_is_for_research_alone_is_refused_on_request(tmp_path: Path) -> None:
    """With the terms that make it so; otherwise it loads."""
    ship(tmp_path, licence="research", data=(Source("portraits", "no commercial use"),))
    ship(tmp_path, "toy-open")

    load_graph("toy-s", threads=1, folder=tmp_path)
    load_graph("toy-open", licence="open", threads=1, folder=tmp_path)
    message = r"licence of toy-s.onnx must be open, got research \(portraits: no commercial use\)"
    with pytest.raises(WeightsError, match=message):
        load_graph("toy-s", licence="open", folder=tmp_path)


def test_a_name_that_is_not_listed_is_refused(tmp_path: Path) -> None:
    """With those that are; a file that no manifest lists is not one of them."""
    ship(tmp_path)
    (tmp_path / "stray.onnx").write_bytes(b"")

    with pytest.raises(WeightsError, match=r"those that are here \(toy-s\), got 'stray'"):
        entry("stray", tmp_path)
    with pytest.raises(WeightsError, match=r"those that are here \(none\), got 'toy-s'"):
        entry("toy-s", tmp_path / "elsewhere")


def test_another_folder_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the environment; the caller has the last word."""
    monkeypatch.delenv(WEIGHTS_VARIABLE, raising=False)
    package = weights_folder()
    assert (package / "manifest.json").is_file()
    monkeypatch.setenv(WEIGHTS_VARIABLE, str(tmp_path))
    shipped = ship(tmp_path)

    assert entries() == (shipped,)
    assert read_verified(shipped) == (tmp_path / shipped.file).read_bytes()
    assert weights_folder(package) == package


def test_a_number_of_threads_that_is_none_is_refused(tmp_path: Path) -> None:
    """As by the runtime."""
    ship(tmp_path)

    with pytest.raises(InputError, match=r"threads must be .* at least 1, got '0'"):
        load_graph("toy-s", threads=0, folder=tmp_path)
