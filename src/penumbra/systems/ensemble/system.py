"""The ensemble by name."""

from penumbra.core.card import Wanted
from penumbra.core.matte import Matte
from penumbra.core.predictor import Predictor
from penumbra.systems.aim.system import SYSTEMS as AIM
from penumbra.systems.ensemble.card import ENSEMBLE
from penumbra.systems.ensemble.predictor import EnsemblePredictor
from penumbra.systems.room import System
from penumbra.systems.safe.system import SYSTEMS as SAFE
from penumbra.systems.segment.system import SYSTEMS as SEGMENT

_VOTERS = AIM | SAFE | SEGMENT


def _load(licence: Wanted) -> Predictor[Matte]:
    voters = {name: _VOTERS[name].load(licence) for name in ENSEMBLE.voters}
    return EnsemblePredictor(ENSEMBLE, voters)


SYSTEMS = {ENSEMBLE.name: System(ENSEMBLE, _load)}
