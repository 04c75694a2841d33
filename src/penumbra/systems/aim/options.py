"""How the room's network is applied to a photograph."""

from dataclasses import dataclass
from typing import Literal

from penumbra.core.errors import require

MULTIPLE = 32
"""Of the sides of what the network sees."""

Test = Literal["hybrid", "resize"]


@dataclass(frozen=True)
class Options:
    """How the network is applied to a photograph.

    Attributes:
        test: "hybrid" takes meaning from a small picture and opacity from a larger one;
            "resize" takes both from the small one.
        r_global: What the photograph is shrunk by for its meaning.
        r_local: What it is shrunk by for its opacity.
        side_global: Longer side in pixels of what is seen for the meaning, but of a smaller
            photograph its own, up to the next multiple of 32; None for `r_global`.
        side_local: Likewise for the opacity.
        keep_short: Pixels: what would become shorter than that is not shrunk by ratios at all.
        short_limit: Pixels: before it is shrunk by a ratio, the whole is shrunk so that its
            shorter side is no longer; None for the photograph as it is, as AIM-500's table has it.
        max_side: Longest side that the network sees by a ratio, in pixels.
        antialias: Whether shrinking averages; the published code takes single points.
        power: None for the fusion of the paper, which takes each pixel for what is likeliest;
            otherwise the mean opacity over what a pixel may be, whose probabilities are raised to
            this, at least 1, and add up to 1 again.
        least_confidence: Below it the answer is that there is nothing.

    Raises:
        InputError: A word is not one of those above, or a number is out of its range.
    """

    test: Test = "hybrid"
    r_global: float = 1 / 4
    r_local: float = 1 / 3
    side_global: int | None = None
    side_local: int | None = None
    keep_short: int = 128
    short_limit: int | None = 1080
    max_side: int = 1600
    antialias: bool = False
    power: float | None = None
    least_confidence: float = 0.5

    def __post_init__(self) -> None:
        require(self.test in ("hybrid", "resize"), "test", "hybrid or resize", self.test)
        for name in ("r_global", "r_local"):
            ratio = getattr(self, name)
            require(0 < ratio <= 1, name, "above 0 and at most 1", ratio)
        for name in ("side_global", "side_local", "short_limit", "max_side"):
            pixels = getattr(self, name)
            require(pixels is None or pixels >= MULTIPLE, name, f"at least {MULTIPLE}", pixels)
        for name, side in (("r_global", self.side_global), ("r_local", self.side_local)):
            is_right = side is None or getattr(self, name) == getattr(Options, name)
            rule = f"left alone where side_{name[2:]} is set"
            require(is_right, name, rule, getattr(self, name))
        require(self.keep_short >= 0, "keep_short", "at least 0", self.keep_short)
        is_right = self.power is None or self.power >= 1
        require(is_right, "power", "at least 1", self.power)
        is_right = 0 <= self.least_confidence <= 1
        require(is_right, "least_confidence", "in [0, 1]", self.least_confidence)


SHIPPED = Options(
    side_global=320,
    side_local=640,
    antialias=True,
    power=5.0,
    least_confidence=0.735,
)
"""What suits the small network, which saw samples of 160 and 256 pixels."""
