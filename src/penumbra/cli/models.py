"""`penumbra models`: what can be asked for by name, and the weights that are here."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from penumbra.cli.errors import matte_errors

if TYPE_CHECKING:
    from penumbra.core.card import ModelCard
    from penumbra.weights import Entry


@click.command()
@click.option("--json", "is_json", is_flag=True, help="Write cards and weights as JSON.")
@click.option(
    "--licence",
    type=click.Choice(["any", "open"]),
    default="any",
    show_default=True,
    help="open: leave out what is for research alone.",
)
@matte_errors
def models(is_json: bool, licence: str) -> None:
    """List the models, the hints each takes, and the trained weights."""
    # Imported here so that `penumbra --help` answers without loading any model.
    from penumbra.systems import registry
    from penumbra.weights import entries

    shipped = entries()
    cards = [registry.card(name) for name in registry.NAMES]
    if licence == "open":
        # A trained model bears the name of its room; one without weights is its code alone, or
        # that of the models which it asks.
        closed = {entry.room for entry in shipped}
        shipped = tuple(entry for entry in shipped if entry.is_open)
        closed -= {entry.room for entry in shipped}
        cards = [card for card in cards if not closed.intersection(card.rooms)]
    if is_json:
        click.echo(json.dumps([_as_dict(card, shipped) for card in cards], indent=2))
        return
    click.echo(
        _table([("name", "hints", "")] + [(card.name, _hints(card), card.title) for card in cards])
    )
    if shipped:
        header = ("weights", "licence", "size", "minutes", "trained on", "measured")
        click.echo("\n" + _table([header, *map(_row, shipped)]))


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _hints(card: "ModelCard") -> str:
    """Say what must be given, and what may be."""
    if card.requires:
        others = sorted(card.accepts - card.requires)
        needed = " and ".join(sorted(card.requires))
        return needed + (f", perhaps {' or '.join(others)}" if others else "")
    listed = " or ".join(sorted(card.accepts)) or "none"
    return listed if card.is_hint_needed or not card.accepts else f"none, or {listed}"


def _row(entry: "Entry") -> tuple[str, ...]:
    return (
        entry.name,
        entry.licence,
        f"{entry.bytes / 1e6:.1f} MB",
        f"{entry.minutes:.0f}",
        ", ".join(source.name for source in entry.data),
        ", ".join(f"{name} {number:.4g}" for name, number in entry.numbers.items()),
    )


def _as_dict(card: "ModelCard", shipped: "Sequence[Entry]") -> dict[str, object]:
    return {
        "name": card.name,
        "title": card.title,
        "paper": card.paper,
        "accepts": sorted(card.accepts),
        "requires": sorted(card.requires),
        "is_hint_needed": card.is_hint_needed,
        "results": card.results,
        "limits": card.limits,
        "weights": [asdict(entry) for entry in shipped if entry.room in card.rooms],
    }
