"""`penumbra data check`: is a copy of a dataset whole?"""

from pathlib import Path

import click

from penumbra.cli.errors import matte_errors


@click.command("check")
@click.argument("name")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--split", "splits", multiple=True, metavar="SPLIT", help="Only this; repeatable.")
@click.option("--decode", "is_decoding", is_flag=True, help="Also decode every file.")
@matte_errors
def data_check(name: str, folder: Path, splits: tuple[str, ...], is_decoding: bool) -> None:
    """Check a copy of the dataset NAME in DIR, and say what is missing.

    Samples that are whole are counted; a number that differs from the published one is no error.
    """
    # Imported here so that `penumbra --help` answers at once.
    from penumbra.data.readers import check

    report = check(name, folder, splits, is_decoding)
    report.require_whole()
    width = max(map(len, report.counts))
    for split, count in report.counts.items():
        expected = report.dataset.splits[split]
        differs = "" if expected in (None, count) else f" (expected about {expected:,})"
        click.echo(f"{split:{width}}  {count:,}{differs}")
