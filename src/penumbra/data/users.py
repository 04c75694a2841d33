"""Simulated users who want one person of a picture, with clicks, scribbles, a box or words.

The sheet `dfimat`, section 6.  A user speaks in rounds: the first comes from the truth alone, each
later one answers the matte that is shown, where it is most wrong.  What is returned is only what
is new in a round; `joined` adds it to what was said before.
"""

import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import Alpha, Mask
from penumbra.core.errors import InputError, require
from penumbra.core.hints import Box, Click, Hints, Scribble
from penumbra.data.persons import extent_of
from penumbra.data.simulate import depth_of, errors_of
from penumbra.data.strokes import scribble_in

ProtocolName = Literal["click", "scribble", "box", "text", "mixed"]

ROUNDS: dict[ProtocolName, int] = {"click": 5, "scribble": 5, "box": 1, "text": 1, "mixed": 5}
"""How often a user of each protocol speaks."""

LEAST = 0.0005
"""Share of the image below which an area is not worth a hint."""

CLICKS, SCRIBBLES = 3, 2
"""Hints of a round."""

_RIM = 3.0  # pixels from the outline of the person where nobody clicks at first
_BAND = 0.1  # width of the band around the person, in square roots of its area
_NEAR, _APART = 5.0, 0.5  # radius in which there is no second click: pixels, depths of the first
_FAINT = 0.05  # opacity up to which a pixel is clearly not the person's
_FIRST: tuple[ProtocolName, ...] = ("click", "scribble", "box")
_LATER: tuple[ProtocolName, ...] = ("click", "scribble")


@dataclass(frozen=True, eq=False)
class Target:
    """The person that is wanted.

    Attributes:
        alpha: (H, W) in [0, 1], above 0.5 somewhere.
        others: (H, W): where the other people of the picture are; None without any.
        sentences: Each names the person; may be empty.

    Raises:
        InputError: There is no such person, or the shapes differ.
    """

    alpha: Alpha
    others: Mask | None = None
    sentences: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        is_there = bool((self.alpha > 0.5).any())
        require(is_there, "alpha", "above 0.5 somewhere", float(self.alpha.max(initial=0)))
        if self.others is not None:
            shape = self.alpha.shape
            require(self.others.shape == shape, "others", f"of shape {shape}", self.others.shape)


@dataclass(frozen=True, eq=False)
class Area:
    """A connected error.

    Attributes:
        region: (H, W).
        is_foreground: Whether the person is missing there.
        size: Pixels.
    """

    region: Mask
    is_foreground: bool
    size: int


@dataclass(frozen=True)
class UserOptions:
    """How a user's hand works.

    Attributes:
        width: Range of the brush of scribbles, pixels; the sheet has 5 in tests, 3 to 10 in
            training.
        jitter: How far each side of a box may be off, in lengths of the box; 0 in tests, 0.1 in
            training.
    """

    width: tuple[float, float] = (5.0, 5.0)
    jitter: float = 0.0

    def __post_init__(self) -> None:
        require(0 < self.width[0] <= self.width[1], "width", "a range above 0", self.width)
        require(0 <= self.jitter < 0.5, "jitter", "in [0, 0.5)", self.jitter)


TRAINING_USER = UserOptions(width=(3.0, 10.0), jitter=0.1)
"""A user as training has them."""


def rng_of(
    image: str, instance: int, protocol: ProtocolName, number: int = 1
) -> np.random.Generator:
    """Return the generator of one round in a test, the same for every method and run.

    Args:
        image: Identity of the picture.
        instance: Number of the person in it.
        protocol: How the user speaks.
        number: Of the round, from 1.

    Source:
        The sheet `dfimat`, section 6: CRC-32 of the three, joined by slashes.
    """
    return np.random.default_rng([zlib.crc32(f"{image}/{instance}/{protocol}".encode()), number])


