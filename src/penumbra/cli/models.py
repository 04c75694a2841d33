"""`penumbra models`: what can be asked for by name."""

import json
from typing import TYPE_CHECKING

import click

from penumbra.cli.errors import matte_errors

if TYPE_CHECKING:
    from penumbra.core.card import ModelCard


@click.command()
@click.option("--json", "is_json", is_flag=True, help="Write the cards as JSON.")
@matte_errors
def models(is_json: bool) -> None:
    """List the models, and the hints each takes."""
    # Imported here so that `penumbra --help` answers without loading any model.
    from penumbra.systems import registry

    cards = [registry.card(name) for name in registry.NAMES]
    if is_json:
        click.echo(json.dumps([_as_dict(card) for card in cards], indent=2))
        return
    rows = [("name", "hints", "")] + [(card.name, _hints(card), card.title) for card in cards]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for name, hints, title in rows:
        click.echo(f"{name:{widths[0]}}  {hints:{widths[1]}}  {title}".rstrip())


def _hints(card: "ModelCard") -> str:
    """Say what must be given, and what may be."""
    if card.requires:
        others = sorted(card.accepts - card.requires)
        needed = " and ".join(sorted(card.requires))
        return needed + (f", perhaps {' or '.join(others)}" if others else "")
    listed = " or ".join(sorted(card.accepts)) or "none"
    return listed if card.is_hint_needed or not card.accepts else f"none, or {listed}"


def _as_dict(card: "ModelCard") -> dict[str, object]:
    return {
        "name": card.name,
        "title": card.title,
        "paper": card.paper,
        "accepts": sorted(card.accepts),
        "requires": sorted(card.requires),
        "is_hint_needed": card.is_hint_needed,
        "results": card.results,
        "limits": card.limits,
    }
