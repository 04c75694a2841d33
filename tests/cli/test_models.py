"""`penumbra models`."""

import json

import pytest
from click.testing import CliRunner

from penumbra.cli.main import main
from penumbra.core.card import ModelCard
from penumbra.systems import registry

CARDS = {
    card.name: card
    for card in (
        ModelCard("exact", "Solves", "A", frozenset({"trimap"}), frozenset({"trimap"})),
        ModelCard("helped", "Helps", "B", frozenset({"trimap", "box"}), frozenset({"trimap"})),
        ModelCard("any", "Takes", "C", frozenset({"box", "click"}), is_hint_needed=True),
        ModelCard("alone", "Sees", "D", frozenset({"click"})),
        ModelCard("blind", "Guesses", "E", frozenset(), results={"x": (None, 1.5)}),
    )
}


@pytest.fixture(autouse=True)
def _cards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "NAMES", tuple(CARDS))
    monkeypatch.setattr(registry, "card", CARDS.get)


def test_the_table_says_what_each_needs() -> None:
    """What must be given and what may be are told apart."""
    result = CliRunner().invoke(main, ["models"])

    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "name    hints",
        "exact   trimap               Solves",
        "helped  trimap, perhaps box  Helps",
        "any     box or click         Takes",
        "alone   none, or click       Sees",
        "blind   none                 Guesses",
    ]


def test_json_holds_the_whole_cards() -> None:
    """For programs; sets become sorted lists."""
    cards = json.loads(CliRunner().invoke(main, ["models", "--json"]).output)

    assert [card["name"] for card in cards] == list(CARDS)
    assert cards[1]["accepts"] == ["box", "trimap"]
    assert cards[1]["requires"] == ["trimap"]
    assert cards[2]["is_hint_needed"] is True
    assert cards[4]["results"] == {"x": [None, 1.5]}
