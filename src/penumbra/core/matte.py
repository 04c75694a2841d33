"""What a model answers: opacity, and what the model can say about it."""

from dataclasses import dataclass

from penumbra.core.arrays import Alpha, Trimap


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
    """

    alpha: Alpha
    trimap: Trimap | None = None
    uncertainty: Alpha | None = None
    notes: tuple[str, ...] = ()
    confidence: float | None = None
