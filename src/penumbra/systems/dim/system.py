"""Deep Image Matting by name."""

from pathlib import Path

from penumbra.core.arrays import RGB
from penumbra.core.card import Wanted
from penumbra.core.predictor import Predictor
from penumbra.systems.dim.benchmarks import BENCHMARKS
from penumbra.systems.dim.card import DIM
from penumbra.systems.dim.predictor import DimPredictor
from penumbra.systems.room import System
from penumbra.weights import load_graph, preferred

VARIANTS = ("dim-s", "dim-s-research", "dim-default", "dim-paper")
"""Weights by how much they are preferred; those that ship come first."""


def weights_name(folder: Path | None = None) -> str:
    """Return the name of the room's weights in a folder; see `weights.preferred`."""
    return preferred(DIM.name, VARIANTS, folder)


def _load(licence: Wanted) -> Predictor[RGB]:
    return DimPredictor(DIM, load_graph(weights_name(), licence))


SYSTEMS = {DIM.name: System(DIM, _load, BENCHMARKS)}
