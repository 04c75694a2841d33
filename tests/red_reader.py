"""A model without hints that answers the reds of a picture, so its errors are known by hand."""

from penumbra.core.arrays import RGB
from penumbra.core.card import ModelCard
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte


class RedReader:
    """Answers how red a pixel is."""

    card = ModelCard(name="aim", title="Reads the reds", paper="none", accepts=frozenset())

    def encode(self, image: RGB) -> Matte:
        """Take the reds."""
        return Matte(image[:, :, 0])

    def decode(self, encoded: Matte, hints: Hints, previous: Matte | None = None) -> Matte:
        """Answer them."""
        return encoded
