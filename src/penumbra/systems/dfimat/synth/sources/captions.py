"""Captions as networks of diffusion read them: vectors, and where the words are among them.

The sheet `smpmat`, sections 2.1, 2.2 and 11.
"""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

import torch
from torch import Tensor

from penumbra.systems.dfimat.synth.features import FALLBACK, Tokens
from penumbra.systems.dfimat.synth.sources.words import people_first
from penumbra.systems.dfimat.text.encoder import Name, load_text_encoder
from penumbra.systems.dfimat.text.phrases import PIECES, WIDTH, is_said

if TYPE_CHECKING:
    from transformers import CLIPTextModel, CLIPTokenizer

_END = "</w>"  # of a word, in the pieces of CLIP
_INSIDE = "##"  # a word, in the pieces of MiniLM
_WORD = re.compile(r"[^\W_]+")  # as the toy finds them


class Caption(NamedTuple):
    """What there is to see of a caption in a row of vectors.

    Attributes:
        pieces: A name for each vector of the row.
        order: Places in the row of the caption's own pieces, those of people first; neither those
            of start and end nor padding.
        people: How many of them mean people.
        is_cut: Whether the caption was too long, and its end is not there.
    """

    pieces: tuple[str, ...]
    order: tuple[int, ...]
    people: int
    is_cut: bool

    def tokens(self, places: Sequence[int]) -> Tokens:
        """Return what is at some places, which begin as `order` does."""
        words = tuple(self.pieces[place] for place in places)
        return Tokens(words, min(self.people, len(words)), self.is_cut)


class Context(NamedTuple):
    """What a network is told with a batch of pictures.

    Attributes:
        vectors: (B, L, C), float32.
        captions: Of each picture.
    """

    vectors: Tensor
    captions: tuple[Caption, ...]

    def of(self, places: Sequence[int]) -> "Context":
        """Return what some of the pictures are told."""
        return Context(self.vectors[list(places)], tuple(self.captions[it] for it in places))


class CaptionReader(Protocol):
    """What turns captions into rows of vectors; frozen.

    Attributes:
        length: Vectors of a row, L.
        width: Of a vector, C.
    """

    length: int
    width: int

    def read(self, captions: Sequence[str]) -> Context:
        """Return what captions say, each of which says something."""


class ClipReader:
    """The text encoder of SD-1.x: 77 vectors, from start to end and padded.

    Args:
        tokenizer: Of byte pairs; a word's last piece ends in </w>.
        encoder: The network; its last states, after the norm, are the vectors.
    """

    def __init__(self, tokenizer: "CLIPTokenizer", encoder: "CLIPTextModel") -> None:
        self._tokenizer = tokenizer
        self._encoder = encoder
        self.length: int = encoder.config.max_position_embeddings
        self.width: int = encoder.config.hidden_size

    @torch.no_grad()
    def read(self, captions: Sequence[str]) -> Context:
        """Return what captions say, each of which says something."""
        room = self.length - 2  # beside start and end
        found = [
            self._tokenizer.convert_ids_to_tokens(numbers)
            for numbers in self._tokenizer(list(captions), add_special_tokens=False)["input_ids"]
        ]
        rows = self._tokenizer(
            list(captions),
            padding="max_length",
            truncation=True,
            max_length=self.length,
            return_tensors="pt",
        )["input_ids"]
        vectors = self._encoder(input_ids=rows.to(self._encoder.device)).last_hidden_state
        marks = [self._tokenizer.convert_ids_to_tokens(row) for row in rows.tolist()]
        read = tuple(
            _caption(_clip_words(pieces[:room]), len(pieces) > room, row)
            for pieces, row in zip(found, marks, strict=True)
        )
        return Context(vectors.float(), read)


class PhraseReader:
    """The text encoders of `dfimat`: the sentence first, then as many pieces as they read.

    Args:
        name: Of the encoder.

    Raises:
        WeightsError: It is not installed.
    """

    length = 1 + PIECES
    width = WIDTH

    def __init__(self, name: Name) -> None:
        self._encoder = load_text_encoder(name)
        self._split = _toy_words if name == "toy" else _minilm_words()

    def read(self, captions: Sequence[str]) -> Context:
        """Return what captions say, each of which says something."""
        encoded = self._encoder.encode(captions)
        vectors = torch.zeros(len(captions), self.length, self.width)
        vectors[:, 0] = torch.from_numpy(encoded.sentence)
        vectors[:, 1 : 1 + encoded.tokens.shape[1]] = torch.from_numpy(encoded.tokens)
        read = []
        for text, is_cut, mask in zip(captions, encoded.truncated, encoded.mask, strict=True):
            words = _first(self._split(text), int(mask.sum()))
            read.append(_caption(words, bool(is_cut), ("<sentence>", *["<none>"] * PIECES)))
        return Context(vectors, tuple(read))


def said(captions: Sequence[str]) -> list[str]:
    """Return captions, with the one for pictures that have none where they say nothing."""
    return [caption if is_said(caption) else FALLBACK for caption in captions]


Words = list[list[str]]
"""Pieces of each word."""


def _caption(words: Words, is_cut: bool, row: Sequence[str]) -> Caption:
    """Return what a row holds whose second vector is that of the first piece."""
    pieces = [piece.removesuffix(_END) for word in words for piece in word]
    places, people = people_first([[piece.removesuffix(_END) for piece in it] for it in words])
    named = (row[0], *pieces, *row[1 + len(pieces) :])
    return Caption(named, tuple(1 + place for place in places), people, is_cut)


def _clip_words(pieces: Sequence[str]) -> Words:
    words: Words = [[]]
    for piece in pieces:
        words[-1].append(piece)
        if piece.endswith(_END):
            words.append([])
    return [word for word in words if word]


def _toy_words(text: str) -> Words:
    return [[word] for word in _WORD.findall(text.lower())]


def _minilm_words() -> Callable[[str], Words]:
    from penumbra.systems.dfimat.text.minilm import (
        VOCABULARY,
        WordPieces,
        model_folder,
        read_verified,
    )

    listed = read_verified(model_folder(), VOCABULARY).decode("utf-8").split("\n")[:-1]
    pieces = WordPieces(listed)

    def split(text: str) -> Words:
        words: Words = []
        for piece in (listed[number] for number in pieces.numbers(text)):
            if piece.startswith(_INSIDE) and words:
                words[-1].append(piece.removeprefix(_INSIDE))
            else:
                words.append([piece])
        return words

    return split


def _first(words: Words, count: int) -> Words:
    """Return the words of the first `count` pieces."""
    kept: Words = []
    for word in words:
        left = count - sum(map(len, kept))
        if left <= 0:
            break
        kept.append(word[:left])
    return kept
