"""One entry of a dataset: where its files lie and what is known about it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from penumbra.data.outlines import Outline

Kind = Literal["SO", "STM", "NS"]
"""Salient opaque, salient transparent or meticulous, non-salient: the types of AIM-500."""

Track = Literal["open", "research"]
"""What weights trained on a picture may be used for: anything, or research only."""


@dataclass(frozen=True)
class Sample:
    """One entry of a dataset, as paths: nothing is decoded until somebody asks.

    Attributes:
        name: Unique within the dataset.
        image: Photograph, or None where the dataset has only layers.
        alpha: Soft matte (grey; of a file with transparency, its alpha channel).
        mask: Binary mask of the object.
        trimap: 0, 128 (unknown), 255.
        foreground: True colours of the object.
        background: The picture without the object.
        instances: One matte or mask for each object, where there are several; or a single map
            of ids, whose names are `labels`.
        outlines: One for each object, where the dataset writes polygons and runs instead of
            pictures: see `penumbra.data.outlines.mask_of`.
        labels: Name of each instance or outline.
        kind: Type of the object, where the dataset or its catalogue entry says.
        category: The dataset's own word for the object.
        group: What must not be split between training and tests: a scene, a person.
        captions: Sentences about the picture.
        sentences: Of each instance those that mean it and no other, where the dataset has any.
        order: Numbers of the instances from the farthest to the nearest, where that is known.
        licence: Terms of this picture, where they differ within the dataset.
    """

    name: str
    image: Path | None = None
    alpha: Path | None = None
    mask: Path | None = None
    trimap: Path | None = None
    foreground: Path | None = None
    background: Path | None = None
    instances: tuple[Path, ...] = ()
    outlines: tuple[Outline, ...] = ()
    labels: tuple[str, ...] = ()
    kind: Kind | None = None
    category: str | None = None
    group: str | None = None
    captions: tuple[str, ...] = ()
    sentences: tuple[tuple[str, ...], ...] = ()
    order: tuple[int, ...] = ()
    licence: str | None = None
