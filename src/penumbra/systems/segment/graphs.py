"""What runs at inference."""

from collections.abc import Mapping
from typing import Any, cast

from torch import nn

from penumbra.nn.weights import config_of
from penumbra.systems.segment.config import Config
from penumbra.systems.segment.network import Probability, SegmentNetwork
from penumbra.training.export import GraphInput, NamedGraph


def network(config: Mapping[str, Any]) -> SegmentNetwork:
    """Return the network, untrained, that a checkpoint's config describes.

    Raises:
        WeightsError: Its names are not those of `Config`.
    """
    return SegmentNetwork(config_of(Config, config))


def graphs(network: nn.Module) -> tuple[NamedGraph, ...]:
    """Return the one graph: image to probability."""
    module = Probability(cast(SegmentNetwork, network))
    return (NamedGraph("segment", module, (GraphInput("image", 3),), ("probability",), 32),)
