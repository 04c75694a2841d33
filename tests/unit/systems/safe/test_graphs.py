"""From networks of the room to graphs that its predictor can run."""

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
import torch

from penumbra.core.errors import WeightsError
from penumbra.runtime.onnx import OnnxGraph
from penumbra.systems.safe.card import SAFE
from penumbra.systems.safe.config import S
from penumbra.systems.safe.graphs import graphs, network
from penumbra.systems.safe.options import Options
from penumbra.systems.safe.predictor import SafePredictor
from penumbra.training.export import to_onnx
from tests.unit.systems.safe.networks import TINY, stirred


def test_exported_networks_answer_through_the_predictor() -> None:
    """As torch does: every matte of three rounds, and the flaws of the last."""
    torch.manual_seed(2)
    made = stirred(network(asdict(S))).eval()
    made_graphs = graphs(made)
    image = np.random.default_rng(5).random((64, 96, 3), np.float32)

    named = {graph.name: OnnxGraph(to_onnx(graph)[0]) for graph in made_graphs}
    model = SafePredictor(SAFE, named, Options(rounds=3))
    mattes, matte = model.rounds(image), model.encode(image)

    assert list(named) == ["look", "round", "flaws"]
    planes = torch.from_numpy(image.transpose(2, 0, 1)[None].copy())
    with torch.no_grad():
        answer = made(planes, rounds=3)
        flaws = made.guide(planes, answer.alpha)[0, 0].numpy()
    assert len(mattes) == len(answer.alphas)
    for found, alpha in zip(mattes, answer.alphas, strict=True):
        assert np.abs(found - alpha[0, 0].numpy()).max() < 5e-3
    assert np.array_equal(matte.alpha, mattes[-1])
    assert (matte.uncertainty is None) == (made.detector is None)
    if matte.uncertainty is not None:
        assert np.abs(matte.uncertainty - flaws).max() < 1e-2


@pytest.mark.parametrize(
    ("more", "names"),
    [
        ({"fem": "zeros", "att_s": "separate", "peephole": "channel"}, ["look", "round"]),
        ({"fem": "off"}, ["look", "round"]),
        ({"fem": "off", "sam": False}, ["look"]),
    ],
)
def test_ablated_networks_have_fewer_graphs(more: dict[str, Any], names: list[str]) -> None:
    """None that nothing would ask for."""
    made = network(asdict(S) | more)

    assert [graph.name for graph in graphs(made)] == names


def test_the_paper_s_rounds_and_detector_can_be_exported() -> None:
    """At full size, with layers that lose a pixel here and there."""
    made = stirred(network(asdict(replace(TINY, fd_out="sigmoid")))).eval()

    for graph in graphs(made)[1:]:
        _, report = to_onnx(graph)
        assert all(parity.is_met for parity in report.rounded)


def test_a_config_of_another_version_is_refused() -> None:
    """With both lists of names."""
    with pytest.raises(WeightsError, match=r"config must say att_s, .*got encoder"):
        network({"encoder": "small"})
