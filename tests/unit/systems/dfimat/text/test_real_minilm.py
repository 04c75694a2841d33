"""MiniLM as it is, where it is installed; else this is skipped."""

from importlib.metadata import PackageNotFoundError
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray
from safetensors.numpy import load

from penumbra.core.errors import WeightsError
from penumbra.systems.dfimat.text.bert import UNUSED, Sizes
from penumbra.systems.dfimat.text.encoder import load_text_encoder
from penumbra.systems.dfimat.text.minilm import (
    DISTRIBUTION,
    VOCABULARY,
    WEIGHTS,
    WordPieces,
    model_folder,
    read_verified,
)
from penumbra.systems.dfimat.text.phrases import Encoded
from tests.unit.systems.dfimat.text.reference import torch_states

tokenizers = pytest.importorskip("tokenizers", reason="needs the extra text")

TEXTS = (
    "woman on the left",
    "the lady at left",
    "a red car",
    "Die Frau im grünen Kleid, ganz links!",
    "日本語の人",
)

# By `SentenceTransformer(folder).encode(TEXTS, normalize_embeddings=True)`, and with
# `output_value="token_embeddings"`, of sentence-transformers 6.2.0 with transformers 5.24.0 and
# torch 2.13.0 on a CPU, from the same files.
COSINES = (
    (1, 0.830338, 0.1867507, 0.0212103, 0.0955234),
    (0.830338, 1, 0.1558436, 0.0227747, 0.1134863),
    (0.1867507, 0.1558436, 1, 0.0641026, 0.0093039),
    (0.0212103, 0.0227747, 0.0641026, 1, 0.1966196),
    (0.0955234, 0.1134863, 0.0093039, 0.1966196, 1),
)
FIRST_OF_SENTENCES = (
    (-0.0604466, 0.0012906, -0.0180296, 0.0528999),
    (-0.0705879, -0.0145079, -0.0333697, 0.0479516),
    (-0.0400738, 0.0324815, -0.059524, 0.0584164),
    (-0.0863748, 0.0163963, -0.0079909, -0.0646925),
    (0.0057933, 0.0984259, 0.0579475, -0.0243406),
)
FIRST_OF_WOMAN, FIRST_OF_LEFT = (
    (-0.2532905, -0.388581, 0.011131),
    (-0.2510897, 0.5066471, -0.3299695),
)
LENGTHS = (4, 4, 3, 15, 5)


@pytest.fixture(scope="module")
def folder() -> Path:
    """The folder of the files; another version is an error, and not a reason to skip."""
    try:
        return model_folder()
    except WeightsError as error:
        if not isinstance(error.__cause__, PackageNotFoundError):
            raise
        pytest.skip(f"{DISTRIBUTION} is not installed")


@pytest.fixture(scope="module")
def encoded(folder: Path) -> Encoded:
    return load_text_encoder("minilm").encode(TEXTS)


@pytest.fixture(scope="module")
def weights(folder: Path) -> dict[str, NDArray[np.float32]]:
    return load(read_verified(folder, WEIGHTS))


def test_a_lady_is_nearer_to_a_woman_than_a_car_is(encoded: Encoded) -> None:
    """Sheet, section 4.3: the check that the weights are what they are said to be."""
    woman, lady, car, *_ = encoded.sentence

    assert woman @ lady > 0.8
    assert woman @ car < 0.2


def test_answers_are_those_of_sentence_transformers(encoded: Encoded) -> None:
    """Sentences, how near they are to each other, and states of pieces."""
    assert_allclose(encoded.sentence[:, :4], FIRST_OF_SENTENCES, atol=1e-6)
    assert_allclose(encoded.sentence @ encoded.sentence.T, COSINES, atol=1e-5)
    assert_array_equal(encoded.mask.sum(axis=1), LENGTHS)
    assert_allclose(encoded.tokens[0, 0, :3], FIRST_OF_WOMAN, atol=1e-5)
    assert_allclose(encoded.tokens[0, 3, :3], FIRST_OF_LEFT, atol=1e-5)


def test_states_are_those_of_torch(
    encoded: Encoded, folder: Path, weights: dict[str, NDArray[np.float32]]
) -> None:
    """All of them, each text alone, so without padding; within 1e-5 of states of up to 2.6."""
    pieces = WordPieces(_vocabulary(folder))
    for row, text in enumerate(TEXTS):
        numbers = np.array([[101, *pieces.numbers(text), 102]])

        states = torch_states(weights, Sizes().heads, numbers, numbers > 0)[0]

        mean = states.mean(axis=0)
        assert_allclose(encoded.tokens[row, : LENGTHS[row]], states[1:-1], atol=1e-5)
        assert_allclose(encoded.sentence[row], mean / np.linalg.norm(mean), atol=1e-6)


def test_the_file_holds_what_the_sheet_says(weights: dict[str, NDArray[np.float32]]) -> None:
    """Section 4.3: 104 tensors, of which one is a buffer; 22.7 M parameters."""
    buffer = weights["embeddings.position_ids"]

    assert len(weights) == 104
    assert weights.keys() == {*Sizes().shapes(), *UNUSED}
    assert buffer.dtype == np.int64
    assert sum(it.size for it in weights.values()) - buffer.size == 22_713_216


@pytest.mark.parametrize(
    "text",
    [
        *TEXTS,
        "Über-cool naïve CAFÉ",
        "x" * 150 + " y",
        "🙂 smile",
        "tab\tnew\nline\u00a0space",
        "don't, won't; 3rd (from the right)",
        "a\u200db\x00c",
    ],
)
def test_pieces_are_those_of_the_files_own_tokenizer(folder: Path, text: str) -> None:
    """Ours is made from the vocabulary alone; the settings of theirs were not read."""
    theirs = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    theirs.no_padding()
    theirs.no_truncation()

    numbers = WordPieces(_vocabulary(folder)).numbers(text)

    assert [101, *numbers, 102] == theirs.encode(text).ids


def _vocabulary(folder: Path) -> list[str]:
    listed = read_verified(folder, VOCABULARY).decode().split("\n")
    assert len(listed) == 30522 + 1
    assert [listed[number] for number in (0, 100, 101, 102)] == ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    return listed[:-1]
