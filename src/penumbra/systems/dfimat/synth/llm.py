"""Captions asked of a language model, in place of those of the grammar; the sheet `smpmat`, 4.

A model fills the same slots, as JSON, and what it says is held to the same rules: nothing of it is
used that does not fit, is forbidden, or says what another caption already says.
"""

import json
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from penumbra.core.errors import ConvergenceError, InputError, WeightsError, require
from penumbra.data.captions import SLOTS, Caption, caption_of, words_of

JACCARD = 0.8
"""Share of words that two captions have in common from which one of them is left out."""

COSINE = 0.95
"""Cosine of the vectors of two captions from which one of them is left out."""

BATCH = 20
"""Captions that are asked for at once."""

ROUNDS = 4
"""Questions for each batch that is wanted, at most."""

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Turns B texts into (B, D) vectors of length 1."""

_SECONDS = 120.0  # to wait for an answer
_LARGEST = 4_000_000  # bytes of an answer
_QUOTED = 60  # characters of a slip that are counted as its kind


class Writer(Protocol):
    """A language model."""

    def write(self, instruction: str) -> str:
        """Answer an instruction.

        Raises:
            InputError: There is no answer.
        """


class Asked(NamedTuple):
    """What a language model was of use for.

    Attributes:
        captions: As many as were wanted.
        refused: Why others were left out, and how many.
    """

    captions: tuple[Caption, ...]
    refused: Mapping[str, int]


class HttpWriter:
    """A language model behind an OpenAI-compatible server.

    Args:
        address: Of the server, up to and with its version, such as http://localhost:8000/v1.
        model: Its name there.
        key: Sent as a bearer's token, where the server wants one.
        seconds: To wait for an answer.

    Raises:
        InputError: The address is not one of HTTP.
    """

    def __init__(
        self, address: str, model: str, key: str | None = None, seconds: float = _SECONDS
    ) -> None:
        is_http = address.startswith(("http://", "https://"))
        require(is_http, "address", "one that begins with http:// or https://", address)
        self._address = f"{address.rstrip('/')}/chat/completions"
        self._model = model
        self._key = key
        self._seconds = seconds

    def write(self, instruction: str) -> str:
        """Answer an instruction; see `Writer`."""
        message = {"role": "user", "content": instruction}
        body = json.dumps({"model": self._model, "messages": [message]}).encode()
        headers = {"Content-Type": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        request = urllib.request.Request(self._address, body, headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=self._seconds) as answer:
                told = json.loads(answer.read(_LARGEST))
            content = told["choices"][0]["message"]["content"]
        except urllib.error.HTTPError as error:
            with error:
                raise InputError(f"{self._address} must answer, got {error.code}") from error
        except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
            raise InputError(f"{self._address} must answer, got {error!r}") from error
        if not isinstance(content, str):
            raise InputError(f"{self._address} must answer in words, got {content!r}")
        return content


def ask_captions(
    writer: Writer,
    count: int,
    embed: Embed | None = None,
    batch: int = BATCH,
    rounds: int = ROUNDS,
    seed: int = 0,
) -> Asked:
    """Ask for captions until there are enough that differ.

    Args:
        writer: Whom to ask.
        count: How many are wanted.
        embed: Turns captions into vectors; without it words alone tell what is alike.
        batch: How many are asked for at once.
        rounds: Questions for each batch that is wanted, at most.
        seed: Named in the questions, so that others get other answers.

    Raises:
        InputError: There is no answer.
        ConvergenceError: Too few of all that was answered can be used.

    Source:
        The sheet `smpmat`, section 4.
    """
    require(count >= 1, "count", "at least 1", count)
    require(batch >= 1, "batch", "at least 1", batch)
    kept, refused = _Different(embed), Counter[str]()
    for turn in range(rounds * -(-count // batch)):
        answer = writer.write(instruction_for(batch, (seed, turn)))
        for given in _given(answer, refused):
            try:
                caption = caption_of(given)
            except InputError as error:
                refused[str(error)[:_QUOTED]] += 1
                continue
            if (reason := kept.add(caption)) is not None:
                refused[reason] += 1
            elif len(kept.captions) == count:
                return Asked(tuple(kept.captions), dict(refused))
    raise ConvergenceError(
        f"captions that can be used must be {count}, got {len(kept.captions)}: "
        f"{dict(refused.most_common(3))}"
    )


def instruction_for(count: int, turn: tuple[int, int]) -> str:
    """Return what a language model is told."""
    return (
        f"Invent {count} photographs of two to six people, all different from each other. Answer "
        f"with nothing but a JSON list of {count} objects with exactly these keys: "
        f"{', '.join(SLOTS)}.\n"
        "count: two, three, four, five or six. relation: what the people are to each other, a "
        "plural noun. identities: a list of strings, one for each person, as many as count says, "
        "each told by age, sex, hair or face. clothing: beginning with 'in'. pose: what they do "
        "together. place: beginning with a preposition. light: light, weather or time of day. "
        "camera: kind of shot.\n"
        "Every value but identities is a short string in lower case. All people are adults unless "
        "everything else suits children. Do not name real people or brands. No crowds or further "
        "people, no drawings, paintings or other styles: these are photographs.\n"
        f"Round {turn[1]} of seed {turn[0]}: say nothing that would come to everybody's mind first."
    )


def sentence_vectors() -> Embed | None:
    """Return the text encoder of `dfimat` as what tells captions apart; None if not installed.

    It reads sixteen pieces of a text, so it is given the slots one by one, and their mean counts.
    """
    # Imported here: whoever draws captions from the grammar must not pay for it.
    from penumbra.systems.dfimat.text.encoder import load_text_encoder

    try:
        encoder = load_text_encoder("minilm")
    except WeightsError:
        return None

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = []
        for text in texts:
            mean = encoder.encode(text.split(", ")).sentence.mean(axis=0)
            vectors.append(mean / max(float(np.linalg.norm(mean)), 1e-9))
        return np.stack(vectors).astype(np.float32)

    return embed


class _Different:
    """Captions that are not too much alike."""

    def __init__(self, embed: Embed | None) -> None:
        self.captions: list[Caption] = []
        self._embed = embed
        self._words: list[frozenset[str]] = []
        self._vectors: list[NDArray[np.float32]] = []

    def add(self, caption: Caption) -> str | None:
        """Keep a caption, or return why not."""
        words = frozenset(words_of(caption.text))
        if any(len(words & it) >= JACCARD * len(words | it) for it in self._words):
            return "words like those of another"
        if self._embed is not None:
            (vector,) = self._embed([caption.text])
            if self._vectors and float((np.stack(self._vectors) @ vector).max()) >= COSINE:
                return "meaning like that of another"
            self._vectors.append(vector)
        self._words.append(words)
        self.captions.append(caption)
        return None


def _given(answer: str, refused: Counter[str]) -> Iterator[dict[str, Any]]:
    """Yield the objects of an answer, which may be fenced or have words around its list."""
    start, end = answer.find("["), answer.rfind("]")
    try:
        told = json.loads(answer[start : end + 1]) if start >= 0 else None
    except ValueError:
        told = None
    if not isinstance(told, list):
        refused["answer without a JSON list"] += 1
        return
    for it in told:
        if isinstance(it, dict):
            yield it
        else:
            refused["no object"] += 1
