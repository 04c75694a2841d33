"""How tests ask for samples."""

from dataclasses import dataclass

from penumbra.training.composition import Composition

PLAIN = Composition(unknown_crops=0, turn=0, stretch=1, mirror=0, colour=0, blur=0, noise=0, jpeg=0)
"""Objects shown whole, and nothing done to them."""


@dataclass(frozen=True)
class Wanted:
    """What a stage says of its samples."""

    size: int
    composition: Composition
