"""A model that answers clicks with squares, so that its errors are known by hand."""

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.budget import Budget
from penumbra.core.card import ModelCard
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.evaluation.protocol import Case, Truth

CARD = ModelCard(name="clicks", title="Squares", paper="none", accepts=frozenset({"click"}))
SIDE = 11


@dataclass(frozen=True)
class Options:
    """What can be set."""

    refine: Literal["local", "global"] = "local"


@dataclass(frozen=True)
class SquareClicker:
    """Paints a square of 1 or 0 for each click; refined, it knows the reds of the picture.

    Attributes:
        card: What it is.
        options: "global" goes half of the way to the reds, "local" a fortieth for each window.
    """

    card: ModelCard = CARD
    options: Options = field(default_factory=Options)

    def encode(self, image: RGB) -> RGB:
        """Pass the picture on."""
        return image

    def decode(self, encoded: RGB, hints: Hints, previous: Matte | None = None) -> Matte:
        """Paint."""
        alpha = np.zeros(encoded.shape[:2], np.float32)
        for click in hints.clicks:
            row, col = (max(0, at - SIDE // 2) for at in click.pixel)
            alpha[row : click.pixel[0] + 6, col : click.pixel[1] + 6] = click.is_foreground
        return Matte(alpha)

    def doubt(self, encoded: RGB, matte: Matte) -> Matte:
        """Doubt where the picture is green."""
        return replace(matte, uncertainty=encoded[:, :, 1])

    def refine(self, encoded: RGB, matte: Matte, budget: Budget) -> Matte:
        """Go towards the reds."""
        way = 0.5 if self.options.refine == "global" else budget.amount / 40
        alpha = matte.alpha + np.float32(way) * (encoded[:, :, 0] - matte.alpha)
        return replace(matte, alpha=alpha, refined=int(budget.amount))


def squares_case(name: str, side: int, columns: tuple[int, ...]) -> Case:
    """Squares as the model paints them, in red; doubtful on their left half."""
    alpha: Alpha = np.zeros((side, 40), np.float32)
    green = np.zeros_like(alpha)
    for column in columns:
        alpha[4:15, column : column + SIDE], green[4:15, column : column + 5] = 1, 1
    trimap = np.full_like(alpha, 0.5)
    image = np.stack([alpha, green, 0 * alpha], axis=2)
    return Case(name, name, lambda: image, lambda: Truth(alpha, trimap))


CASES = (
    squares_case("two", 20, (3, 23)),
    squares_case("one", 40, (12,)),
    squares_case("nothing", 20, ()),
)
"""Errors of an empty matte: 242 of 800 pixels, 121 of 1600, none."""
