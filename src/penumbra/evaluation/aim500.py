"""AIM-500, image by image."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from penumbra.data.readers import read
from penumbra.data.sample import Sample
from penumbra.evaluation.folders import load_exact_trimap
from penumbra.evaluation.protocol import Case, Truth
from penumbra.io import load_alpha, load_image


def aim_500_cases(root: Path, backgrounds: Path | None = None) -> Sequence[Case]:
    """Find the photographs of a copy, each with its type and category.

    Args:
        root: The copy, in the published layout.
        backgrounds: There are none: the photographs are natural.

    Raises:
        DatasetError: Something is missing; the message names it.
    """
    return [_case(sample) for sample in read("aim-500", root, "all")]


def _case(sample: Sample) -> Case:
    assert sample.image is not None  # readers say what is missing
    assert sample.kind is not None
    assert sample.category is not None
    kinds = {"type": sample.kind, "category": sample.category}
    image = partial(load_image, sample.image)
    return Case(sample.name, sample.name, image, partial(_truth, sample), kinds)


def _truth(sample: Sample) -> Truth:
    assert sample.alpha is not None
    assert sample.trimap is not None
    return Truth(load_alpha(sample.alpha), load_exact_trimap(sample.trimap))
