"""What every first stage answers."""

from typing import NamedTuple

from torch import Tensor


class Coarse(NamedTuple):
    """What a first stage answers.

    Attributes:
        logits: (B, 1, H, W), unbounded.
        features: (B, C, H, W) for the second stage; None if it gets none.
    """

    logits: Tensor
    features: Tensor | None
