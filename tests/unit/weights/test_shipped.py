"""What lies in the package: every file is whole, listed, and gives a model that runs."""

from hashlib import sha256
from importlib import import_module

import numpy as np
import onnxruntime
import pytest

from penumbra.weights import entries, load_graph, weights_folder
from penumbra.weights.manifest import Entry

MEGABYTES = 16  # of one file at most: it is in everybody's download

INNER = (
    *("map", "look", "uncertainty", "deep", "shallow", "memory", "hidden", "cell", "flaws"),
    *("level", "pixel", "key", "value", "object", "mask", "text_mask"),
)
"""Outputs that are handed on or logits, or an expected error that is cut off at 1 when shown."""

pytestmark = pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.file)


def test_a_shipped_file_is_whole_and_runs(entry: Entry) -> None:
    """On ONNX Runtime, with numbers that are probabilities or colours, or what graphs hand on."""
    graph = load_graph(entry.name)

    session = onnxruntime.InferenceSession(weights_folder() / entry.file)
    given = {each.name: each.shape for each in session.get_inputs()}
    steps = {
        name: int(shape[2].rpartition("*")[0] or 1)
        for name, shape in given.items()
        if isinstance(shape[2], str)  # others are as large for any picture
    }
    rows, columns = (side // max(steps.values()) for side in (64, 96))
    sizes = {name: (step * rows, step * columns) for name, step in steps.items()}
    halves = {
        name: np.full((1, shape[1], *sizes.get(name, shape[2:])), 0.5, np.float32)
        for name, shape in given.items()
    }
    answer = graph.run(**halves)

    shown = [plane for name, plane in answer.items() if not name.startswith(INNER)]
    assert all(np.isfinite(plane).all() for plane in answer.values())
    assert all(0 <= plane.min() <= plane.max() <= 1 for plane in shown)


def test_a_shipped_file_says_where_it_comes_from(entry: Entry) -> None:
    """Nobody can sell what was made with it before knowing on which terms."""
    assert entry.data
    assert all(source.terms for source in entry.data)
    assert entry.numbers
    assert entry.minutes > 0
    assert import_module(f"penumbra.systems.{entry.room}.system").SYSTEMS
    assert (weights_folder() / entry.file).stat().st_size <= MEGABYTES * 1e6


def test_the_weights_for_torch_are_those_of_the_graph(entry: Entry) -> None:
    """What other networks start from, in a checkout; an installed package has none."""
    path = weights_folder() / f"{entry.room}-{entry.variant}.safetensors"
    if not path.exists():
        pytest.skip("weights for torch are in the repository only")

    assert sha256(path.read_bytes()).hexdigest() == entry.torch_sha256


def test_nothing_lies_there_that_is_not_listed(entry: Entry) -> None:
    """A forgotten file would ship without its terms."""
    listed = {each.file for each in entries()}

    assert {path.name for path in weights_folder().glob("*.onnx")} == listed
    assert entry.file in listed
