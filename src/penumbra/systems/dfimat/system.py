"""DFIMat by name."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from penumbra.core.card import Wanted
from penumbra.core.errors import WeightsError
from penumbra.core.predictor import Predictor
from penumbra.systems.dfimat.benchmarks import BENCHMARKS
from penumbra.systems.dfimat.card import DFIMAT
from penumbra.systems.dfimat.config import Config
from penumbra.systems.dfimat.iscn.config import IscnConfig
from penumbra.systems.dfimat.mrn.config import Config as MrnConfig
from penumbra.systems.dfimat.options import PAPER, SHIPPED
from penumbra.systems.dfimat.predictor import DfimatPredictor
from penumbra.systems.dfimat.rounds import Encoded
from penumbra.systems.room import System
from penumbra.weights import Entry, entries, entry, load_graph, preferred

VARIANTS = ("dfimat-s-look", "dfimat-b-look")
"""Weights by how much they are preferred, by the graph that all have; what ships comes first."""


def weights_of_room(folder: Path | None = None) -> tuple[Entry, ...]:
    """Return the files of the preferred network in a folder; see `weights.preferred`."""
    name = preferred(DFIMAT.name, VARIANTS, folder)
    listed = [each for each in entries(folder) if each.room == DFIMAT.name]
    variant = next((each.variant for each in listed if each.name == name), "s")
    return tuple(each for each in listed if each.variant == variant)


def load_networks(licence: Wanted = "any", folder: Path | None = None) -> DfimatPredictor:
    """Return the predictor that runs the preferred network of a folder.

    Raises:
        WeightsError: There is none, or as `load_graph` or `config_of_entry`.
    """
    files = weights_of_room(folder)
    if not files:
        entry(VARIANTS[0], folder)  # says what is missing
    graphs = {each.graph: load_graph(each.name, licence, folder=folder) for each in files}
    config = config_of_entry(files[0].config)
    options = PAPER if config.iscn.encoder == "swin" else SHIPPED
    return DfimatPredictor(DFIMAT, graphs, config, options)


def config_of_entry(stated: Mapping[str, Any]) -> Config:
    """Return the config of both networks, as a manifest states it.

    Raises:
        WeightsError: It has other names: the network is of another version.
    """
    try:
        whole = dict(stated)
        iscn, mrn = IscnConfig(**whole.pop("iscn")), MrnConfig(**whole.pop("mrn"))
        return Config(iscn, mrn, **whole)
    except (KeyError, TypeError) as error:
        raise WeightsError(f"config must be one of this version, got {error}") from error


def _load(licence: Wanted) -> Predictor[Encoded]:
    return load_networks(licence)


SYSTEMS = {DFIMAT.name: System(DFIMAT, _load, BENCHMARKS)}
