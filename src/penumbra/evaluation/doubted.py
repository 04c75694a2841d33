"""The error that is left without the most uncertain pixels, as a curve over their share.

Wei et al., "Improved image matting via real-time user clicks and uncertainty estimation", CVPR
2021, figure 3.
"""

from collections.abc import Sequence
from typing import Any

from penumbra.core.errors import InputError
from penumbra.core.hints import Hints
from penumbra.core.predictor import Predictor, Refiner
from penumbra.evaluation.protocol import Case
from penumbra.evaluation.run import Failure
from penumbra.evaluation.table import aligned, left_out
from penumbra.metrics.uncertainty import Sparsification, mean_curves, sparsify


def doubted_curve(case: Case, predictor: Predictor[Any]) -> Sparsification:
    """Return the curves of one image, found without hints, in units of its whole error.

    Raises:
        MatteError: A file of the image cannot be used, or the model cannot answer, or does not
            say where it is uncertain.
    """
    truth, image = case.truth(), case.image()
    encoded = predictor.encode(image)
    matte = predictor.decode(encoded, Hints())
    if isinstance(predictor, Refiner):
        matte = predictor.doubt(encoded, matte)
    if matte.uncertainty is None:
        name = predictor.card.name
        raise InputError(f"model must say where it is uncertain, got nothing from {name!r}")
    return sparsify(matte.alpha, truth.alpha, matte.uncertainty).normalised()


def doubted_text(curves: Sequence[Sparsification], failed: tuple[Failure, ...] = ()) -> str:
    """Lay the mean of the curves out as a Markdown table."""
    mean = mean_curves(curves)
    head = ["MSE of the rest / MSE of all", *(f"{share:.0%}" for share in mean.shares[:-1])]
    body = [
        [name, *(f"{value:.3f}" for value in curve[:-1])]
        for name, curve in (("uncertainty", mean.by_uncertainty), ("oracle", mean.oracle))
    ]
    notes = [
        f"Share of pixels taken away; mean of {mean.images} images, {mean.skipped} without any "
        f"error left out. AUSE: {mean.ause:.4f}.",
        *left_out(failed, len(curves)),
    ]
    return "\n".join([*aligned(head, body), "", *notes]) + "\n"


def doubted_json(
    curves: Sequence[Sparsification], failed: tuple[Failure, ...] = ()
) -> dict[str, Any]:
    """Return everything measured as values that JSON knows."""
    mean = mean_curves(curves)
    return {
        "shares": mean.shares,
        "uncertainty": mean.by_uncertainty.tolist(),
        "oracle": mean.oracle.tolist(),
        "ause": mean.ause,
        "images": mean.images,
        "skipped": mean.skipped,
        "failed": {failure.name: failure.reason for failure in failed},
    }
