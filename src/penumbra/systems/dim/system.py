"""Deep Image Matting by name."""

from penumbra.core.arrays import RGB
from penumbra.core.card import Wanted
from penumbra.core.predictor import Predictor
from penumbra.systems.dim.benchmarks import BENCHMARKS
from penumbra.systems.dim.card import DIM
from penumbra.systems.dim.predictor import DimPredictor
from penumbra.systems.room import System
from penumbra.weights import load_graph


def _load(licence: Wanted) -> Predictor[RGB]:
    return DimPredictor(DIM, load_graph("dim-s", licence))


SYSTEMS = {DIM.name: System(DIM, _load, BENCHMARKS)}
