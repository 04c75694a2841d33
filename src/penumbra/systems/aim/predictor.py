"""A photograph to a matte, without any hint.

The network looks twice: at a small picture for what every pixel is, at a larger one for how opaque
it is.  There is one answer, so all is done when the photograph is encoded.
"""

from dataclasses import dataclass, field
from math import log

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.card import ModelCard
from penumbra.core.errors import ConvergenceError
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.core.resample import resize
from penumbra.runtime.graph import Graph
from penumbra.systems.aim.options import Options
from penumbra.systems.aim.sizes import Size, is_like, size_seen

_SURE = 1e-3  # how near to 0 or 1 the map counts as decided once it is enlarged


@dataclass(frozen=True)
class AimPredictor:
    """The network on a photograph.

    Attributes:
        card: What the model is.
        graph: From "image" to "probability" of background, transition and foreground, and
            "matte".
        options: How it is applied.
    """

    card: ModelCard
    graph: Graph
    options: Options = field(default_factory=Options)

    def encode(self, image: RGB) -> Matte:
        """Find the object and its opacity; the whole work.

        Raises:
            ConvergenceError: The network's answer is not finite.
        """
        height, width = image.shape[:2]
        size = size_seen((height, width), self.options, is_local=False)
        planes = self._look(image, size)
        probability, matte = planes["probability"][0], planes["matte"][0, 0]
        confidence = confidence_of(probability, matte)
        doubt = resize(doubt_of(probability), height, width)
        unified = np.argmax(probability, axis=0).astype(np.float32) / 2
        nearer = size_seen((height, width), self.options, is_local=True)
        notes = _notes((height, width), size)
        least = self.options.least_confidence
        if confidence < least or confidence == 0:
            notes += (f"no object found: confidence {confidence:.2f}, least {least:g}",)
            nothing = np.zeros((height, width), np.float32)
            return Matte(nothing, nothing.copy(), doubt, notes, confidence)
        if self.options.test == "resize":
            alpha = resize(np.where(unified == 0.5, matte, unified), height, width)
            trimap = _trimap(resize(unified, height, width))
            return Matte(np.clip(alpha, 0, 1), trimap, doubt, notes, confidence)
        if nearer != size:
            matte = self._look(image, nearer)["matte"][0, 0]
        trimap = _trimap(resize(unified, height, width))
        fine = np.clip(resize(matte, height, width), 0, 1)
        if self.options.power is not None:
            alpha = _mixed(probability, fine, self.options.power)
            return Matte(alpha, trimap, doubt, notes, confidence)
        return Matte(np.where(trimap == 0.5, fine, trimap), trimap, doubt, notes, confidence)

    def decode(self, encoded: Matte, hints: Hints, previous: Matte | None = None) -> Matte:
        """Answer; there are no hints, so the answer is always the same."""
        return encoded

    def _look(self, image: RGB, size: Size) -> dict[str, NDArray[np.float32]]:
        height, width = size
        if self.options.antialias:
            seen = resize(image, height, width)
        else:
            shrunk = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
            seen = np.asarray(shrunk, np.float32)
        planes = self.graph.run(image=np.ascontiguousarray(seen.transpose(2, 0, 1)[None]))
        for name, plane in planes.items():
            if not np.isfinite(plane).all():
                raise ConvergenceError(f"{name} of the network must be finite, got NaN or infinity")
        return planes


def confidence_of(probability: NDArray[np.float32], matte: Alpha) -> float:
    """Return a score of there being an object, in [0, 1]; high for clear objects.

    How likely those pixels are none of the background, on average, that it takes for part of an
    object, however few they are, less max(0, u - 1/2), where u is the mean of 4 alpha (1 - alpha)
    over the transition: how undecided the matte is where opacity is asked for.  Of noise, a
    transition everywhere, the matte stays near one half; of a net or smoke it does not.  0 where
    nothing is taken for an object.

    Args:
        probability: Of background, transition and foreground, (3, H, W).
        matte: Opacity, (H, W).
    """
    what = np.argmax(probability, axis=0)
    if not what.any():
        return 0.0
    presence = 1 - probability[0][what > 0].mean(dtype=np.float64)
    open_ = np.asarray(matte[what == 1], np.float64)
    undecided = np.mean(4 * open_ * (1 - open_)) if open_.size else 0.0
    return float(presence - max(0.0, undecided - 0.5))


def doubt_of(probability: NDArray[np.float32]) -> Alpha:
    """Return the entropy of the classes as an expected absolute error, (H, W) in [0, 1].

    Half of the entropy in bits: an even choice between background and foreground is wrong by
    one half on average.

    Args:
        probability: Of the classes, (3, H, W).
    """
    safe = np.maximum(probability, np.float32(1e-12))
    doubt: Alpha = np.clip(-(safe * np.log(safe)).sum(axis=0) / (2 * log(2)), 0, 1)
    return doubt


def _mixed(probability: NDArray[np.float32], fine: Alpha, power: float) -> Alpha:
    """Return the mean opacity over what each pixel may be, (H, W).

    Args:
        probability: Of background, transition and foreground, (3, h, w).
        fine: Opacity where it is transition, (H, W).
        power: That probabilities are raised to.
    """
    height, width = fine.shape
    powers = [resize(it, height, width) ** np.float32(power) for it in probability]
    mean: Alpha = (powers[2] + powers[1] * fine) / (powers[0] + powers[1] + powers[2])
    # Pixels that are all but decided are, so that nobody estimates colours for them.
    return np.where(mean < _SURE, np.float32(0), np.where(mean > 1 - _SURE, np.float32(1), mean))


def _trimap(unified: Alpha) -> Alpha:
    """Return what is decided in an enlarged map; all else is transition."""
    decided: Alpha = np.where(unified > 1 - _SURE, np.float32(1), np.float32(0.5))
    return np.where(unified < _SURE, np.float32(0), decided)


def _notes(size: Size, seen: Size) -> tuple[str, ...]:
    if is_like(size, seen):
        return ()
    return (f"seen at {seen[1]}x{seen[0]}, which changes the shape of a {size[1]}x{size[0]} image",)
