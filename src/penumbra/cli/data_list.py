"""`penumbra data list`: which datasets can be read."""

import json
from typing import TYPE_CHECKING

import click

from penumbra.cli.errors import matte_errors

if TYPE_CHECKING:
    from penumbra.data.dataset import Dataset


@click.command("list")
@click.option("--json", "is_json", is_flag=True, help="Write everything known, as JSON.")
@matte_errors
def data_list(is_json: bool) -> None:
    """List the datasets: what they hold, and on which terms.

    With --json also whom to cite, where to ask for them, and their splits.
    """
    # Imported here so that `penumbra --help` answers at once.
    from penumbra.data.catalog import DATASETS

    if is_json:
        click.echo(json.dumps([_as_dict(it) for it in DATASETS.values()], indent=2))
        return
    rows = [("name", "what", "pictures", "licence", "track")]
    rows += [
        (it.name, it.title, "" if it.pictures is None else f"{it.pictures:,}", it.licence, it.track)
        for it in DATASETS.values()
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for name, what, pictures, licence, track in rows:
        click.echo(
            f"{name:{widths[0]}}  {what:{widths[1]}}  {pictures:>{widths[2]}}  "
            f"{licence:{widths[3]}}  {track}"
        )


def _as_dict(dataset: "Dataset") -> dict[str, object]:
    return {
        "name": dataset.name,
        "title": dataset.title,
        "citation": dataset.citation,
        "licence": dataset.licence,
        "track": dataset.track,
        "where": dataset.where,
        "pictures": dataset.pictures,
        "gigabytes": dataset.gigabytes,
        "splits": dict(dataset.splits),
        "notes": dataset.notes,
    }
