"""`penumbra review`: look through what a batch is not sure of, and correct it."""

import signal
from pathlib import Path

import click

from penumbra.cli.errors import matte_errors

HOST = "127.0.0.1"


@click.command()
@click.argument("output", metavar="OUTPUT", type=click.Path(path_type=Path))
@click.option("--port", default=8701, show_default=True, type=click.IntRange(0, 65535))
@matte_errors
def review(output: Path, port: int) -> None:
    """Look through the results of a batch that somebody should see, and correct them.

    OUTPUT is the folder of `penumbra batch`. The page shows one result after the other, the
    riskiest first, at its most doubtful spot. Enter accepts what is on screen, S skips it, Q
    rejects it. What is accepted lies in OUTPUT/ok, what is rejected is noted in
    OUTPUT/quarantine. Ctrl-C ends the review; what was decided by then is done.

    Nothing is sent anywhere, and nobody else can see the page.
    """
    # Imported here so that `penumbra --help` answers without loading a web server.
    from tempfile import TemporaryDirectory

    from penumbra.batch.folder import JobFolder
    from penumbra.batch.review import check_weights, retell
    from penumbra.cli.serving import listening, needing_extra, serve_until_stopped
    from penumbra.io import MAX_PIXELS

    with needing_extra("review"):
        from penumbra.cli.review_pile import FolderPile, wish_of
        from penumbra.server.app import create_app
    from penumbra.server.settings import Limits, Settings

    folder = JobFolder(output)
    manifest = folder.manifest()
    with folder.locked(), TemporaryDirectory(prefix="penumbra-") as state:
        if not folder.pile():
            click.echo(f"nothing to review in {output}", err=True)
            return
        check_weights(manifest)
        pile = FolderPile(folder, wish_of(manifest))
        settings = Settings(Path(state), HOST, limits=Limits(pixels=MAX_PIXELS))
        with listening(HOST, port) as place:
            app = create_app(settings, pile=pile)
            address = f"http://{HOST}:{place.getsockname()[1]}/"
            click.echo(f"{len(pile.items)} to review on {address}", err=True)
            # The server hands on what ended it; here that is the usual end.
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            try:
                serve_until_stopped(app, place)
            except KeyboardInterrupt:
                pass
            finally:
                retell(folder)
        click.echo(f"{len(folder.pile())} left to review in {output}", err=True)
