"""A model with options that answers what the trimap says, so that its errors are known by hand."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from penumbra.core.arrays import RGB
from penumbra.core.card import ModelCard
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte

CARD = ModelCard(
    name="dim",
    title="Repeats the trimap",
    paper="none",
    accepts=frozenset({"trimap"}),
    requires=frozenset({"trimap"}),
)


@dataclass(frozen=True)
class Options:
    """What can be set."""

    refine: bool = True
    post: Literal["none", "guided"] = "none"


@dataclass(frozen=True)
class TrimapReader:
    """Answers the trimap; without refinement, 1 where that is unknown.

    Attributes:
        card: What it is.
        options: What is asked of it.
        asked: The pictures it was shown.
        tired: After so many pictures it fails with a bug.
    """

    card: ModelCard = CARD
    options: Options = field(default_factory=Options)
    asked: list[RGB] = field(default_factory=list)
    tired: int = 1000

    def encode(self, image: RGB) -> RGB:
        """Pass the picture on."""
        self.asked.append(image)
        if len(self.asked) > self.tired:
            raise ZeroDivisionError("tired")
        return image

    def decode(self, encoded: RGB, hints: Hints, previous: Matte | None = None) -> Matte:
        """Answer the trimap."""
        assert hints.trimap is not None
        if self.options.refine:
            return Matte(hints.trimap)
        return Matte(np.where(hints.trimap > 0, 1, 0).astype(np.float32))
