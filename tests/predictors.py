"""A predictor that is cheap and pure, and whose answer shows what it was asked."""

from dataclasses import dataclass, replace

import numpy as np

from penumbra.core.arrays import RGB
from penumbra.core.budget import Budget
from penumbra.core.card import ModelCard
from penumbra.core.errors import ConvergenceError
from penumbra.core.hints import Box, Hints
from penumbra.core.matte import Matte
from penumbra.core.people import FoundPerson


@dataclass(frozen=True, eq=False)
class Encoding:
    """What `Echo.encode` makes of an image; compared by identity, so a second one is seen."""

    image: RGB


@dataclass(frozen=True, eq=False, kw_only=True)
class Answer(Matte):
    """A matte that remembers the question.

    Attributes:
        encoded: What was encoded.
        hints: What was hinted.
        previous: What was on screen.
    """

    encoded: Encoding
    hints: Hints
    previous: Matte | None


class Echo:
    """Answers every mixture of clicks and boxes; the word "fail" makes it give up."""

    card = ModelCard(
        name="echo",
        title="Repeats the question",
        paper="None",
        accepts=frozenset({"click", "box", "text"}),
        is_hint_needed=True,
    )

    def encode(self, image: RGB) -> Encoding:
        """Keep the image."""
        return Encoding(image)

    def decode(self, encoded: Encoding, hints: Hints, previous: Matte | None = None) -> Answer:
        """Answer with one opacity for the whole picture: a tenth for each click."""
        if hints.text == "fail":
            raise ConvergenceError("solver must converge, got told not to")
        alpha = np.full(encoded.image.shape[:2], len(hints.clicks) / 10, np.float32)
        return Answer(alpha, encoded=encoded, hints=hints, previous=previous)


class Polisher(Echo):
    """The same, and it can refine: every window takes a hundredth away; it has seven of them."""

    card = replace(Echo.card, name="polisher")

    def doubt(self, encoded: Encoding, matte: Matte) -> Matte:
        """A fifth everywhere."""
        return replace(matte, uncertainty=np.full_like(matte.alpha, 0.2))

    def refine(self, encoded: Encoding, matte: Matte, budget: Budget) -> Matte:
        """As many windows as asked for, or half of them in any time."""
        windows = min(int(budget.amount), 7) if budget.unit == "windows" else 3
        alpha = matte.alpha - np.float32(windows / 100)
        return replace(self.doubt(encoded, matte), alpha=alpha, refined=windows)


class Spotter(Echo):
    """The same, and it finds a person in each half of the picture, unless that is black."""

    card = replace(Echo.card, name="spotter", can_find_people=True)

    def people(self, encoded: Encoding) -> list[FoundPerson]:
        """Be opaque on one half, and surer of the left one."""
        height, width = encoded.image.shape[:2]
        found = []
        for x0, score in ((0, 0.9), (width // 2, 0.8)):
            alpha = np.zeros((height, width), np.float32)
            alpha[:, x0 : x0 + width // 2] = 1
            if encoded.image[alpha == 1].any():
                found.append(FoundPerson(alpha, Box(x0, 0, x0 + width // 2, height), score))
        return found
