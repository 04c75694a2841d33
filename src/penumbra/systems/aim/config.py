"""Sizes and parts of the network."""

from dataclasses import dataclass
from typing import Literal, get_args

from penumbra.core.errors import require

Size = Literal["paper", "s"]
Unpool = Literal["amax", "torch"]
Fusion = Literal["hard", "soft"]


@dataclass(frozen=True)
class Config:
    """Sizes and parts of the network.

    Attributes:
        size: "paper" has ResNet-34 and its decoders, "s" ships.
        mp: Of "paper": max-pools, whose places the matting decoder unpools to, stand for the
            encoder's strides.
        se: Squeeze and excitation in the semantic decoder.
        sa: Spatial attention from the semantic decoder guides the matting decoder.
        unpool: Of "paper" with `mp`: which of several values for one place stays; "amax" the
            largest, "torch" what torch's own operator does, for weights learned with that.
        fusion: Whether the unified map is decided ("hard", no gradient reaches it) or mixed
            ("soft") before it is fused with the matte.
        ppm_align_corners: Of "paper": of the scene pyramid's interpolation.
    """

    size: Size = "paper"
    mp: bool = True
    se: bool = True
    sa: bool = True
    unpool: Unpool = "amax"
    fusion: Fusion = "hard"
    ppm_align_corners: bool = False

    def __post_init__(self) -> None:
        for name, kind in (("size", Size), ("unpool", Unpool), ("fusion", Fusion)):
            words, value = get_args(kind), getattr(self, name)
            require(value in words, name, f"one of {', '.join(words)}", value)


PAPER = Config()
"""As the paper has it."""

S = Config(size="s")
"""The variant that ships."""
