"""The contrastive reasoning module (CRM): conflicts, added to the features.

Jiao et al., "DFIMat", ACCV 2024; the sheet `dfimat`, section 4.6.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, max_pool2d

from penumbra.systems.dfimat.iscn.config import Resize
from penumbra.systems.dfimat.iscn.conflicts import MISSED, SPILLED

_KINDS = (MISSED, SPILLED)


class Reasoning(nn.Module):
    """One vector for what was missed and one for what was spilled; none for what is well.

    A convolution of 1x1 on one-hot conflicts is such a table.  Both vectors start as zeros, so
    that an untrained module changes nothing.

    Args:
        width: Channels d.
        resize: Whether a cell of a coarser map has a conflict if any of its pixels has one, or
            the embedding is resized bilinearly.
    """

    def __init__(self, width: int, resize: Resize) -> None:
        super().__init__()
        self.resize = resize
        self.levels = nn.Parameter(torch.zeros(len(_KINDS), width))
        self.pixel = nn.Parameter(torch.zeros(len(_KINDS), width))

    def shares(self, conflicts: Tensor, stride: int) -> Tensor:
        """Return how much of each vector each cell is given, (B, 2, H / s, W / s) in [0, 1].

        Args:
            conflicts: (B, 1, H, W) as of `raster.conflicts_of`; H and W multiples of the stride.
            stride: s of the level.
        """
        planes = torch.cat([conflicts == kind for kind in _KINDS], dim=1).to(self.levels.dtype)
        if self.resize == "max":
            return max_pool2d(planes, stride)
        size = conflicts.shape[2] // stride, conflicts.shape[3] // stride
        return interpolate(planes, size, mode="bilinear", align_corners=False)


def spread(shares: Tensor, table: Tensor) -> Tensor:
    """Return E, (B, d, H, W) of shares (B, 2, H, W) and a table (2, d)."""
    return torch.einsum("bchw,cd->bdhw", shares, table.to(shares.dtype))


def spread_cells(shares: Tensor, table: Tensor, weight: Tensor) -> Tensor:
    """Return what E adds to keys or values, (B, H * W, d): both are linear in the features.

    Two vectors are projected in place of all cells; where there is no conflict exactly 0 is
    added, so keys and values of an image stay as they were there.

    Args:
        shares: (B, 2, H, W).
        table: (2, d).
        weight: (d, d) of the projection.
    """
    return shares.flatten(2).mT @ (table @ weight.mT).to(shares.dtype)
