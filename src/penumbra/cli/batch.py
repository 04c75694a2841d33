"""`penumbra batch`: very many photographs in, a tree of results out."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from penumbra.cli.errors import matte_errors
from penumbra.cli.finish_options import FORMATS, finish_options, parse_finish

if TYPE_CHECKING:
    from penumbra.core.card import Wanted

PATH = click.Path(path_type=Path)

LOCAL = "local"


@click.command()
@click.argument("source", metavar="INPUT")
@click.argument("output", metavar="OUTPUT", type=PATH)
@click.option("--trimap", type=PATH, help="Folder: 0 = background, 128 = unknown, 255 = object.")
@click.option("--mask", type=PATH, help="Folder of coarse masks of the objects.")
@click.option("--model", default="auto", metavar="auto|NAME", help="See `penumbra models`.")
@click.option(
    "--licence",
    type=click.Choice(["any", "open"]),
    default="any",
    help="Open refuses weights that are for research alone.",
)
@click.option(
    "--background",
    default="transparent",
    show_default=True,
    metavar="transparent|COLOUR|FILE|blur",
    help="What the objects are laid over.",
)
@finish_options
@click.option("--format", type=click.Choice(FORMATS), help="Of cut-outs; png.")
@click.option("--alpha", is_flag=True, help="Write the mattes alone, too.")
@click.option("--foreground", is_flag=True, help="Write the objects' colours alone, too.")
@click.option("--uncertainty", is_flag=True, help="Write where the mattes are doubtful, too.")
@click.option("--refine", metavar="N|SHARE", help="Polish what is doubtful: 8, 20%.")
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Processes; one a core.")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True)
@click.option(
    "--at-once",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Pictures of like sizes through the network together; 1, on CUDA 4.",
)
@click.option(
    "--ray",
    is_flag=False,
    flag_value=LOCAL,
    metavar="[ADDRESS]",
    help="Let a Ray cluster do it; one on this machine when no ADDRESS is given.",
)
@click.option("--watch", is_flag=True, help="Go on with what arrives in INPUT, until Ctrl-C.")
@click.option("--retry", is_flag=True, help="Try again what was quarantined.")
@click.option("--again", is_flag=True, help="Do everything anew, with other options too.")
@click.option("--verify", is_flag=True, help="Hash all files, instead of trusting size and time.")
@matte_errors
def batch(
    source: str,
    output: Path,
    trimap: Path | None,
    mask: Path | None,
    model: str,
    licence: "Wanted",
    background: str,
    outline: str | None,
    shadow: str | None,
    crop: str | None,
    square: bool,
    format: str | None,
    alpha: bool,
    foreground: bool,
    uncertainty: bool,
    refine: str | None,
    workers: int | None,
    device: str,
    at_once: int | None,
    ray: str | None,
    watch: bool,
    retry: bool,
    again: bool,
    verify: bool,
) -> None:
    """Cut the object out of every photograph of INPUT, into a tree below OUTPUT.

    INPUT is a folder with all that is below it, a list of paths (.txt, one a line), a Parquet file
    (.parquet, with a column path, or bytes and name), or an address such as s3://bucket/folder.
    OUTPUT is a folder: ok/ and review/ hold the results, quarantine/ the reasons of inputs that
    failed twice, report.jsonl and summary.json what became of all.

    The same command again does what is missing, and what has changed.

    Exit status: 0 all done, 2 nothing done because of the input, 3 some inputs failed and the
    others are written, 1 a bug.
    """
    # Imported here so that `penumbra --help` answers without loading OpenCV or Pillow.
    from penumbra.batch.cut_job import Wish
    from penumbra.batch.hint_files import FileKind, hint_files
    from penumbra.batch.inputs import Places
    from penumbra.batch.settings import Settings
    from penumbra.cli.backdrop import parse_backdrop
    from penumbra.cli.batch_job import Orders, run
    from penumbra.cli.cut_loop import check_wish
    from penumbra.core.budget import parse_budget
    from penumbra.core.errors import InputError
    from penumbra.core.hints import Hints

    given: dict[FileKind, Path | None] = {"trimap": trimap, "mask": mask}
    pictures = [(kind, path) for kind, path in given.items() if path is not None]
    if len(pictures) > 1:
        raise click.UsageError("only one of --trimap and --mask can be given")
    files = hint_files(*pictures[0], is_several=True) if pictures else None
    budget = None if refine is None else parse_budget(refine)
    if budget is not None and budget.unit == "seconds":
        raise InputError(f"refine must be a number or a share for a batch, got {refine!r}")
    backdrop, looks = parse_backdrop(background), parse_finish(outline, shadow, crop, square)
    wish = Wish(Hints(), files, model, licence, backdrop, budget, True, finish=looks)
    check_wish(wish)
    suffix = Places(str(output), is_opaque=backdrop is not None, format=format).suffix("output")
    said = {"alpha": alpha, "foreground": foreground, "uncertainty": uncertainty}
    sides = tuple(name for name, is_wanted in said.items() if is_wanted)
    at_once = at_once or (4 if device == "cuda" else 1)
    settings = Settings(output.absolute(), wish, sides, at_once, device, suffix)
    options = {
        "model": model,
        "licence": licence,
        "background": os.path.realpath(background) if os.path.isfile(background) else background,
        "outline": outline,
        "shadow": shadow,
        "crop": crop,
        "square": square,
        "format": format,
        "refine": refine,
        "trimap": None if trimap is None else str(trimap.resolve()),
        "mask": None if mask is None else str(mask.resolve()),
        "results": list(sides),
        "device": device,
        "at_once": at_once,
    }
    run(settings, options, Orders(source, workers, ray, watch, retry, again, verify))
