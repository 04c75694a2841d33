"""What `benchmarks/aim.py` compares: from an image alone to a matte."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from aim_baseline import find_by_saliency

from penumbra.core.arrays import RGB
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.core.predictor import Predictor
from penumbra.systems.aim.card import AIM
from penumbra.systems.aim.options import SHIPPED, Options
from penumbra.systems.aim.predictor import AimPredictor
from penumbra.systems.aim.system import weights_name
from penumbra.systems.registry import load_predictor
from penumbra.weights import load_graph

Model = Callable[[RGB], Matte]

BASELINE = "classical"


def network(weights: Path | None, options: Options = SHIPPED) -> Model:
    """Return the room `aim`.

    Args:
        weights: Folder of the graph; the package's own when omitted.
        options: How it is applied.
    """
    graph = load_graph(weights_name(weights), folder=weights)
    return asked(AimPredictor(AIM, graph, options))


def everyone(weights: Path | None) -> dict[str, Model]:
    """Return the network, the older segmenter and the classical pipeline."""
    return {
        "aim": network(weights),
        "segment": asked(load_predictor("segment")),
        BASELINE: find_by_saliency,
    }


def scales(weights: Path | None) -> dict[str, Model]:
    """Return the network with two scales and with each of them alone."""
    coarse, fine = SHIPPED.side_global, SHIPPED.side_local
    one = replace(SHIPPED, test="resize")
    return {
        "hybrid": network(weights),
        f"{coarse} px": network(weights, one),
        f"{fine} px": network(weights, replace(one, side_global=fine)),
    }


def asked(predictor: Predictor[Any]) -> Model:
    """Return what a predictor answers without a hint."""
    return partial(_ask, predictor)


def _ask(predictor: Predictor[Any], image: RGB) -> Matte:
    return predictor.decode(predictor.encode(image), Hints())
