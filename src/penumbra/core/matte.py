"""What a model answers: opacity, and what the model can say about it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import Alpha, Trimap

VISIBLE = 0.02
"""Opacity from which on an object is seen."""

AGREED, MISSED, SPILLED = 0, 1, 2
"""What `Matte.conflicts` says of a pixel: nothing that is new contradicts what was shown there; it
is on the object, which was not shown; it is off the object, which was."""


def is_empty(alpha: Alpha) -> bool:
    """Tell whether a matte, (H, W) in [0, 1], shows nothing: no pixel is opaque by 2 %.

    Example:
        >>> is_empty(np.full((2, 2), 0.01, np.float32))
        True
    """
    return not bool((alpha >= VISIBLE).any())


def softness(alpha: Alpha) -> Alpha:
    """Return 2 alpha (1 - alpha), (H, W): the error to expect if alpha were a probability.

    Args:
        alpha: (H, W) in [0, 1].

    Example:
        >>> softness(np.array([[0, 0.5, 1]], np.float32))
        array([[0. , 0.5, 0. ]], dtype=float32)
    """
    return 2 * alpha * (1 - alpha)


@dataclass(frozen=True, eq=False)
class Matte:
    """Opacity of the object at every pixel, with what the model can say about it.

    Attributes:
        alpha: Opacity, (H, W) in [0, 1].
        trimap: The trimap the model was given or predicted, or None.
        uncertainty: Expected absolute error of alpha, (H, W), or None where the model
            does not estimate it.
        notes: What a user should know of how it came about, in plain words.
        confidence: How sure the model is that there is an object at all, in [0, 1]; None where
            it does not say.
        refined: How many windows were refined.
        conflicts: (H, W) of `AGREED`, `MISSED` and `SPILLED`: where what was new in this round
            contradicted what was shown before; None where the model does not say.
        flags: The same as `notes` in words for programs, one a note; none where the model has no
            such words.
    """

    alpha: Alpha
    trimap: Trimap | None = None
    uncertainty: Alpha | None = None
    notes: tuple[str, ...] = ()
    confidence: float | None = None
    refined: int = 0
    conflicts: NDArray[np.uint8] | None = None
    flags: tuple[str, ...] = ()

    @property
    def expected_error(self) -> float | None:
        """Mean absolute error of alpha that the model expects; None where it does not say."""
        return None if self.uncertainty is None else float(np.mean(self.uncertainty, dtype=float))
