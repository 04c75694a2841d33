"""What every model offers, learned or classical."""

from typing import Protocol, TypeVar, runtime_checkable

from penumbra.core.arrays import RGB
from penumbra.core.budget import Budget
from penumbra.core.card import ModelCard
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.core.people import FoundPerson

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


@runtime_checkable
class Refiner(Predictor[Encoded], Protocol[Encoded]):
    """A predictor that says where it doubts, and can spend more work there.  All is pure."""

    def doubt(self, encoded: Encoded, matte: Matte) -> Matte:
        """Return a matte that `decode` or `refine` answered, with its uncertainty."""

    def refine(self, encoded: Encoded, matte: Matte, budget: Budget) -> Matte:
        """Polish a matte where it is most doubtful.

        Args:
            encoded: What `encode` returned for the image.
            matte: What `decode` answered, not yet refined; it need not have been doubted.
            budget: How much work it may cost.

        Returns:
            A matte that says how many windows were refined, and is to be doubted anew; the same
            budget in windows always gives the same matte.
        """


@runtime_checkable
class PeopleFinder(Predictor[Encoded], Protocol[Encoded]):
    """A predictor that finds each person without a word said.  All is pure."""

    def people(self, encoded: Encoded) -> list[FoundPerson]:
        """Return each person of an image, from the left to the right; nobody is an empty list.

        Args:
            encoded: What `encode` returned for the image.
        """
