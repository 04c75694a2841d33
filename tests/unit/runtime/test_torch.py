"""Networks in torch behind the same face."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import Tensor, nn

from penumbra.core.errors import InputError
from penumbra.runtime.graph import Graph, Planes
from penumbra.runtime.onnx import OnnxGraph
from penumbra.runtime.torch import TorchGraph
from tests.unit.runtime.models import mean_model


class Mean(nn.Module):
    """What `mean_model` computes, in place to see whether the caller's memory is shared."""

    def forward(self, image: Tensor, gain: Tensor) -> Tensor:
        """Change `gain` and return it."""
        return gain.mul_(image.mean(dim=1, keepdim=True))


class Halves(nn.Module):
    """Two outputs, and a layer that training would change."""

    def __init__(self) -> None:
        super().__init__()
        self.normalise = nn.BatchNorm2d(2)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Return the first channel and the others."""
        x = self.normalise(image)
        return x[:, :1], x[:, 1:]


CHANNELS = {"image": 3, "gain": 1}


def planes(*shape: int) -> Planes:
    return np.random.default_rng(0).random(shape, np.float32)


def test_both_runtimes_say_the_same() -> None:
    """A predictor cannot tell which of them it was given."""
    graphs: list[Graph] = [OnnxGraph(mean_model(), 1), TorchGraph(Mean(), CHANNELS, ["mean"])]
    image, gain = planes(2, 3, 5, 7), planes(2, 1, 5, 7)

    one, other = (graph.run(gain=gain, image=image)["mean"] for graph in graphs)

    assert graphs[0].inputs == graphs[1].inputs
    assert graphs[0].outputs == graphs[1].outputs
    assert_allclose(one, other, rtol=1e-6)
    assert_allclose(gain, planes(2, 1, 5, 7), rtol=0)


def test_several_outputs_are_named_in_their_order() -> None:
    """And the network is not in training, whatever it was before."""
    image = planes(1, 2, 3, 3)
    network = Halves().train()

    both = TorchGraph(network, {"image": 2}, ("left", "right")).run(image=image)

    assert_allclose(both["left"], image[:, :1], rtol=1e-4)
    assert_allclose(both["right"], image[:, 1:], rtol=1e-4)
    assert not network.training


def test_arrays_that_do_not_fit_are_refused() -> None:
    """In the words of the other runtime."""
    graph = TorchGraph(Mean(), CHANNELS, ["mean"])

    with pytest.raises(InputError, match="must be image, gain, got image"):
        graph.run(image=planes(1, 3, 4, 4))
    with pytest.raises(
        InputError, match=r"can take, got image \(1, 3, 4, 4\), gain \(1, 1, 5, 5\)"
    ):
        graph.run(image=planes(1, 3, 4, 4), gain=planes(1, 1, 5, 5))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is one here")
def test_a_device_that_is_not_there_is_refused() -> None:
    """Before the network is moved."""
    with pytest.raises(InputError, match="device must be cpu on this machine, got 'cuda'"):
        TorchGraph(Mean(), CHANNELS, ["mean"], device="cuda")
