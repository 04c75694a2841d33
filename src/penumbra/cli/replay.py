"""`penumbra replay`: a saved session once more, on the same photograph."""

from dataclasses import replace
from pathlib import Path

import click

from penumbra.cli.errors import matte_errors

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
PLACE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("session", type=FILE)
@click.argument("image", type=FILE)
@click.option("-o", "--output", type=PLACE, required=True, help="The cut-out.")
@click.option("--alpha", type=PLACE, help="Write the matte alone, too.")
@matte_errors
def replay(session: Path, image: Path, output: Path, alpha: Path | None) -> None:
    """Play SESSION again on IMAGE, the photograph that it was made on, and write the cut-out.

    The model must have the weights that it had. On the machine that SESSION was made on, the matte
    is the same bit for bit; whether it is, is said.
    """
    # Imported here so that `penumbra --help` answers without loading OpenCV or Pillow.
    from penumbra.core.errors import InputError
    from penumbra.io import read_photograph, save_alpha, save_cutout
    from penumbra.session.cutout import lift
    from penumbra.session.record import digest, read_record
    from penumbra.session.session import Session

    for place in (output, alpha):
        for name, read in (("photograph", image), ("session", session)):
            if place is not None and place.exists() and place.samefile(read):
                raise InputError(f"output must not be the {name}, got {place}")
    photograph = read_photograph(image)
    played = Session.load(session, photograph.rgb)
    matte = played.matte
    if matte is None:
        raise InputError(f"{session} must show a matte, got a session before its first round")
    if alpha is not None:
        save_alpha(alpha, matte.alpha, photograph.bits)
    cutout = lift(photograph.rgb, matte)
    if photograph.alpha is not None:
        # What the file itself left transparent stays so, as when it was cut out.
        cutout = replace(cutout, alpha=cutout.alpha * photograph.alpha)
    save_cutout(output, cutout, like=photograph)
    is_same = digest(matte.alpha) == read_record(session).alpha
    rounds = f"{len(played)} round{'s' * (len(played) != 1)}"
    same = "the same matte bit for bit" if is_same else "a matte that differs from the saved one"
    click.echo(f"{rounds}, {same}: {output}", err=True)
