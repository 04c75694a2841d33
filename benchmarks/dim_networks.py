"""The room `dim` for `benchmarks/dim.py`."""

from functools import partial
from pathlib import Path

from dim_models import Model
from dim_scenes import Scene

from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.systems.dim.card import DIM
from penumbra.systems.dim.options import Options
from penumbra.systems.dim.predictor import DimPredictor
from penumbra.systems.dim.system import weights_name
from penumbra.weights import load_graph


def predictors(weights: Path | None, threads: int | None = None) -> dict[str, DimPredictor]:
    """Return the whole network and its first stage alone.

    Args:
        weights: Folder of the graph; the package's own when omitted.
        threads: Cores to use.
    """
    graph = load_graph(weights_name(folder=weights), threads=threads, folder=weights)
    return {
        "dim": DimPredictor(DIM, graph),
        "dim, first stage": DimPredictor(DIM, graph, Options(refine=False)),
    }


def networks(weights: Path | None, threads: int | None = None) -> dict[str, Model]:
    """Return what asks `predictors` about a scene."""
    named = predictors(weights, threads)
    return {name: partial(_ask, predictor) for name, predictor in named.items()}


def _ask(predictor: DimPredictor, scene: Scene) -> Matte:
    return predictor.decode(predictor.encode(scene.image), Hints(trimap=scene.trimap))
