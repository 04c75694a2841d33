"""The classical models by name."""

from functools import partial

from penumbra.core.arrays import RGB
from penumbra.core.card import Wanted
from penumbra.core.predictor import Predictor
from penumbra.solvers.closed_form import estimate_alpha_closed_form
from penumbra.solvers.knn import estimate_alpha_knn
from penumbra.solvers.random_walk import estimate_alpha_random_walk
from penumbra.solvers.shared import estimate_alpha_shared
from penumbra.systems.classical import card
from penumbra.systems.classical.predictor import ClassicalPredictor
from penumbra.systems.classical.trimap_solver import TrimapSolver
from penumbra.systems.room import System


def _same(model: Predictor[RGB], licence: Wanted) -> Predictor[RGB]:
    """Return the model: code alone, free under any licence."""
    return model


_MODELS: tuple[Predictor[RGB], ...] = (
    TrimapSolver(card.CLOSED_FORM, estimate_alpha_closed_form),
    TrimapSolver(card.KNN, estimate_alpha_knn),
    TrimapSolver(card.SHARED, estimate_alpha_shared),
    TrimapSolver(card.RANDOM_WALK, estimate_alpha_random_walk),
    ClassicalPredictor(card.CLASSICAL),
)

SYSTEMS = {model.card.name: System(model.card, partial(_same, model)) for model in _MODELS}
"""Nothing has to be loaded: these models are their code."""
