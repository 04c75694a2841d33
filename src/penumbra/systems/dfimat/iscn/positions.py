"""Codes of places: sines and cosines of growing wavelength.

Vaswani et al., "Attention is all you need", NeurIPS 2017; in two dimensions Carion et al.,
"End-to-end object detection with transformers", ECCV 2020.
"""

import math

import torch
from torch import Tensor

_LONGEST = 10000.0  # ratio of the longest wavelength to the shortest


def sine_1d(places: Tensor, channels: int) -> Tensor:
    """Return sines and cosines in turn, (..., channels) of places (...).

    Args:
        places: Radians of the shortest wavelength.
        channels: An even number.
    """
    steps = torch.arange(0, channels, 2, device=places.device, dtype=torch.float32)
    angles = places[..., None] * torch.exp(steps * (-math.log(_LONGEST) / channels))
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(-2)


def sine_2d(places: Tensor, channels: int) -> Tensor:
    """Return codes of places in an image: one half of the channels is y's, the other x's.

    Args:
        places: (..., 2), (x, y) as shares of width and height.
        channels: A multiple of 4.

    Returns:
        (..., channels) in [-1, 1].
    """
    x, y = (2 * math.pi * places).unbind(-1)
    half = channels // 2
    return torch.cat([sine_1d(y, half), sine_1d(x, half)], dim=-1)


def grid_codes(height: int, width: int, channels: int, like: Tensor) -> Tensor:
    """Return codes of the cells' centres, row by row, (height * width, channels)."""
    y, x = (
        (torch.arange(count, device=like.device, dtype=torch.float32) + 0.5) / count
        for count in (height, width)
    )
    half = channels // 2
    rows = sine_1d(2 * math.pi * y, half)[:, None].expand(-1, width, -1)
    columns = sine_1d(2 * math.pi * x, half)[None].expand(height, -1, -1)
    return torch.cat([rows, columns], dim=-1).flatten(0, 1)
