"""A power cut in the middle of the work: what was answered is there, and nothing is half there."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
from numpy.testing import assert_array_equal

from penumbra.io import load_alpha
from tests.api.talk import State
from tests.server_process import Process
from tests.unit.io.files import encode, noise

ROUNDS = 20
KILLED_AFTER = 9


def told(state: State) -> list[dict[str, Any]]:
    """What is told of all rounds; hints travel with the one on screen alone."""
    return [{**each, "hints": None} for each in state["rounds"]]


def test_every_round_that_was_answered_survives_a_kill(
    start_process: Callable[[], Process], state: Path
) -> None:
    """`kill -9` in the middle of twenty rounds, then a restart on the same folder.

    The round that was under way may or may not have been kept; all before it were, with their
    mattes bit for bit, and undo walks back to the start.
    """
    server = start_process()
    photo = {"image": ("cat.png", encode(noise(24, 32, 3), "PNG"))}
    answered: list[dict[str, Any]] = []
    mattes: list[bytes] = []
    clicks = [{"x": 1 + k, "y": 1 + k, "is_foreground": k % 2 == 0} for k in range(ROUNDS)]
    enough = threading.Event()

    def talk(session: str) -> None:
        with httpx2.Client(base_url=server.address) as client:
            try:
                for number in range(ROUNDS):
                    body = {"hints": {"clicks": clicks[: number + 1]}, "base": number}
                    answer = client.post(f"/v1/sessions/{session}/rounds", json=body)
                    answered.append(answer.json())
                    if number < KILLED_AFTER:
                        mattes.append(client.get(f"/v1/sessions/{session}/pictures/alpha").content)
                    else:
                        enough.set()
            except httpx2.TransportError:
                return

    with httpx2.Client(base_url=server.address) as client:
        session = client.post("/v1/sessions", files=photo, data={"model": "clicks"}).json()["id"]
    talking = threading.Thread(target=talk, args=[session])
    talking.start()
    assert enough.wait(60)
    server.kill()
    talking.join()
    assert KILLED_AFTER <= len(answered) < ROUNDS
    half = state / "sessions" / ("half" * 6)  # what a kill in the middle of an upload leaves
    half.mkdir()
    (half / "photo").write_bytes(b"half")

    where = f"/v1/sessions/{session}"
    with httpx2.Client(base_url=start_process().address, timeout=60) as client:
        now = client.get(where).json()
        finished = answered[-1]["rounds"]
        assert told(now)[: len(finished)] == told(answered[-1])
        assert len(now["rounds"]) in (len(finished), len(finished) + 1)
        assert now["shown"] == len(now["rounds"])
        for number in range(now["shown"] - 1, -1, -1):
            back = client.post(f"{where}/undo").json()
            assert (back["shown"], told(back)) == (number, told(now))
            if 0 < number <= len(mattes):
                alpha = client.get(f"{where}/pictures/alpha").content
                assert_array_equal(load_alpha(alpha), load_alpha(mattes[number - 1]))
        assert client.post(f"{where}/undo").json()["shown"] == 0
        assert client.get(f"{where}/pictures/alpha").status_code == 404
        assert client.post(f"{where}/show", json={"round": 9}).json()["shown"] == 9
        body = {"hints": {"clicks": clicks[:10]}, "base": 9}
        again = client.post(f"{where}/rounds", json=body)
        assert again.json()["shown"] == 10
    assert not half.exists()
    assert [it.name for it in (state / "sessions").iterdir()] == [session]
