"""Sizes and parts of the interactive semantic capture network (ISCN).

The sheet `dfimat`, sections 4.1, 4.4 and 10.
"""

from dataclasses import dataclass, replace
from typing import Literal, get_args

from penumbra.core.errors import require

Encoder = Literal["swin", "s", "xs", "mobile"]
TextEncoder = Literal["minilm", "clip", "toy"]
ClassHead = Literal["cosine", "linear"]
Scope = Literal["new", "all"]
Resize = Literal["max", "bilinear"]

TEXT_WIDTHS: dict[TextEncoder, int] = {"minilm": 384, "clip": 512, "toy": 384}
"""Channels of the states of each frozen text encoder."""

TEXT_TOKENS = 16
"""Tokens of a sentence that are read; later ones are not."""

_WORDS = {
    "encoder": Encoder,
    "text_encoder": TextEncoder,
    "class_head": ClassHead,
    "crm_scope": Scope,
    "crm_resize": Resize,
}
_COUNTS = ("pyramid_layers", "pyramid_ffn", "layers", "ffn", "objects", "k_t", "k_v", "memories")


@dataclass(frozen=True)
class IscnConfig:
    """Sizes and parts of the network.

    Attributes:
        encoder: "swin" is Swin-T, "s" and "xs" are small convolutional ones, "mobile" is the
            MobileNetV2 of `segment`, so that training can start from its weights.
        width: Channels d of every level and of every query; a multiple of 32.
        heads: Of every attention.
        pyramid_layers: Transformer layers on the coarsest map.
        pyramid_ffn: Hidden channels of their feed-forward part.
        is_dense: Whether 3x3 convolutions of the pyramid mix channels; separable ones otherwise.
        layers: L of the decoder.
        ffn: Hidden channels of their feed-forward part.
        objects: Object queries.
        k_t: Text queries.
        k_v: Visual queries.
        memories: Memory tokens.
        class_width: Channels d_c of class embeddings.
        scribble_points: Tokens that a scribble becomes.
        token_budget: Visual tokens at most.
        loss_points: Of each mask where its loss is taken; 0 for all pixels.
        class_head: Whether the class is a cosine, or what a linear layer answers.
        text_encoder: Whose states are read.
        box_tokens: Whether a box gives a grid of points inside; its corners alone otherwise.
        crm: Whether there is contrastive reasoning.
        crm_scope: Whether the new input alone can contradict the previous mask, or all of it.
        crm_resize: How conflicts reach coarser levels.
        crm_box: Whether a box says that what lies outside is background.
        crm_reach: Whether a correction reaches over what is alike (`Reach`); ours, not the
            paper's.
        memory: Whether the previous mask is remembered.
        masked_attn: Whether a query reads only where its last mask was.
        two_way: Whether pixels read the tokens before each layer.
        joint_full: Whether every token reads every token; nothing but levels is kept then.
    """

    encoder: Encoder = "swin"
    width: int = 256
    heads: int = 8
    pyramid_layers: int = 6
    pyramid_ffn: int = 1024
    is_dense: bool = True
    layers: int = 9
    ffn: int = 2048
    objects: int = 100
    k_t: int = 1
    k_v: int = 3
    memories: int = 32
    class_width: int = 256
    scribble_points: int = 16
    token_budget: int = 512
    loss_points: int = 12544
    class_head: ClassHead = "cosine"
    text_encoder: TextEncoder = "minilm"
    box_tokens: bool = True
    crm: bool = True
    crm_scope: Scope = "new"
    crm_resize: Resize = "max"
    crm_box: bool = False
    crm_reach: bool = False
    memory: bool = True
    masked_attn: bool = True
    two_way: bool = False
    joint_full: bool = False

    def __post_init__(self) -> None:
        for name, kind in _WORDS.items():
            words, value = get_args(kind), getattr(self, name)
            require(value in words, name, f"one of {', '.join(words)}", value)
        is_right = self.width >= 32 and self.width % 32 == 0
        require(is_right, "width", "a positive multiple of 32", self.width)
        is_right = self.heads >= 1 and self.width % self.heads == 0
        require(is_right, "heads", f"a divisor of {self.width}", self.heads)
        for name in (*_COUNTS, "class_width", "scribble_points"):
            require(getattr(self, name) >= 1, name, "at least 1", getattr(self, name))
        is_right = self.crm or not self.crm_reach
        require(is_right, "crm_reach", "False without crm", self.crm_reach)
        least = self.scribble_points
        require(self.token_budget >= least, "token_budget", f"at least {least}", self.token_budget)
        require(self.loss_points >= 0, "loss_points", "at least 0", self.loss_points)

    @property
    def text_width(self) -> int:
        """Channels of the text encoder's states."""
        return TEXT_WIDTHS[self.text_encoder]


B = IscnConfig()
"""The sheet's base.

Class embeddings have d channels: of all readings of d_c that alone meets the counts of all four
sizes, without the sentence's projection, which is counted as a part of the text encoder.
"""

B512 = IscnConfig(width=512, pyramid_ffn=2048, class_width=512)
"""The base with SEEM's width."""

S = IscnConfig(
    encoder="s",
    width=96,
    heads=4,
    pyramid_layers=1,
    pyramid_ffn=384,
    is_dense=False,
    layers=3,
    ffn=384,
    objects=16,
    k_v=1,
    memories=4,
    class_width=96,
    scribble_points=8,
    token_budget=48,
    loss_points=0,
)
"""The small size; of one to three visual queries, one meets the sheet's cost."""

SHIPPED = replace(S, encoder="mobile", crm_reach=True)
"""What ships: the small size behind an encoder that is trained already, with corrections that
reach."""

XS = IscnConfig(
    encoder="xs",
    width=64,
    heads=4,
    pyramid_layers=1,
    pyramid_ffn=256,
    is_dense=False,
    layers=3,
    ffn=256,
    objects=8,
    k_v=1,
    memories=4,
    class_width=64,
    scribble_points=8,
    token_budget=48,
    loss_points=0,
)
"""The extra small size; its feed-forward width is the one that meets the count."""
