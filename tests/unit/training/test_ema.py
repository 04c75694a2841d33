"""The average of the weights, by its formula, and buffers put back."""

import pytest
import torch
from torch import nn

from penumbra.training.ema import BufferCopy, Ema
from tests.tiny_run import TinyNetwork


def test_the_average_follows_its_formula() -> None:
    """Decays 1/10, then 2/11; from then on the recipe's own 0.15 is less."""
    network = nn.Linear(1, 1, bias=False)
    nn.init.constant_(network.weight, 1.0)
    ema = Ema(network, 0.15)

    expected = 1.0
    for value, decay in ((2.0, 1 / 10), (5.0, 0.15), (-1.0, 0.15)):
        nn.init.constant_(network.weight, value)
        ema.update()
        expected = decay * expected + (1 - decay) * value

        assert ema.network.weight.item() == pytest.approx(expected)  # type: ignore[operator]


def test_buffers_are_copied_not_averaged() -> None:
    """Running means are averages already; a count of batches is a whole number."""
    network = TinyNetwork()
    ema = Ema(network, 0.9)
    network(torch.rand(2, 3, 8, 8))

    ema.update()

    for (name, ours), theirs in zip(ema.network.named_buffers(), network.buffers(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0, msg=name)


def test_the_average_is_ready_for_use() -> None:
    """It is what ships: in evaluation mode, without gradients, apart from the network."""
    network = TinyNetwork()
    ema = Ema(network, 0.9)
    nn.init.zeros_(network.head.weight)

    assert not any(module.training for module in ema.network.modules())
    assert not any(parameter.requires_grad for parameter in ema.network.parameters())
    assert ema.network.head.weight.abs().sum() > 0  # type: ignore[operator, union-attr]


def test_buffers_can_be_put_back() -> None:
    """A batch that is thrown away must not live on in the running means."""
    network = TinyNetwork()
    copy = BufferCopy(network)
    network(torch.rand(2, 3, 8, 8))
    copy.save()
    before = [buffer.clone() for buffer in network.buffers()]

    network(torch.full((2, 3, 8, 8), float("nan")))
    assert not network.norm.running_mean.isfinite().all()  # type: ignore[operator, union-attr]
    copy.restore()

    for buffer, expected in zip(network.buffers(), before, strict=True):
        torch.testing.assert_close(buffer, expected, rtol=0, atol=0)
