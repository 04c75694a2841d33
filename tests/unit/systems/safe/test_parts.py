"""The detector, the memory and the other parts, by hand."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from penumbra.systems.safe.addition import SemanticAddition
from penumbra.systems.safe.config import Config, S
from penumbra.systems.safe.detector import FlawDetector, HalfNorm
from penumbra.systems.safe.layers import folded, unfolded
from penumbra.systems.safe.lstm import ConvLSTM, State
from penumbra.systems.safe.network import SafeNetwork
from tests.unit.systems.safe.networks import TINY, made, picture, stirred


def shapes(detector: FlawDetector, side: int) -> list[tuple[int, int]]:
    """Channels and side after each convolution; norms, which need more pixels, are left out."""
    found = []
    with torch.device("meta"):
        x = torch.rand(1, 4, side, side)
        convs = [it for it in detector.layers if isinstance(it, nn.Conv2d)]
        for conv in (*convs, detector.head):
            x = conv.to("meta")(x)
            found.append((x.shape[1], x.shape[2]))
    return found


def test_the_detector_has_the_shapes_of_the_sheet() -> None:
    """Section 6, at 512 pixels; and 60 pixels are the least, 1 x 1 at the end."""
    detector = FlawDetector()

    assert shapes(detector, 512) == [
        (64, 256),
        (128, 128),
        (128, 127),
        (256, 63),
        (256, 62),
        (512, 31),
        (512, 30),
        (1, 15),
    ]
    assert shapes(detector, 64)[-2:] == [(512, 2), (1, 1)]
    assert shapes(detector, 60)[-2:] == [(512, 2), (1, 1)]
    with pytest.raises(RuntimeError):
        shapes(detector, 59)


def test_the_small_detector_fits_multiples_of_32() -> None:
    """At half the size, 16 pixels of the picture to one of the map."""
    detector = FlawDetector(is_small=True)

    assert [side for _, side in shapes(detector, 256)] == [128, 64, 64, 32, 32, 32, 32, 32]


@pytest.mark.parametrize("is_small", [False, True])
def test_both_answer_at_the_size_of_the_picture(is_small: bool) -> None:
    """Also one picture of 64 pixels while they learn, whose norms see 2 x 2."""
    detector = FlawDetector(is_small).train()

    assert detector(picture(), torch.rand(1, 1, 64, 64)).shape == (1, 1, 64, 64)
    assert detector(picture(64, 96), torch.rand(1, 1, 64, 96)).shape == (1, 1, 64, 96)


def test_half_of_the_channels_are_normalised_over_the_batch() -> None:
    """The other half over each picture, without weights."""
    norm = HalfNorm(4)
    x = torch.rand(2, 4, 5, 5)
    x[1] += 3

    y = norm(x)

    assert_close(y[:, 2:].mean(dim=(2, 3)), torch.zeros(2, 2), atol=1e-5, rtol=0)
    assert_close(y[:, :2].mean(dim=(0, 2, 3)), torch.zeros(2), atol=1e-5, rtol=0)
    assert y[0, :2].mean() < -0.9 < 0.9 < y[1, :2].mean()
    assert sum(each.numel() for each in norm.parameters()) == 4


def test_the_memory_follows_its_equations() -> None:
    """Of one channel and pixel, with the middle weights alone and a peephole, by hand."""
    memory = ConvLSTM(1, has_peephole=True)
    last = memory.last
    assert last.bias is not None
    assert memory.peephole is not None
    nn.init.zeros_(last.weight)
    with torch.no_grad():
        last.weight[:, 0, 1, 1] = torch.tensor([0.5, -0.4, 1.0, 0.3])  # x: i, f, g, o
        last.weight[:, 1, 1, 1] = torch.tensor([0.2, 0.1, -0.6, 0.7])  # h
        memory.peephole[:, 0, 0, 0] = torch.tensor([0.3, -0.2, 0.9])
    x, h, c = (torch.full((1, 1, 1, 1), value) for value in (0.8, -0.5, 0.6))

    found = memory(x, State(h, c))

    i = (0.5 * x + 0.2 * h + 0.3 * c).sigmoid()
    f = (-0.4 * x + 0.1 * h - 0.2 * c + 1).sigmoid()  # the bias starts at 1
    g = (x - 0.6 * h).tanh()
    cell = f * c + i * g
    o = (0.3 * x + 0.7 * h + 0.9 * cell).sigmoid()
    assert_close(found.cell, cell)
    assert_close(found.hidden, o * cell.tanh())


def recurrent_gradients(network: SafeNetwork, rounds: int) -> dict[str, float]:
    """Greatest gradients of weights of h, of the gate that forgets, and of weights of x."""
    answer = network.train()(picture(batch=2), rounds=rounds)
    torch.stack([alpha.mean() for alpha in answer.alphas]).sum().backward()  # type: ignore[no-untyped-call]
    assert network.elimination is not None
    last = network.elimination.memory.last
    assert last.weight.grad is not None
    assert last.bias is not None
    assert last.bias.grad is not None
    width = network.config.width
    grad, forget = last.weight.grad.abs(), slice(width, 2 * width)
    return {
        "of h": float(grad[:, width:].max()),
        "forget": float(grad[forget].max() + last.bias.grad[forget].abs().max()),
        "of x": float(grad[:width, :width].max()),
    }


@pytest.mark.parametrize("config", [TINY, S])
def test_one_round_teaches_a_memory_nothing(config: Config) -> None:
    """The gap of equation 5: from an empty state, none for weights of h and for forgetting."""
    network = SafeNetwork(replace(config, train_iters=1))
    if config is S:
        stirred(network)  # whose first correction is nothing

    found = recurrent_gradients(network, rounds=1)

    assert found["of h"] == found["forget"] == 0
    assert found["of x"] > 0


@pytest.mark.parametrize("config", [TINY, S])
def test_three_rounds_teach_it(config: Config) -> None:
    """So that is the default."""
    network = SafeNetwork(replace(config, train_iters=3))

    found = recurrent_gradients(stirred(network), rounds=3)

    assert min(found.values()) > 0


def test_what_one_round_cannot_teach_starts_as_nothing() -> None:
    """Otherwise random weights would work in the second round, which is only tested."""
    for config in (TINY, S):
        network = SafeNetwork(replace(config, train_iters=1))
        assert network.elimination is not None
        last = network.elimination.memory.last
        width = config.width

        assert last.bias is not None
        assert not last.weight[:, width:].any()
        assert not last.weight[width : 2 * width].any()
        assert (last.bias[width : 2 * width] == 1).all()
        assert last.weight[:width, :width].any()


def test_attention_doubles_what_it_is_sure_of() -> None:
    """Att F + F: of one channel, by hand, with the middle weights alone."""
    layer = SemanticAddition(1, 1)
    for conv in (layer.enter, layer.channels, layer.places):
        assert isinstance(conv, nn.Conv2d)
        assert conv.bias is not None
        nn.init.zeros_(conv.weight)
        nn.init.zeros_(conv.bias)
        conv.weight.data[0, 0, 1, 1] = 1  # of the matte, which comes first
    for point in (layer.squeeze, layer.excite):
        assert point.bias is not None
        nn.init.constant_(point.weight, 1)
        nn.init.zeros_(point.bias)
    image, alpha = torch.zeros(1, 3, 2, 2), torch.full((1, 1, 2, 2), 0.5)
    attention = torch.tensor([[1.0, 0.0], [0.25, 0.0]])[None, None]

    found = layer(image, alpha, attention, torch.full((1, 1, 1, 1), 2.0))

    weight = torch.tensor(2.0).sigmoid()
    assert_close(found, 0.5 * (1 + weight) * (1 + attention))


def test_folding_is_undone_by_unfolding() -> None:
    """Nothing of a pixel is lost."""
    x = picture(64, 96)

    assert folded(x, 2).shape == (1, 12, 32, 48)
    assert_close(unfolded(folded(x, 2), 2), x)
    assert folded(x, 1) is x


def test_the_detector_does_not_adapt_to_what_guides() -> None:
    """Its running means are those of its own steps."""
    network = made(TINY).train()
    assert network.detector is not None
    before = {name: each.clone() for name, each in network.detector.named_buffers()}

    network.guide(picture(batch=2), torch.rand(2, 1, 64, 64))

    assert network.detector.training
    assert_close(dict(network.detector.named_buffers()), before)
