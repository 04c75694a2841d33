"""How much work refinement may cost: windows, time, or a share of the picture."""

import math
import re
from dataclasses import dataclass
from typing import Literal, get_args

from penumbra.core.errors import InputError, require

Unit = Literal["windows", "seconds", "share"]

_WRITTEN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|%|)")


@dataclass(frozen=True)
class Budget:
    """What refinement may cost; it may always end earlier, where nothing is worth it.

    Attributes:
        amount: At least 0.
        unit: "windows" to refine, whole; "seconds" of time, looked at between windows; or the
            "share" of the picture that the windows cover, in [0, 1].

    Raises:
        InputError: The amount does not suit the unit.
    """

    amount: float
    unit: Unit = "windows"

    def __post_init__(self) -> None:
        require(self.unit in get_args(Unit), "unit", f"one of {get_args(Unit)}", self.unit)
        is_right = math.isfinite(self.amount) and self.amount >= 0
        require(is_right, "budget", "finite and at least 0", self.amount)
        if self.unit == "windows":
            is_right = float(self.amount).is_integer()
            require(is_right, "budget", "a whole number of windows", self.amount)
        if self.unit == "share":
            require(self.amount <= 1, "budget", "at most the whole picture", self.amount)


def parse_budget(text: str) -> Budget:
    """Read a budget as the command line has it: "8" windows, "300ms", "1.5s" or "20%".

    Raises:
        InputError: It is none of these.

    Example:
        >>> parse_budget("300ms")
        Budget(amount=0.3, unit='seconds')
        >>> parse_budget("20%"), parse_budget("8")
        (Budget(amount=0.2, unit='share'), Budget(amount=8.0, unit='windows'))
    """
    written = _WRITTEN.fullmatch(text.strip())
    if written is None:
        raise InputError(f"budget must be like 8, 300ms, 1.5s or 20%, got {text!r}")
    amount, unit = float(written[1]), written[2]
    if unit == "%":
        return Budget(amount / 100, "share")
    if unit:
        return Budget(amount / 1000 if unit == "ms" else amount, "seconds")
    return Budget(amount)
