"""Whether a training pack holds a picture that is measured on, or its object.

Pictures are told by a perceptual hash: the signs of 64 low frequencies of their grey, against
the median.  It outlives JPEG, resizing and small changes of colour; mirrored pictures are looked
for, too; crops are mostly not found.  What is cut out is compared as it looks over grey.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn

from penumbra.comparison.scenes import Case
from penumbra.core.arrays import RGB
from penumbra.core.composite import composite
from penumbra.data.pack import WITH_STRANDS, Entry, Pack, read_pack

LIMIT = 6
"""Bits in which the hashes of one picture may differ.

Of 625 photographs of six sets, copies as JPEG of quality 20, 160 pixels wide, with noise of 0.05 or
a gamma of 0.8 differ from their original in 6 bits at most, mirrored or not; the 195,000 pairs of
different ones differ in 12 at least.  Among 10,569 pictures of five packs a limit of 8 finds one
pair for 269 that are measured on which is none; 6 finds none.  Of copies without two per cent of
two borders, 88 % differ in 6 bits at most.
"""

_SIDE, _LOW = 32, 8
_GREY = 0.5

Bits = NDArray[np.bool_]


@dataclass(frozen=True)
class Leak:
    """A picture that is measured on and something of a pack that looks, or is called, the same.

    Attributes:
        group: Of the picture.
        picture: Its name.
        pack: Name of the file.
        entry: Source, name and role of what is in it.
        distance: Bits in which the hashes differ; None where only the names agree.
    """

    group: str
    picture: str
    pack: str
    entry: str
    distance: int | None


@dataclass(frozen=True)
class LeakCheck:
    """What came of the search.

    Attributes:
        packs: Files that were searched; none means that nothing was checked.
        pictures: How many were looked for.
        entries: Among how many.
        leaks: What was found.
    """

    packs: tuple[str, ...]
    pictures: int
    entries: int
    leaks: tuple[Leak, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as values that JSON knows."""
        return {
            "is_checked": bool(self.packs),
            "limit": LIMIT,
            "packs": list(self.packs),
            "pictures": self.pictures,
            "entries": self.entries,
            "leaks": [vars(leak) for leak in self.leaks],
        }


def check_leaks(cases: Sequence[Case], packs: Iterable[Path]) -> LeakCheck:
    """Search packs for pictures that are measured on, by what they look like and by name.

    Args:
        cases: The pictures.
        packs: Files that rooms were trained on; without any nothing is checked.

    Raises:
        DatasetError: A pack cannot be read, or is damaged.
        InputError: A picture cannot be read.
    """
    files = tuple(packs)
    if not files:
        return LeakCheck((), 0, 0, ())
    wanted = [(case, bits) for case in cases for bits in _views(case)]
    looks = np.array([bits for _, bits in wanted])
    leaks, count = dict[tuple[str, ...], Leak](), 0
    for file in files:
        pack = read_pack(file)
        named = {_name(entry): entry for entry in pack.entries}
        for case in cases:
            if entry := named.get(case.origin):
                _add(leaks, Leak(case.group, case.picture, file.name, _shown(entry), None))
        for entry in pack.entries:
            count += 1
            distances = (looks != perceptual_hash(_look(pack, entry))).sum(axis=1)
            for place in np.flatnonzero(distances <= LIMIT):
                case, distance = wanted[place][0], int(distances[place])
                _add(leaks, Leak(case.group, case.picture, file.name, _shown(entry), distance))
    names = tuple(file.name for file in files)
    return LeakCheck(names, len(cases), count, tuple(leaks.values()))


def perceptual_hash(image: RGB) -> Bits:
    """Return 64 bits that pictures which look alike share.

    Args:
        image: (H, W, 3) in [0, 1].

    Returns:
        Shape (64,): which of the lowest 8 x 8 cosines of the grey picture, seen at 32 x 32, are
        above their median, the constant one not counted for it.
    """
    grey = cv2.cvtColor(np.ascontiguousarray(image, np.float32), cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    waves = dctn(small.astype(np.float64), norm="ortho")[:_LOW, :_LOW].ravel()
    bits: Bits = waves > np.median(waves[1:])
    return bits


def _views(case: Case) -> list[Bits]:
    """Return the hashes of a picture and of its object, as they are and mirrored."""
    scene = case.read()
    looks = [scene.image]
    if scene.foreground_true is not None:
        looks.append(_over_grey(scene.foreground_true, scene.alpha_true))
    return [perceptual_hash(it) for look in looks for it in (look, look[:, ::-1])]


def _look(pack: Pack, entry: Entry) -> RGB:
    colours, alpha = pack.load(entry)
    image: RGB = colours.astype(np.float32) / np.float32(255)
    if entry.role != "foreground" or alpha is None:
        return image
    return _over_grey(image, alpha.astype(np.float32) / np.float32(255))


def _over_grey(colours: RGB, alpha: NDArray[np.float32]) -> RGB:
    return composite(colours, np.full(3, _GREY, np.float32), alpha)


def _name(entry: Entry) -> str:
    return f"{entry.source}/{entry.name.removesuffix(WITH_STRANDS)}"


def _shown(entry: Entry) -> str:
    return f"{entry.source}/{entry.name} ({entry.role})"


def _add(leaks: dict[tuple[str, ...], Leak], leak: Leak) -> None:
    """Keep the closest of what is said twice."""
    key = (leak.group, leak.picture, leak.pack, leak.entry)
    held = leaks.get(key)
    if (
        held is None
        or held.distance is None
        or (leak.distance is not None and leak.distance < held.distance)
    ):
        leaks[key] = leak
