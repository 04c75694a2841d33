"""How much may be asked, what happens when something breaks, and what is counted of it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from penumbra.server.desk import Desk
from penumbra.server.settings import Limits
from tests.api.conftest import Gate, Open
from tests.api.talk import CLICK, PHOTO, ask, begin, house_of, refusal, say
from tests.api.test_guard import SECURITY
from tests.likeness import load


def test_a_bug_is_answered_with_care_and_tells_nothing(
    open_server: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The reason is in the log; the server goes on."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret")

    client = open_server()
    state = begin(client)
    with monkeypatch.context() as patch:
        patch.setattr(Desk, "say", fail)
        answer = ask(client, state, "rounds", {})

    assert refusal(answer) == (500, "bug")
    assert "secret" not in answer.text
    assert "ZeroDivisionError: secret" in caplog.text
    assert SECURITY.items() <= dict(answer.headers).items()
    assert say(client, state, CLICK)["shown"] == 1
    assert 'status="500"} 1.0' in client.get("/metrics").text


def test_a_picture_that_does_not_fit_into_memory_is_no_bug(
    open_server: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    client = open_server()
    monkeypatch.setattr(Desk, "read", fail)

    answer = client.post("/v1/cut", files={"image": ("a", PHOTO)})

    assert refusal(answer) == (503, "memory")


@pytest.mark.parametrize("path", ["/v1/sessions/x/rounds", "/v1.0/removebg", "/v1/sessions/x/undo"])
@pytest.mark.parametrize("is_stated", [True, False], ids=["stated", "in chunks"])
def test_a_body_that_is_too_long_is_refused(open_server: Open, path: str, is_stated: bool) -> None:
    """By what it says of itself, or when it goes on and on."""
    client = open_server(Limits(body_bytes=1000))
    body = bytes(1001)

    answer = client.post(
        path,
        content=body if is_stated else iter([body]),
        headers={"Content-Type": "application/json"},
    )

    if path == "/v1/sessions/x/undo" and not is_stated:
        assert refusal(answer) == (404, "not_found")  # it is never read
    elif path == "/v1.0/removebg" and not is_stated:
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (413, "too_large")
    else:
        assert refusal(answer) == (413, "too_large")


@pytest.mark.parametrize("is_stated", [True, False], ids=["stated", "in chunks"])
def test_an_upload_that_is_too_long_is_refused(
    open_server: Open, state: Path, is_stated: bool
) -> None:
    """Others may be longer than JSON."""
    client = open_server(Limits(body_bytes=100, upload_bytes=5000))
    assert begin(client, PHOTO)["shown"] == 0
    request = client.build_request("POST", "/v1/cut", files={"image": ("a", bytes(6000))})
    body = request.read()
    kind = {"Content-Type": request.headers["content-type"]}

    answer = client.post("/v1/cut", content=body if is_stated else iter([body]), headers=kind)

    assert refusal(answer) == (413, "too_large")
    assert len(list((state / "sessions").iterdir())) == 1


@pytest.mark.parametrize("stated", ["-1", "\xb2", "many", ""])
def test_a_length_that_is_none_is_no_bug(client: TestClient, stated: str) -> None:
    """Servers before this one refuse most of them."""
    answer = client.post(
        "/v1/sessions/x/undo", headers=[(b"Content-Length", stated.encode("latin-1"))]
    )

    assert refusal(answer) == (404, "not_found")


def test_a_body_that_nobody_asked_for_is_refused_while_work_is_done(
    open_server: Open, gate: Gate
) -> None:
    """Whoever is looked for is there, and sends too much."""
    client = open_server(Limits(body_bytes=200), load=gate.load)
    state = begin(client)
    gate.close()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(say, client, state, CLICK)
        gate.begun.acquire()
        answer = client.post(f"/v1/sessions/{state['id']}/undo", content=iter([bytes(300)]))
        gate.open()
        assert first.result()["shown"] == 1

    assert refusal(answer) == (413, "too_large")


def test_methods_that_somebody_made_up_are_counted_as_one(client: TestClient) -> None:
    """Each name would take memory for ever."""
    for number in range(3):
        client.request(f"MADEUP{number}", "/nowhere")
    client.delete("/nowhere")

    text = client.get("/metrics").text

    assert 'penumbra_answers_total{method="other",route="other",status="404"} 3.0' in text
    assert 'penumbra_answers_total{method="DELETE",route="other",status="404"} 1.0' in text
    assert "MADEUP" not in text


def test_answers_are_counted_by_route_and_not_by_address(client: TestClient) -> None:
    """Addresses hold the names of sessions."""
    state = begin(client)
    client.get(f"/v1/sessions/{state['id']}")

    text = client.get("/metrics").text

    route = 'route="/v1/sessions/{session}"'
    assert f'penumbra_answers_total{{method="GET",{route},status="200"}} 1.0' in text
    assert state["id"] not in text


def test_a_server_is_ready_while_it_can_work(client: TestClient) -> None:
    """Its models and its disk; whoever shares the load asks."""
    house = house_of(client)
    assert client.get("/readyz").json() == {"status": "ready"}

    house.store._base.execute("PRAGMA query_only = ON")
    answer = client.get("/readyz")
    house.store._base.execute("PRAGMA query_only = OFF")

    assert (answer.status_code, answer.json()) == (503, {"status": "not ready"})
    assert client.get("/readyz").status_code == 200


def test_models_are_loaded_when_they_are_needed(open_server: Open) -> None:
    """And once: a server starts at once."""
    loaded: list[tuple[str, str]] = []

    def remember(name: str, licence: str) -> object:
        loaded.append((name, licence))
        return load(name)

    client = open_server(load=remember)
    assert loaded == []
    for _ in range(2):
        say(client, begin(client), CLICK)

    assert loaded == [("ensemble", "any")]


def test_only_so_many_large_uploads_at_a_time(open_server: Open) -> None:
    """Their bodies would fill the disk together; small requests pass all the same."""
    client = open_server(Limits(uploads=0))
    large = {"image": ("large.png", PHOTO + bytes(1_000_000))}

    refused = client.post("/v1/sessions", files=large)
    endless = client.post(
        "/v1/sessions",
        content=iter([b"x"]),
        headers={"Content-Type": "multipart/form-data; boundary=b"},
    )

    assert refusal(refused) == (429, "busy")
    assert refused.headers["Retry-After"] == "2"
    assert refusal(endless) == (429, "busy")
    assert client.get("/v1/models").status_code == 200
    assert begin(client)["shown"] == 0


def test_a_place_for_a_large_upload_is_given_back(open_server: Open) -> None:
    """After each, whatever came of it."""
    client = open_server(Limits(uploads=1))
    large = {"image": ("large.png", b"no picture" + bytes(1_000_000))}

    for _ in range(3):
        assert refusal(client.post("/v1/sessions", files=large)) == (422, "image")
