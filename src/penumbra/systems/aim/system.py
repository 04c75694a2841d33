"""Automatic image matting by name."""

from pathlib import Path

from penumbra.core.card import Wanted
from penumbra.core.matte import Matte
from penumbra.core.predictor import Predictor
from penumbra.systems.aim.benchmarks import BENCHMARKS
from penumbra.systems.aim.card import AIM
from penumbra.systems.aim.options import SHIPPED, Options
from penumbra.systems.aim.predictor import AimPredictor
from penumbra.systems.room import System
from penumbra.weights import load_graph, preferred

VARIANTS = ("aim-s", "aim-s-open", "aim-paper")
"""Weights by how much they are preferred; those that ship come first."""


def weights_name(folder: Path | None = None) -> str:
    """Return the name of the room's weights in a folder; see `weights.preferred`."""
    return preferred(AIM.name, VARIANTS, folder)


def _load(licence: Wanted) -> Predictor[Matte]:
    name = weights_name()
    options = Options() if name.startswith("aim-paper") else SHIPPED
    return AimPredictor(AIM, load_graph(name, licence), options)


SYSTEMS = {AIM.name: System(AIM, _load, BENCHMARKS)}
