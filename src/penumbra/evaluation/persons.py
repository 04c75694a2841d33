"""Test sets of pictures of several people, person by person: HIM2K natural, and SMPMat."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.errors import DatasetError
from penumbra.data.attributes import attributes_of
from penumbra.data.readers import read
from penumbra.data.sample import Sample
from penumbra.data.sentences import sentences_about
from penumbra.data.users import Target
from penumbra.evaluation.protocol import PersonCase
from penumbra.io import load_alpha, load_image


def him2k_cases(root: Path, backgrounds: Path | None = None) -> Sequence[PersonCase]:
    """Find all people of the natural photographs of HIM2K.

    No sentences are published with them: those of the templates that mean one person alone take
    their place.

    Args:
        root: The copy, in the published layout.
        backgrounds: There are none: the photographs are whole.

    Raises:
        DatasetError: Something is missing; the message names it.

    Source:
        The sheet `dfimat`, sections 6 and 8.1.
    """
    return _cases(read("him2k", root, "natural"))


def smpmat_cases(root: Path, backgrounds: Path | None = None) -> Sequence[PersonCase]:
    """Find all people of the split val of SMPMat, with their sentences.

    Args:
        root: The copy, as `penumbra.data.layouts.smpmat` reads it.
        backgrounds: There are none: the pictures are whole.

    Raises:
        DatasetError: Something is missing; the message names it.
    """
    return _cases(read("smpmat", root, "val"))


def _cases(samples: Sequence[Sample]) -> list[PersonCase]:
    return [
        PersonCase(
            f"{sample.name}_{file.stem}",
            sample.name,
            number,
            partial(_image, sample),
            partial(_target, sample, number),
        )
        for sample in samples
        for number, file in enumerate(sample.instances)
    ]


def _image(sample: Sample) -> RGB:
    assert sample.image is not None  # readers say what is missing
    return load_image(sample.image)


def _target(sample: Sample, number: int) -> Target:
    image = _image(sample)
    alphas = [_alpha(file, image.shape[0], image.shape[1]) for file in sample.instances]
    others = [alpha > 0.5 for other, alpha in enumerate(alphas) if other != number]
    if sample.sentences:
        sentences = sample.sentences[number]
    else:
        about = attributes_of(image, alphas, sample.order or None)
        sentences = tuple(sentence.text for sentence in sentences_about(about, number))
    return Target(alphas[number], np.any(others, axis=0) if others else None, sentences)


def _alpha(file: Path, height: int, width: int) -> Alpha:
    """Read the matte of one person.

    Raises:
        ImageError: The file cannot be read.
        DatasetError: It has another size than its picture, or shows nobody.
    """
    alpha = load_alpha(file)
    if alpha.shape != (height, width):
        rows, cols = alpha.shape
        raise DatasetError(f"{file} must be as large as its picture, {width}x{height}, "
                           f"got {cols}x{rows}")  # fmt: skip
    if not (alpha > 0.5).any():
        raise DatasetError(f"{file} must show a person, got opacities up to {alpha.max():.4g}")
    return alpha
