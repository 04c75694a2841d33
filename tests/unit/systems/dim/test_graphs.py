"""From a network of the room to a graph that its predictor can run."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from penumbra.core.errors import WeightsError
from penumbra.core.hints import Hints
from penumbra.runtime.onnx import OnnxGraph
from penumbra.systems.dim.card import DIM
from penumbra.systems.dim.config import Config, S
from penumbra.systems.dim.graphs import graphs, network
from penumbra.systems.dim.predictor import DimPredictor
from penumbra.training.export import to_onnx


@pytest.mark.parametrize("config", [S, replace(S, refine=False, features=0, has_uncertainty=False)])
def test_an_exported_network_answers_through_the_predictor(config: Config) -> None:
    """As torch does; with an uncertainty if the network has one."""
    torch.manual_seed(2)
    made = network(asdict(config)).eval()
    (graph,) = graphs(made)
    predictor = DimPredictor(DIM, OnnxGraph(to_onnx(graph)[0]))
    rng = np.random.default_rng(5)
    image = rng.random((64, 96, 3), np.float32)
    trimap = np.full((64, 96), 0.5, np.float32)
    trimap[:, :20], trimap[:, 70:] = 1, 0

    matte = predictor.decode(predictor.encode(image), Hints(trimap=trimap))

    planes = torch.from_numpy(image.transpose(2, 0, 1)[None].copy())
    with torch.no_grad():
        answer = made(planes, torch.from_numpy(trimap)[None, None])
    alpha = np.where(trimap == 0.5, answer.alpha.clamp(0, 1)[0, 0].numpy(), trimap)
    assert np.abs(matte.alpha - alpha).max() < 5e-3
    assert (matte.uncertainty is not None) == config.has_uncertainty


def test_a_config_of_another_version_is_refused() -> None:
    """With both lists of names."""
    with pytest.raises(WeightsError, match=r"config must say conv6, .*got encoder"):
        network({"encoder": "small"})
