"""What of the refinement network runs at inference.

Its look at the image is not kept: the window moves with the mask, and what could be kept, the
image's part of two convolutions, is a fortieth of the work.
"""

from penumbra.systems.dfimat.mrn.network import MULTIPLE, MrnNetwork
from penumbra.training.export import GraphInput, NamedGraph

NAME = "mrn"
"""Of the graph."""


def graph(network: MrnNetwork) -> NamedGraph:
    """Return the graph: image and mask to mattes of full size, for `progressive.fuse`.

    Its outputs are "alpha8", "alpha4" and "alpha1", or the last of them alone.  Its weights stay in
    float32: logits are steep, and what is sure is decided within 1/255 of 0 and 1.
    """
    outputs = ("alpha8", "alpha4", "alpha1") if network.config.prm else ("alpha1",)
    inputs = (GraphInput("image", 3), GraphInput("mask", 1))
    return NamedGraph(NAME, network, inputs, outputs, MULTIPLE, is_sensitive=True)
