"""Models of every name that are cheap, and whose answers show what led to them.

The matte follows from the colours of the picture, from what was said and from the matte before, so
that a mixed-up picture, a lost round or another order of rounds gives another matte.
"""

from dataclasses import dataclass, replace

import numpy as np

from penumbra.core.arrays import RGB
from penumbra.core.budget import Budget
from penumbra.core.card import ModelCard, Wanted
from penumbra.core.hints import Box, Hints
from penumbra.core.matte import Matte, is_empty
from penumbra.core.people import FoundPerson
from penumbra.systems import registry


@dataclass(frozen=True, eq=False)
class Likeness:
    """Takes for the object what is red, or like the pixels that were clicked on.

    Attributes:
        card: Of the model that it stands in for.
    """

    card: ModelCard

    def encode(self, image: RGB) -> RGB:
        """Keep the image."""
        return image

    def decode(self, encoded: RGB, hints: Hints, previous: Matte | None = None) -> Matte:
        """Answer any hints inside; half of the answer is the one before."""
        hints.check_inside(*encoded.shape[:2])
        alpha = encoded[:, :, 0].copy()
        for click in hints.clicks:
            near = 1 - np.abs(encoded - encoded[click.pixel]).max(axis=2)
            alpha = np.maximum(alpha, near) if click.is_foreground else alpha * (1 - near)
        for stroke in hints.scribbles:
            alpha[stroke.mask(*alpha.shape)] = stroke.is_foreground
        if (box := hints.box) is not None:
            inside = np.zeros_like(alpha)
            inside[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)] = 1
            alpha *= inside
        if hints.mask is not None:
            alpha = alpha * hints.mask.astype(np.float32)
        if previous is not None:
            alpha = (alpha + previous.alpha) / np.float32(2)
        notes = (f"{len(hints.clicks)} clicks",)
        return Matte(alpha, trimap=hints.trimap, notes=notes, confidence=float(alpha.max()))


class Doubting(Likeness):
    """Doubts most what is half-transparent, and takes a hundredth away for each window."""

    def doubt(self, encoded: RGB, matte: Matte) -> Matte:
        """Halves are the most doubtful."""
        return replace(matte, uncertainty=0.5 - np.abs(matte.alpha - 0.5))

    def refine(self, encoded: RGB, matte: Matte, budget: Budget) -> Matte:
        """As many windows as asked for, or three in any time."""
        windows = int(budget.amount) if budget.unit == "windows" else 3
        alpha = (matte.alpha - np.float32(windows / 100)).clip(0, 1)
        return replace(self.doubt(encoded, matte), alpha=alpha, refined=windows)


class Finding(Likeness):
    """Takes for a person what is red in each half of the picture, if anything is."""

    def people(self, encoded: RGB) -> list[FoundPerson]:
        """Be surer of the left one."""
        height, width = encoded.shape[:2]
        middle, found = width // 2, []
        for x0, x1, score in ((0, middle, 0.9), (middle, width, 0.75)):
            alpha = np.zeros((height, width), np.float32)
            alpha[:, x0:x1] = encoded[:, x0:x1, 0]
            if not is_empty(alpha):
                found.append(FoundPerson(alpha, Box(x0, 0, x1, height), score))
        return found


def load(name: str, licence: Wanted = "any") -> Likeness:
    """Stand in for `registry.load_predictor`."""
    card = registry.card(name)
    if card.can_find_people:
        return Finding(card)
    return Doubting(card) if card.can_refine else Likeness(card)
