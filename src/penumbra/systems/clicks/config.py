"""Sizes and parts of the networks."""

from dataclasses import dataclass
from typing import Literal, get_args

from penumbra.core.errors import require

Size = Literal["s", "m", "b"]

INJECTIONS = (1, 8)
"""Strides at which hints can enter: with the image, or late, so that the image's part is kept."""


@dataclass(frozen=True)
class Config:
    """Sizes and parts of the networks.

    Attributes:
        size: "b" has the paper's blocks, "s" ships, "m" lies between.
        inject: Stride at which hints enter: 1 beside the colours, as in the paper, or 8.
        use_prev_alpha: Whether the matte that the user was looking at is a hint, too.
        spectral_norm: Of "b": whether convolutions have it, as in GCA-Matting.
        refine_width: Channels of the refinement network.
        residual_out: Whether that network corrects the matte; otherwise it answers anew.
        reach: Whether clicks reach what is alike, where they enter late; an addition of ours.
    """

    size: Size = "b"
    inject: int = 1
    use_prev_alpha: bool = False
    spectral_norm: bool = False
    refine_width: int = 64
    residual_out: bool = True
    reach: bool = False

    def __post_init__(self) -> None:
        require(self.size in get_args(Size), "size", f"one of {get_args(Size)}", self.size)
        require(self.inject in INJECTIONS, "inject", f"one of {INJECTIONS}", self.inject)
        is_right = self.size == "b" or not self.spectral_norm
        require(is_right, "spectral_norm", "left alone for sizes s and m", self.spectral_norm)
        require(self.refine_width >= 1, "refine_width", "at least 1", self.refine_width)


B = Config()
"""As the paper has it; widths are those of GCA-Matting, whose counts of blocks are the same."""

M = Config(size="m", inject=8, refine_width=32, reach=True)
"""In between."""

S = Config(size="s", inject=8, refine_width=16, reach=True)
"""The variant that ships."""
