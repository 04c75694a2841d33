"""What runs at inference."""

from collections.abc import Mapping
from typing import Any, cast

from torch import nn

from penumbra.nn.weights import config_of
from penumbra.systems.dim.config import Config
from penumbra.systems.dim.network import DimNetwork, Matting
from penumbra.systems.dim.tiles import MULTIPLE
from penumbra.training.export import GraphInput, NamedGraph


def network(config: Mapping[str, Any]) -> DimNetwork:
    """Return the network, untrained, that a checkpoint's config describes.

    Raises:
        WeightsError: Its names are not those of `Config`.
    """
    return DimNetwork(config_of(Config, config))


def graphs(network: nn.Module) -> tuple[NamedGraph, ...]:
    """Return the one graph: image and trimap to alpha."""
    module = Matting(cast(DimNetwork, network))
    inputs = (GraphInput("image", 3), GraphInput("trimap", 1))
    outputs = ["alpha0", "alpha"]
    if module.network.config.has_uncertainty:
        outputs.append("uncertainty")
    return (NamedGraph("matting", module, inputs, tuple(outputs), MULTIPLE, is_sensitive=True),)
