"""`penumbra evaluate`: how far are mattes from the truth?"""

from pathlib import Path

import click

from penumbra.cli.errors import matte_errors

PATH = click.Path(exists=True, path_type=Path)


@click.command()
@click.argument("predicted", type=PATH)
@click.argument("truth", type=PATH)
@click.option("--trimaps", type=PATH, help="Folder of trimaps: 0, 128 (unknown) and 255.")
@click.option(
    "--preset",
    "name",
    default="generic",
    show_default=True,
    metavar="NAME",
    help="Rules and units of a published table: comp1k, aim500, safe, ...",
)
@click.option(
    "--json",
    "json_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write everything measured to this file.",
)
@matte_errors
def evaluate(
    predicted: Path, truth: Path, trimaps: Path | None, name: str, json_path: Path | None
) -> None:
    """Measure the mattes PREDICTED against the TRUTH: two files, or two folders.

    Files in folders are matched by stem; a missing matte is an error.
    """
    # Imported here so that `penumbra --help` answers at once.
    import json

    from penumbra.evaluation.folders import evaluate_files
    from penumbra.evaluation.presets import preset
    from penumbra.evaluation.table import as_json, as_text
    from penumbra.io import check_not_input, write_atomically

    if json_path is not None:
        places = [place for place in (predicted, truth, trimaps) if place is not None]
        files = [file for place in places for file in place.glob("*")]
        check_not_input(json_path, places + files)
    report = evaluate_files(predicted, truth, preset(name), trimaps)
    if json_path is not None:
        write_atomically(json_path, json.dumps(as_json(report), indent=2).encode() + b"\n")
    click.echo(as_text(report), nl=False)
