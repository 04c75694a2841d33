"""The head of the net that has no refinement network."""

import pytest
import torch
from torch.nn.functional import batch_norm, conv2d, interpolate
from torch.testing import assert_close
from torch.utils.flop_counter import FlopCounterMode

from penumbra.systems.dfimat.mrn.coupled import CoupledHead
from tests.samples import count


def given(channels: int, height: int = 8, width: int = 12) -> tuple[torch.Tensor, ...]:
    """Pixel embeddings, logits of a mask, an image four times their size."""
    generator = torch.Generator().manual_seed(channels)
    shapes = ((channels, height, width), (1, height, width), (3, 4 * height, 4 * width))
    return tuple(torch.randn(2, *shape, generator=generator) for shape in shapes)


@pytest.mark.parametrize("channels", [64, 96, 256])
def test_layers_are_those_of_the_sheet(channels: int) -> None:
    """d+1 to 64 at stride 4, to 32 at 2, with the colours 35 to 16 to 1 at 1; section 8.3."""
    with torch.device("meta"):
        head = CoupledHead(channels)
        with FlopCounterMode(display=False) as counted:
            head(*given(channels, 16, 16))

    convs = [9 * (channels + 1) * 64, 9 * 64 * 32, 9 * 35 * 16, 9 * 16]
    assert count(head) == sum(convs) + 1 + 2 * (64 + 32 + 16)
    places = (16 * 16, 32 * 32, 64 * 64, 64 * 64)
    macs = sum(conv * place for conv, place in zip(convs, places, strict=True))
    # The sum of the products over two images; additions are counted as well.
    assert counted.get_total_flops() == 2 * 2 * macs


def test_alpha_is_what_the_layers_make_of_it() -> None:
    """Written out, with the weights of the head."""
    torch.manual_seed(0)
    head = CoupledHead(8).eval()
    embedding, logits, image = given(8)
    weights = {
        name: value for name, value in head.state_dict().items() if value.is_floating_point()
    }

    def layer(x: torch.Tensor, name: str) -> torch.Tensor:
        x = conv2d(x, weights[f"{name}.0.weight"], padding=1)
        mean, variance = (weights[f"{name}.1.running_{part}"] for part in ("mean", "var"))
        return batch_norm(x, mean, variance, weights[f"{name}.1.weight"]).relu()

    with torch.no_grad():
        x = layer(torch.cat([embedding, logits], dim=1), "at4")
        x = interpolate(x, size=(16, 24), mode="bilinear")
        x = interpolate(layer(x, "at2"), size=(32, 48), mode="bilinear")
        x = layer(torch.cat([x, image], dim=1), "last.0")
        expected = conv2d(x, weights["last.1.weight"], padding=1).sigmoid()

        assert_close(head(embedding, logits, image), expected, atol=1e-5, rtol=1e-5)


def test_everything_that_goes_in_is_looked_at() -> None:
    """And everything in between learns."""
    torch.manual_seed(1)
    head = CoupledHead(8).train()
    inputs = [each.requires_grad_() for each in given(8)]

    alpha = head(*inputs)
    alpha.square().mean().backward()

    assert alpha.shape == (2, 1, 32, 48)
    assert alpha.min() > 0
    assert alpha.max() < 1
    for tensor in (*inputs, *head.parameters()):
        assert tensor.grad is not None
        assert tensor.grad.abs().max() > 0
