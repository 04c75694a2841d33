"""From a folder of weights to the predictor that runs them."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from penumbra.core.errors import WeightsError
from penumbra.systems.safe.config import PAPER, S
from penumbra.systems.safe.options import PAPER as AS_PAPER
from penumbra.systems.safe.options import SHIPPED
from penumbra.systems.safe.system import SYSTEMS, load_networks, weights_of_room
from tests.unit.weights.entries import ship

GRAPHS = ("look", "round", "flaws")


def ship_variant(folder: Path, variant: str, fm_post: str = "none") -> None:
    """Put a variant's graphs into a folder; what they compute does not matter here."""
    usual = PAPER if variant.startswith("paper") else S
    config = asdict(replace(usual, fm_post=fm_post))  # type: ignore[arg-type]
    for graph in GRAPHS:
        about = {"room": "safe", "variant": variant, "graph": graph, "licence": "research"}
        ship(folder, f"safe-{variant}-{graph}", config=config, **about)


def test_all_graphs_of_one_variant_are_loaded(tmp_path: Path) -> None:
    """Of the one that ships, whatever else lies there."""
    for variant in ("paper", "s-ablated", "s"):
        ship_variant(tmp_path, variant)

    model = load_networks(folder=tmp_path)

    assert sorted(model.graphs) == sorted(GRAPHS)
    assert {each.variant for each in weights_of_room(tmp_path)} == {"s"}
    assert model.options == SHIPPED


def test_the_papers_size_is_applied_as_the_sheet_has_it(tmp_path: Path) -> None:
    """And maps are filtered as it learned."""
    ship_variant(tmp_path, "paper", "gct")

    assert load_networks(folder=tmp_path).options == replace(AS_PAPER, fm_post="gct")


def test_an_ablated_network_is_taken_where_there_is_no_other(tmp_path: Path) -> None:
    """A backbone alone is a single graph, whose file does not say which."""
    about = {"room": "safe", "variant": "s-ablated", "graph": "look", "licence": "research"}
    ship(tmp_path, "safe-s-ablated", config=asdict(replace(S, sam=False, fem="off")), **about)

    assert list(load_networks(folder=tmp_path).graphs) == ["look"]


def test_a_folder_without_weights_says_what_is_missing(tmp_path: Path) -> None:
    """By the name of the graph that every variant has."""
    with pytest.raises(WeightsError, match="got 'safe-s-look'"):
        load_networks(folder=tmp_path)


def test_weights_for_research_are_refused_where_open_ones_are_wanted(tmp_path: Path) -> None:
    """As for every room."""
    ship_variant(tmp_path, "s")

    with pytest.raises(WeightsError, match=r"licence of .* must be open"):
        load_networks("open", tmp_path)


def test_the_card_takes_no_hints() -> None:
    """Not one."""
    (system,) = SYSTEMS.values()

    assert system.card.accepts == frozenset()
    assert {each.name for each in system.benchmarks} == {"safe-table1", "safe-d646"}
