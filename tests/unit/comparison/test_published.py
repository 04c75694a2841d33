"""The report that is published, and the figures that are taken from it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from penumbra.systems import registry
from penumbra.weights import entries
from tests.script import load_script

ROOT = Path(__file__).parents[3]
PUBLISHED = ROOT / "docs" / "comparison"
ROW = re.compile(r"^\| (?P<said>[^|]+) \| (?P<group>[^|]+) \| (?P<n>\d+) \| (?P<rest>.+) \|$")
FIGURES = load_script("take_figures")
SAID = {"nothing": "none", "a trimap": "trimap", "ten clicks": "clicks", "a box": "box"}


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    """Its numbers."""
    numbers: dict[str, Any] = json.loads((PUBLISHED / "report.json").read_text("utf-8"))
    return numbers


def test_it_is_of_the_weights_that_ship(report: dict[str, Any]) -> None:
    """Who changes weights measures again."""
    assert report["weights"] == {each.file: each.sha256 for each in entries()}


def test_its_files_are_there_and_no_others(report: dict[str, Any]) -> None:
    there = {
        f"{folder}/{each.name}"
        for folder in ("plots", "pictures")
        for each in (PUBLISHED / folder).iterdir()
    }
    text = (PUBLISHED / "report.md").read_text("utf-8")

    assert there == set(report["files"])
    assert all(f"({name})" in text for name in there)


@pytest.mark.parametrize("name", registry.NAMES)
def test_figures_of_cards_are_its_own(report: dict[str, Any], name: str) -> None:
    """`scripts/take_figures.py` prints them."""
    results = registry.card(name).results

    assert {what: ours for what, (_, ours) in results.items()} == FIGURES.figures(report, name)


def test_figures_of_the_manifest_are_its_own(report: dict[str, Any]) -> None:
    """`scripts/take_figures.py` writes them."""
    for each in entries():
        assert each.numbers == FIGURES.figures(report, each.room)


def test_the_readme_s_table_is_from_it(report: dict[str, Any]) -> None:
    """SAD of `auto`, and of the best single room."""
    text = (ROOT / "README.md").read_text("utf-8")
    matched = [ROW.match(line) for line in text.splitlines()]
    rows = [row for row in matched if row is not None and row["said"] in SAID]

    assert len(rows) >= 10
    for row in rows:
        protocol, group = SAID[row["said"]], row["group"]
        held = report["protocols"][protocol][group]["entrants"]
        (verdict,) = [
            it for it in report["auto"] if (it["protocol"], it["group"]) == (protocol, group)
        ]
        auto, room, best = row["rest"].split(" | ")
        assert int(row["n"]) == held["auto"]["n"]
        assert float(auto) == float(f"{held['auto']['SAD']:.3g}")
        assert (room.strip("`"), float(best)) == (verdict["room"], float(f"{verdict['best']:.3g}"))
