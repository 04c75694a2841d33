"""SAFE-Net by name."""

from dataclasses import replace
from pathlib import Path

from penumbra.core.card import Wanted
from penumbra.core.matte import Matte
from penumbra.core.predictor import Predictor
from penumbra.systems.room import System
from penumbra.systems.safe.benchmarks import BENCHMARKS
from penumbra.systems.safe.card import SAFE
from penumbra.systems.safe.options import PAPER, SHIPPED
from penumbra.systems.safe.predictor import SafePredictor
from penumbra.weights import Entry, entries, entry, load_graph, preferred

VARIANTS = ("safe-s-look", "safe-paper-look")
"""Weights by how much they are preferred, by the graph that all have; what ships comes first."""


def weights_of_room(folder: Path | None = None) -> tuple[Entry, ...]:
    """Return the files of the preferred network in a folder; see `weights.preferred`.

    A network without rounds is a single graph, whose file does not say which.
    """
    name = preferred(SAFE.name, VARIANTS, folder)
    listed = [each for each in entries(folder) if each.room == SAFE.name]
    variant = next((each.variant for each in listed if each.name == name), "s")
    return tuple(each for each in listed if each.variant == variant)


def load_networks(licence: Wanted = "any", folder: Path | None = None) -> SafePredictor:
    """Return the predictor that runs the preferred network of a folder.

    Raises:
        WeightsError: There is none, or as `load_graph`.
    """
    files = weights_of_room(folder)
    if not files:
        entry(VARIANTS[0], folder)  # says what is missing
    graphs = {each.graph: load_graph(each.name, licence, folder=folder) for each in files}
    config = files[0].config
    usual = PAPER if config["size"] == "paper" else SHIPPED
    return SafePredictor(SAFE, graphs, replace(usual, fm_post=config["fm_post"]))


def _load(licence: Wanted) -> Predictor[Matte]:
    return load_networks(licence)


SYSTEMS = {SAFE.name: System(SAFE, _load, BENCHMARKS)}
