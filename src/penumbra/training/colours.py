"""Random changes of colour, a whole batch at once."""

import numpy as np
import torch
from torch import Tensor

from penumbra.training.draws import Draws, Floats
from penumbra.training.upload import upload


def colours_of(strength: float, draws: Draws) -> Floats:
    """Return random colour changes, (B, 3, 4): a matrix and an offset.

    Gain, contrast around middle grey, saturation, and a gain for each channel.
    """
    gain = np.exp(0.5 * strength * draws.uniform(-1, 1))[:, None]
    contrast = np.exp(0.5 * strength * draws.uniform(-1, 1))[:, None]
    saturation = np.exp(strength * draws.uniform(-1, 1))[:, None, None]
    saturation = np.where(draws.chance(0.1 * strength)[:, None, None], 0.0, saturation)
    channels = np.stack([np.exp(0.2 * strength * draws.uniform(-1, 1)) for _ in range(3)], 1)
    grey = np.array([0.299, 0.587, 0.114])
    mixed = saturation * np.eye(3) + (1 - saturation) * grey
    matrix = mixed * (channels * gain * contrast)[:, :, None]
    offset = np.repeat(0.5 * (1 - contrast), 3, axis=1)
    return np.concatenate([matrix, offset[:, :, None]], axis=2)


def recoloured(image: Tensor, colours: Floats) -> Tensor:
    """Change the colours of (B, 3, H, W); what leaves [0, 1] is cut off."""
    change = upload(colours.astype(np.float32), image.device)
    mixed = torch.baddbmm(change[:, :, 3:], change[:, :, :3], image.flatten(2))
    return mixed.clamp_(0, 1).view_as(image)
