"""Networks small enough for a test, and what they are shown."""

from dataclasses import replace
from typing import Any

import torch

from penumbra.systems.safe.config import PAPER, Config
from penumbra.systems.safe.network import SafeNetwork
from penumbra.training.compose import Batch

TINY = replace(PAPER, width=8)
"""The sheet's network, but for the width of its rounds."""


def made(config: Config = TINY, **changes: Any) -> SafeNetwork:  # noqa: ANN401 - any field
    """Return an untrained network, always the same, ready to answer."""
    torch.manual_seed(3)
    return SafeNetwork(replace(config, **changes)).eval()


def stirred(network: SafeNetwork) -> SafeNetwork:
    """Move all weights a little, so that nothing starts as nothing."""
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.05)
    return network


def picture(height: int = 64, width: int = 64, batch: int = 1) -> torch.Tensor:
    """Noise, (batch, 3, height, width)."""
    generator = torch.Generator().manual_seed(height + 2 * width)
    return torch.rand(batch, 3, height, width, generator=generator)


def batch_of(alpha: torch.Tensor, is_composite: bool = True) -> Batch:
    """Noise whose truth is this alpha, (B, 1, H, W)."""
    count, _, height, width = alpha.shape
    image = picture(height, width, count)
    return Batch(
        image=image,
        alpha=alpha,
        foreground=image,
        background=image,
        trimap=torch.full_like(alpha, 0.5),
        distractor=torch.zeros_like(alpha),
        is_composite=torch.full((count,), is_composite),
        kind=torch.zeros(count, dtype=torch.int64),
        picture=torch.zeros(count, dtype=torch.int64),
    )


def halves(count: int = 1) -> torch.Tensor:
    """The left half of 64 x 64 pixels is opaque, a column of one half parts it from nothing."""
    alpha = torch.zeros(count, 1, 64, 64)
    alpha[..., :32] = 1
    alpha[..., 32] = 0.5
    return alpha
