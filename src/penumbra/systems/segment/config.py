"""Sizes of the segmentation network."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Config:
    """Sizes of the network.

    Attributes:
        width: Multiplier of MobileNetV2's channels.
        decoder: Channels at strides 32, 16, 8, 4 and 2.
    """

    width: float = 0.75
    decoder: tuple[int, int, int, int, int] = (96, 64, 48, 32, 24)


S = Config()
"""The variant that ships."""
