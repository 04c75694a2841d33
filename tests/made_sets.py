"""A tiny pack of drawn people and places, and a maker of pictures that are known exactly."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha
from penumbra.data.pack import Item, Source, write_pack
from penumbra.data.people_set import Suffix, boxes_of, encode_picture, files_of, write_files
from penumbra.systems.dfimat.synth.gates import GateSettings
from penumbra.systems.dfimat.synth.job import JobSettings
from penumbra.systems.dfimat.synth.mattes import MatteSettings
from penumbra.systems.dfimat.synth.reading import Answers, Reading, Refused

SOURCE = Source("drawn", "free", "open")
SIDE = 64
"""Of the pictures that are made here, pixels."""

LOOSE = JobSettings(
    ".png",
    MatteSettings(specks=4),
    GateSettings(transition=(0, 1), distance=0, sharpness=(0, 1e9), clipping=1, quota_n=1),
)
"""Settings for pictures of a few pixels."""

LOOSE_WORDS = (
    "--side 64 --format png --matte specks=4 --gate transition=0,1 --gate distance=0"
    " --gate sharpness=0,1000000000 --gate clipping=1 --gate quota_n=1"
)
"""The same on the command line."""

_CLOTHES = ((0.8, 0.1, 0.1), (0.1, 0.6, 0.2), (0.1, 0.2, 0.8), (0.9, 0.8, 0.1), (0.5, 0.1, 0.6))


def bust(height: int = 64, width: int = 48) -> Alpha:
    """A head on shoulders that the frame cuts off below, (height, width), a little soft."""
    rows, cols = np.indices((height, width)) + 0.5
    x, y = np.abs(cols / width - 0.5), rows / height
    head = 0.25 - np.hypot(1.2 * x, y - 0.32)
    trunk = np.minimum(0.42 - x, y - 0.55)
    return np.clip(0.5 + 15 * np.maximum(head, trunk), 0, 1).astype(np.float32)


def person(number: int) -> tuple[RGB, Alpha]:
    """Somebody in clothes of a colour."""
    alpha = bust()
    colours = np.full((*alpha.shape, 3), (0.8, 0.6, 0.5), np.float32)
    colours[int(0.55 * len(alpha)) :] = _CLOTHES[number % len(_CLOTHES)]
    colours *= 0.85 + 0.03 * (number % 7)
    return np.clip(colours, 0, 1), alpha


def place(number: int) -> tuple[RGB, None]:
    """Somewhere, with coarse noise."""
    noise = np.random.default_rng(number).random((12, 12, 3), np.float32)
    return np.clip(noise.repeat(8, axis=0).repeat(8, axis=1), 0.05, 0.95), None


def people_pack(path: Path, people: int = 30, places: int = 6) -> Path:
    """Write a pack."""
    items = [
        Item("foreground", f"p{k}", SOURCE.name, partial(person, k), category="person")
        for k in range(people)
    ]
    items += [
        Item("background", f"b{k}", SOURCE.name, partial(place, k), category="nothing")
        for k in range(places)
    ]
    write_pack(path, items, [SOURCE], budget=10_000_000, side=96)
    return path


def squares(*places: tuple[int, int], side: int = SIDE) -> NDArray[np.float32]:
    """An alpha of 24 x 12 pixels for each row and column, with a soft rim of a pixel."""
    alphas = np.zeros((len(places), side, side), np.float32)
    for alpha, (row, col) in zip(alphas, places, strict=True):
        alpha[row : row + 24, col : col + 12] = 0.5
        alpha[row + 1 : row + 23, col + 1 : col + 11] = 1
    return alphas


def photo(number: int = 0, side: int = SIDE) -> RGB:
    """Smooth noise, another for each number."""
    rng = np.random.default_rng(number)
    coarse = rng.uniform(0.2, 0.8, (side // 8, side // 8, 3)).astype(np.float32)
    return coarse.repeat(8, axis=0).repeat(8, axis=1)


def reading(number: int = 0, **changes: Any) -> Reading:  # noqa: ANN401 - by the field
    """Two people side by side, told by somebody who is sure, and a query that means nobody."""
    alphas = np.concatenate([squares((20, 8), (24, 40)), np.zeros((1, SIDE, SIDE), np.float32)])
    plain = Reading(
        image=photo(number),
        answers=Answers(alphas, np.array([0.99, 0.95, 0.1], np.float32)),
        caption=f"two people, number {number}",
        seed=number,
        family="in a park | standing",
        asked=2,
        slots={"place": f"place {number}", "pose": f"pose {number}"},
        provenance={"steps": 50},
    )
    return replace(plain, **changes)


@dataclass
class Told:
    """A maker that answers what it was told, and remembers what it was asked.

    Attributes:
        answers: By number; two people where nothing is told.
        asked: Numbers, in their order.
    """

    answers: Mapping[int, Reading | Refused] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)
    record: Mapping[str, Any] = field(default_factory=lambda: {"seed": 0})
    variety: Mapping[str, int] = field(default_factory=dict)
    name: str = "told"
    sources: tuple[Source, ...] = (SOURCE,)

    def make(self, number: int) -> Reading | Refused:
        """Answer."""
        self.asked.append(number)
        return self.answers.get(number) or reading(number)


LEVELS = np.rint(255 * squares((20, 8), (24, 40))).astype(np.uint8)
"""Two people, as files hold them."""

SENTENCE = {"text": "the person on the left", "kind": "position", "unique": True}
VAGUE = {"text": "the tallest person", "kind": "size", "unique": False}


def meta(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - by the field
    """Of two people."""
    return {"n": 2, "texts": [[SENTENCE, VAGUE], []], "boxes": boxes_of(LEVELS)} | changes


def write(root: Path, name: str = "000001", split: str = "train", suffix: Suffix = ".png") -> None:
    """A picture of two people."""
    picture = encode_picture(photo(), suffix)
    write_files(root, files_of(name, split, picture, suffix, LEVELS, meta(caption="two people")))


def files_below(root: Path) -> dict[str, bytes]:
    """All files of a folder, by their paths below it."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
