"""Captions asked of a language model."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from penumbra.core.errors import ConvergenceError, InputError
from penumbra.data.captions import SLOTS
from penumbra.systems.dfimat.synth.llm import HttpWriter, ask_captions, sentence_vectors

PLACES = ("on a hill", "in a kitchen", "at a lake", "in a garden", "on a roof", "in a yard")


def slots(number: int, **changes: object) -> dict[str, object]:
    """Slots that differ from number to number in most of their words."""
    made: dict[str, object] = {slot: f"{slot} {number}x" for slot in SLOTS}
    people = [f"a woman {number}a", f"a man {number}b"]
    return {
        **made,
        "count": "two",
        "identities": people,
        "place": PLACES[number % len(PLACES)],
        **changes,
    }


class Fake:
    """A language model that says what it was given, the last for ever."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.told: list[str] = []

    def write(self, instruction: str) -> str:
        """Answer."""
        self.told.append(instruction)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer if isinstance(answer, str) else json.dumps(answer)


def test_what_fits_is_used_in_its_order() -> None:
    """As many as were wanted; the instruction names all slots, and no two are alike."""
    model = Fake([slots(0), slots(1)], [slots(2), slots(3)])

    asked = ask_captions(model, 3, batch=2)

    assert [it.slots["place"] for it in asked.captions] == list(PLACES[:3])
    assert asked.refused == {}
    assert all(slot in model.told[0] for slot in SLOTS)
    assert len(set(model.told)) == 2


def test_words_around_a_list_do_no_harm() -> None:
    """Models like to fence what they say."""
    said = f"Gladly!\n```json\n{json.dumps([slots(0)])}\n```"

    assert len(ask_captions(Fake(said), 1).captions) == 1


def test_what_does_not_fit_is_left_out_with_a_reason() -> None:
    """Slots that lack, people who are miscounted, crowds, no objects, no list."""
    lacking = {slot: value for slot, value in slots(1).items() if slot != "light"}
    model = Fake(
        "I would rather not",
        [lacking, slots(2, count="three"), slots(3, place="at a festival"), "two friends"],
        [slots(4)],
    )

    asked = ask_captions(model, 1, rounds=3)

    assert [it.slots["place"] for it in asked.captions] == [PLACES[4]]
    reasons = " ".join(asked.refused)
    assert sum(asked.refused.values()) == 5
    for words in (
        "slots must be",
        "count must be",
        "crowd word",
        "without a JSON list",
        "no object",
    ):
        assert words in reasons


def test_the_same_in_other_words_is_left_out() -> None:
    """Four in five words in common are too many."""
    model = Fake([slots(0), slots(0, camera="camera 9x"), slots(1)])

    asked = ask_captions(model, 2, batch=3)

    assert [it.slots["place"] for it in asked.captions] == list(PLACES[:2])
    assert asked.refused == {"words like those of another": 1}


def test_the_same_meaning_is_left_out() -> None:
    """By the cosine of vectors that somebody else makes of texts."""

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        angles = [0.1 if "kitchen" in text else 0.0 if "hill" in text else 1.0 for text in texts]
        return np.array([(np.cos(it), np.sin(it)) for it in angles], np.float32)

    asked = ask_captions(Fake([slots(0), slots(1), slots(2)]), 2, embed, batch=3)

    assert [it.slots["place"] for it in asked.captions] == [PLACES[0], PLACES[2]]
    assert asked.refused == {"meaning like that of another": 1}


def test_a_model_of_no_use_is_given_up() -> None:
    """After a few rounds; what was wrong is said."""
    model = Fake([slots(0)])

    with pytest.raises(ConvergenceError, match=r"must be 2, got 1: .*words like those of another"):
        ask_captions(model, 2, batch=2, rounds=3)
    assert len(model.told) == 3


@contextmanager
def serving(status: int, answer: object) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server on this machine: its address, and what it was asked."""
    asked: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append({"path": self.path, "key": self.headers["Authorization"], **body})
            data = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_server_is_asked_as_such_servers_are() -> None:
    """Model, message and key; the answer is the words of the first choice."""
    answer = {"choices": [{"message": {"role": "assistant", "content": "[]"}}]}
    with serving(200, answer) as (address, asked):
        assert HttpWriter(address, "small", "secret").write("invent") == "[]"
        HttpWriter(address + "/", "small").write("again")

    assert asked[0] == {
        "path": "/v1/chat/completions",
        "key": "Bearer secret",
        "model": "small",
        "messages": [{"role": "user", "content": "invent"}],
    }
    assert asked[1]["path"] == "/v1/chat/completions"
    assert asked[1]["key"] is None


@pytest.mark.parametrize(
    ("status", "answer", "message"),
    [
        (500, {}, "must answer, got 500"),
        (200, "not JSON", "must answer, got JSONDecodeError"),
        (200, {"choices": []}, "must answer, got IndexError"),
        (200, {"choices": [{"message": {"content": None}}]}, "must answer in words, got None"),
    ],
)
def test_a_server_that_does_not_answer_is_named(status: int, answer: object, message: str) -> None:
    """One line, with its address."""
    with serving(status, answer) as (address, _), pytest.raises(InputError, match=message) as told:
        HttpWriter(address, "small").write("invent")
    assert address in str(told.value)


def test_nobody_there_is_named_too() -> None:
    """As is an address that is no address of HTTP."""
    with serving(200, {}) as (address, _):
        pass
    with pytest.raises(InputError, match="must answer, got"):
        HttpWriter(address, "small", seconds=2).write("invent")
    with pytest.raises(InputError, match="address must be one that begins with http"):
        HttpWriter("file:///etc/passwd", "small")


def test_the_kit_s_own_vectors_tell_meanings_apart() -> None:
    """Where the text encoder is installed: lengths of one, and the same words are the same."""
    embed = sentence_vectors()
    if embed is None:
        pytest.skip("needs MiniLM")
    one, same, other = embed(
        ["two men, in suits, at a desk", "two men, in suits, at a desk", "five girls, on a beach"]
    )

    assert np.linalg.norm(one) == pytest.approx(1, abs=1e-5)
    assert one @ same == pytest.approx(1, abs=1e-5)
    assert one @ other < 0.8
