"""Text encoders by name."""

from collections.abc import Sequence
from functools import cache
from typing import Literal, Protocol, get_args

from penumbra.core.errors import require
from penumbra.systems.dfimat.text.phrases import Encoded, PhraseEncoder

Name = Literal["minilm", "toy"]


class TextEncoder(Protocol):
    """What turns texts into vectors; frozen, and each text is worked on once."""

    name: str

    def encode(self, texts: Sequence[str]) -> Encoded:
        """Return what texts say; those that say nothing have no pieces."""


def load_text_encoder(name: Name = "minilm") -> TextEncoder:
    """Return a text encoder; the same one each time.

    Args:
        name: "minilm", or the "toy", which needs no weights and knows no meanings: networks learn
            little from it, and it is here for tests.

    Raises:
        InputError: There is none of that name.
        WeightsError: MiniLM is not installed, or is not the one that is expected.

    Example:
        >>> load_text_encoder("toy").encode(["the woman on the left"]).tokens.shape
        (1, 5, 384)
    """
    names = get_args(Name)
    require(name in names, "text_encoder", f"one of {', '.join(names)}", name)
    return _encoder(name)


@cache  # MiniLM takes 90 MB, and what was worked out is of use to all
def _encoder(name: Name) -> TextEncoder:
    # Imported here: whoever does without texts must not pay for them.
    if name == "toy":
        from penumbra.systems.dfimat.text.toy import Toy

        return PhraseEncoder(name, Toy().phrases)
    from penumbra.systems.dfimat.text.minilm import load_minilm

    return PhraseEncoder(name, load_minilm().phrases)
