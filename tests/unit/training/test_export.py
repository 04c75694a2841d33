"""From torch to ONNX: the same answers at any size, in half the bytes, or nothing at all."""

import os
from copy import deepcopy
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from torch import Tensor, nn
from torch.testing import assert_close

from penumbra.core.errors import InputError, OutputError, WeightsError
from penumbra.runtime.onnx import OnnxGraph
from penumbra.runtime.torch import TorchGraph
from penumbra.training import export as module
from penumbra.training.export import (
    ExportReport,
    GraphInput,
    NamedGraph,
    export,
    to_onnx,
)
from penumbra.training.parity import SIZES
from tests.unit.training.networks import Cancelling, Deciding, refining_graph, unpooling_graph

Exported = tuple[NamedGraph, Path, ExportReport]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """An un-pooling network, exported once: it takes seconds."""
    path = tmp_path_factory.mktemp("export") / "matting.onnx"
    graph = unpooling_graph()
    return graph, path, export(graph, path)


def test_the_report_is_about_the_file(exported: Exported) -> None:
    """And covers five sizes, alone and in threes, for both kinds of weights."""
    _, path, report = exported

    assert report.name == "matting"
    assert report.bytes == path.stat().st_size
    assert report.sha256 == sha256(path.read_bytes()).hexdigest()
    assert len(report.exact) == len(report.rounded) == len(SIZES) * 2
    assert os.listdir(path.parent) == [path.name]


def test_a_network_in_training_stays_so(exported: Exported) -> None:
    """It is copied, and what is exported is its evaluation."""
    graph, _, _ = exported

    assert graph.module.training


def test_the_file_agrees_with_torch(exported: Exported) -> None:
    """float32 to the last digits; 16 bits to what an 8-bit matte can show, and not better."""
    _, _, report = exported

    assert all(row.largest < 1e-4 for row in report.exact)
    assert all(row.share >= 0.999 for row in report.rounded)
    assert any(row.largest > 1e-6 for row in report.rounded)


def test_the_file_is_half_of_what_torch_would_write(exported: Exported) -> None:
    """And of the same graph in float32, half and a little: the graph itself does not shrink."""
    _, _, report = exported

    assert report.bytes <= report.bytes_torch / 2
    assert report.bytes <= 0.55 * report.bytes_float32
    assert report.bytes_float32 < report.bytes_torch


@pytest.mark.parametrize("shape", [(1, 3, 4, 4), (2, 3, 4, 100), (5, 3, 64, 8), (1, 3, 200, 220)])
def test_sizes_that_no_check_saw_agree_too(
    shape: tuple[int, int, int, int], exported: Exported
) -> None:
    """Height, width and batch are free."""
    graph, path, _ = exported
    image = np.random.default_rng(0).random(shape, np.float32)
    reference = TorchGraph(deepcopy(graph.module), {"image": 3}, ["alpha"])

    found = OnnxGraph(path, threads=1).run(image=image)["alpha"]
    believed = reference.run(image=image)["alpha"]

    assert found.shape == (shape[0], 1, *shape[2:])
    assert np.mean(np.abs(found - believed) <= 2e-3) >= 0.999


def test_several_inputs_and_outputs_keep_their_names(capfd: pytest.CaptureFixture[str]) -> None:
    """At any size; logits may leave [0, 1]; and nothing is said at the terminal."""
    graph = refining_graph()
    before = {name: tensor.clone() for name, tensor in graph.module.state_dict().items()}

    data, report = to_onnx(graph)

    onnx = OnnxGraph(data, threads=1)
    assert onnx.inputs == ("image", "alpha")
    assert onnx.outputs == ("refined", "logits")
    image, alpha = np.zeros((1, 3, 7, 5), np.float32), np.full((1, 1, 7, 5), 0.25, np.float32)
    reference = TorchGraph(graph.module, {"image": 3, "alpha": 1}, onnx.outputs)
    for name, planes in reference.run(image=image, alpha=alpha).items():
        assert_allclose(onnx.run(alpha=alpha, image=image)[name], planes, atol=2e-3 * 20)
    assert {row.output for row in report.rounded} == {"refined", "logits"}
    assert_close(dict(graph.module.state_dict()), before, rtol=0, atol=0)
    assert capfd.readouterr() == ("", "")


class Dyeing(nn.Module):
    """A picture, dyed by the mean of some tokens; its sizes are read as numbers."""

    def forward(self, image: Tensor, tokens: Tensor) -> Tensor:
        """Return the picture, (1, 3, H, W), of tokens (1, 3, 1, 5)."""
        dye = tokens.mean(dim=3, keepdim=True)
        return image + dye.reshape(len(image), 3, 1, 1)


def test_tokens_are_as_many_for_any_picture() -> None:
    """They are of a size of their own, and pictures may come one at a time."""
    tokens = GraphInput("tokens", 3, size=(1, 5), values=(-2.0, 2.0))
    inputs = (GraphInput("image", 3), tokens)
    graph = NamedGraph("dye", Dyeing(), inputs, ("dyed",), is_single=True)

    data, report = to_onnx(graph)

    onnx = OnnxGraph(data, threads=1)
    image, given = np.ones((1, 3, 7, 9), np.float32), np.full((1, 3, 1, 5), -0.5, np.float32)
    assert_allclose(onnx.run(image=image, tokens=given)["dyed"], 0.5 * image, atol=1e-6)
    assert [row.batch for row in report.exact] == [1] * len(SIZES)
    with pytest.raises(InputError, match="inputs must have a size that the graph can take"):
        onnx.run(image=image, tokens=given[..., :4])


def test_weights_that_16_bits_cannot_hold_are_refused_and_nothing_is_written(
    tmp_path: Path,
) -> None:
    """float32 agrees, the file would not; what stood there before still does."""
    graph = NamedGraph("matting", Cancelling(), (GraphInput("image", 1),), ("alpha",))
    path = tmp_path / "matting.onnx"
    path.write_bytes(b"the last good one")

    with pytest.raises(WeightsError, match=r"matting must agree with torch within 0\.002 at 99\.9"):
        export(graph, path)

    assert os.listdir(tmp_path) == ["matting.onnx"]
    assert path.read_bytes() == b"the last good one"


def test_a_network_that_cannot_be_a_graph_is_refused(tmp_path: Path) -> None:
    """In one line, without the pages that the exporter has to say."""
    graph = NamedGraph("deciding", Deciding(), (GraphInput("image", 1),), ("image2",))

    with pytest.raises(WeightsError, match=r"^graph deciding must be exportable, got .+$"):
        export(graph, tmp_path / "deciding.onnx")

    assert os.listdir(tmp_path) == []


def test_a_folder_that_is_not_there_is_an_error(
    exported: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of ours."""
    graph, _, report = exported
    monkeypatch.setattr(module, "to_onnx", lambda graph: (b"", report))

    with pytest.raises(OutputError):
        export(graph, tmp_path / "gone" / "matting.onnx")
