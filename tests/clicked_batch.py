"""A batch of given mattes over noise."""

import torch
from torch import Tensor

from penumbra.training.compose import Batch


def batch_of(alpha: Tensor, distractor: Tensor) -> Batch:
    """Return samples of mattes and of other objects, both (B, 1, H, W)."""
    count, _, height, width = alpha.shape
    torch.manual_seed(count)
    image = torch.rand(count, 3, height, width)
    return Batch(
        image=image,
        alpha=alpha,
        foreground=image,
        background=image,
        trimap=alpha,
        distractor=distractor,
        is_composite=torch.ones(count, dtype=torch.bool),
        kind=torch.zeros(count, dtype=torch.int64),
        picture=torch.arange(count),
    )
