"""One map for objects of all kinds, and how it is joined with a matte.

Li et al., "Deep Automatic Natural Image Matting", IJCAI 2021.  A salient opaque
object has a trimap; a salient transparent one has no certain foreground, so a duomap; of a
non-salient one nothing is certain, and its unimap is transition everywhere.
"""

import torch
from torch import Tensor

from penumbra.training.pool import KINDS

TRANSITION = 1
"""Class of what is neither background (0) nor foreground (2)."""


def unified_of(trimap: Tensor, kind: Tensor) -> Tensor:
    """Return the unified map of objects whose kind is known.

    Args:
        trimap: (B, 1, H, W) of 0, 0.5 and 1.
        kind: (B,) index into `pool.KINDS`.

    Returns:
        (B, 1, H, W) of 0, 0.5 and 1.

    Source:
        The equation of the unified representation; sheet `aim`, section 3.
    """
    kind = kind[:, None, None, None]
    duomap = 1.5 * trimap - trimap.square()
    unified = torch.where(kind == KINDS.index("STM"), duomap, trimap)
    return torch.where(kind == KINDS.index("NS"), 0.5, unified)


def classes_of(unified: Tensor) -> Tensor:
    """Return classes, (B, H, W) int64, of a unified map (B, 1, H, W)."""
    return (2 * unified[:, 0]).round().long()


def decided(logits: Tensor) -> Tensor:
    """Return the unified map, (B, 1, H, W), that logits (B, 3, H, W) speak for; no gradient."""
    return logits.detach().argmax(dim=1, keepdim=True).to(logits.dtype) / 2


def mixed(logits: Tensor) -> Tensor:
    """Return the mean of the unified map by its probabilities, (B, 1, H, W)."""
    probability = logits.softmax(dim=1)
    return 0.5 * probability[:, 1:2] + probability[:, 2:]


def fuse(unified: Tensor, matte: Tensor) -> Tensor:
    """Return the matte in the transition, and what the map says elsewhere.

    Args:
        unified: (B, 1, H, W) in [0, 1].
        matte: (B, 1, H, W) in [0, 1].

    Source:
        The equation of the fusion; sheet `aim`, section 4.4.
    """
    certainty = 2 * (unified - 0.5).abs()
    return (1 - certainty) * matte + certainty * unified
