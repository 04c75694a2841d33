"""What is kept of sessions: through restarts, evictions, full disks and sweeps, until they go."""

import json
from pathlib import Path
from typing import Any

import pytest
from numpy.testing import assert_allclose, assert_array_equal
from starlette.testclient import TestClient

from penumbra.core.hints import Hints
from penumbra.core.hints_json import hints_from_json
from penumbra.server.app import create_app
from penumbra.server.settings import Limits, Settings
from tests.api.conftest import Open
from tests.api.talk import (
    CLICK,
    PHOTO,
    TWO,
    State,
    alpha_of,
    ask,
    begin,
    good,
    house_of,
    own,
    refusal,
    rounded,
    say,
)
from tests.full_disk import full_disk
from tests.likeness import load
from tests.unit.io.files import encode, noise


def hints(value: dict[str, Any]) -> Hints:
    """What the package makes of the same JSON."""
    return hints_from_json(json.dumps(value))


def test_a_session_that_is_deleted_is_gone(client: TestClient, state: Path) -> None:
    """With its photograph, and nothing else."""
    one, other = say(client, begin(client), CLICK), begin(client)

    answer = client.delete(f"/v1/sessions/{one['id']}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert refusal(client.get(f"/v1/sessions/{one['id']}")) == (404, "not_found")
    assert [it.name for it in (state / "sessions").iterdir()] == [other["id"]]
    assert good(client.get(f"/v1/sessions/{other['id']}")) == other


ROUTES: list[tuple[str, str, object]] = [
    ("GET", "", None),
    ("DELETE", "", None),
    ("POST", "/rounds", {"hints": {}}),
    ("POST", "/preview", {"hints": {}}),
    ("POST", "/undo", None),
    ("POST", "/redo", None),
    ("POST", "/show", {"round": 0}),
    ("POST", "/refine", {"budget": "1"}),
    ("GET", "/doubts", None),
    ("GET", "/record", None),
    ("GET", "/pictures/photo", None),
]


@pytest.mark.parametrize(("method", "route", "body"), ROUTES)
def test_an_unknown_session_is_not_found(
    client: TestClient, method: str, route: str, body: object
) -> None:
    """By any route."""
    answer = client.request(method, f"/v1/sessions/unknown{route}", json=body)

    assert refusal(answer) == (404, "not_found")


def test_no_picture_is_laid_under_an_unknown_session(client: TestClient) -> None:
    answer = client.put("/v1/sessions/unknown/background", files={"image": ("a", PHOTO)})

    assert refusal(answer) == (404, "not_found")


def test_a_session_that_was_not_used_for_long_is_not_found(open_server: Open) -> None:
    """Whether or not its files have been swept away yet."""
    client = open_server(Limits(seconds=0))
    answer = client.post("/v1/sessions", files={"image": ("a.png", PHOTO)})

    assert refusal(answer) == (404, "not_found")


def test_rounds_survive_a_restart(open_server: Open) -> None:
    """Those that had been undone, too; the mattes are made again, and are the same."""
    client = open_server()
    states: list[State] = [begin(client, model="clicks")]
    mattes = []
    for said in (CLICK, TWO):
        states.append(say(client, states[-1], said))
        mattes.append(alpha_of(client, states[-1]))
    states.append(good(ask(client, states[-1], "refine", {"budget": "20%"})))
    mattes.append(alpha_of(client, states[-1]))
    left = good(ask(client, states[-1], "show", {"round": 2}))

    again = open_server()

    assert good(again.get(f"/v1/sessions/{left['id']}")) == left
    for number in (2, 1, 3):
        shown = good(ask(again, left, "show", {"round": number}))
        assert_allclose(alpha_of(again, shown), mattes[number - 1], atol=0)


def test_a_session_that_fell_out_of_memory_is_played_again(open_server: Open) -> None:
    """Only one is held here, so every request finds the other one's place taken."""
    client = open_server(Limits(live_bytes=1))
    photos = [PHOTO, encode(noise(24, 32, 3)[::-1], "PNG")]
    states = [begin(client, photo) for photo in photos]
    sessions = [own(photo=photo) for photo in photos]
    for said in (CLICK, TWO):
        for k in (0, 1):
            states[k] = say(client, states[k], said)
            matte = sessions[k].apply(hints(said))
            assert_array_equal(alpha_of(client, states[k]), rounded(matte.alpha))

    assert "penumbra_sessions 2.0" in client.get("/metrics").text
    held = 4 * 24 * 32 * (3 + 1)  # of the two mattes the one on screen
    assert f"penumbra_held_bytes {held}.0" in client.get("/metrics").text


def test_a_photograph_that_was_lost_is_no_bug(client: TestClient, state: Path) -> None:
    """Somebody cleaned up in the folder."""
    session = begin(client)
    (state / "sessions" / session["id"] / "photo").unlink()
    house_of(client).desk.forget(session["id"])

    assert refusal(ask(client, session, "rounds", {})) == (404, "not_found")


def test_a_round_that_the_disk_does_not_take_did_not_happen(client: TestClient) -> None:
    """What was on screen stays there, and the same round succeeds when there is room again."""
    state = say(client, begin(client), CLICK)
    before = alpha_of(client, state)

    with full_disk(free=1000):
        for answer in (
            ask(client, state, "rounds", {"hints": TWO}),
            ask(client, state, "undo"),
            client.delete(f"/v1/sessions/{state['id']}"),
            client.post("/v1/sessions", files={"image": ("a.png", PHOTO)}),
            client.put(f"/v1/sessions/{state['id']}/background", files={"image": ("a", PHOTO)}),
        ):
            assert refusal(answer) == (503, "state")
        assert good(client.get(f"/v1/sessions/{state['id']}")) == state
        assert_array_equal(alpha_of(client, state), before)

    state = say(client, state, TWO, base=1)
    session = own()
    session.apply(hints(CLICK))
    assert_array_equal(alpha_of(client, state), rounded(session.apply(hints(TWO)).alpha))


def test_sessions_that_are_too_old_are_swept_away_at_the_start(
    open_server: Open, state: Path
) -> None:
    open_server().post("/v1/sessions", files={"image": ("a.png", PHOTO)})
    assert len(list((state / "sessions").iterdir())) == 1

    client = open_server(Limits(seconds=0))

    while "penumbra_sessions 0.0" not in client.get("/metrics").text:
        pass
    assert not list((state / "sessions").iterdir())


def test_a_disk_that_lets_nothing_be_swept_away_does_not_end_the_server(
    state: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said in the log, and everything is put away in order at the end."""
    with TestClient(create_app(Settings(state), load), base_url="http://127.0.0.1") as client:
        begin(client)
    app = create_app(Settings(state, limits=Limits(seconds=0)), load)
    app.state.house.store._base.execute("PRAGMA query_only = ON")

    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert client.get("/healthz").status_code == 200

    assert "sessions that are too old stay for now: state must take" in caplog.text
    assert not app.state.house.worker.is_alive


def test_what_was_undone_can_be_redone_after_a_round_that_was_not_kept(client: TestClient) -> None:
    """In memory that round had taken its place."""
    state = begin(client)
    for said in (CLICK, TWO):
        state = say(client, state, said)
    second = alpha_of(client, state)
    ask(client, state, "undo")

    with full_disk(free=1000):
        assert refusal(ask(client, state, "rounds", {"hints": {}})) == (503, "state")

    assert good(ask(client, state, "redo"))["shown"] == 2
    assert_array_equal(alpha_of(client, state), second)
