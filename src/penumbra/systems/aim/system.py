"""Automatic image matting by name."""

from penumbra.core.card import Wanted
from penumbra.core.matte import Matte
from penumbra.core.predictor import Predictor
from penumbra.systems.aim.benchmarks import BENCHMARKS
from penumbra.systems.aim.card import AIM
from penumbra.systems.aim.options import SHIPPED
from penumbra.systems.aim.predictor import AimPredictor
from penumbra.systems.room import System
from penumbra.weights import load_graph


def _load(licence: Wanted) -> Predictor[Matte]:
    return AimPredictor(AIM, load_graph("aim-s", licence), SHIPPED)


SYSTEMS = {AIM.name: System(AIM, _load, BENCHMARKS)}
