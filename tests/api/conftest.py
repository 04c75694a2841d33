"""Servers: within the process with cheap models, and real ones."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from penumbra.core.arrays import RGB
from penumbra.core.card import Wanted
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.server.app import create_app
from penumbra.server.desk import Load
from penumbra.server.settings import Limits, Settings
from tests.api.talk import CLICK, begin, good, picture, say
from tests.likeness import Likeness, load
from tests.server_process import Process, start_server

Open = Callable[..., TestClient]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """The folder in which sessions are kept."""
    return tmp_path / "state"


@pytest.fixture
def open_server(state: Path) -> Iterator[Open]:
    """Start a server: `open_server(Limits(rounds=3), token="...")`; again for a restart."""
    with ExitStack() as stack:

        def start(
            limits: Limits | None = None,
            token: str | None = None,
            host: str = "127.0.0.1",
            load: Load = load,
        ) -> TestClient:
            stack.close()  # the one before, whose folder it is until then
            app = create_app(Settings(state, host, token, limits or Limits()), load)
            return stack.enter_context(
                TestClient(app, base_url="http://127.0.0.1", follow_redirects=False)
            )

        yield start


@pytest.fixture
def client(open_server: Open) -> TestClient:
    """Of a server with cheap models and the usual limits."""
    return open_server()


class Gate:
    """Makes models wait, so that a server is busy for as long as a test wants."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self._is_open = threading.Event()
        self._is_open.set()

    def close(self) -> None:
        """Let no answer through."""
        self._is_open.clear()

    def open(self) -> None:
        """Let all go on."""
        self._is_open.set()

    def load(self, name: str, licence: Wanted) -> Likeness:
        """Make a model that waits here."""
        gate = self

        class Waiting(Likeness):
            def decode(self, encoded: RGB, hints: Hints, previous: Matte | None = None) -> Matte:
                gate.begun.release()
                assert gate._is_open.wait(60)
                return super().decode(encoded, hints, previous)

        return Waiting(load(name).card)


@pytest.fixture
def gate() -> Iterator[Gate]:
    """For `open_server(load=gate.load)`; open at first, and at the end."""
    made = Gate()
    yield made
    made.open()


@pytest.fixture
def start_process(state: Path) -> Iterator[Callable[[], Process]]:
    """Run `penumbra serve` on the state folder; again for a restart."""
    started: list[Process] = []

    def start() -> Process:
        started.append(start_server(state))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def listen() -> Iterator[Callable[[FastAPI], str]]:
    """Serve an application over a socket, from a thread, and return its address."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(app: FastAPI) -> str:
        place = socket.create_server(("127.0.0.1", 0), backlog=500)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [place]})
        thread.start()
        running.append((server, thread))
        while not server.started:
            assert thread.is_alive(), "the server ended"
            time.sleep(0.01)
        return f"http://127.0.0.1:{place.getsockname()[1]}"

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join()


@pytest.fixture
def unharmed(client: TestClient, tmp_path: Path, state: Path) -> Iterator[None]:
    """Whatever a test sends: files only in the state folder, and an honest session still works."""
    honest = say(client, begin(client), CLICK)
    before = picture(client, honest, "cutout")
    here = set(os.listdir())
    yield
    assert os.listdir(tmp_path) == ["state"]
    assert sorted(path.name for path in state.iterdir() if path.is_file()) == [
        "penumbra.sqlite3",
        "penumbra.sqlite3-wal",
    ]
    assert [it.name for it in (state / "sessions").iterdir()] == [honest["id"]]
    assert os.listdir(state / "sessions" / honest["id"]) == ["photo"]
    assert set(os.listdir()) == here
    assert picture(client, honest, "cutout") == before
    assert good(client.get(f"/v1/sessions/{honest['id']}"))["shown"] == 1
