"""`penumbra serve`: the web application and the HTTP API."""

import os
import socket
from pathlib import Path

import click

from penumbra.cli.errors import matte_errors


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8700, show_default=True, type=click.IntRange(0, 65535))
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder in which sessions are kept; default the user's state folder.",
)
@click.option(
    "--token",
    envvar="PENUMBRA_TOKEN",
    show_envvar=True,
    help="What whoever asks must know; needed for any address but this machine's own.",
)
@matte_errors
def serve(host: str, port: int, state: Path | None, token: str | None) -> None:
    """Start the web application and the HTTP API, and say where they are.

    Photographs stay on this machine: nothing is sent anywhere. What was uploaded and said is kept
    in the state folder, through restarts, until it is deleted or a week old.
    """
    # Imported here so that `penumbra --help` answers without loading a web server.
    from penumbra.core.errors import InputError

    try:
        import uvicorn

        from penumbra.server.app import create_app
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("penumbra"):
            raise
        raise InputError(
            f'serve must have its extra, pip install "penumbra[serve]", got no {error.name}'
        ) from error
    from penumbra.server.settings import Settings

    settings = Settings(state or _usual_state(), host, token)
    with _listening(host, port) as listening:
        app = create_app(settings)
        name = f"[{host}]" if ":" in host else host
        way = "" if token is None else "?token=..."
        click.echo(f"Penumbra on http://{name}:{listening.getsockname()[1]}/{way}", err=True)
        click.echo(f"sessions in {settings.state}", err=True)
        # Without its list of requests, which would hold the token of a browser's first one.
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
        uvicorn.Server(config).run(sockets=[listening])


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 takes any that is free."""
    from penumbra.core.errors import InputError

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise InputError(
            f"address must be one that is free here, got {host}, port {port}: {error.strerror}"
        ) from error


def _usual_state() -> Path:
    """Return where programs of a user keep what lasts, as XDG has it."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "penumbra"
