"""Photograph and trimap of any size to a matte, by the room's network.

The network looks at windows around the unknown pixels, so memory grows with the tile and work
with the unknown area.  Besides the inputs and the answer only masks have the photograph's size.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha, Trimap
from penumbra.core.card import ModelCard
from penumbra.core.errors import ConvergenceError
from penumbra.core.frames import Pad, Resize
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.core.progress import report
from penumbra.core.resample import Value, resize_nearest
from penumbra.runtime.graph import Graph
from penumbra.solvers.guided_filter import guided_filter
from penumbra.systems.dim.options import Options
from penumbra.systems.dim.tiles import MULTIPLE, plan_tiles

GUIDED_RADIUS = 10  # pixels; the paper names no parameters
GUIDED_EPSILON = 1e-6

NOTHING_OPEN = "trimap has no unknown pixel: it is the answer, no network was asked"


@dataclass(frozen=True)
class DimPredictor:
    """The network on a photograph.

    Attributes:
        card: What the model is.
        graph: From "image" and "trimap" to "alpha0", "alpha" and perhaps "uncertainty".
        options: How it is applied.
    """

    card: ModelCard
    graph: Graph
    options: Options = field(default_factory=Options)

    def encode(self, image: RGB) -> RGB:
        """The trimap decides which part of the photograph is looked at."""
        return image

    def decode(self, encoded: RGB, hints: Hints, previous: Matte | None = None) -> Matte:
        """Answer; an earlier matte says nothing that the trimap does not.

        A trimap without unknown pixels is the answer, and a note says so.  The uncertainty is of
        the second stage's answer: where another is given, it is None.

        Raises:
            ConvergenceError: The network's answer is not finite.
        """
        trimap = hints.trimap
        assert trimap is not None  # the card requires one
        if not (trimap == 0.5).any():
            return Matte(trimap.copy(), trimap, self._no_error(trimap), (NOTHING_OPEN,))
        if self.options.fit == "pad":
            return self._answer(encoded, trimap)
        height, width = trimap.shape
        frame = Resize(height, width, *(self._fitted(side) for side in (height, width)))
        small = self._answer(
            frame.plane(encoded), resize_nearest(trimap, frame.new_height, frame.new_width)
        )
        alpha = frame.back(small.alpha)
        if self.options.apply_trimap:
            np.copyto(alpha, trimap, where=trimap != 0.5)
        uncertainty = None if small.uncertainty is None else frame.back(small.uncertainty)
        if uncertainty is not None:
            uncertainty[trimap != 0.5] = 0
        return Matte(alpha, trimap, uncertainty)

    @property
    def _is_refined(self) -> bool:
        return self.options.refine and self.options.post == "none"

    def _no_error(self, trimap: Trimap) -> Alpha | None:
        """Zeros of the trimap's size, or None where the error is not estimated."""
        has_error = self._is_refined and "uncertainty" in self.graph.outputs
        # Not `zeros_like`, which fills: memory is taken only where there is something unknown.
        return np.zeros(trimap.shape, np.float32) if has_error else None

    def _fitted(self, side: int) -> int:
        return max(MULTIPLE, min(side, self.options.max_side) // MULTIPLE * MULTIPLE)

    def _answer(self, image: RGB, trimap: Trimap) -> Matte:
        options = self.options
        is_everywhere = not options.apply_trimap
        tiles = plan_tiles(trimap, options.tile, options.margin, options.fade, is_everywhere)
        # Zero wherever the tiles' answers are going to add up.
        certain = np.zeros(trimap.shape, np.bool_) if is_everywhere else trimap == 1
        alpha = certain.astype(np.float32)
        uncertainty = self._no_error(trimap)
        for done, tile in enumerate(tiles):
            report(done, len(tiles))
            answers = self._look(image[tile.window], trimap[tile.window])
            weights, is_unknown = tile.weights, trimap[tile.kept] == 0.5
            wanted = weights if is_everywhere else weights * is_unknown
            alpha[tile.kept] += wanted * answers["alpha"][tile.inner]
            if uncertainty is not None:
                uncertainty[tile.kept] += weights * is_unknown * answers["uncertainty"][tile.inner]
        report(len(tiles), len(tiles))
        # Weights add up to one but for rounding.
        return Matte(np.minimum(alpha, 1, out=alpha), trimap, uncertainty)

    def _look(self, image: RGB, trimap: Trimap) -> dict[str, Alpha]:
        """Return what is answered for a window: "alpha" and perhaps "uncertainty", (H, W)."""
        height, width = trimap.shape
        planes = self.graph.run(image=_planes(image), trimap=_planes(trimap[:, :, None]))
        names = {"alpha": "alpha" if self._is_refined else "alpha0"}
        if self._is_refined and "uncertainty" in self.graph.outputs:
            names["uncertainty"] = "uncertainty"
        answers: dict[str, Alpha] = {}
        for name, source in names.items():
            answer = planes[source][0, 0, :height, :width]
            if not np.isfinite(answer).all():
                raise ConvergenceError(
                    f"{source} of the network must be finite, got NaN or infinity"
                )
            answers[name] = np.clip(answer, 0, 1)
        if self.options.post == "guided":
            answers["alpha"] = self._smoothed(image, trimap, answers["alpha"])
        return answers

    def _smoothed(self, image: RGB, trimap: Trimap, alpha: Alpha) -> Alpha:
        # The network is not trained on known pixels: what it says there must not spread.
        if self.options.apply_trimap:
            alpha = np.where(trimap == 0.5, alpha, trimap)
        return np.clip(guided_filter(image, alpha, GUIDED_RADIUS, GUIDED_EPSILON), 0, 1)


def _planes(array: NDArray[Value]) -> NDArray[Value]:
    """Reflect (H, W, C) below and right, up to multiples of 32; (1, C, H', W')."""
    height, width = array.shape[:2]
    padded = Pad(height, width, MULTIPLE, "reflect").plane(array)
    return np.ascontiguousarray(padded.transpose(2, 0, 1)[None])
