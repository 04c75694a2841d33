"""What every first stage answers."""

from typing import NamedTuple

from torch import Tensor


class Coarse(NamedTuple):
    """What a first stage answers.

    Attributes:
        logits: (B, 1, H, W), unbounded.
        features: (B, C, H / 2, W / 2) for the second stage; None if it gets none.
        looks: (B, 2, H, W), alpha as known colours suggest it; None likewise.
    """

    logits: Tensor
    features: Tensor | None = None
    looks: Tensor | None = None
