"""`penumbra synth people`: pictures of people, with mattes, sentences and an account."""

from pathlib import Path

import click

from penumbra.cli.errors import matte_errors

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDERS = "[NAME=]DIR[:SPLIT]"


@click.command("people")
@click.argument("output", type=click.Path(file_okay=False, path_type=Path), metavar="OUT")
@click.option("--pack", "packs", type=FILE, multiple=True, help="Of people and places.")
@click.option("--foregrounds", multiple=True, metavar=FOLDERS, help="People with alpha.")
@click.option("--backgrounds", multiple=True, metavar=FOLDERS, help="Places without anybody.")
@click.option("--any-background", is_flag=True, help="Also those of packs that may hold somebody.")
@click.option("--count", type=click.IntRange(1), required=True, help="Pictures to be kept.")
@click.option(
    "--layout",
    type=click.Choice(["scene", "random"]),
    default="scene",
    show_default=True,
    help="People in a row on the ground, or anywhere: the bad example.",
)
@click.option(
    "--interpreter",
    type=FILE,
    help="Paint, and read mattes with this: weights of `train dfimat.synth.interpreter`.",
)
@click.option("--weights", metavar="FOLDER", help="Of the painter: Stable Diffusion 1.x.")
@click.option("--captions", type=FILE, help="Of `penumbra synth captions`; drawn if omitted.")
@click.option("--steps", type=click.IntRange(1, 999), default=50, show_default=True)
@click.option("--guidance", type=click.FloatRange(1), default=7.5, show_default=True)
@click.option("--side", type=click.IntRange(64, 2048), help="Of composites.  [default: 512]")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option(
    "--validation",
    type=click.FloatRange(0, 0.5),
    default=0.05,
    show_default=True,
    help="Share of the pictures, people and places that is put aside.",
)
@click.option("--format", "suffix", type=click.Choice(["jpg", "png"]), default="jpg")
@click.option("--gate", "gates", multiple=True, metavar="NAME=VALUE", help="A limit of a gate.")
@click.option(
    "--matte", "mattes", multiple=True, metavar="NAME=VALUE", help="Of how mattes are read."
)
@click.option(
    "--tries",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="Attempts for each picture that is wanted, at most.",
)
@matte_errors
def synth_people(
    output: Path,
    packs: tuple[Path, ...],
    foregrounds: tuple[str, ...],
    backgrounds: tuple[str, ...],
    any_background: bool,
    count: int,
    layout: str,
    interpreter: Path | None,
    weights: str | None,
    captions: Path | None,
    steps: int,
    guidance: float,
    side: int | None,
    seed: int,
    validation: float,
    suffix: str,
    gates: tuple[str, ...],
    mattes: tuple[str, ...],
    tries: int,
) -> None:
    """Compose or paint pictures of two to six people into the folder OUT, until COUNT are kept.

    OUT gets images, the matte of each person, and what is known of each picture; report.jsonl has
    a line for every attempt, README.md is a card of the whole.  A job that was stopped goes on
    where it was when started again, with the same options; a larger COUNT adds to it.
    """
    # Imported here so that `penumbra --help` answers at once.
    import time

    from penumbra.cli.progress import pace
    from penumbra.cli.synth_job import Places, painter_of, settings_from, stock_of
    from penumbra.core.errors import InputError
    from penumbra.systems.dfimat.synth.composites import Composites
    from penumbra.systems.dfimat.synth.job import make_set
    from penumbra.systems.dfimat.synth.journal import Line
    from penumbra.systems.dfimat.synth.reading import Maker

    how = settings_from(suffix, gates, mattes)
    maker: Maker
    if interpreter is None:
        if weights is not None or captions is not None:
            raise InputError("--weights and --captions must come with --interpreter, got none")
        stock = stock_of(Places(packs, foregrounds, backgrounds, any_background), validation)
        maker = Composites(
            stock, "random" if layout == "random" else "scene", side or 512, seed, validation
        )
    else:
        if packs or foregrounds or backgrounds or side is not None:
            raise InputError(
                "--interpreter must come without packs, folders and --side: pictures are painted"
            )
        maker = painter_of(interpreter, weights, captions, seed, steps, guidance, validation)
    began, done = time.perf_counter(), 0

    def tell(line: Line, left: int) -> None:
        nonlocal done
        done += line.event == "kept"
        if line.event == "kept" and done % 50 == 0 and left:
            rate = pace(done, done + left, time.perf_counter() - began)
            click.echo(f"{count - left} of {count}, {rate}", err=True)

    try:
        summary = make_set(output, maker, count, how, tries, tell=tell)
    except KeyboardInterrupt:
        click.echo("stopped; the same command goes on", err=True)
        raise
    for reason, number in summary["rejected_by_reason"].items():
        click.echo(f"rejected {number}: {reason}", err=True)
    click.echo(
        f"kept {summary['kept']} of {summary['attempts']} in {output}: {summary['people']} people",
        err=True,
    )
