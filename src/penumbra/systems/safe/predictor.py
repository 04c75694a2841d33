"""A photograph to a matte of its people, in rounds, and to where it may be wrong.

There are no hints, so there is one answer, and all is done when the photograph is encoded.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.card import ModelCard
from penumbra.core.errors import ConvergenceError
from penumbra.core.frames import Pad, Resize
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte, is_empty
from penumbra.runtime.graph import Graph, Planes
from penumbra.systems.safe.options import MULTIPLE, Options

NOBODY = "nobody found: no pixel has an opacity of 2 % or more"

_LEAST = 64  # pixels that either side must have for the flaw detector
_STATE = ("hidden", "cell")
_FAINT = 0.1  # largest value of a map that GCT takes for nothing


@dataclass(frozen=True, eq=False)
class SafePredictor:
    """The networks on a photograph.

    Attributes:
        card: What the model is.
        graphs: "look", and, where the network has them, "round" and "flaws".
        options: How they are applied.
    """

    card: ModelCard
    graphs: Mapping[str, Graph]
    options: Options = field(default_factory=Options)

    def encode(self, image: RGB) -> Matte:
        """Find people and refine their matte; the whole work.

        Raises:
            ConvergenceError: A network's answer is not finite.
        """
        alpha, flaws = self.with_flaws(image)
        doubt = None if flaws is None else expected_error(flaws, alpha, self.options)
        return Matte(alpha, uncertainty=doubt, notes=(NOBODY,) if is_empty(alpha) else ())

    def decode(self, encoded: Matte, hints: Hints, previous: Matte | None = None) -> Matte:
        """Answer; there are no hints, so the answer is always the same."""
        return encoded

    def with_flaws(self, image: RGB) -> tuple[Alpha, Alpha | None]:
        """Return the last matte, (H, W), and the map of its flaws, (H, W) in [0, 1].

        There is no map of a network without a detector.

        Raises:
            ConvergenceError: As `encode`.
        """
        frame, pad = self._frames(image)
        planes = _planes(pad.plane(frame.plane(image)))
        *_, last = self._rounds(planes)
        flaws = _back(self._flaws(planes, last), frame, pad) if "flaws" in self.graphs else None
        return _back(last, frame, pad), flaws

    def rounds(self, image: RGB) -> tuple[Alpha, ...]:
        """Return all mattes of a photograph: the first, and that of each round.

        Raises:
            ConvergenceError: As `encode`.
        """
        frame, pad = self._frames(image)
        planes = _planes(pad.plane(frame.plane(image)))
        return tuple(_back(alpha, frame, pad) for alpha in self._rounds(planes))

    def _frames(self, image: RGB) -> tuple[Resize, Pad]:
        height, width = image.shape[:2]
        side = self.options.long_side
        if self.options.is_square:
            frame = Resize(height, width, side, side)
        else:
            frame = Resize.to_long_side(height, width, side)
        size = frame.new_height, frame.new_width
        # Of a shorter side the last row or column is repeated until there is enough; others are
        # reflected: beside a repeated column a person fades out before the border.
        return frame, Pad(*size, _LEAST if min(size) < _LEAST else MULTIPLE, "reflect")

    def _rounds(self, image: Planes) -> Iterator[Planes]:
        """Yield the matte that is found at first, and that of each round, (1, 1, h, w)."""
        seen = self.graphs["look"].run(image=image)
        alpha = _finite(seen["alpha"])
        yield alpha
        step = self.graphs.get("round")
        if step is None:
            return
        known = {"image": image, "attention": alpha, **seen}
        state = dict.fromkeys(_STATE, seen["memory"]) if "memory" in seen else {}
        for _ in range(self.options.rounds):
            known |= {"alpha": alpha, **state}
            if "flaws" in step.inputs:
                known["flaws"] = self._guide(image, alpha)
            answers = step.run(**{name: known[name] for name in step.inputs})
            before, alpha = alpha, _finite(answers["alpha_next"])
            state = {name: answers[f"{name}_next"] for name in state}
            yield alpha
            change = float(np.abs(alpha - before).mean(dtype=float))
            if self.options.stop == "delta" and change < self.options.least_change:
                return

    def _guide(self, image: Planes, alpha: Planes) -> Planes:
        """Return the flaws as a round is told them; nothing where they are not detected."""
        if "flaws" not in self.graphs:
            return np.zeros_like(alpha)
        return self._flaws(image, alpha)

    def _flaws(self, image: Planes, alpha: Planes) -> Planes:
        plane = _finite(self.graphs["flaws"].run(image=image, alpha=alpha)["flaws"])
        if self.options.fm_post == "gct":
            plane = filtered(plane[0, 0])[None, None]
        return np.clip(plane, 0, 1)


def expected_error(flaws: Alpha, alpha: Alpha, options: Options) -> Alpha:
    """Return a map of flaws as an expected absolute error, (H, W) in [0, 1].

    What the detector learns is stretched from the least to the largest error of each picture, so
    the map says where, not how much.  How much is measured once, over pictures held aside: at the
    map's 1, and there for a sure and for an undecided matte.

    Args:
        flaws: (H, W) in [0, 1].
        alpha: (H, W) in [0, 1].
        options: With both errors.
    """
    sure, unsure = options.error_sure, options.error_unsure
    error: Alpha = (flaws * (sure + (unsure - sure) * 4 * alpha * (1 - alpha))).astype(np.float32)
    return np.clip(error, 0, 1)


def fitted(flaws: Alpha, alpha: Alpha, alpha_true: Alpha) -> tuple[float, float]:
    """Return `error_sure` and `error_unsure` that fit mattes held aside best.

    Least squares over all pixels, neither below 0 nor above 1.

    Args:
        flaws: Of any number of mattes, one after the other; any shape.
        alpha: Likewise.
        alpha_true: Likewise.
    """
    f, a, error = (np.asarray(it, np.float64).ravel() for it in (flaws, alpha, alpha_true))
    error = np.abs(a - error)
    weight = 4 * a * (1 - a)
    terms = np.stack([f * (1 - weight), f * weight])
    gram, answers = terms @ terms.T, terms @ error
    both = np.linalg.lstsq(gram, answers, rcond=None)[0]
    if both.min() < 0:  # then one of them alone
        alone = answers / np.maximum(np.diag(gram), 1e-12)
        both = np.where(np.arange(2) == np.argmax(both), alone, 0.0)
    sure, unsure = np.clip(both, 0, 1)
    return float(sure), float(unsure)


def filtered(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a predicted map, (H, W), as GCT uses it; what `target.filtered` does in training."""
    size = (min(plane.shape) // 16) | 1
    deviation = 0.3 * (size // 2 - 1) + 0.8
    plane = plane.clip(min=0)
    if size > 1:
        border = cv2.BORDER_REFLECT_101
        wide = cv2.GaussianBlur(plane, (size, size), deviation, borderType=border)
        plane = np.asarray(wide, np.float32)
    low, high = plane.min(), plane.max()
    if high <= _FAINT:
        return np.zeros_like(plane)
    stretched = (plane - low) / (high - low + 1e-9)
    return np.asarray(stretched, np.float32)


def _back(planes: Planes, frame: Resize, pad: Pad) -> Alpha:
    return np.clip(frame.back(np.ascontiguousarray(pad.back(planes[0, 0]))), 0, 1)


def _planes(array: NDArray[np.float32]) -> Planes:
    """Return (1, C, H, W) of (H, W, C)."""
    return np.ascontiguousarray(array.transpose(2, 0, 1)[None])


def _finite(planes: Planes) -> Planes:
    if not np.isfinite(planes).all():
        raise ConvergenceError("answers of the network must be finite, got NaN or infinity")
    return planes
