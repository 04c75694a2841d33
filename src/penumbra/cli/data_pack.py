"""`penumbra data pack`: a training set as one compact file."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click

from penumbra.cli.errors import matte_errors

PLACE = click.Path(dir_okay=False, path_type=Path)
SOURCES = "NAME=DIR[:SPLIT]"


@click.command("pack")
@click.argument("output", type=PLACE)
@click.option(
    "--scenes",
    multiple=True,
    metavar=SOURCES,
    help="Photographs with the masks or mattes of their objects.",
)
@click.option(
    "--instances",
    multiple=True,
    metavar=SOURCES,
    help="Photographs with instances: a scene of each that is not small.",
)
@click.option(
    "--foregrounds", multiple=True, metavar=SOURCES, help="Objects with alpha and colours."
)
@click.option("--backgrounds", multiple=True, metavar=SOURCES, help="Photographs alone.")
@click.option(
    "--beside",
    multiple=True,
    metavar=SOURCES,
    help="Photographs with masks, of which what lies beside the objects is a background.",
)
@click.option(
    "--mattes",
    multiple=True,
    metavar="NAME=DIR",
    help="What `penumbra data mattes` made of NAME: alpha and colours of its foregrounds.",
)
@click.option(
    "--strands",
    type=click.FloatRange(0, 1),
    metavar="SHARE",
    default=0.0,
    help="Of the people among foregrounds: again, with strands over their heads.",
)
@click.option("--procedural", type=click.IntRange(0), default=0, help="Drawn, of each family.")
@click.option("--procedural-backgrounds", type=click.IntRange(0), default=0, help="Drawn.")
@click.option("--procedural-side", type=click.IntRange(64, 2048), default=448, show_default=True)
@click.option("--budget", default="60MB", show_default=True, help="Size of the file at most.")
@click.option("--side", type=click.IntRange(64), default=512, show_default=True, help="Longest.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of procedures.")
@matte_errors
def data_pack(
    output: Path,
    scenes: tuple[str, ...],
    instances: tuple[str, ...],
    foregrounds: tuple[str, ...],
    backgrounds: tuple[str, ...],
    beside: tuple[str, ...],
    mattes: tuple[str, ...],
    strands: float,
    procedural: int,
    procedural_backgrounds: int,
    procedural_side: int,
    budget: str,
    side: int,
    seed: int,
) -> None:
    """Write a training set into OUTPUT, a tar with everything training needs.

    NAME is a dataset of `penumbra data list`, DIR a copy of it, SPLIT one of its splits
    ("train" where it has one, else all of it).  Pictures shrink until the file fits the budget.
    """
    # Imported here so that `penumbra --help` answers at once.
    from penumbra.core.errors import InputError
    from penumbra.data.catalog import dataset
    from penumbra.data.pack import Item, Role, Source, write_pack
    from penumbra.data.packing import (
        PROCEDURAL,
        items_beside,
        items_of,
        items_of_instances,
        items_with_strands,
        procedural_items,
    )
    from penumbra.data.readers import read
    from penumbra.data.sample import Sample

    Made = Callable[[str, Sequence[Sample]], list[Item]]
    folders = {name: Path(folder) for name, folder in map(_pair, mattes)}
    items: list[Item] = []
    sources: dict[str, Source] = {}
    asked: list[tuple[Role | Made, tuple[str, ...]]] = [
        ("scene", scenes),
        (items_of_instances, instances),
        ("foreground", foregrounds),
        ("background", backgrounds),
        (items_beside, beside),
    ]
    for role, places in asked:
        for name, place in map(_pair, places):
            entry = dataset(name)
            folder, split = _folder_and_split(place, entry.splits)
            samples = read(name, folder, split)
            if callable(role):
                items += role(name, samples)
            else:
                made = folders.pop(name, None) if role == "foreground" else None
                items += items_of(role, name, samples, made)
            source = Source(name, *entry.terms(split))
            if sources.setdefault(name, source) != source:
                raise InputError(f"{name} must be of one track in a pack, got open and research")
    if folders:
        raise InputError(f"mattes must belong to foregrounds, got {', '.join(folders)}")
    items += list(items_with_strands(items, strands, seed))
    items += procedural_items("foreground", procedural, procedural_side, seed)
    items += procedural_items("background", procedural_backgrounds, procedural_side, seed)
    if procedural or procedural_backgrounds:
        sources[PROCEDURAL] = Source(PROCEDURAL, "drawn by penumbra, free", "open")
    pack = write_pack(output, items, list(sources.values()), _bytes(budget), side)
    longest = max(max(entry.height, entry.width) for entry in pack.entries)
    for source in pack.sources:
        count = sum(entry.source == source.name for entry in pack.entries)
        click.echo(f"{count:6}  {source.name} ({source.track}: {source.terms})")
    size = output.stat().st_size / 1e6
    count = len(pack.entries)
    click.echo(f"{count:6}  pictures of up to {longest} pixels, {size:.1f} MB: {output}")


def _pair(text: str) -> tuple[str, str]:
    from penumbra.core.errors import InputError

    name, equals, place = text.partition("=")
    if not (name and equals and place):
        raise InputError(f"source must be NAME=DIR or NAME=DIR:SPLIT, got {text!r}")
    return name, place


def _folder_and_split(place: str, splits: Iterable[str]) -> tuple[Path, str]:
    """Divide DIR:SPLIT; without a split, "train" where there is one, else "all" or the first."""
    names = list(splits)
    folder, colon, split = place.rpartition(":")
    if colon and split in names:
        return Path(folder), split
    for usual in ("train", "all"):
        if usual in names:
            return Path(place), usual
    return Path(place), names[0]


def _bytes(text: str) -> int:
    """Return a size in bytes: "60MB", "500kB", "1.5GB" or plain bytes."""
    from penumbra.core.errors import InputError

    units = {"GB": 1e9, "MB": 1e6, "KB": 1e3, "B": 1.0, "": 1.0}
    number = text.strip().upper().rstrip("GMKB")
    unit = text.strip().upper()[len(number) :]
    try:
        return int(float(number) * units[unit])
    except (ValueError, KeyError, OverflowError):
        raise InputError(f"budget must be a size such as 60MB, got {text!r}") from None
