"""Who may ask, from where and how much, and what browsers are told; before any route."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx2 import Response
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from penumbra.core.errors import InputError
from penumbra.server.app import WEB
from penumbra.server.settings import Limits, Settings
from tests.api.conftest import Open
from tests.api.talk import CLICK, ask, begin, refusal, say
from tests.api.test_hostile import UPLOADS

TOKEN = 'hFh7;s,9w"eX\\Lm=2&'
"""Not only letters: what is right in a header need not be in a cookie."""

ROUTES = [
    ("GET", "/"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/web/index.html"),
    ("GET", "/v1/openapi.json"),
    ("GET", "/v1/models"),
    ("POST", "/v1/sessions"),
    ("GET", "/v1/sessions/x"),
    ("DELETE", "/v1/sessions/x"),
    ("POST", "/v1/sessions/x/rounds"),
    ("POST", "/v1/sessions/x/preview"),
    ("POST", "/v1/sessions/x/undo"),
    ("POST", "/v1/sessions/x/redo"),
    ("POST", "/v1/sessions/x/show"),
    ("POST", "/v1/sessions/x/refine"),
    ("PUT", "/v1/sessions/x/background"),
    ("GET", "/v1/sessions/x/doubts"),
    ("GET", "/v1/sessions/x/record"),
    ("GET", "/v1/sessions/x/pictures/photo"),
    ("GET", "/v1/sessions/x/people"),
    ("GET", "/v1/sessions/x/people/{number}"),
    ("POST", "/v1/cut"),
    ("POST", "/v1/people"),
    ("POST", "/v1.0/removebg"),
    ("GET", "/docs"),
    ("GET", "/nowhere"),
    ("OPTIONS", "/v1/models"),
    ("GET", "/healthz/"),
    ("GET", "//healthz"),
    ("GET", "/web/%2e%2e/healthz"),
]


@pytest.fixture
def locked(open_server: Open) -> TestClient:
    """Of a server that others can reach."""
    return open_server(token=TOKEN, host="0.0.0.0")


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_nothing_answers_without_a_token(locked: TestClient, method: str, path: str) -> None:
    """Nor says whether there is such a thing."""
    answer = locked.request(method, path)

    assert refusal(answer) == (401, "token")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_all_routes_are_among_those_that_were_tried(locked: TestClient) -> None:
    """A new one must be added to the list above."""
    described = locked.get("/v1/openapi.json", headers={"X-Api-Key": TOKEN}).json()
    stated = {
        (method.upper(), re.sub(r"\{session\}", "x", path).replace("{what}", "photo"))
        for path, methods in described["paths"].items()
        for method in methods
    }

    assert stated - set(ROUTES) == {("GET", "/healthz")}


def test_health_answers_everybody(locked: TestClient) -> None:
    """By any name; it says nothing else."""
    for host in ("127.0.0.1", "penumbra.example"):
        assert locked.get("/healthz", headers={"Host": host}).json() == {"status": "ok"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {TOKEN}"},
        {"Authorization": f"bearer  {TOKEN} "},
        {"X-Api-Key": TOKEN},
    ],
)
def test_the_token_lets_in(locked: TestClient, headers: dict[str, str]) -> None:
    """Under any name of the machine."""
    answer = locked.get("/v1/models", headers={"Host": "penumbra.example:8700", **headers})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": TOKEN},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Bearer"},
        {"Authorization": f"Bearer {TOKEN[:-1]}"},
        {"X-Api-Key": f"{TOKEN}x"},
        {"X-Api-Key": TOKEN.upper()},
        {"X-Api-Key": ""},
        {"X-Api-Key": "\xe9" * 16},
        {"Cookie": f"token={TOKEN}"},
        {"Cookie": "penumbra_token="},
        {"Cookie": "penumbra_token=guess"},
        {"Cookie": "=;;==;penumbra_token"},
    ],
)
def test_a_wrong_token_does_not(locked: TestClient, headers: dict[str, str]) -> None:
    raw = [(n.encode(), value.encode("latin-1")) for n, value in headers.items()]

    assert refusal(locked.get("/v1/models", headers=raw)) == (401, "token")
    assert refusal(locked.get("/v1/models", params={"token": TOKEN})) == (401, "token")


def test_a_browser_is_let_in_by_its_address_once(locked: TestClient) -> None:
    """Then it has a cookie that no script can read and no other site can send."""
    answer = locked.get("/", params={"token": TOKEN})

    assert (answer.status_code, answer.headers["location"], answer.content) == (303, "/", b"")
    cookie = answer.headers["set-cookie"]
    assert "; HttpOnly; SameSite=Lax; Path=/" in cookie
    assert TOKEN not in cookie
    value = cookie.partition(";")[0]
    for neighbours in ("", "; theme=dark", '; bad={"a": [1, "2"]}', "; x"):
        locked.cookies.clear()
        # Cookies of other servers of this machine come along, and not all are well made.
        asked = locked.get("/v1/models", headers={"Cookie": f"a={{}}; {value}{neighbours}"})
        assert asked.status_code == 200, neighbours


@pytest.mark.parametrize("given", ["", "guess", TOKEN[:-1], "\u212a" * 18])
def test_a_wrong_token_in_the_address_does_not(locked: TestClient, given: str) -> None:
    answer = locked.get("/", params={"token": given}, headers={"Accept": "text/html"})

    assert answer.status_code == 401
    assert "open its address with ?token=" in answer.text  # in words, for who sits at a browser
    assert "set-cookie" not in answer.headers


def test_the_token_in_the_address_works_for_the_page_alone(locked: TestClient) -> None:
    """Elsewhere it would end in lists of addresses."""
    assert refusal(locked.post("/", params={"token": TOKEN})) == (401, "token")
    assert refusal(locked.get("/v1/sessions/x", params={"token": TOKEN})) == (401, "token")


def test_without_a_token_the_page_is_just_there(client: TestClient) -> None:
    answer = client.get("/", params={"token": "whatever"})

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8:80", "localhost:8700", "[::1]:8700"])
def test_without_a_token_this_machine_s_own_names_answer(client: TestClient, host: str) -> None:
    assert client.get("/readyz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "penumbra.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "192.168.0.7:8700",
        "0.0.0.0",
        "evil@localhost.example",
        "",
        "[abc]",
        "[::1",
        "::1]]",
        "a b",
        "\xe9",
    ],
)
def test_without_a_token_other_names_are_refused(client: TestClient, host: str) -> None:
    """A page of evil.example may say that its name is this machine (DNS rebinding)."""
    answer = client.get("/v1/models", headers=[(b"Host", host.encode("latin-1"))])

    assert refusal(answer) == (403, "host")


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "http://127.0.0.1:9", "null", "", "http://[abc", "file://"],
)
def test_pages_of_other_origins_change_nothing(client: TestClient, origin: str) -> None:
    """And are told nothing by which a browser would let them read."""
    state = say(client, begin(client), CLICK)
    where = f"/v1/sessions/{state['id']}"

    for method, path in (("POST", "/undo"), ("DELETE", ""), ("PUT", "/background")):
        answer = client.request(method, where + path, headers={"Origin": origin})
        assert refusal(answer) == (403, "origin")
    read = client.get(where, headers={"Origin": origin})

    assert read.json()["shown"] == 1
    assert not [name for name in read.headers if name.startswith("access-control")]


def test_the_page_s_own_origin_may_ask(open_server: Open) -> None:
    """With a token, under whatever name the server is reached."""
    client = open_server(token=TOKEN)
    headers = {
        "X-Api-Key": TOKEN,
        "Host": "penumbra.example",
        "Origin": "https://penumbra.example",
    }

    answer = client.post("/v1/sessions/x/undo", headers=headers)

    assert refusal(answer) == (404, "not_found")


SECURITY = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def answers(open_server: Open) -> Iterator[tuple[Response, int]]:
    """One of every kind, with its status."""
    limits = Limits(body_bytes=1000)
    client = open_server(limits, token=TOKEN)
    yield client.get("/healthz"), 200
    yield client.get("/v1/models"), 401
    yield client.get("/", params={"token": TOKEN}), 303
    client.headers["X-Api-Key"] = TOKEN
    state = begin(client)
    yield client.get("/v1/models"), 200
    yield client.get("/"), 200
    yield client.get("/web/index.html"), 200
    yield client.get("/web/none.js"), 404
    yield client.get("/nowhere"), 404
    yield client.put("/v1/models"), 405
    yield client.get("/v1/sessions/x"), 404
    yield client.post("/v1/sessions"), 422
    yield ask(client, state, "rounds", {"hints": {}}), 200
    picture = client.get(f"/v1/sessions/{state['id']}/pictures/photo")
    yield picture, 200
    tag = {"If-None-Match": picture.headers["etag"]}
    yield client.get(f"/v1/sessions/{state['id']}/pictures/photo", headers=tag), 304
    yield client.post("/v1/sessions/x/undo", headers={"Origin": "null"}), 403
    yield client.post("/v1/sessions/x/undo", content=bytes(1001)), 413
    yield client.delete(f"/v1/sessions/{state['id']}"), 204
    yield client.post("/v1.0/removebg"), 400


def test_every_answer_tells_browsers_to_be_careful(open_server: Open) -> None:
    """Also those that are refused, and files."""
    for answer, status in answers(open_server):
        assert answer.status_code == status, answer.request.url
        for name, value in SECURITY.items():
            assert answer.headers[name] == value, (answer.request.url, name)
        policy = dict(
            part.strip().partition(" ")[::2]
            for part in answer.headers["content-security-policy"].split(";")
        )
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == "'self'"
        assert policy["style-src"] == "'self'"
        assert policy["frame-ancestors"] == "'none'"
        assert policy["base-uri"] == "'none'"
        assert "unsafe" not in str(policy)
        assert "server" not in answer.headers
        if status != 304:
            assert answer.headers["cache-control"] in ("no-store", "no-cache", "private, no-cache")


def test_the_page_has_no_inline_script_or_style() -> None:
    """The policy would stop them."""
    text = (WEB / "index.html").read_text()

    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<style\b", text)
    assert not re.search(r"<[^>]*\sstyle\s*=", text)
    assert not re.search(r"<[^>]*\son\w+\s*=", text)
    assert not re.search(r"(src|href)\s*=\s*[\"']?(https?:)?//", text)


def test_a_method_that_a_route_does_not_have_is_refused(client: TestClient) -> None:
    """With those that it has."""
    answer = client.put("/v1/models")

    assert refusal(answer) == (405, "method")
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize("path", ["/", "/web/main.js", "/v1/sessions"])
def test_there_are_no_web_sockets(client: TestClient, path: str) -> None:
    """They would pass by all of the above."""
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(path):
        pass


@pytest.mark.parametrize(
    "path",
    ["/web/../app.py", "/web/%2e%2e/app.py", "/web/..%2fapp.py", "/web//etc/passwd", "/web/"],
)
def test_the_page_s_folder_is_all_that_is_served(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_server_that_others_can_reach_needs_a_token(tmp_path: Path) -> None:
    """It is not even started."""
    for host in ("0.0.0.0", "192.168.0.7", "::", "penumbra.example", ""):
        with pytest.raises(InputError, match="host must be a loopback address"):
            Settings(tmp_path, host)
        assert Settings(tmp_path, host, TOKEN).token == TOKEN
    for host in ("127.0.0.1", "127.0.0.2", "::1", "localhost"):
        assert Settings(tmp_path, host).token is None


@pytest.mark.parametrize("token", ["", "short", "x" * 15, "with some spaces in it", "ü" * 20])
def test_a_token_that_can_be_guessed_is_refused(tmp_path: Path, token: str) -> None:
    """And is not repeated: it would end in a log."""
    with pytest.raises(InputError, match=r"token must be 16 or more printable") as caught:
        Settings(tmp_path, token=token)

    assert not token or token not in str(caught.value)


def test_the_token_is_asked_for_before_anything_is_read(open_server: Open) -> None:
    """A stranger's bomb is not even unpacked, nor is a session's name told apart."""
    honest = begin(open_server())["id"]
    locked = open_server(token=TOKEN)
    bomb = UPLOADS["ten billion pixels"][0]()

    answers = [
        locked.post("/v1/sessions", files={"image": ("a.png", bomb)}),
        locked.post("/v1/cut", content=bytes(10**6)),
        locked.get(f"/v1/sessions/{honest}"),
        locked.get("/v1/sessions/unknown"),
        locked.delete(f"/v1/sessions/{honest}"),
    ]

    assert [refusal(answer) for answer in answers] == [(401, "token")] * 5
    assert len({answers[2].text, answers[3].text}) == 1
