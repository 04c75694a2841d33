"""Sizes and parts of the interpreter.

The sheet `smpmat`, section 3; ablations as in section 9.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from penumbra.core.errors import require

SourceName = Literal["rgb", "tiny", "sd"]
AlphaHeadName = Literal["full", "coarse"]
TextName = Literal["none", "toy", "minilm"]

MULTIPLE = 64
"""Of the sides of pictures: the coarsest maps have this stride."""

SIDES: dict[SourceName, int] = {"rgb": 256, "tiny": 128, "sd": 512}
"""Of the pictures that are learned from."""

_WORDS = {"source": SourceName, "alpha_head": AlphaHeadName, "text": TextName}
_COUNTS = ("queries", "layers", "ffn", "grid_layers", "grid_ffn", "timestep")


@dataclass(frozen=True)
class Config:
    """What reads, and what looks.

    Attributes:
        source: What looks at the picture: "rgb" learns to, the others are frozen.
        timestep: t of the noise that a frozen source adds before it looks.
        width: Channels d of every map and query; a multiple of 32.
        heads: Of every attention.
        queries: N, so many people at most.
        layers: L of the decoder of queries.
        ffn: Hidden channels of their feed-forward part.
        grid_layers: Transformer layers on the map of stride 32.
        grid_ffn: Hidden channels of their feed-forward part.
        alpha_head: Whether there is a path to every pixel ("full"), or alpha is the mask of
            stride 8, enlarged ("coarse").
        has_attention: Whether maps of attention are read.
        has_detail: Whether the path to every pixel is given the source's finest maps.
        text: What encodes the words that mean people, which are added to the queries; "none" for
            queries that know no words.
    """

    source: SourceName = "sd"
    timestep: int = 1
    width: int = 256
    heads: int = 8
    queries: int = 30
    layers: int = 9
    ffn: int = 2048
    grid_layers: int = 1
    grid_ffn: int = 1024
    alpha_head: AlphaHeadName = "full"
    has_attention: bool = True
    has_detail: bool = True
    text: TextName = "none"

    def __post_init__(self) -> None:
        for name, kind in _WORDS.items():
            words, value = get_args(kind), getattr(self, name)
            require(value in words, name, f"one of {', '.join(words)}", value)
        is_right = self.width >= 32 and self.width % 32 == 0
        require(is_right, "width", "a positive multiple of 32", self.width)
        is_right = self.heads >= 1 and self.width % self.heads == 0
        require(is_right, "heads", f"a divisor of {self.width}", self.heads)
        for name in _COUNTS:
            require(getattr(self, name) >= 1, name, "at least 1", getattr(self, name))


B = Config()
"""The sheet's base, behind the diffusion model."""

S = Config(source="rgb", width=96, queries=12, layers=3, ffn=384, grid_ffn=384)
"""The small size, which a CPU can train."""
