"""`penumbra data mattes`: binary masks in, soft cut-outs out."""

from pathlib import Path

import click

from penumbra.cli.errors import matte_errors

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command("mattes")
@click.argument("images", type=FOLDER)
@click.argument("masks", type=FOLDER)
@click.argument("output", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--edge",
    type=click.Choice(["fine", "coarse"]),
    default="fine",
    show_default=True,
    help="How closely masks follow their objects: to a pixel or two, or as polygons do.",
)
@click.option(
    "--workers", type=click.IntRange(min=1), metavar="N", help="Processes; default: all cores."
)
@click.option(
    "--sheet",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw some of the results, and of what was rejected, into this PNG or JPEG.",
)
@matte_errors
def data_mattes(
    images: Path, masks: Path, output: Path, edge: str, workers: int | None, sheet: Path | None
) -> None:
    """Turn the binary MASKS of photographs IMAGES into soft cut-outs in the folder OUTPUT.

    Files are matched by stem.  OUTPUT gets a PNG with transparency for each picture whose matte
    agrees with its mask, a line for every picture in report.jsonl, and the sums in summary.json.
    A job that was stopped goes on where it was when started again.
    """
    # Imported here so that `penumbra --help` answers at once.
    import time

    from penumbra.cli.progress import pace
    from penumbra.core.errors import OutputError
    from penumbra.data.mattes_job import find_tasks, run_tasks, usable_cores
    from penumbra.data.mattes_report import Line, read_lines
    from penumbra.data.pseudo import SETTINGS
    from penumbra.io import check_not_input, check_suffix, save_image

    settings = SETTINGS["fine" if edge == "fine" else "coarse"]
    tasks = find_tasks(images, masks, output)
    if sheet is not None:
        check_suffix(sheet, (".png", ".jpg"))
        if not (sheet.parent.is_dir() or sheet.parent == output):
            raise OutputError(f"the folder of the sheet must exist, got {sheet.parent}")
        files = [file for task in tasks for file in (task.image, task.mask, task.output)]
        check_not_input(sheet, [file for file in files if file is not None])
    began, done = time.perf_counter(), 0

    def tell(line: Line, left: int) -> None:
        nonlocal done
        done += 1
        if done % 50 == 0 and left:
            rate = pace(done, done + left, time.perf_counter() - began)
            click.echo(f"{len(tasks) - left} of {len(tasks)}, {rate}", err=True)

    summary = run_tasks(tasks, output, settings, workers or usable_cores(), tell)
    if sheet is not None:
        from penumbra.data.mattes_sheet import draw_sheet

        save_image(sheet, draw_sheet(tasks, read_lines(output), settings))
    for reason, count in summary["rejected_by_reason"].items():
        click.echo(f"rejected {count}: {reason}", err=True)
    click.echo(f"kept {summary['kept']} of {summary['pictures']} in {output}", err=True)
