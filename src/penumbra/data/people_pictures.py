"""Pictures of a set of people as the capture network of `dfimat` learns from them.

What `penumbra.systems.dfimat.gathering` keeps of a picture that it has drawn, read from a folder
instead; the sheet `smpmat`, section 7.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from penumbra.core.errors import require
from penumbra.core.resample import resize
from penumbra.data.attributes import attributes_of
from penumbra.data.people_set import PeoplePicture, read_people
from penumbra.data.sentences import sentences_about, sentences_about_nobody

Bytes = NDArray[np.uint8]


class LearntPicture(NamedTuple):
    """A square picture of people, as bytes.

    Attributes:
        image: (3, S, S); black where the picture is not square.
        alphas: (N, S, S), what is seen of each person.
        sentences: Of each person those that mean nobody else.
        strangers: Sentences that mean nobody who is there.
    """

    image: Bytes
    alphas: Bytes
    sentences: tuple[tuple[str, ...], ...]
    strangers: tuple[str, ...]


def read_learnt(
    root: Path, side: int, splits: Sequence[str] = ("train",)
) -> Iterator[LearntPicture]:
    """Yield the pictures of a set in the size in which they are learned from.

    Pictures in which somebody is too small to be seen at that size are left out.

    Args:
        root: The folder of the set.
        side: Of the squares, pixels.
        splits: Parts of the set.

    Raises:
        InputError: The side is less than 16.
        DatasetError: A picture is damaged, or there is no set.
    """
    require(side >= 16, "side", "at least 16 pixels", side)
    for picture in read_people(root, splits):
        if (learnt := learnt_of(picture, side)) is not None:
            yield learnt


def learnt_of(picture: PeoplePicture, side: int) -> LearntPicture | None:
    """Return a picture of a set in another size; None if somebody is not seen any more.

    Sentences are those of the set, and all templates that are true of one person alone in this
    size.
    """
    height, width = (max(1, round(it * side / max(picture.image.shape[:2])))
                     for it in picture.image.shape[:2])  # fmt: skip
    image = np.zeros((side, side, 3), np.float32)
    image[:height, :width] = resize(picture.image, height, width)
    alphas = np.zeros((len(picture.alphas), side, side), np.float32)
    for alpha, whole in zip(alphas, picture.alphas, strict=True):
        alpha[:height, :width] = resize(whole, height, width)
    if not (alphas > 0.5).any(axis=(1, 2)).all():
        return None
    seen = alphas[:, :height, :width]
    about = attributes_of(
        image[:height, :width], seen, tuple(picture.meta.get("order", ())) or None
    )
    sentences = tuple(
        tuple(dict.fromkeys([*said, *(it.text for it in sentences_about(about, person))]))
        for person, said in enumerate(picture.texts)
    )
    strangers = tuple(it.text for it in sentences_about_nobody(about))
    return LearntPicture(_bytes(image.transpose(2, 0, 1)), _bytes(alphas), sentences, strangers)


def _bytes(planes: NDArray[np.float32]) -> Bytes:
    return np.rint(np.clip(planes, 0, 1) * 255).astype(np.uint8)
