"""What no application of ours does, and the guard must stand."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from penumbra.server.failures import RequestError
from penumbra.server.guard import Guard
from penumbra.server.settings import Settings

GET = {
    "type": "http",
    "method": "GET",
    "path": "/healthz",
    "query_string": b"",
    "headers": [],
}


def ask(tmp_path: Path, app: Any, scope: dict[str, Any]) -> list[Message]:  # noqa: ANN401
    """Return what a guarded application sends."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    guard = Guard(app, Settings(tmp_path), lambda *_: None)
    asyncio.run(guard(scope, receive, send))
    return sent


@pytest.mark.parametrize("error", [RequestError(429, "busy", "later"), KeyError("bug")])
def test_what_fails_after_its_answer_has_begun_fails_at_once(
    tmp_path: Path, error: Exception
) -> None:
    """A second answer behind half of the first would be read as a part of it."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise error

    with pytest.raises(type(error)):
        ask(tmp_path, app, GET)


def test_what_is_no_request_passes(tmp_path: Path) -> None:
    """Such as the news that the server starts."""
    passed: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        passed.append(scope["type"])

    assert ask(tmp_path, app, {"type": "lifespan"}) == []
    assert passed == ["lifespan"]


def test_headers_that_an_application_chose_stay(tmp_path: Path) -> None:
    """Of pictures, how long they may be kept."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"cache-control", b"private")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    (start,) = ask(tmp_path, app, GET)

    assert dict(start["headers"])[b"cache-control"] == b"private"
    assert b"content-security-policy" in dict(start["headers"])