def joined(given: Hints, new: Hints) -> Hints:
    """Return what was said so far with what is new; of boxes and sentences the last counts."""
    more = given.add(*new.clicks, *new.scribbles)
    return replace(more, box=new.box or given.box, text=new.text or given.text)


def first_round(
    target: Target, protocol: ProtocolName, rng: np.random.Generator, how: UserOptions | None = None
) -> Hints:
    """Return what a user says without having seen an answer.

    Three clicks or two scribbles: the first on the person, each other on or off with the same
    chance.  The tight box of alpha > 0.5.  One of the sentences.  The mixed protocol: a
    sentence, if there is any, and one of the other three.

    Args:
        target: Whom the user wants.
        protocol: How the user speaks.
        rng: Draws everything.
        how: The user's hand; steady if omitted.

    Raises:
        InputError: The protocol is text, and the target has no sentence.

    Source:
        The sheet `dfimat`, section 6.
    """
    how = how or UserOptions()
    if protocol == "mixed":
        kind = _FIRST[int(rng.integers(len(_FIRST)))]
        first = first_round(target, kind, rng, how)
        return joined(first, first_round(target, "text", rng)) if target.sentences else first
    if protocol == "click":
        return Hints(clicks=tuple(_first_clicks(target, rng)))
    if protocol == "scribble":
        return Hints(scribbles=tuple(_first_scribbles(target, rng, how)))
    if protocol == "box":
        return Hints(box=_box(target.alpha > 0.5, how.jitter, rng))
    if not target.sentences:
        raise InputError("sentences must hold one for the protocol text, got none")
    return Hints(text=target.sentences[int(rng.integers(len(target.sentences)))])


def next_round(
    target: Target,
    shown: Alpha,
    protocol: ProtocolName,
    rng: np.random.Generator,
    given: Hints | None = None,
    how: UserOptions | None = None,
) -> Hints:
    """Return what a user says about an answer: nothing, where that is good enough.

    All clicks and scribbles of a round go to the most significant area; only where it is used
    up, to the next.  The mixed protocol draws one of the two for each round.

    Args:
        target: Whom the user wants.
        shown: (H, W) in [0, 1], the answer to the round before.
        protocol: How the user speaks; box and text have no second round, and say nothing.
        rng: Draws everything.
        given: All that was said before: no pixel is clicked twice.
        how: The user's hand; steady if omitted.

    Source:
        The sheet `dfimat`, section 6.
    """
    how = how or UserOptions()
    if protocol == "mixed":
        protocol = _LATER[int(rng.integers(len(_LATER)))]
    if protocol not in _LATER:
        return Hints()
    areas = significant_areas(shown, target.alpha)
    if protocol == "click":
        taken = () if given is None else given.clicks
        return Hints(clicks=tuple(_corrective_clicks(areas, [it.pixel for it in taken])))
    return Hints(scribbles=tuple(_corrective_scribbles(areas, rng, how)))


def significant_areas(shown: Alpha, alpha_true: Alpha, least: float = LEAST) -> tuple[Area, ...]:
    """Return the errors that are worth a hint, the most significant first.

    They are 8-connected, of both kinds together by their number of pixels; soft pixels of the
    truth are never wrong.

    Args:
        shown: (H, W) in [0, 1].
        alpha_true: (H, W) in [0, 1].
        least: Share of the image that an area must have.

    Source:
        The sheet `dfimat`, section 6; the paper's own definition is in a missing supplement.
    """
    areas = []
    for is_foreground, error in errors_of(shown, alpha_true).items():
        _, labels, stats, _ = cv2.connectedComponentsWithStats(
            error.astype(np.uint8), connectivity=8
        )
        sizes = stats[:, cv2.CC_STAT_AREA]
        for number in range(1, len(sizes)):
            if sizes[number] >= max(1.0, least * shown.size):
                areas.append(Area(labels == number, is_foreground, int(sizes[number])))
    return tuple(sorted(areas, key=lambda area: -area.size))


