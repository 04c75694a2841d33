"""What comes out for one picture before anything is selected: the seam of all who make pictures.

A painter with a network that reads mattes, and the composer of people that were cut out, answer
alike.  The sheet `smpmat`, sections 2, 3, 8 and 11.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, as_rgb
from penumbra.core.errors import ImageError, require
from penumbra.data.pack import Source

Split = Literal["train", "val"]


class Answers(NamedTuple):
    """What all queries of an interpreter say, or the people of a composite.

    Attributes:
        alphas: (N, H, W) in [0, 1].  They may overlap, and be of nobody.
        human: (N,) probability that each is of a person.
    """

    alphas: NDArray[np.float32]
    human: NDArray[np.float32]


class Refused(NamedTuple):
    """A picture that never came to be.

    Attributes:
        reason: In a word or two that can be counted.
        detail: The same in a sentence.
    """

    reason: str
    detail: str


@dataclass(frozen=True, eq=False)
class Reading:
    """A picture, and what was read of it.

    Attributes:
        image: (H, W, 3) in [0, 1].
        answers: Of all queries.
        caption: What was to be seen.
        seed: Of whatever made the picture.
        family: What pictures share that must not be divided between training and tests.
        split: On which side that is.
        asked: How many people were to be seen; None where nobody said.
        again: What is read of the same picture under more noise, for the gate `agreement`.
        attention: (h, w), not below 0: how much each cell looks at words that mean people, for
            the gate `coverage`.  Any size; it covers the picture.
        order: Numbers of the answers from the farthest to the nearest, where that is known.
        is_exact: Whether the answers are known to be true, as of composites: then no query can
            have been lacking, and no confidence is measured.
        is_safe: Verdict of a safety filter, where there is one.
        slots: What the gate `balance` counts, such as place and pose.
        provenance: How the picture is made again: plain values, as JSON holds them.

    Raises:
        ImageError: The image is none, or answers have another size.
        InputError: Other parts do not fit together.
    """

    image: RGB
    answers: Answers
    caption: str
    seed: int
    family: str
    split: Split = "train"
    asked: int | None = None
    again: Answers | None = None
    attention: NDArray[np.float32] | None = None
    order: tuple[int, ...] | None = None
    is_exact: bool = False
    is_safe: bool | None = None
    slots: Mapping[str, str] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "image", as_rgb(self.image))
        for name, answers in (("answers", self.answers), ("again", self.again)):
            if answers is None:
                continue
            alphas, human = answers
            if alphas.ndim != 3 or alphas.shape[1:] != self.image.shape[:2]:
                raise ImageError(
                    f"{name} must have shape (N, {self.image.shape[0]}, {self.image.shape[1]}), "
                    f"got {alphas.shape}"
                )
            require(human.shape == alphas.shape[:1], name, "one probability each", human.shape)
        if self.order is not None:
            numbers = list(range(len(self.answers.alphas)))
            require(sorted(self.order) == numbers, "order", f"of {numbers}", self.order)
        if self.attention is not None:
            shape = self.attention.shape
            require(len(shape) == 2 and min(shape) > 0, "attention", "of shape (h, w)", shape)


class Maker(Protocol):
    """Makes pictures by number.

    Attributes:
        name: "composite", "sd", "tiny".
        record: Every setting that changes what is made; plain values.  A folder goes on only
            with the same.
        sources: Whence pictures or weights come, on which terms.
        variety: How many values a slot has, where that is known: a quota never asks for more
            variety than there is.
    """

    name: str
    record: Mapping[str, Any]
    sources: tuple[Source, ...]
    variety: Mapping[str, int]

    def make(self, number: int) -> Reading | Refused:
        """Return picture `number`, which depends on the number and the settings alone.

        Numbers come in ascending order, nearly always without a gap, so that a painter may
        paint several at a time and keep those that nobody has asked for yet.
        """


def split_of(family: str, share: float) -> Split:
    """Return on which side a family of captions is; nothing but its name decides.

    Args:
        family: See `Caption.family`.
        share: Of the families, in [0, 1], those that are for validation.

    Example:
        >>> split_of("in a forest | dancing", 0.0)
        'train'
    """
    digest = hashlib.sha256(family.encode()).digest()
    return "val" if int.from_bytes(digest[:8], "big") < share * 2**64 else "train"
