"""The ensembles by name."""

from typing import Any

from penumbra.core.arrays import RGB
from penumbra.core.card import ModelCard, Wanted
from penumbra.core.predictor import Predictor
from penumbra.systems.aim.system import SYSTEMS as AIM
from penumbra.systems.classical.system import SYSTEMS as CLASSICAL
from penumbra.systems.clicks.system import SYSTEMS as CLICKS
from penumbra.systems.dfimat.system import SYSTEMS as DFIMAT
from penumbra.systems.dim.system import SYSTEMS as DIM
from penumbra.systems.ensemble.card import ENSEMBLE, TRIMAP_ENSEMBLE
from penumbra.systems.ensemble.predictor import Encoded, EnsemblePredictor
from penumbra.systems.ensemble.trimaps import TrimapEnsemblePredictor
from penumbra.systems.room import System
from penumbra.systems.safe.system import SYSTEMS as SAFE
from penumbra.systems.segment.system import SYSTEMS as SEGMENT

_VOTERS = AIM | SAFE | SEGMENT | CLASSICAL | CLICKS | DFIMAT | DIM


def _voters(card: ModelCard, licence: Wanted) -> dict[str, Predictor[Any]]:
    return {name: _VOTERS[name].load(licence) for name in card.voters}


def _load(licence: Wanted) -> Predictor[Encoded]:
    return EnsemblePredictor(ENSEMBLE, _voters(ENSEMBLE, licence))


def _load_for_trimaps(licence: Wanted) -> Predictor[RGB]:
    return TrimapEnsemblePredictor(TRIMAP_ENSEMBLE, _voters(TRIMAP_ENSEMBLE, licence))


SYSTEMS = {
    ENSEMBLE.name: System(ENSEMBLE, _load),
    TRIMAP_ENSEMBLE.name: System(TRIMAP_ENSEMBLE, _load_for_trimaps),
}
