"""Deep Image Matting by name."""

from pathlib import Path

from penumbra.core.arrays import RGB
from penumbra.core.card import Wanted
from penumbra.core.predictor import Predictor
from penumbra.systems.dim.benchmarks import BENCHMARKS
from penumbra.systems.dim.card import DIM
from penumbra.systems.dim.predictor import DimPredictor
from penumbra.systems.room import System
from penumbra.weights import entries, load_graph

VARIANTS = ("dim-s", "dim-s-research", "dim-default", "dim-paper")
"""Weights by how much they are preferred; those that ship come first."""


def weights_name(folder: Path | None = None) -> str:
    """Return the name of the room's weights in a folder; those of an ablation come last.

    Args:
        folder: Where penumbra looks for weights if omitted.

    Raises:
        WeightsError: The manifest is broken.
    """
    names = [each.name for each in entries(folder) if each.room == DIM.name]
    rest = [name for name in names if name not in VARIANTS]
    return next((name for name in (*VARIANTS, *rest) if name in names), VARIANTS[0])


def _load(licence: Wanted) -> Predictor[RGB]:
    return DimPredictor(DIM, load_graph(weights_name(), licence))


SYSTEMS = {DIM.name: System(DIM, _load, BENCHMARKS)}
