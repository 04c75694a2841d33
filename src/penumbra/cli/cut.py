"""`penumbra cut`: photographs in, cut-outs out."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from penumbra.cli.errors import matte_errors
from penumbra.cli.finish_options import FORMATS, finish_options, parse_finish
from penumbra.cli.points import POINT, PointsCommand

if TYPE_CHECKING:
    from penumbra.core.card import Wanted

PATH = click.Path(path_type=Path)


@click.command(cls=PointsCommand)
@click.argument("inputs", metavar="INPUT...", nargs=-1, required=True)
@click.option("-o", "--output", required=True, metavar="OUTPUT", help="File, folder or -.")
@click.option("--trimap", type=PATH, help="0 = background, 128 = unknown, 255 = object.")
@click.option("--mask", type=PATH, help="A coarse mask of the object, to be refined.")
@click.option("--scribbles", type=PATH, help="White on the object, black off it, grey nothing.")
@click.option("--on", type=POINT, multiple=True, metavar="X Y ...", help="Points on the object.")
@click.option("--off", type=POINT, multiple=True, metavar="X Y ...", help="Points off the object.")
@click.option("--box", type=(float,) * 4, metavar="X0 Y0 X1 Y1", help="Holds the whole object.")
@click.option("--text", metavar="TEXT", help="What the object is.")
@click.option(
    "--each", type=click.Choice(["person"]), help="A numbered file for each one that is found."
)
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
    help="What the object is laid over.",
)
@finish_options
@click.option("--format", type=click.Choice(FORMATS), help="Of cut-outs in a folder; png.")
@click.option("--page", type=click.IntRange(1), metavar="N", help="Of a TIFF that has several.")
@click.option("--alpha", metavar="PATH", help="Write the matte alone, too.")
@click.option("--foreground", metavar="PATH", help="Write the object's colours alone, too.")
@click.option("--uncertainty", metavar="PATH", help="Write where the matte is doubtful, too.")
@click.option("--refine", metavar="N|TIME|SHARE", help="Polish what is doubtful: 8, 300ms, 20%.")
@click.option("--session", metavar="PATH", help="Write what was said, for `penumbra replay`.")
@click.option("--report", type=PATH, metavar="FILE", help="Say in JSON what became of each INPUT.")
@matte_errors
def cut(
    inputs: tuple[str, ...],
    output: str,
    trimap: Path | None,
    mask: Path | None,
    scribbles: Path | None,
    on: tuple[tuple[float, float], ...],
    off: tuple[tuple[float, float], ...],
    box: tuple[float, float, float, float] | None,
    text: str | None,
    each: str | None,
    model: str,
    licence: "Wanted",
    background: str,
    outline: str | None,
    shadow: str | None,
    crop: str | None,
    square: bool,
    format: str | None,
    page: int | None,
    alpha: str | None,
    foreground: str | None,
    uncertainty: str | None,
    refine: str | None,
    session: str | None,
    report: Path | None,
) -> None:
    """Cut the object out of each INPUT and write it with its alpha.

    INPUT is a file, a folder with all that is below it, or - for standard input.  With one
    file, OUTPUT is a file, or - for standard output; otherwise it is a folder, and so are the
    PATHs of the other results and of --trimap, --mask and --scribbles, where files are matched by
    place and name without the ending.  Points and boxes are in pixels of the upright picture,
    from its top left corner.

    With --each person, people.png stands for people-1.png, people-2.png and so on, from the left
    to the right.

    Exit status: 0 all done, 2 nothing done because of the input, 3 some inputs failed and the
    others are written, 1 a bug.
    """
    # Imported here so that `penumbra --help` answers without loading OpenCV or Pillow.
    from penumbra.batch.cut_job import Wish
    from penumbra.batch.guard import guarded
    from penumbra.batch.hint_files import FileKind, hint_files
    from penumbra.batch.inputs import STANDARD_STREAM, Places, is_several, plan_jobs
    from penumbra.cli.backdrop import parse_backdrop
    from penumbra.cli.cut_loop import check_wish, run_batch
    from penumbra.core.budget import parse_budget
    from penumbra.core.errors import InputError
    from penumbra.core.hints import Box, Click, Hints

    if each is not None:
        said = {"--on": on, "--off": off, "--box": box, "--text": text, "--trimap": trimap}
        said |= {"--mask": mask, "--scribbles": scribbles, "--uncertainty": uncertainty}
        said |= {"--refine": refine, "--session": session}
        if unusable := [name for name, value in said.items() if value not in (None, ())]:
            raise click.UsageError(f"--each person cannot go with {' or '.join(unusable)}")
    if output == STANDARD_STREAM and each is None and sys.stdout.isatty():
        raise InputError("output must be a file or a pipe, got a terminal")
    clicks = [Click(x, y) for x, y in on] + [Click(x, y, is_foreground=False) for x, y in off]
    hints = Hints(clicks=tuple(clicks), box=Box(*box) if box else None, text=text)
    given: dict[FileKind, Path | None] = {"trimap": trimap, "mask": mask, "scribbles": scribbles}
    pictures = [(kind, path) for kind, path in given.items() if path is not None]
    if len(pictures) > 1:
        raise click.UsageError("only one of --trimap, --mask and --scribbles can be given")
    files = hint_files(*pictures[0], is_several(inputs)) if pictures else None
    backdrop = parse_backdrop(background)
    budget = None if refine is None else parse_budget(refine)
    is_doubted = uncertainty is not None or report is not None
    is_each = each is not None
    looks = parse_finish(outline, shadow, crop, square)
    wish = Wish(hints, files, model, licence, backdrop, budget, is_doubted, is_each, looks, page)
    check_wish(wish)
    kept = [path for kind, path in pictures]
    if os.path.isfile(background):
        kept.append(Path(background))
    is_opaque = backdrop is not None
    places = Places(output, alpha, foreground, uncertainty, session, is_opaque, is_each, format)
    jobs = guarded(plan_jobs(inputs, places, kept), kept, report)
    run_batch(jobs, wish, report)
