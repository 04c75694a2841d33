"""Sizes and parts of the networks."""

from dataclasses import dataclass
from typing import Literal, get_args

from penumbra.core.errors import require

Size = Literal["paper", "s"]
Elimination = Literal["on", "off", "zeros"]
Attention = Literal["shared", "separate"]
Peephole = Literal["none", "channel"]
DetectorOut = Literal["raw", "sigmoid"]
Post = Literal["none", "gct"]
Norm = Literal["imagenet", "half"]

STRIDES = (1, 2)
LAST = (1280, 320)

_WORDS = {
    "size": Size,
    "fem": Elimination,
    "att_s": Attention,
    "peephole": Peephole,
    "fd_out": DetectorOut,
    "fm_post": Post,
    "norm": Norm,
}


@dataclass(frozen=True)
class Config:
    """Sizes and parts of the networks.

    Attributes:
        size: "paper" has MobileNetV2 and the flaw detector of the sheet, "s" ships.
        width: Channels C of what the rounds compute.
        sam: Whether there is semantic addition, without which there are no rounds.
        fem: Flaw elimination: "zeros" has it without the flaws that are detected (FEM*).
        att_s: Whether the first matte is the attention in space, or another head answers that.
        train_iters: Rounds that are trained; with a single one no recurrent weight learns, and
            all of them start as nothing.
        peephole: Whether gates see the cell, by one weight a channel.
        fd_out: Whether the detector's map is what its last layer answers, or that squashed.
        fm_post: What is done with a map before it guides: nothing, or what GCT does.
        refine_stride: What the rounds are smaller by; blocks of pixels become channels.
        e5: Channels of the deepest map of MobileNetV2 at its full width: with or without its
            last convolution.
        norm: Of the colours: ImageNet's mean and deviation, or 1/2 and 1/2.
        residual: Whether a round corrects the last matte, or answers anew as in the paper.
    """

    size: Size = "paper"
    width: int = 32
    sam: bool = True
    fem: Elimination = "on"
    att_s: Attention = "shared"
    train_iters: int = 3
    peephole: Peephole = "none"
    fd_out: DetectorOut = "raw"
    fm_post: Post = "none"
    refine_stride: int = 1
    e5: int = 1280
    norm: Norm = "imagenet"
    residual: bool = False

    def __post_init__(self) -> None:
        for name, kind in _WORDS.items():
            words, value = get_args(kind), getattr(self, name)
            require(value in words, name, f"one of {', '.join(words)}", value)
        require(self.width >= 1, "width", "at least 1", self.width)
        require(self.train_iters >= 1, "train_iters", "at least 1", self.train_iters)
        require(self.sam or self.fem == "off", "fem", "off where sam is off", self.fem)
        stride = self.refine_stride
        require(stride in STRIDES, "refine_stride", f"one of {STRIDES}", stride)
        require(self.e5 in LAST, "e5", f"one of {LAST}", self.e5)

    @property
    def has_detector(self) -> bool:
        """Whether flaws are detected at all."""
        return self.fem == "on"


PAPER = Config()
"""The sheet's; widths are not in the paper."""

S = Config(size="s", width=16, train_iters=2, refine_stride=2, e5=320, residual=True)
"""The variant that ships."""
