"""From a folder of weights to the predictor that runs them."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from penumbra.core.errors import WeightsError
from penumbra.systems.dfimat.config import B, Config, S
from penumbra.systems.dfimat.options import PAPER, SHIPPED
from penumbra.systems.dfimat.system import (
    SYSTEMS,
    config_of_entry,
    load_networks,
    weights_of_room,
)
from tests.unit.weights.entries import ship

GRAPHS = ("look", "round", "mrn")


def ship_variant(folder: Path, variant: str, config: Config) -> None:
    """Put a variant's graphs into a folder; what they compute does not matter here."""
    for graph in GRAPHS:
        about = {"room": "dfimat", "variant": variant, "graph": graph, "licence": "research"}
        ship(folder, f"dfimat-{variant}-{graph}", config=asdict(config), **about)


def test_all_graphs_of_one_variant_are_loaded(tmp_path: Path) -> None:
    """Of the one that ships, with its own config, whatever else lies there."""
    small = replace(S, iscn=replace(S.iscn, crm_scope="all", token_budget=64))
    ship_variant(tmp_path, "b", B)
    ship_variant(tmp_path, "s", small)

    model = load_networks(folder=tmp_path)

    assert sorted(model.graphs) == sorted(GRAPHS)
    assert {each.variant for each in weights_of_room(tmp_path)} == {"s"}
    assert model.options == SHIPPED
    assert model.config == small


def test_large_networks_see_more(tmp_path: Path) -> None:
    """They are for a card."""
    ship_variant(tmp_path, "b", B)

    model = load_networks(folder=tmp_path)

    assert model.options == PAPER
    assert model.config == B


@pytest.mark.parametrize(
    "stated", [{}, {"iscn": {"depth": 3}, "mrn": {}}, {"iscn": {}, "mrn": {}, "size": "s"}]
)
def test_a_config_of_another_version_is_refused(stated: dict[str, object]) -> None:
    """It says what is missing, or what is not known."""
    with pytest.raises(WeightsError, match="config must be one of this version, got"):
        config_of_entry(stated)


def test_a_folder_without_weights_says_what_is_missing(tmp_path: Path) -> None:
    """By the name of the graph that every variant has."""
    with pytest.raises(WeightsError, match="got 'dfimat-s-look'"):
        load_networks(folder=tmp_path)


def test_weights_for_research_are_refused_where_open_ones_are_wanted(tmp_path: Path) -> None:
    """As for every room."""
    ship_variant(tmp_path, "s", S)

    with pytest.raises(WeightsError, match=r"licence of .* must be open"):
        load_networks("open", tmp_path)


def test_the_card_takes_four_kinds_of_hints() -> None:
    """Any mix of them, or none."""
    (system,) = SYSTEMS.values()

    assert system.card.accepts == {"click", "scribble", "box", "text"}
    assert not system.card.is_hint_needed
    assert list(SYSTEMS) == [system.card.name]
