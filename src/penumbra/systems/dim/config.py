"""Sizes and parts of the network."""

from dataclasses import dataclass
from typing import Literal, get_args, get_type_hints

from penumbra.core.errors import require

Encoder = Literal["vgg", "small"]
Conv6 = Literal["fc6", "3x3", "1x1"]
Squash = Literal["sigmoid", "clamp"]
RefineSkip = Literal["alpha", "logit"]


@dataclass(frozen=True)
class Config:
    """Sizes and parts of the network.

    Attributes:
        encoder: First stage: "vgg" is the paper's, "small" the one that ships.
        conv6: Of "vgg": the 14th convolution, 7x7 to 4096 channels as the paper has it, or
            3x3 or 1x1 to 512.
        decoder_bn: Of "vgg": batch normalisation in the decoder.
        skip_add: Of "vgg": the encoder's maps are added to what is unpooled.
        squash: How the first stage's answer gets into [0, 1].
        refine: Whether there is a second stage.
        refine_width: Channels of its hidden layers.
        refine_depth: How many hidden layers it has.
        refine_head: Side of the kernel of its last layer.
        refine_skip: What its correction is added to: the alpha or, where that is squashed by a
            sigmoid, the logit of the first stage.
        is_guided: Whether the first stage's alpha, with known pixels set, goes through a guided
            filter before the second stage's correction is added.
        refine_alpha_scale: What the first stage's alpha is multiplied by where it goes in.
        features: Of "small": channels that the first stage makes for the second.
        has_uncertainty: Whether the second stage also estimates its absolute error.
    """

    encoder: Encoder = "vgg"
    conv6: Conv6 = "3x3"
    decoder_bn: bool = False
    skip_add: bool = False
    squash: Squash = "sigmoid"
    refine: bool = True
    refine_width: int = 64
    refine_depth: int = 3
    refine_head: Literal[1, 3] = 3
    refine_skip: RefineSkip = "alpha"
    is_guided: bool = False
    refine_alpha_scale: float = 1.0
    features: int = 0
    has_uncertainty: bool = False

    def __post_init__(self) -> None:
        kinds = get_type_hints(type(self))
        for name in ("encoder", "conv6", "squash", "refine_head", "refine_skip"):
            words, value = get_args(kinds[name]), getattr(self, name)
            require(value in words, name, f"one of {', '.join(map(str, words))}", value)
        is_right = self.squash == "sigmoid" or self.refine_skip == "alpha"
        require(is_right, "refine_skip", "alpha where squash is clamp", self.refine_skip)
        is_right = not self.is_guided or self.refine_skip == "alpha"
        require(is_right, "refine_skip", "alpha where alpha0 is guided", self.refine_skip)
        is_right = self.features == 0 or (self.encoder == "small" and self.refine)
        require(is_right, "features", "0 but for encoder small with refine", self.features)


PAPER = Config(conv6="fc6")
"""As the paper has it."""

DEFAULT = Config()
"""The same accuracy as reported, with a fifth of the weights."""

S = Config(
    encoder="small",
    refine_width=16,
    refine_depth=2,
    refine_head=1,
    is_guided=True,
    features=8,
    has_uncertainty=True,
)
"""The variant that ships."""
