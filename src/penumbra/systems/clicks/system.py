"""Matting by clicks by name."""

from pathlib import Path

from penumbra.core.card import Wanted
from penumbra.core.predictor import Predictor
from penumbra.systems.clicks.benchmarks import BENCHMARKS
from penumbra.systems.clicks.card import CLICKS
from penumbra.systems.clicks.options import PAPER, SHIPPED
from penumbra.systems.clicks.predictor import ClicksPredictor, Encoded
from penumbra.systems.room import System
from penumbra.weights import Entry, entries, entry, load_graph, preferred

VARIANTS = ("clicks-s-alpha", "clicks-s-open-alpha", "clicks-m-alpha", "clicks-b-alpha")
"""Weights by how much they are preferred, by the graph that all have; what ships comes first."""


def weights_of_room(folder: Path | None = None) -> tuple[Entry, ...]:
    """Return the files of the preferred network in a folder; see `weights.preferred`."""
    name = preferred(CLICKS.name, VARIANTS, folder)
    listed = [each for each in entries(folder) if each.room == CLICKS.name]
    variant = next((each.variant for each in listed if each.name == name), "s")
    return tuple(each for each in listed if each.variant == variant)


def load_networks(licence: Wanted = "any", folder: Path | None = None) -> ClicksPredictor:
    """Return the predictor that runs the preferred network of a folder.

    Raises:
        WeightsError: There is none, or as `load_graph`.
    """
    files = weights_of_room(folder)
    if not files:
        entry(VARIANTS[0], folder)  # says what is missing
    graphs = {each.graph: load_graph(each.name, licence, folder=folder) for each in files}
    is_paper = files[0].config["size"] == "b"
    return ClicksPredictor(CLICKS, graphs, PAPER if is_paper else SHIPPED)


def _load(licence: Wanted) -> Predictor[Encoded]:
    return load_networks(licence)


SYSTEMS = {CLICKS.name: System(CLICKS, _load, BENCHMARKS)}
