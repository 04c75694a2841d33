"""What runs at inference."""

from collections.abc import Mapping
from typing import Any, cast

from torch import nn

from penumbra.nn.weights import config_of
from penumbra.systems.aim.config import Config
from penumbra.systems.aim.network import AimNetwork, Found
from penumbra.systems.aim.options import MULTIPLE
from penumbra.training.export import GraphInput, NamedGraph


def network(config: Mapping[str, Any]) -> AimNetwork:
    """Return the network, untrained, that a checkpoint's config describes.

    Raises:
        WeightsError: Its names are not those of `Config`.
    """
    return AimNetwork(config_of(Config, config))


def graphs(network: nn.Module) -> tuple[NamedGraph, ...]:
    """Return the one graph: image to the probabilities of the classes, and the matte."""
    module = Found(cast(AimNetwork, network))
    outputs = ("probability", "matte")
    graph = NamedGraph(
        "matting", module, (GraphInput("image", 3),), outputs, MULTIPLE, is_sensitive=True
    )
    return (graph,)
