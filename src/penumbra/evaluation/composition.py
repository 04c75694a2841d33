"""The test set of Composition-1k, image by image."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB
from penumbra.core.errors import DatasetError
from penumbra.data.layouts.adobe import background_names
from penumbra.data.readers import listed, read
from penumbra.data.sample import Sample
from penumbra.evaluation.folders import load_exact_trimap
from penumbra.evaluation.offline import compose_offline
from penumbra.evaluation.protocol import Case, Truth
from penumbra.io import load_alpha, load_image


def composition_1k_cases(root: Path, backgrounds: Path | None = None) -> Sequence[Case]:
    """Find the test images of a copy, in the order of its lists.

    A picture of `Test_set/merged` is taken as it is.  Any other is composed by the published
    rule from the background in `Test_set/bg`, or else from that of the list of names.

    Args:
        root: The copy, in the published layout.
        backgrounds: The folder of the pictures that the list names, those of PASCAL VOC.

    Raises:
        DatasetError: Something is missing; the message names it.
    """
    samples = read("composition-1k", root, "test")
    without = [it for it in samples if it.image is None and it.background is None]
    files: dict[str, Path] = {}
    if without and backgrounds is None:
        names = listed([f"merged/{sample.name}.* or bg/{sample.name}.*" for sample in without])
        raise DatasetError(
            f"{root / 'Test_set'} must hold a picture for each trimap unless backgrounds are "
            f"given, missing: {names}"
        )
    if without and backgrounds is not None:
        # The copy is whole, so sample and line have the same number.
        lines = zip(samples, background_names(root), strict=True)
        files = {sample.name: backgrounds / name for sample, name in lines}
        missing = [files[it.name].name for it in without if not files[it.name].is_file()]
        if missing:
            raise DatasetError(
                f"{backgrounds} must hold every background of the list, "
                f"missing: {listed(list(dict.fromkeys(missing)))}"
            )
    return [_case(sample, sample.background or files.get(sample.name)) for sample in samples]


def _case(sample: Sample, background: Path | None) -> Case:
    assert sample.group is not None  # readers give every object its name
    return Case(
        sample.name, sample.group, partial(_image, sample, background), partial(_truth, sample)
    )


def _image(sample: Sample, background: Path | None) -> RGB:
    if sample.image is not None:
        return load_image(sample.image)
    assert sample.foreground is not None
    assert sample.alpha is not None
    assert background is not None
    composed = compose_offline(
        _bytes(load_image(sample.foreground)),
        _bytes(load_image(background)),
        _bytes(load_alpha(sample.alpha)),
    )
    return np.divide(composed, 255, dtype=np.float32)


def _truth(sample: Sample) -> Truth:
    assert sample.alpha is not None
    assert sample.trimap is not None
    return Truth(load_alpha(sample.alpha), load_exact_trimap(sample.trimap))


def _bytes(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.rint(values * np.float32(255)).astype(np.uint8)
