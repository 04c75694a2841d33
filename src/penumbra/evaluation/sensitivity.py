"""How much worse does a model become as its trimap becomes coarser?

Xu et al., "Deep Image Matting", CVPR 2017, the figure of the mean error over the dilation of the
trimap.  Unknown is every pixel within d pixels of one that is not wholly object, and within d
pixels of one that is not wholly background: the true matte, dilated by a disc of radius d on
both sides.  So an edge without any mixed pixel has an unknown band as well.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.errors import DatasetError
from penumbra.core.hints import Hints
from penumbra.core.predictor import Predictor
from penumbra.core.trimap import from_alpha
from penumbra.evaluation.answers import Answers
from penumbra.evaluation.presets import COMP1K
from penumbra.evaluation.run import Failure, Sample, measure
from penumbra.evaluation.table import aligned, left_out

DISTANCES = (1, 4, 7, 10, 13, 16, 19)
"""Radii of the paper, in pixels."""

_SAD = COMP1K.scores[0]
_RULES = replace(COMP1K, name="trimap-sensitivity", dataset="any", scores=(_SAD,))


@dataclass(frozen=True)
class Errors:
    """The errors of one image.

    Attributes:
        name: Of the image.
        sad: Model to its SAD over the unknown region in thousands, one for each distance.
    """

    name: str
    sad: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True)
class Sensitivity:
    """Errors over distances, for one model or several on the same images.

    Attributes:
        distances: In pixels.
        rows: One for each image, all with the same models; at least one.
        failed: Images that a model could not answer at some distance: they are in no mean.
    """

    distances: tuple[int, ...]
    rows: tuple[Errors, ...]
    failed: tuple[Failure, ...] = ()

    @property
    def means(self) -> dict[str, tuple[float, ...]]:
        """Model to its mean over the images, one for each distance."""
        return {
            model: tuple(
                math.fsum(row.sad[model][place] for row in self.rows) / len(self.rows)
                for place in range(len(self.distances))
            )
            for model in self.rows[0].sad
        }


def trimap_sensitivity(
    pictures: Iterable[tuple[str, RGB, Alpha]],
    predictors: Mapping[str, Predictor[Any]],
    distances: tuple[int, ...] = DISTANCES,
) -> Sensitivity:
    """Measure every model on every picture at every distance.

    Args:
        pictures: At least one: name, image (H, W, 3), true matte (H, W).
        predictors: By the names their curves get.
        distances: By how many pixels the truth is dilated.

    Raises:
        DatasetError: There is no picture.
        MatteError: A model cannot answer.
    """
    answers = {name: Answers(predictor) for name, predictor in predictors.items()}
    rows = [
        errors_of(name, partial(_same, image), alpha, answers, distances)
        for name, image, alpha in pictures
    ]
    if not rows:
        raise DatasetError("pictures must hold at least one, got none")
    return Sensitivity(distances, tuple(rows))


def errors_of(
    name: str,
    image: Callable[[], RGB],
    alpha_true: Alpha,
    answers: Mapping[str, Answers],
    distances: tuple[int, ...],
) -> Errors:
    """Measure every model on one picture.

    Args:
        name: Of the image; a matte that is kept is called "NAME_dDISTANCE".
        image: Reads the picture, (H, W, 3); called at most once.
        alpha_true: (H, W).
        answers: The models by name.
        distances: As in `trimap_sensitivity`.

    Raises:
        MatteError: A model cannot answer.
    """
    read_once = cache(image)
    sad: dict[str, list[float]] = {model: [] for model in answers}
    for distance in distances:
        trimap = from_alpha(alpha_true, distance)
        for model, its_answers in answers.items():
            alpha = its_answers.matte(f"{name}_d{distance}", read_once, Hints(trimap=trimap))
            row = measure(Sample(name, alpha, alpha_true, trimap), _RULES)
            sad[model].append(row.raw[_SAD.label] * _SAD.scale)
    return Errors(name, {model: tuple(values) for model, values in sad.items()})


def sensitivity_text(found: Sensitivity) -> str:
    """Lay the means out as a Markdown table: one row for each model."""
    head = ["SAD /1000", *(f"{distance} px" for distance in found.distances)]
    body = [[model, *(f"{mean:.4g}" for mean in means)] for model, means in found.means.items()]
    notes = [
        f"Mean of {len(found.rows)} images over the unknown region.",
        *left_out(found.failed, len(found.rows)),
    ]
    return "\n".join([*aligned(head, body), "", *notes]) + "\n"


def sensitivity_json(found: Sensitivity) -> dict[str, Any]:
    """Return everything measured as values that JSON knows."""
    return {
        "distances": list(found.distances),
        "images": len(found.rows),
        "means": {model: list(means) for model, means in found.means.items()},
        "rows": [
            {"name": row.name, "sad": {model: list(sad) for model, sad in row.sad.items()}}
            for row in found.rows
        ],
        "failed": {failure.name: failure.reason for failure in found.failed},
    }


def _same(image: RGB) -> RGB:
    return image
