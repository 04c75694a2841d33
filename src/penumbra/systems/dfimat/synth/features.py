"""What is read out of a network that looks at a picture or paints one.

The sheet `smpmat`, section 2.  Maps are named by their stride, pixels of the picture per cell: 8,
16, 32 and 64 are the grids 64, 32, 16 and 8 of a picture of 512 pixels.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from torch import Tensor

STRIDES = (8, 16, 32, 64)
"""Of the maps, finest first."""

DETAIL = (1, 2, 4)
"""Strides of what is kept for the fine part of alpha, finest first."""


class Tokens(NamedTuple):
    """The words of a caption, as its attention maps are ordered.

    Attributes:
        words: One for each map: those that mean people first, then the others.
        people: How many of them mean people.
        is_cut: Whether the caption was too long, and its end is not there.
    """

    words: tuple[str, ...]
    people: int
    is_cut: bool = False


class Features(NamedTuple):
    """What was read of a batch of pictures; float32.

    Attributes:
        maps: By stride, (B, C, H / stride, W / stride).
        attention: By stride, (B, A, H / stride, W / stride): how much cells look at words, layer
            after layer, of each the words in the order of `tokens`, zeros where there are fewer.
            Empty where a source knows no words.
        detail: By stride, (B, C, H / stride, W / stride), for the fine part of alpha.
        tokens: Of each picture; empty where a source knows no words.
    """

    maps: Mapping[int, Tensor]
    attention: Mapping[int, Tensor]
    detail: Mapping[int, Tensor]
    tokens: tuple[Tokens, ...] = ()


class Widths(NamedTuple):
    """How many channels a source gives, by stride.

    Attributes:
        maps: Of `Features.maps`.
        attention: Of `Features.attention`; empty where a source knows no words.
        detail: Of `Features.detail`.
    """

    maps: Mapping[int, int]
    attention: Mapping[int, int]
    detail: Mapping[int, int]


class FeatureSource(Protocol):
    """Looks at pictures.

    Attributes:
        name: "sd", "tiny" or "rgb".
        side: Height and width of the pictures, pixels.
        widths: Of what it reads.
    """

    name: str
    side: int
    widths: Widths

    def extract(self, image: Tensor, captions: Sequence[str], seed: int = 0) -> Features:
        """Read pictures that somebody else made.

        Args:
            image: (B, 3, side, side) in [0, 1].
            captions: One for each; "" stands for `FALLBACK`.
            seed: Of the noise that a diffusion model adds; the same seed reads the same.
        """


class Painted(NamedTuple):
    """Pictures that a source has painted, and what it thought of them.

    Attributes:
        image: (B, 3, side, side) in [0, 1].
        features: Of the last step.
    """

    image: Tensor
    features: Features


class Painter(FeatureSource, Protocol):
    """Looks at pictures and paints them."""

    def paint(
        self, captions: Sequence[str], seeds: Sequence[int], steps: int = 50, guidance: float = 7.5
    ) -> Painted:
        """Paint a picture for each caption.

        Args:
            captions: What is to be seen.
            seeds: Of the first noise of each; the same caption and seed paint the same picture,
                whatever is painted beside it.
            steps: Of denoising.
            guidance: Weight of the caption; 1 for none beyond the model's own.
        """


FALLBACK = "a photo of several people"
"""Caption of a picture that has none."""
