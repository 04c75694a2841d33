"""What runs at inference."""

from typing import cast

from torch import nn

from penumbra.systems.segment.network import Probability, SegmentNetwork
from penumbra.training.export import GraphInput, NamedGraph


def graphs(network: nn.Module) -> tuple[NamedGraph, ...]:
    """Return the one graph: image to probability."""
    module = Probability(cast(SegmentNetwork, network))
    return (NamedGraph("segment", module, (GraphInput("image", 3),), ("probability",), 32),)
