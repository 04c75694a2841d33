"""A trimap solver behind the face of every other model."""

from collections.abc import Callable
from dataclasses import dataclass

from penumbra.core.arrays import RGB, Alpha, Trimap
from penumbra.core.card import ModelCard
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte


@dataclass(frozen=True)
class TrimapSolver:
    """Closed-form, KNN, shared sampling or random walk, given a trimap.

    Attributes:
        card: Which of them.
        solve: Image and trimap to alpha.
    """

    card: ModelCard
    solve: Callable[[RGB, Trimap], Alpha]

    def encode(self, image: RGB) -> RGB:
        """Nothing can be done before the trimap is known."""
        return image

    def decode(self, encoded: RGB, hints: Hints, previous: Matte | None = None) -> Matte:
        """Solve for alpha; an earlier matte says nothing that the trimap does not."""
        assert hints.trimap is not None  # the card requires one
        return Matte(self.solve(encoded, hints.trimap), hints.trimap)
