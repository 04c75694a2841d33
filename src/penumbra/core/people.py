"""Each person of a photograph: found on it, and lifted off it."""

from dataclasses import dataclass
from typing import NamedTuple

from penumbra.core.arrays import Alpha
from penumbra.core.cutout import Cutout
from penumbra.core.hints import Box


@dataclass(frozen=True, eq=False)
class FoundPerson:
    """One person of a photograph.

    Attributes:
        alpha: Opacity, (H, W) in [0, 1]; those of all people add up to at most 1.
        box: Around the person, in pixels of the photograph.
        score: How surely it is a person, in [0, 1].
    """

    alpha: Alpha
    box: Box
    score: float


class PersonCutout(NamedTuple):
    """One person lifted off everything else in the photograph.

    Attributes:
        cutout: With the person's own colours.
        box: As of `FoundPerson`.
        score: As there.
    """

    cutout: Cutout
    box: Box
    score: float
