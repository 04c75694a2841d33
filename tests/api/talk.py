"""What the tests of the API say to a server, and how they check what it answers."""

from typing import Any

import numpy as np
from fastapi import FastAPI
from httpx2 import Response
from numpy.typing import NDArray
from starlette.testclient import TestClient

from penumbra.core.arrays import Alpha
from penumbra.io import load_alpha, read_photograph
from penumbra.server.house import House
from penumbra.session.session import Session
from tests.likeness import load
from tests.unit.io.files import encode, noise

PHOTO = encode(noise(24, 32, 3), "PNG")
"""32 pixels wide, 24 high; no two alike."""

State = dict[str, Any]


def house_of(client: TestClient) -> House:
    """Return what the routes of a server share, to look behind them."""
    assert isinstance(client.app, FastAPI)
    house: House = client.app.state.house
    return house


CLICK: dict[str, Any] = {"clicks": [{"x": 3.5, "y": 4.5}]}
TWO: dict[str, Any] = {"clicks": [*CLICK["clicks"], {"x": 20, "y": 9, "is_foreground": False}]}


def begin(client: TestClient, photo: bytes = PHOTO, name: str = "cat.png", **form: str) -> State:
    """Upload a photograph."""
    answer = client.post("/v1/sessions", files={"image": (name, photo)}, data=form)
    assert answer.status_code == 201, answer.text
    state: State = answer.json()
    return state


def say(client: TestClient, state: State, hints: dict[str, Any], **more: object) -> State:
    """Say a round of hints."""
    return good(ask(client, state, "rounds", {"hints": hints, **more}))


def ask(client: TestClient, state: State, what: str, body: object = None) -> Response:
    """Post to a route of a session."""
    answer: Response = client.post(f"/v1/sessions/{state['id']}/{what}", json=body)
    return answer


def good(answer: Response) -> State:
    """Return what a request was answered that must have succeeded."""
    assert answer.status_code == 200, answer.text
    state: State = answer.json()
    return state


def refusal(answer: Response) -> tuple[int, str]:
    """Return status and code of a request that must have been refused."""
    stated = answer.json()
    if answer.request.url.path == "/v1.0/removebg":
        (error,) = stated["errors"]
        assert set(error) == {"code", "title"}, answer.text
        assert error["title"]
    else:
        error = stated["error"]
        assert set(error) == {"code", "message"}, answer.text
        assert error["message"]
    return answer.status_code, error["code"]


def picture(client: TestClient, state: State, what: str, **query: object) -> bytes:
    """Return the file of a picture."""
    answer = client.get(
        f"/v1/sessions/{state['id']}/pictures/{what}", params={k: str(v) for k, v in query.items()}
    )
    assert answer.status_code == 200, answer.text
    content: bytes = answer.content
    return content


def alpha_of(client: TestClient, state: State) -> Alpha:
    """Return the matte on screen as its PNG has it."""
    return load_alpha(picture(client, state, "alpha"))


def own(model: str = "ensemble", photo: bytes = PHOTO) -> Session[Any]:
    """The same session without a server, to compare with."""
    return Session(load(model), read_photograph(photo).rgb)


def rounded(alpha: Alpha, bits: int = 8) -> NDArray[np.float32]:
    """What is left of a matte in a file."""
    most = np.float32(2**bits - 1)
    return np.rint(alpha * most) / most


def state_of_the_honest(client: TestClient) -> str:
    """Return the one session that is there."""
    house = house_of(client)
    (name,) = (row[0] for row in house.store._base.execute("SELECT id FROM sessions"))
    return str(name)
