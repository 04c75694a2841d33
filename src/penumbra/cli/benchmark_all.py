"""`penumbra benchmark all`: every room and every peer on the same pictures, then a report."""

from pathlib import Path

import click

from penumbra.cli.errors import matte_errors

FOLDER = click.Path(file_okay=False, path_type=Path)
PRESENT_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
PRESENT_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
TRIPLE = (float, float, float)

WORDS = f"{__name__}.words"
"""Where the context holds the command line as it was said."""


class _Remembering(click.Command):
    """A command that knows how it was called, for the note of the run."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[WORDS] = tuple(args)
        return super().parse_args(ctx, args)


@click.command("all", cls=_Remembering)
@click.option(
    "--data", type=PRESENT_FOLDER, metavar="DIR",
    help="Folder of the datasets; without it drawn pictures alone are asked about.",
)  # fmt: skip
@click.option("--output", type=FOLDER, required=True, metavar="OUT", help="A rerun goes on there.")
@click.option(
    "--object-mattes", type=PRESENT_FOLDER, metavar="DIR",
    help="Mattes of portrait_eg from `penumbra data mattes`, for composites.",
)  # fmt: skip
@click.option("--entrant", "entrants", multiple=True, metavar="NAME", help="Only who is named.")
@click.option("--group", "groups", multiple=True, metavar="NAME", help="Only sets that are named.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Pictures of each set.")
@click.option(
    "--clicks", type=click.IntRange(1), default=10, show_default=True, help="Of the robot."
)
@click.option(
    "--pack", "packs", type=PRESENT_FILE, multiple=True, metavar="FILE",
    help="A training pack that is searched for the pictures.",
)  # fmt: skip
@click.option(
    "--onnx", multiple=True, metavar="NAME=FILE", help="A network for salient objects, as rembg's."
)
@click.option(
    "--onnx-mean", type=TRIPLE, default=(0.485, 0.456, 0.406), show_default=True,
    help="What is taken off its pictures.",
)  # fmt: skip
@click.option(
    "--onnx-std", type=TRIPLE, default=(0.229, 0.224, 0.225), show_default=True,
    help="What they are divided by.",
)  # fmt: skip
@click.option(
    "--mattes", multiple=True, metavar="NAME=DIR",
    help="Ready-made mattes: DIR/GROUP/PICTURE.png or DIR/PICTURE.png.",
)  # fmt: skip
@click.option(
    "--published", type=FOLDER, metavar="DIR",
    help="Also a report there that may be passed on: no picture of the datasets that is not free.",
)  # fmt: skip
@click.option("--report-only", is_flag=True, help="Only write the report again.")
@matte_errors
def benchmark_all(
    data: Path | None,
    output: Path,
    object_mattes: Path | None,
    entrants: tuple[str, ...],
    groups: tuple[str, ...],
    limit: int | None,
    clicks: int,
    packs: tuple[Path, ...],
    onnx: tuple[str, ...],
    onnx_mean: tuple[float, float, float],
    onnx_std: tuple[float, float, float],
    mattes: tuple[str, ...],
    published: Path | None,
    report_only: bool,
) -> None:
    """Ask every room and every peer about the same held-aside pictures, and write a report.

    Every answer is a line of OUT/results.jsonl, every matte a file below OUT/mattes; what is there
    is not asked again.

    Exit status: 0 all measured, 2 nothing measured because of the input, 3 some pictures failed
    and are left out of the means, 1 a bug.
    """
    # Imported here so that `penumbra --help` answers without loading any model.
    from penumbra.cli.benchmark_all_job import check_places, compare, entrants_of, report
    from penumbra.comparison.run import Wish
    from penumbra.comparison.sets import check_groups

    check_places(output, published, (data, object_mattes))
    if report_only:
        report(output, data, published)
        return
    check_groups(groups)
    chosen, absent = entrants_of(entrants, onnx, (onnx_mean, onnx_std), mattes)
    words = ("penumbra", "benchmark", "all", *click.get_current_context().meta[WORDS])
    wish = Wish(data, object_mattes, output, chosen, absent, groups, packs, clicks, limit, words)
    compare(wish, published)
