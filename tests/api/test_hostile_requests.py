"""Strangers who guess sessions, and requests of other kinds; as in `test_hostile`."""

import pytest
from starlette.testclient import TestClient

from penumbra.server.settings import Limits
from tests.api.conftest import Open
from tests.api.talk import PHOTO, State, begin, good, house_of, refusal, state_of_the_honest
from tests.unit.io.files import encode, noise

pytestmark = [pytest.mark.hostile, pytest.mark.usefixtures("unharmed")]

LIMITS = Limits(pixels=1_000_000, marks=100, painted=100_000, body_bytes=200_000)


@pytest.fixture
def client(open_server: Open) -> TestClient:
    """Of a server with small limits."""
    return open_server(LIMITS)


SESSIONS = [
    "..",
    "%2e%2e",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    ".",
    "%00",
    "x%00",
    "photo",
    "penumbra.sqlite3",
    "' OR 1=1 --",
    "%27%20OR%20%271%27=%271",
    "; DROP TABLE sessions; --",
    "*",
    "%25",
    "\u2603",
    "%ff%fe",
    "%ed%a0%80",
    "a" * 5000,
    "A" * 24,
    "0",
    "-1",
    "null",
]


@pytest.mark.parametrize("session", SESSIONS, ids=range(len(SESSIONS)))
def test_a_session_that_is_none_of_yours_is_not_found(client: TestClient, session: str) -> None:
    """Guessed, garbage, or a way out of the folder: one answer for all."""
    for method, rest in (
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/undo"),
        ("GET", "/pictures/photo"),
        ("GET", "/record"),
    ):
        answer = client.request(method, f"/v1/sessions/{session}{rest}")
        assert answer.status_code in (404, 405), (method, rest, answer.text)
        assert answer.json()["error"]["code"] in ("not_found", "method")


def test_a_session_is_found_by_its_whole_name_alone(client: TestClient) -> None:
    """Not by a part of it, nor in other letters."""
    name = state_of_the_honest(client)

    for guess in (name[:-1], name + "x", name.swapcase(), f"{name}%00", f"%20{name}"):
        assert refusal(client.get(f"/v1/sessions/{guess}")) == (404, "not_found")


WRONG_KINDS = [
    ("application/json", PHOTO, (422, "shape")),
    ("text/plain", b"image", (422, "shape")),
    ("application/x-www-form-urlencoded", b"image=a", (422, "shape")),
    ("image/png", PHOTO, (422, "shape")),
    ("", PHOTO, (422, "shape")),
    ("multipart/form-data", PHOTO, (400, "request")),
    ("multipart/form-data; boundary=", PHOTO, (400, "request")),
    ("multipart/form-data; boundary=x", b"--y\r\n\r\n", (400, "request")),
    ("multipart/form-data; boundary=x", b"--x\r\n\r\nno header\r\n--x--", (400, "request")),
    ("multipart/form-data; boundary=" + "x" * 3000, b"", (400, "request")),
    ("multipart/mixed; boundary=x", b"--x--", (422, "shape")),
]


@pytest.mark.parametrize(("kind", "body", "expected"), WRONG_KINDS, ids=range(len(WRONG_KINDS)))
def test_an_upload_of_another_kind_is_refused(
    client: TestClient, kind: str, body: bytes, expected: tuple[int, str]
) -> None:
    """The word for what it is does not fit what it is."""
    for path in ("/v1/sessions", "/v1/cut"):
        answer = client.post(path, content=body, headers={"Content-Type": kind})
        assert refusal(answer) == expected


def test_a_form_of_a_thousand_parts_is_refused(client: TestClient) -> None:
    """Each costs memory before anybody looks at it."""
    many = [("image", ("a", b"x"))] * 1001
    fields = {f"field{k}": "" for k in range(1001)}

    assert refusal(client.post("/v1/cut", files=many)) == (400, "request")
    answer = client.post("/v1/cut", files={"image": ("a", PHOTO)}, data=fields)
    assert refusal(answer) == (400, "request")
    text = {"hints": " " * 1_100_000}
    answer = client.post("/v1/cut", files={"image": ("a", PHOTO)}, data=text)
    assert refusal(answer) == (400, "request")


def test_a_round_of_another_kind_is_refused(client: TestClient) -> None:
    """As a form, as text, or in letters of another alphabet."""
    where = f"/v1/sessions/{state_of_the_honest(client)}/rounds"
    for kind, body in (
        ("text/plain", b'{"hints": {}}'),
        ("application/x-www-form-urlencoded", b"hints=1"),
        ("multipart/form-data; boundary=x", b"--x--"),
        ("application/json", b""),
    ):
        answer = client.post(where, content=body, headers={"Content-Type": kind})
        assert refusal(answer) == (422, "shape"), kind
    answer = client.post(
        where, content=b"\xff\xfe\xff", headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (400, 422)


def test_one_session_says_nothing_of_another(client: TestClient) -> None:
    """Its pictures, rounds and background are its own, and go with it."""
    state: State = begin(client, encode(noise(9, 9, 3), "PNG"))
    client.put(f"/v1/sessions/{state['id']}/background", files={"image": ("a", PHOTO)})

    other = good(client.get(f"/v1/sessions/{state_of_other(client, state)}"))

    assert (other["has_background"], other["width"]) == (False, 32)
    assert client.delete(f"/v1/sessions/{state['id']}").status_code == 204


def state_of_other(client: TestClient, state: State) -> str:
    house = house_of(client)
    rows = house.store._base.execute("SELECT id FROM sessions WHERE id <> ?", (state["id"],))
    return str(next(iter(rows))[0])
