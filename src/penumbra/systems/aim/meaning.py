"""What the semantic decoder says to the matting decoder."""

from typing import NamedTuple

from torch import Tensor

CLASSES = 3
"""Background, transition, foreground."""


class Meaning(NamedTuple):
    """What the semantic decoder answers.

    Attributes:
        logits: (B, 3, H, W) of the classes.
        attention: (B, 1, h, w) in [0, 1], where detail matters, at the size at which it was
            found; 0 without spatial attention.
    """

    logits: Tensor
    attention: Tensor
