"""A photograph to a matte: where the object is, an unknown band around it, closed form."""

from dataclasses import dataclass

import numpy as np

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.card import ModelCard
from penumbra.core.frames import Pad, Resize
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.core.resample import resize
from penumbra.runtime.graph import Graph
from penumbra.solvers.band import trimap_around
from penumbra.solvers.closed_form import estimate_alpha_closed_form

WORKING_SIDE = 256  # pixels: the longer side of what the network sees


@dataclass(frozen=True, eq=False)
class Encoded:
    """A photograph and what the network says of it.

    Attributes:
        image: (H, W, 3).
        probability: Of the object, (H, W) in [0, 1].
    """

    image: RGB
    probability: Alpha


@dataclass(frozen=True, eq=False)
class SegmentPredictor:
    """The network for the outline, closed-form matting for its edge.

    Attributes:
        card: What the model is.
        graph: From "image" to "probability".
    """

    card: ModelCard
    graph: Graph

    def encode(self, image: RGB) -> Encoded:
        """Find the object; the whole work of the network."""
        return Encoded(image, find_object(self.graph, image))

    def decode(self, encoded: Encoded, hints: Hints, previous: Matte | None = None) -> Matte:
        """Answer; there are no hints, so the answer is always the same.

        The uncertainty is 2 p (1 - p): how wrong one is on average who draws a pixel's side by
        the network's probability p.  What the solver does in the band is not in it.
        """
        outline = encoded.probability >= 0.5
        trimap = trimap_around(encoded.image, outline, float(np.sqrt(outline.sum())))
        alpha = estimate_alpha_closed_form(encoded.image, trimap)
        doubt = 2 * encoded.probability * (1 - encoded.probability)
        return Matte(alpha, trimap, doubt.astype(np.float32))


def find_object(graph: Graph, image: RGB) -> Alpha:
    """Return the probability of the object at every pixel, (H, W) in [0, 1].

    The mean of what the network says of the photograph and of its mirror image.

    Args:
        graph: From "image" to "probability".
        image: (H, W, 3).
    """
    height, width = image.shape[:2]
    shrink = Resize.to_long_side(height, width, WORKING_SIDE)
    pad = Pad(shrink.new_height, shrink.new_width, 32, "reflect")
    small = shrink.plane(image)
    seen = (pad.plane(side).transpose(2, 0, 1)[None] for side in (small, small[:, ::-1]))
    plain, mirrored = (
        pad.back(graph.run(image=np.ascontiguousarray(side))["probability"][0, 0]) for side in seen
    )
    found: Alpha = np.clip(resize((plain + mirrored[:, ::-1]) / 2, height, width), 0, 1)
    return found
