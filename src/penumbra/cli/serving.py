"""What commands that start a server share."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from penumbra.core.errors import InputError

if TYPE_CHECKING:
    from fastapi import FastAPI


@contextmanager
def needing_extra(command: str) -> Iterator[None]:
    """Name the extra where what a server takes is not installed.

    Raises:
        InputError: It is not.
    """
    try:
        import uvicorn  # noqa: F401 - whether it is there

        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("penumbra"):
            raise
        raise InputError(
            f'{command} must have its extra, pip install "penumbra[serve]", got no {error.name}'
        ) from error


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 takes any that is free.

    Raises:
        InputError: The address is taken, or none of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise InputError(
            f"address must be one that is free here, got {host}, port {port}: {error.strerror}"
        ) from error


def serve_until_stopped(app: "FastAPI", place: socket.socket) -> None:
    """Answer what comes to a socket, until Ctrl-C."""
    import uvicorn

    # Without its list of requests, which would hold the token of a browser's first one.
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    uvicorn.Server(config).run(sockets=[place])
