"""How the room's network is applied to a photograph."""

from dataclasses import dataclass
from typing import Literal

from penumbra.core.errors import require
from penumbra.systems.dim.tiles import MULTIPLE

Post = Literal["none", "guided"]
Fit = Literal["pad", "resize"]


@dataclass(frozen=True)
class Options:
    """How the network is applied to a photograph.

    Attributes:
        refine: Whether the second stage answers; otherwise the first does.
        post: "guided" smooths the first stage's answer along the photograph's edges in place
            of the second stage.
        fit: How sides get to be multiples of 32: "pad" adds below and right, "resize" changes
            the size, as the first public programs did.
        max_side: Of "resize": longest side that the network sees, in pixels.
        apply_trimap: Whether known pixels are exactly 0 and 1; otherwise they are the network's,
            which then looks at the whole photograph.
        tile: Side in pixels of a square whose area is the most that is looked at in one go.
        margin: Pixels around a tile that are looked at and thrown away.
        fade: Pixels over which neighbouring tiles pass into each other.

    Raises:
        InputError: A word is not one of those above, or a number of pixels is not a multiple
            of 32 or leaves nothing of a tile.
    """

    refine: bool = True
    post: Post = "none"
    fit: Fit = "pad"
    max_side: int = 1600
    apply_trimap: bool = True
    # A tile needs 0.4 GB in the variant s; from 128 pixels away its answer is changed by less
    # than half a level of 255 (benchmarks/tiles.py).
    tile: int = 1024
    margin: int = 128
    fade: int = 32

    def __post_init__(self) -> None:
        require(self.post in ("none", "guided"), "post", "none or guided", self.post)
        require(self.fit in ("pad", "resize"), "fit", "pad or resize", self.fit)
        require(self.max_side >= MULTIPLE, "max_side", f"at least {MULTIPLE}", self.max_side)
        for name, pixels in (("tile", self.tile), ("margin", self.margin), ("fade", self.fade)):
            is_right = pixels >= MULTIPLE and pixels % MULTIPLE == 0
            require(is_right, name, f"a positive multiple of {MULTIPLE}", pixels)
        least = 2 * (self.margin + self.fade)
        require(self.tile >= least, "tile", f"at least 2 (margin + fade) = {least}", self.tile)
