"""From a folder of weights to the predictor that runs them."""

from pathlib import Path

import pytest

from penumbra.core.errors import WeightsError
from penumbra.systems.clicks.options import PAPER, SHIPPED
from penumbra.systems.clicks.system import load_networks, weights_of_room
from tests.unit.weights.entries import ship

GRAPHS = ("look", "alpha", "uncertainty", "refine")


def ship_variant(folder: Path, variant: str, graphs: tuple[str, ...] = GRAPHS) -> None:
    """Put a variant's graphs into a folder; what they compute does not matter here."""
    for graph in graphs:
        about = {"room": "clicks", "variant": variant, "graph": graph, "licence": "research"}
        ship(folder, f"clicks-{variant}-{graph}", config={"size": variant[0]}, **about)


def test_all_graphs_of_one_variant_are_loaded(tmp_path: Path) -> None:
    """Of the one that ships, whatever else lies there."""
    for variant in ("b", "s-ablated", "s"):
        ship_variant(tmp_path, variant)

    model = load_networks(folder=tmp_path)

    assert sorted(model.graphs) == sorted(GRAPHS)
    assert {each.variant for each in weights_of_room(tmp_path)} == {"s"}
    assert model.options == SHIPPED


def test_the_papers_size_is_applied_as_the_paper_measures(tmp_path: Path) -> None:
    """At 800 pixels; it has no look of its own, since hints enter with the colours."""
    ship_variant(tmp_path, "b", GRAPHS[1:])

    model = load_networks(folder=tmp_path)

    assert "look" not in model.graphs
    assert model.options == PAPER


def test_a_folder_without_weights_says_what_is_missing(tmp_path: Path) -> None:
    """By the name of the graph that every variant has."""
    with pytest.raises(WeightsError, match="got 'clicks-s-alpha'"):
        load_networks(folder=tmp_path)


def test_weights_for_research_are_refused_where_open_ones_are_wanted(tmp_path: Path) -> None:
    """As for every room."""
    ship_variant(tmp_path, "s")

    with pytest.raises(WeightsError, match=r"licence of .* must be open"):
        load_networks("open", tmp_path)
