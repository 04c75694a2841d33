"""`penumbra replay`: a saved session once more, on the same photograph."""

from pathlib import Path

import click

from penumbra.cli.errors import matte_errors

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("session", type=FILE)
@click.argument("image", type=FILE)
@click.option("-o", "--output", metavar="FILE", required=True, help="The cut-out.")
@click.option("--alpha", metavar="FILE", help="Write the matte alone, too.")
@click.option("--uncertainty", metavar="FILE", help="Write where the matte is doubtful, too.")
@matte_errors
def replay(
    session: Path, image: Path, output: str, alpha: str | None, uncertainty: str | None
) -> None:
    """Play SESSION again on IMAGE, the photograph that it was made on, and write the cut-out.

    The model must have the weights and options that it had. On the machine that SESSION was made
    on, the matte is the same bit for bit; whether it is, is said.
    """
    # Imported here so that `penumbra --help` answers without loading OpenCV or Pillow.
    from penumbra.batch.cut_job import make_folders, shown_cutout, write
    from penumbra.batch.guard import guarded
    from penumbra.batch.inputs import Places, plan_jobs
    from penumbra.core.errors import InputError, OutputError
    from penumbra.io import read_photograph
    from penumbra.session.session import Session

    places = Places(output, alpha, uncertainty=uncertainty)
    (job,) = guarded(plan_jobs([str(image)], places, [session]), [session], None)
    if job.problem is not None:
        raise OutputError(job.problem)
    photograph = read_photograph(image)
    played = Session.load(session, photograph.rgb)
    if played.matte is None:
        raise InputError(f"{session} must show a matte, got a session before its first round")
    make_folders(job)
    write(job, played, shown_cutout(played, photograph), photograph, backdrop=None)
    rounds = f"{len(played)} round{'s' * (len(played) != 1)}"
    same = "the same matte bit for bit" if played.is_same else "not quite the matte that was saved"
    click.echo(f"{rounds}, {same}: {output}", err=True)
