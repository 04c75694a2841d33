"""What a text encoder answers, and each answer kept.

The sheet `dfimat`, sections 4.3 and 12.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from penumbra.core.errors import require

WIDTH = 384
"""Of the vectors, of every encoder that is here."""

PIECES = 16
"""Pieces of a text that are read; what comes after them is left out."""

CAPACITY = 4096
"""Texts that are kept: 40 MB if they are short, 100 MB at most."""

Vectors = NDArray[np.float32]


class Phrase(NamedTuple):
    """What one text says.

    Attributes:
        tokens: (L, 384), a vector for each of its pieces, at most 16 of them.
        sentence: (384,), of length 1.
        is_truncated: Whether it has more pieces.
    """

    tokens: Vectors
    sentence: Vectors
    is_truncated: bool


class Encoded(NamedTuple):
    """What texts say.

    A text that says nothing has no pieces, and its sentence is zero.

    Attributes:
        tokens: (B, L, 384), zero where there is no piece; L is that of the longest text, so 0 if
            none says anything.
        mask: (B, L), whether there is a piece.
        sentence: (B, 384), of length 1.
        truncated: (B,), whether the text has more pieces than are read.
    """

    tokens: Vectors
    mask: NDArray[np.bool_]
    sentence: Vectors
    truncated: NDArray[np.bool_]


class PhraseEncoder:
    """A text encoder that works on each text once.

    Attributes:
        name: "minilm".

    Args:
        name: See there.
        phrases: What does the work, for texts that say something and differ from each other.
        capacity: How many answers are kept, the latest; at least 1.

    Raises:
        InputError: The capacity is less than 1.
    """

    def __init__(
        self,
        name: str,
        phrases: Callable[[Sequence[str]], list[Phrase]],
        capacity: int = CAPACITY,
    ) -> None:
        require(capacity >= 1, "capacity", "at least 1", capacity)
        self.name = name
        self._phrases = phrases
        self._capacity = capacity
        self._known: dict[str, Phrase] = {}

    def encode(self, texts: Sequence[str]) -> Encoded:
        """Return what texts say.

        How far a text is padded depends on the others that are new, so what is said of it can
        differ by rounding the next time that it has been forgotten.

        Args:
            texts: In any language, words that are not known included; as long as they like.
        """
        found = {text: self._known.get(text, _SILENCE) for text in texts}
        new = [text for text, it in found.items() if it is _SILENCE and is_said(text)]
        if new:
            worked = dict(zip(new, self._phrases(new), strict=True))
            found |= worked
            self._keep(worked)
        return _stacked([found[text] for text in texts])

    def _keep(self, worked: dict[str, Phrase]) -> None:
        self._known |= worked
        for text in list(self._known)[: -self._capacity]:
            del self._known[text]


def is_said(text: str) -> bool:
    """Return whether a text says anything: whether it has a letter or a digit.

    Example:
        >>> is_said("left"), is_said(" ?! ")
        (True, False)
    """
    return any(map(str.isalnum, text))


def _stacked(phrases: list[Phrase]) -> Encoded:
    lengths = np.array([len(phrase.tokens) for phrase in phrases], np.int64)
    mask = np.arange(lengths.max(initial=0)) < lengths[:, None]
    tokens = np.zeros((*mask.shape, WIDTH), np.float32)
    sentence = np.zeros((len(phrases), WIDTH), np.float32)
    for row, phrase in enumerate(phrases):
        tokens[row, : len(phrase.tokens)] = phrase.tokens
        sentence[row] = phrase.sentence
    return Encoded(tokens, mask, sentence, np.array([it.is_truncated for it in phrases], np.bool_))


_SILENCE = Phrase(np.zeros((0, WIDTH), np.float32), np.zeros(WIDTH, np.float32), False)
