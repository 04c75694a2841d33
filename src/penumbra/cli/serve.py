"""`penumbra serve`: the web application and the HTTP API."""

import os
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
    from penumbra.cli.serving import listening, needing_extra, serve_until_stopped

    with needing_extra("serve"):
        from penumbra.server.app import create_app
    from penumbra.server.settings import Settings

    settings = Settings(state or _usual_state(), host, token)
    with listening(host, port) as place:
        app = create_app(settings)
        name = f"[{host}]" if ":" in host else host
        way = "" if token is None else "?token=..."
        click.echo(f"Penumbra on http://{name}:{place.getsockname()[1]}/{way}", err=True)
        click.echo(f"sessions in {settings.state}", err=True)
        serve_until_stopped(app, place)


def _usual_state() -> Path:
    """Return where programs of a user keep what lasts, as XDG has it."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "penumbra"
