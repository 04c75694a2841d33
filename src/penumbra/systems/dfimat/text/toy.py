"""A text encoder without weights, for tests: it knows words by their spelling alone.

Each word becomes a few signs in many places, by its hash, and a fixed random projection brings
them to the width of the real one.  Two texts are as near as the words that they share; order, and
what words mean, is lost on it.  The sheet `dfimat`, section 4.3.
"""

import re
from collections.abc import Sequence
from hashlib import blake2b, shake_256

import numpy as np

from penumbra.systems.dfimat.text.phrases import PIECES, WIDTH, Phrase, Vectors

PLACES = 512
"""Before the projection."""

_SIGNS = 8  # of a word; two words share a place now and then, but hardly ever half of theirs
_WORD = re.compile(r"[^\W_]+")


class Toy:
    """Words as hashes, projected."""

    def __init__(self) -> None:
        # Bits of a hash are the same in every version of numpy, which random numbers are not.
        drawn = np.frombuffer(shake_256(b"toy").digest(PLACES * WIDTH // 8), np.uint8)
        signs = np.unpackbits(drawn).reshape(PLACES, WIDTH).astype(np.float32) * 2 - 1
        self.projection: Vectors = signs / np.float32(np.sqrt(WIDTH * _SIGNS))

    def phrases(self, texts: Sequence[str]) -> list[Phrase]:
        """Return what each text says; each must have a word."""
        return [self._phrase(text) for text in texts]

    def _phrase(self, text: str) -> Phrase:
        words = _WORD.findall(text.lower())
        tokens = np.stack([hashed(word) for word in words[:PIECES]]) @ self.projection
        mean = tokens.mean(axis=0)
        return Phrase(tokens, mean / np.linalg.norm(mean), len(words) > PIECES)


def hashed(word: str) -> Vectors:
    """Return the signs of a word, (512,): 1 or -1 in up to eight places, by its hash."""
    digest = blake2b(word.encode(), digest_size=2 * _SIGNS).digest()
    drawn = np.frombuffer(digest, "<u2")  # the same on every machine
    signs = np.zeros(PLACES, np.float32)
    signs[drawn % PLACES] = np.where(drawn // PLACES % 2, 1, -1)
    return signs
