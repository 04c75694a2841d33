"""Networks small enough for a test, and what they are shown and told."""

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from penumbra.systems.dfimat.iscn.config import XS, IscnConfig
from penumbra.systems.dfimat.iscn.network import IscnNetwork
from penumbra.systems.dfimat.iscn.points import PointKind
from penumbra.systems.dfimat.iscn.prompts import Prompts

TINY = replace(
    XS,
    width=32,
    heads=2,
    pyramid_ffn=32,
    layers=4,
    ffn=32,
    objects=5,
    k_v=3,
    memories=2,
    class_width=16,
)
"""All parts of the sheet's, and one layer more than there are levels."""

HEIGHT, WIDTH = 64, 96


def made(config: IscnConfig = TINY, **changes: Any) -> IscnNetwork:  # noqa: ANN401 - any field
    """Return a network that is always the same, ready to answer, in which nothing is zero."""
    torch.manual_seed(3)
    network = IscnNetwork(replace(config, **changes)).eval()
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            scale = 1.0 if name.startswith("reasoning.") else 0.05
            parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=scale)
    return network


def noise(*shape: int, seed: int = 1) -> Tensor:
    """Numbers in [0, 1)."""
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def picture(batch: int = 1) -> Tensor:
    """Noise, (batch, 3, HEIGHT, WIDTH)."""
    return noise(batch, 3, HEIGHT, WIDTH, seed=5)


def clicks(batch: int = 1, count: int = 3) -> Prompts:
    """Points of all kinds, the first on the person."""
    kinds = torch.arange(count).remainder(len(PointKind)).expand(batch, -1)
    return Prompts(points=noise(batch, count, 2, seed=11), kinds=kinds)


def words(batch: int = 1, count: int = 4, width: int = 384) -> Prompts:
    """A text."""
    text = noise(batch, count, width, seed=12) - 0.5
    return Prompts(text=text, sentence=text.mean(dim=1))


def mixed(batch: int = 1) -> Prompts:
    """Points and a text."""
    said = words(batch)
    return clicks(batch)._replace(text=said.text, sentence=said.sentence)


def padded(prompts: Prompts, points: int = 2, tokens: int = 3) -> Prompts:
    """The same with padding behind, whose contents are anything; all of it, where there is none."""
    some = prompts.points if prompts.points is not None else prompts.text
    assert some is not None
    batch, width = len(some), 384
    given = prompts.points if prompts.points is not None else torch.zeros(batch, 0, 2)
    kinds = prompts.kinds if prompts.kinds is not None else torch.zeros(batch, 0).long()
    text = prompts.text if prompts.text is not None else torch.zeros(batch, 0, width)
    sentence = prompts.sentence if prompts.sentence is not None else torch.ones(batch, width)
    is_pad = torch.ones(batch, points + tokens, dtype=torch.bool)
    return Prompts(
        points=torch.cat([given, noise(batch, points, 2, seed=21)], dim=1),
        kinds=torch.cat([kinds, torch.ones(batch, points).long()], dim=1),
        point_padding=torch.cat([~is_pad.new_ones(given.shape[:2]), is_pad[:, :points]], dim=1),
        text=torch.cat([text, 9 * noise(batch, tokens, width, seed=22)], dim=1),
        text_padding=torch.cat([~is_pad.new_ones(text.shape[:2]), is_pad[:, :tokens]], dim=1),
        sentence=sentence,
    )


def memory(batch: int = 1) -> Tensor:
    """Logits of a previous mask: the left half, and noise."""
    logits = noise(batch, 1, HEIGHT // 4, WIDTH // 4, seed=31) - 0.5
    logits[..., : WIDTH // 8] += 1
    return logits


def conflicts(batch: int = 1) -> Tensor:
    """Few pixels missed, few spilled."""
    plane = torch.zeros(batch, 1, HEIGHT, WIDTH, dtype=torch.uint8)
    plane[:, :, 10:14, 20:24] = 1
    plane[:, :, 40:44, 70:73] = 2
    return plane
