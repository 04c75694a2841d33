"""What texts say, stacked, and each worked on once."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from penumbra.core.errors import InputError
from penumbra.systems.dfimat.text.phrases import WIDTH, Phrase, PhraseEncoder, is_said


class Counting:
    """A vector for each word, which is its length; and a list of what was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def phrases(self, texts: Sequence[str]) -> list[Phrase]:
        """One for each text."""
        self.asked.append(list(texts))
        return [self._phrase(text.split()) for text in texts]

    def _phrase(self, words: list[str]) -> Phrase:
        tokens = np.array([[len(word)] * WIDTH for word in words], np.float32)
        return Phrase(tokens, np.eye(WIDTH, dtype=np.float32)[len(words)], len(words) > 2)


@pytest.mark.parametrize("text", ["", " ", "\t\n", "?!...", "«—»", "_", "☞", "\ud800", "\u200b"])
def test_without_letters_nothing_is_said(text: str) -> None:
    """Sheet, section 12: such a text is treated as absent."""
    assert not is_said(text)


@pytest.mark.parametrize("text", ["a", " left! ", "2", "左", "слева", "é", "यहाँ"])
def test_letters_and_digits_say_something(text: str) -> None:
    """In any language."""
    assert is_said(text)


def test_answers_are_stacked() -> None:
    """As long as the longest, in the order of the texts, each of which can come again."""
    encoded = PhraseEncoder("counting", Counting().phrases).encode(
        ["the left man", "woman", " ! ", "woman"]
    )

    tokens = [[3, 4, 3], [5, 0, 0], [0, 0, 0], [5, 0, 0]]
    assert_array_equal(encoded.tokens, np.repeat(np.array(tokens)[..., None], WIDTH, axis=2))
    assert_array_equal(encoded.mask, np.array(tokens) > 0)
    assert_array_equal(encoded.sentence.argmax(axis=1), [3, 1, 0, 1])
    assert_array_equal(np.linalg.norm(encoded.sentence, axis=1), [1, 1, 0, 1])
    assert_array_equal(encoded.truncated, [True, False, False, False])
    assert encoded.tokens.dtype == encoded.sentence.dtype == np.float32
    assert encoded.mask.dtype == encoded.truncated.dtype == np.bool_


@pytest.mark.parametrize("texts", [[], [""], ["?", " "]])
def test_silence_has_no_pieces(texts: list[str]) -> None:
    """And does not reach the network."""
    counting = Counting()

    encoded = PhraseEncoder("counting", counting.phrases).encode(texts)

    assert encoded.tokens.shape == (len(texts), 0, WIDTH)
    assert encoded.mask.shape == (len(texts), 0)
    assert_array_equal(encoded.sentence, np.zeros((len(texts), WIDTH)))
    assert_array_equal(encoded.truncated, [False] * len(texts))
    assert counting.asked == []


def test_each_text_is_worked_on_once() -> None:
    """Within a call and from one to the next; and nobody can change what is kept."""
    counting = Counting()
    encoder = PhraseEncoder("counting", counting.phrases)

    first = encoder.encode(["a", "b", "a"])
    first.tokens[:] = 7
    second = encoder.encode(["c", "b", "a"])

    assert counting.asked == [["a", "b"], ["c"]]
    assert (second.tokens == 1).all()


def test_the_oldest_are_forgotten() -> None:
    """Even within one call, whose answer is whole all the same."""
    counting = Counting()
    encoder = PhraseEncoder("counting", counting.phrases, capacity=2)

    assert encoder.encode(["a", "b", "c"]).mask.all()
    encoder.encode(["b", "c"])
    encoder.encode(["a"])
    encoder.encode(["c"])
    encoder.encode(["b"])

    assert counting.asked == [["a", "b", "c"], ["a"], ["b"]]


def test_something_must_be_kept() -> None:
    """A capacity of zero would keep everything."""
    with pytest.raises(InputError, match="capacity must be at least 1, got 0"):
        PhraseEncoder("counting", Counting().phrases, capacity=0)
