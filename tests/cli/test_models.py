"""`penumbra models`."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from penumbra.cli.main import main
from penumbra.core.card import ModelCard
from penumbra.systems import registry
from penumbra.weights import MANIFEST, WEIGHTS_VARIABLE, Source, add_entries
from tests.unit.weights.entries import make_entry

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
def _cards(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(WEIGHTS_VARIABLE, str(tmp_path))
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
    assert cards[4]["weights"] == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two graphs of `alone`, of which one is open, and one of `blind`, which is not."""
    one, two = Source("one", "free"), Source("two", "no commercial use")
    size: dict[str, Any] = {
        "room": "alone",
        "numbers": {"iou": 0.98765, "count": 100},
        "bytes": 2_345_678,
    }
    closed: dict[str, Any] = {"licence": "research", "data": (one, two)}
    add_entries(
        tmp_path,
        [
            make_entry(file="alone-s.onnx", **size, **closed),
            make_entry(file="alone-s-open.onnx", **size),
            make_entry(file="blind-s.onnx", room="blind", numbers={}, **closed),
        ],
    )
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_the_weights_are_listed_with_what_they_are() -> None:
    """The verdict on their licence, what they cost, and what they are worth."""
    result = CliRunner().invoke(main, ["models"])

    assert result.exit_code == 0
    assert result.output.splitlines()[6:] == [
        "",
        "weights       licence   size    minutes  trained on  measured",
        "alone-s-open  open      2.3 MB  12       noise       iou 0.9877, count 100",
        "alone-s       research  2.3 MB  12       one, two    iou 0.9877, count 100",
        "blind-s       research  0.0 MB  12       one, two",
    ]


@pytest.mark.usefixtures("folder")
def test_what_is_for_research_alone_can_be_left_out() -> None:
    """Also a model that has no other weights; one that needs none stays."""
    lines = CliRunner().invoke(main, ["models", "--licence", "open"]).output.splitlines()

    names = [line.split()[0] for line in lines if line]
    assert names == ["name", "exact", "helped", "any", "alone", "weights", "alone-s-open"]


@pytest.mark.usefixtures("folder")
def test_json_holds_the_whole_entries() -> None:
    """Under the model whose room they are of."""
    arguments = ["models", "--json", "--licence", "open"]
    cards = json.loads(CliRunner().invoke(main, arguments).output)

    assert [card["name"] for card in cards] == ["exact", "helped", "any", "alone"]
    (entry,) = cards[3]["weights"]
    assert entry["file"] == "alone-s-open.onnx"
    assert entry["data"] == [{"name": "noise", "terms": "free"}]
    assert entry["recipe"] == {"seed": 1}


def test_a_broken_manifest_is_one_line(tmp_path: Path) -> None:
    """Not an empty list, and no traceback."""
    (tmp_path / MANIFEST).write_text("{")

    result = CliRunner().invoke(main, ["models"])

    assert result.exit_code == 2
    assert "must be JSON" in result.stderr