def _first_clicks(target: Target, rng: np.random.Generator) -> Iterator[Click]:
    """Yield a click on the person, and two that may be off."""
    taken: set[tuple[int, int]] = set()
    for number in range(CLICKS):
        is_foreground = number == 0 or bool(rng.random() < 0.5)
        region, is_foreground = _region(target, is_foreground, rng)
        rows, cols = np.nonzero(region)
        for i in rng.permutation(len(rows)):
            row, col = int(rows[i]), int(cols[i])
            if (row, col) not in taken:
                taken.add((row, col))
                yield Click(col + 0.5, row + 0.5, is_foreground)
                break


def _first_scribbles(
    target: Target, rng: np.random.Generator, how: UserOptions
) -> Iterator[Scribble]:
    """Yield a scribble on the person, and one that may be off."""
    for number in range(SCRIBBLES):
        is_foreground = number == 0 or bool(rng.random() < 0.5)
        region, is_foreground = _region(target, is_foreground, rng)
        yield scribble_in(region, float(rng.uniform(*how.width)), is_foreground, rng)


def _region(target: Target, is_foreground: bool, rng: np.random.Generator) -> tuple[Mask, bool]:
    """Return where a first hint may go, and its kind: on the person, if there is no outside.

    Off the person that is, with the same chance, other people or a band around the person, as
    in Sofiiuk et al., "Reviving iterative training with mask guidance for interactive
    segmentation", ICIP 2022.
    """
    person = target.alpha > 0.5
    if not is_foreground:
        is_other = bool(rng.random() < 0.5)
        if is_other and target.others is not None:
            others = target.others & ~person
            if others.any():
                return others, False
        width = math.ceil(_BAND * math.sqrt(person.sum()))
        band = ~person & (_distance_to(person) <= width)
        clear = band & (target.alpha <= _FAINT)
        if band.any():
            return clear if clear.any() else band, False
    inner = depth_of(person) > _RIM
    return inner if inner.any() else person, True


def _distance_to(mask: Mask) -> NDArray[np.float32]:
    """Return how far each pixel is from a mask that is not empty, in pixels."""
    outside = (~mask).astype(np.uint8)
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distance, np.float32)


def _box(person: Mask, jitter: float, rng: np.random.Generator) -> Box:
    """Return the box of a mask, its sides moved by chance, inside the picture."""
    extent = extent_of(person)
    assert extent is not None
    x, y = jitter * extent.width, jitter * extent.height
    height, width = person.shape
    return Box(
        max(0.0, extent.left + rng.uniform(-x, x)),
        max(0.0, extent.top + rng.uniform(-y, y)),
        min(float(width), extent.right + rng.uniform(-x, x)),
        min(float(height), extent.bottom + rng.uniform(-y, y)),
    )


def _corrective_clicks(areas: tuple[Area, ...], taken: list[tuple[int, int]]) -> Iterator[Click]:
    """Yield clicks in the middle of areas, each away from those before."""
    left = CLICKS
    for area in areas:
        if not left:
            return
        depth = depth_of(area.region)
        for row, col in taken:
            depth[row, col] = 0
        rows, cols = np.indices(depth.shape)
        while left and depth.any():
            row, col = (int(i) for i in np.unravel_index(int(depth.argmax()), depth.shape))
            yield Click(col + 0.5, row + 0.5, area.is_foreground)
            left -= 1
            radius = max(_NEAR, _APART * float(depth[row, col]))
            depth[(rows - row) ** 2 + (cols - col) ** 2 <= radius**2] = 0


def _corrective_scribbles(
    areas: tuple[Area, ...], rng: np.random.Generator, how: UserOptions
) -> Iterator[Scribble]:
    """Yield scribbles in areas, none where one before has painted."""
    left = SCRIBBLES
    for area in areas:
        region = area.region
        while left and region.any():
            scribble = scribble_in(region, float(rng.uniform(*how.width)), area.is_foreground, rng)
            yield scribble
            left -= 1
            if left:
                region = region & ~scribble.mask(*region.shape)
