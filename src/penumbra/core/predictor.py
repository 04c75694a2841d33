"""What every model offers, learned or classical."""

from typing import Protocol, TypeVar

from penumbra.core.arrays import RGB
from penumbra.core.card import ModelCard
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte

Encoded = TypeVar("Encoded")


class Predictor(Protocol[Encoded]):
    """A model ready for use.  Both methods are pure: all state is in their arguments."""

    @property
    def card(self) -> ModelCard:
        """What the model is and which hints it takes."""

    def encode(self, image: RGB) -> Encoded:
        """Do the work that depends on the image alone; called once for each image."""

    def decode(self, encoded: Encoded, hints: Hints, previous: Matte | None = None) -> Matte:
        """Answer one round of hints.

        Args:
            encoded: What `encode` returned for the image.
            hints: Everything said so far, this round's and all earlier rounds' hints.
            previous: The matte the user was looking at, or None in the first round.
        """
