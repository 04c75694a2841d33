"""Networks as they are after training, and what they are shown."""

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from penumbra.systems.dfimat.mrn.config import Config, S
from penumbra.systems.dfimat.mrn.network import MrnNetwork


def made(config: Config = S, **changes: Any) -> MrnNetwork:  # noqa: ANN401 - any field
    """A network, always the same, whose weights and means are nowhere what they start as."""
    torch.manual_seed(3)
    network = MrnNetwork(replace(config, **changes))
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.05)
        for name, buffer in network.named_buffers():
            if name.endswith("running_mean"):
                buffer.add_(torch.randn(buffer.shape, generator=generator), alpha=0.1)
    return network.eval()


def said(height: int = 64, width: int = 96, batch: int = 1) -> tuple[Tensor, Tensor]:
    """An image of noise, and a mask of probabilities that is larger on the left."""
    generator = torch.Generator().manual_seed(height + 2 * width)
    image = torch.rand(batch, 3, height, width, generator=generator)
    noise = torch.rand(batch, 1, height, width, generator=generator)
    mask = 0.5 * noise + 0.5 * torch.linspace(1, 0, width)
    return image, mask
