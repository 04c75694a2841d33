"""Sizes and parts of the matting refinement network."""

from dataclasses import dataclass
from typing import Literal, get_args

from penumbra.core.errors import require

Size = Literal["s", "m", "b"]
Branch = Literal["hybrid", "global", "local"]
MaskIn = Literal["hard", "soft"]

_WORDS = {"size": Size, "mrn_branch": Branch, "mask_in": MaskIn}


@dataclass(frozen=True)
class Layout:
    """Channels and counts of all layers.

    Attributes:
        stages: Channels of the transformer at strides 4, 8, 16 and 32.
        depths: Its blocks at each of them.
        heads: Its attention heads at each of them; they divide the channels.
        ratio: What the hidden channels of its MLPs are a multiple of the others by.
        local: Channels of the convolutions at strides 2, 4 and 8.
        blocks: Residual blocks at strides 4 and 8.
        assembled: Channels in which both branches meet, at stride 16.
        fusion: Channels of the five levels of fusion, the deepest first.
        head: Hidden channels of the heads of alpha.
    """

    stages: tuple[int, int, int, int]
    depths: tuple[int, int, int, int]
    heads: tuple[int, int, int, int]
    ratio: int
    local: tuple[int, int, int]
    blocks: int
    assembled: int
    fusion: tuple[int, int, int, int, int]
    head: int


LAYOUTS: dict[Size, Layout] = {
    "s": Layout(
        stages=(16, 32, 64, 96),
        depths=(1, 1, 1, 2),
        heads=(1, 2, 4, 4),
        ratio=2,
        local=(16, 24, 48),
        blocks=1,
        assembled=64,
        fusion=(96, 64, 48, 24, 16),
        head=16,
    ),
    "m": Layout(
        stages=(32, 64, 160, 256),
        depths=(2, 2, 2, 2),
        heads=(1, 2, 5, 8),
        ratio=4,
        local=(32, 64, 96),
        blocks=1,
        assembled=96,
        fusion=(128, 96, 64, 32, 32),
        head=32,
    ),
    # The sheet gives the branches and the totals, not what lies behind them: these widths have
    # its parameters and its multiplications at all three sizes.
    "b": Layout(
        stages=(64, 128, 320, 512),
        depths=(2, 2, 2, 2),
        heads=(1, 2, 5, 8),
        ratio=4,
        local=(32, 64, 128),
        blocks=2,
        assembled=128,
        fusion=(256, 128, 64, 48, 32),
        head=32,
    ),
}
"""By size; the sheet `dfimat`, section 5.1."""


@dataclass(frozen=True)
class Config:
    """Sizes and parts of the network; names as in the sheet `dfimat`, section 10.

    Attributes:
        size: "m" is the paper's, as far as one can tell, "s" ships, "b" is the largest.
        mrn_branch: Whether it has both branches, the transformer alone ("global"), or the
            convolutions alone ("local").
        prm: Whether alpha is refined progressively from strides 8 and 4; otherwise there is that
            of full size alone.
        mask_in: Whether the mask is cut at 0.5 before it is looked at ("hard"), or seen as it is.
    """

    size: Size = "m"
    mrn_branch: Branch = "hybrid"
    prm: bool = True
    mask_in: MaskIn = "hard"

    def __post_init__(self) -> None:
        for name, kind in _WORDS.items():
            words, value = get_args(kind), getattr(self, name)
            require(value in words, name, f"one of {', '.join(words)}", value)


S = Config(size="s")
"""The variant that ships."""

M = Config(size="m")
"""The one to reproduce the paper with: like MiT-B0."""

B = Config(size="b")
"""Like MiT-B1."""
