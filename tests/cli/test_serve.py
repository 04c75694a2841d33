"""`penumbra serve`: what it starts, and what it refuses to."""

import os
import re
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import uvicorn
from click.testing import Result
from fastapi import FastAPI

from penumbra.server.house import House

TOKEN = "a-token-of-some-length"

Serve = Callable[[str], Result]
Started = list[uvicorn.Config]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    """What would be served, and how; nothing is."""
    found: Started = []

    def run(server: uvicorn.Server, sockets: list[socket.socket]) -> None:
        found.append(server.config)
        house_of(server.config).store.close()

    monkeypatch.setattr("uvicorn.Server.run", run)
    monkeypatch.delenv("PENUMBRA_TOKEN", raising=False)
    return found


def house_of(config: uvicorn.Config) -> House:
    assert isinstance(config.app, FastAPI)
    house: House = config.app.state.house
    return house


def test_help_says_where_photographs_go(penumbra: Serve) -> None:
    """And every option."""
    result = penumbra("serve --help")

    assert result.exit_code == 0
    assert "Photographs stay on this machine: nothing is sent anywhere." in result.stdout
    for option in ("--host", "--port", "--state", "--token", "PENUMBRA_TOKEN", "127.0.0.1", "8700"):
        assert option in result.stdout


def test_the_address_is_announced(penumbra: Serve, started: Started, here: Path) -> None:
    """On standard error, with the folder of the sessions."""
    result = penumbra("serve --state rooms --port 0")

    assert result.exit_code == 0, result.output
    said = re.fullmatch(
        r"Penumbra on http://127\.0\.0\.1:(\d+)/\nsessions in rooms\n", result.stderr
    )
    assert said is not None, result.stderr
    assert int(said[1]) > 0
    assert result.stdout == ""
    (config,) = started
    assert house_of(config).settings.token is None
    assert (here / "rooms" / "penumbra.sqlite3").is_file()


def test_no_token_ends_in_a_log(
    penumbra: Serve, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither in the announced address nor in a list of requests."""
    told = penumbra(f"serve --state rooms --host :: --port 0 --token {TOKEN}")
    monkeypatch.setenv("PENUMBRA_TOKEN", TOKEN)
    from_environment = penumbra("serve --state rooms --host 0.0.0.0 --port 0")

    assert re.match(r"Penumbra on http://\[::\]:\d+/\?token=\.\.\.\n", told.stderr)
    assert re.match(r"Penumbra on http://0\.0\.0\.0:\d+/\?token=\.\.\.\n", from_environment.stderr)
    assert TOKEN not in told.output + from_environment.output
    assert len(started) == 2
    for config in started:
        assert house_of(config).settings.token == TOKEN
        assert (config.access_log, config.server_header) == (False, False)


def test_an_address_that_is_taken_is_refused(penumbra: Serve, started: Started) -> None:
    """Before anything is announced."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = penumbra(f"serve --state rooms --port {taken.getsockname()[1]}")

    assert result.exit_code == 2
    assert "address must be one that is free here, got 127.0.0.1, port " in result.stderr
    assert "Penumbra on" not in result.stderr
    assert started == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--host 0.0.0.0", "host must be a loopback address where there is no token, got 0.0.0.0"),
        ("--host penumbra.example", "host must be a loopback address"),
        ("--token short", "token must be 16 or more printable characters without spaces, got "),
        ("--state file/rooms", "state must be a folder to write in, got file/rooms"),
    ],
)
def test_what_would_not_be_safe_is_not_started(
    penumbra: Serve, started: Started, here: Path, line: str, message: str
) -> None:
    """One line, and exit status 2."""
    (here / "file").write_bytes(b"")
    state = "" if "--state" in line else "--state rooms"

    result = penumbra(f"serve {state} {line}")

    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output
    assert started == []
    assert os.listdir(here) == ["file"]


def test_without_the_extra_it_says_what_to_install(
    penumbra: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The base install has no web server."""
    monkeypatch.setitem(sys.modules, "uvicorn", None)

    result = penumbra("serve")

    assert result.exit_code == 2
    assert result.stderr == (
        'Error: serve must have its extra, pip install "penumbra[serve]", got no uvicorn\n'
    )


def test_a_module_of_ours_that_is_missing_is_a_bug(
    penumbra: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No extra would help."""
    monkeypatch.setitem(sys.modules, "penumbra.server.app", None)

    result = penumbra("serve")

    assert isinstance(result.exception, ModuleNotFoundError)


@pytest.mark.parametrize("is_named", [True, False])
def test_sessions_are_kept_where_programs_of_a_user_keep_what_lasts(
    penumbra: Serve, started: Started, here: Path, monkeypatch: pytest.MonkeyPatch, is_named: bool
) -> None:
    """As XDG has it."""
    monkeypatch.setenv("HOME", str(here / "home"))
    if is_named:
        monkeypatch.setenv("XDG_STATE_HOME", str(here / "lasting"))
    else:
        monkeypatch.delenv("XDG_STATE_HOME", raising=False)

    result = penumbra("serve")

    assert result.exit_code == 0, result.output
    base = here / "lasting" if is_named else here / "home" / ".local" / "state"
    assert (base / "penumbra" / "sessions").is_dir()
