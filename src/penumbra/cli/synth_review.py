"""`penumbra synth review`: look a set over, and carry out what was decided."""

from pathlib import Path

import click

from penumbra.cli.errors import matte_errors


@click.command("review")
@click.argument(
    "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="OUT"
)
@click.option(
    "--apply",
    "decisions",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Move what was rejected in this review.json to OUT/rejected.",
)
@click.option("--open", "is_opened", is_flag=True, help="Show the page in a browser.")
@matte_errors
def synth_review(folder: Path, decisions: Path | None, is_opened: bool) -> None:
    """Draw contact sheets of the set OUT, and write the page OUT/review.html.

    On the page, keys accept (a) and reject (r) pictures, and it saves review.json.  It needs no
    server.  With --apply what was rejected is moved, and the account is told.
    """
    # Imported here so that `penumbra --help` answers at once.
    from penumbra.systems.dfimat.synth.review import PAGE, SHEETS, apply_review, write_review

    if decisions is not None:
        accepted, rejected = apply_review(folder, decisions)
        click.echo(f"accepted {accepted}, moved {rejected} to {folder / 'rejected'}", err=True)
        return
    sheets, left = write_review(folder)
    click.echo(f"wrote {sheets} sheets to {folder / SHEETS}", err=True)
    click.echo(f"wrote {folder / PAGE}: {left} pictures to look at", err=True)
    if is_opened:
        click.launch((folder / PAGE).resolve().as_uri())
