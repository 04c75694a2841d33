"""How tests ask for samples, and what networks are shown."""

from dataclasses import dataclass

import torch
from torch import nn

from penumbra.training.composition import Composition

PLAIN = Composition(unknown_crops=0, turn=0, stretch=1, mirror=0, colour=0, blur=0, noise=0, jpeg=0)
"""Objects shown whole, and nothing done to them."""


@dataclass(frozen=True)
class Wanted:
    """What a stage says of its samples."""

    size: int
    composition: Composition


def inputs(height: int, width: int, batch: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    """A picture of noise, and a trimap with all three values."""
    generator = torch.Generator().manual_seed(height)
    trimap = torch.randint(0, 3, (batch, 1, height, width), generator=generator) / 2
    return torch.rand(batch, 3, height, width, generator=generator), trimap


def count(network: nn.Module) -> int:
    """Parameters of a network."""
    return sum(parameter.numel() for parameter in network.parameters())
