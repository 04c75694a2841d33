"""How the room's networks are applied to a photograph."""

from dataclasses import dataclass
from typing import Literal, get_args

from penumbra.core.errors import require

MULTIPLE = 32
"""Of the sides of what the networks see."""

Stop = Literal["fixed", "delta"]
Post = Literal["none", "gct"]


@dataclass(frozen=True)
class Options:
    """How the networks are applied to a photograph.

    Attributes:
        long_side: Longer side in pixels of what the networks see, but of a smaller photograph its
            own.
        is_square: Whether photographs are seen in squares of that side instead, as the paper's
            tables are measured here.
        rounds: T, how many at most; 0 for the first matte.
        stop: "fixed" goes through all rounds, "delta" ends where one changes the matte by less
            than `least_change` on average.
        least_change: See there.
        fm_post: What is done with maps of flaws before they guide: as the network learned.
        error_sure: Expected error where the matte is 0 or 1 and the map of flaws is 1; between
            0 and 1 of either the error is between.
        error_unsure: Likewise where the matte is 1/2.

    Raises:
        InputError: A word is not one of those above, or a number is out of its range.
    """

    long_side: int = 1024
    is_square: bool = False
    rounds: int = 3
    stop: Stop = "fixed"
    least_change: float = 1e-3
    fm_post: Post = "none"
    error_sure: float = 1.0
    error_unsure: float = 1.0

    def __post_init__(self) -> None:
        for name, kind in (("stop", Stop), ("fm_post", Post)):
            words = get_args(kind)
            require(getattr(self, name) in words, name, f"one of {words}", getattr(self, name))
        require(self.long_side >= 64, "long_side", "at least 64", self.long_side)
        require(self.rounds >= 0, "rounds", "at least 0", self.rounds)
        require(self.least_change >= 0, "least_change", "at least 0", self.least_change)
        for name in ("error_sure", "error_unsure"):
            error = getattr(self, name)
            require(0 <= error <= 1, name, "in [0, 1]", error)


PAPER = Options()
"""As the sheet has it."""

SHIPPED = Options(long_side=448, rounds=2, error_sure=0.088, error_unsure=0.749)
"""What suits the small network on a CPU."""

EVALUATED = Options(long_side=512, is_square=True)
"""As the tables of the paper are measured here."""
