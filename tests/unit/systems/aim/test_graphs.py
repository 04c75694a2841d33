"""From a network of the room to a graph that its predictor can run."""

from dataclasses import asdict

import numpy as np
import pytest
import torch

from penumbra.core.errors import WeightsError
from penumbra.runtime.onnx import OnnxGraph
from penumbra.systems.aim.card import AIM
from penumbra.systems.aim.config import S
from penumbra.systems.aim.graphs import graphs, network
from penumbra.systems.aim.options import Options
from penumbra.systems.aim.predictor import AimPredictor
from penumbra.training.export import to_onnx


def test_an_exported_network_answers_through_the_predictor() -> None:
    """As torch does, at the size of the picture."""
    torch.manual_seed(2)
    made = network(asdict(S)).eval()
    (graph,) = graphs(made)
    options = Options(side_global=96, side_local=96, least_confidence=0)
    predictor = AimPredictor(AIM, OnnxGraph(to_onnx(graph)[0]), options)
    image = np.random.default_rng(5).random((64, 96, 3), np.float32)

    matte = predictor.encode(image)

    with torch.no_grad():
        answer = made(torch.from_numpy(image.transpose(2, 0, 1)[None].copy()))
    probability = answer.logits.softmax(dim=1)[0].numpy()
    found = probability.argmax(axis=0)
    is_clear = np.ptp(np.sort(probability, axis=0)[1:], axis=0) > 1e-3
    assert is_clear.mean() > 0.5
    alpha = np.where(found == 1, answer.matte[0, 0].numpy(), found / 2)
    assert np.abs(matte.alpha - alpha)[is_clear].max() < 5e-3
    assert matte.trimap is not None
    assert np.array_equal(matte.trimap[is_clear] == 0.5, found[is_clear] == 1)


def test_a_config_of_another_version_is_refused() -> None:
    """With both lists of names."""
    with pytest.raises(WeightsError, match=r"config must say .*got encoder"):
        network({"encoder": "small"})
