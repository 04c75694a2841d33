"""Which pictures are kept: gates that are all measured, and all written down.

The sheet `smpmat`, section 7.  Whatever a source cannot tell (a composite has no attention) is
recorded as not measured, and stops nothing.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Mask
from penumbra.core.errors import require
from penumbra.systems.dfimat.synth.mattes import MatteSettings, People, overlap, people_of
from penumbra.systems.dfimat.synth.measures import (
    clipped,
    distance,
    fingerprint,
    inside,
    left_over,
    shape_of,
    sharpness,
)
from penumbra.systems.dfimat.synth.reading import Reading

Detector = Callable[[RGB], list[Mask]]
"""Finds people in a picture (H, W, 3), a mask (H, W) of each, without having seen the mattes."""


@dataclass(frozen=True)
class GateSettings:
    """The limits of all gates, with the sheet's defaults; what it leaves open is marked "ours".

    Attributes:
        people: How many people there are at least and at most.
        miscount: By how many they may differ from the caption.
        least_human: Probability that each is a person.
        mean_human: Their mean.
        area: Of each, least and greatest share of the picture.
        height: Of each, heights of the picture.
        transition: Least and greatest share of soft pixels in a person's area.
        width: Of the soft rim in the mean, pixels.
        pieces: Large components of a person at most.
        piece: Share of a person that makes a component large (ours).
        agreement: Least intersection over union with what is read under more noise.
        coverage: Share of the attention to words for people that lies on people.
        left_over: Share of a person whom a detector found that lies outside of all mattes, above
            which that person counts as left over (ours).
        sharpness: Least and greatest variance of the Laplacian, squares of 8-bit levels (ours).
        clipping: Share of pixels that are black or white (ours).
        distance: Bits by which a picture's hash differs from those of all that were kept.
        sentences: That mean each person and nobody else, at least (ours).
        quota_n: Share of the pictures that have one number of people, at most (ours).
        quota_place: Share of those that have one place, at most (ours).
        quota_pose: Share of those that have one pose, at most (ours).
        quota_free: Pictures of one number, place or pose that no quota stops (ours).
    """

    people: tuple[int, int] = (2, 7)
    miscount: int = 1
    least_human: float = 0.8
    mean_human: float = 0.9
    area: tuple[float, float] = (0.01, 0.7)
    height: float = 0.15
    transition: tuple[float, float] = (0.005, 0.25)
    width: float = 8.0
    pieces: int = 3
    piece: float = 0.05
    agreement: float = 0.85
    coverage: float = 0.6
    left_over: float = 0.5
    sharpness: tuple[float, float] = (20.0, 15000.0)
    clipping: float = 0.3
    distance: int = 6
    sentences: int = 1
    quota_n: float = 0.5
    quota_place: float = 0.1
    quota_pose: float = 0.15
    quota_free: int = 3

    def __post_init__(self) -> None:
        for name in ("people", "area", "transition", "sharpness"):
            low, high = getattr(self, name)
            require(0 <= low <= high, name, "a range from 0 on", (low, high))
        for name in ("least_human", "mean_human", "height", "piece", "agreement", "coverage",
                     "left_over", "clipping", "quota_n", "quota_place", "quota_pose"):  # fmt: skip
            value = getattr(self, name)
            require(0 <= value <= 1, name, "in [0, 1]", value)
        for name in ("miscount", "width", "pieces", "distance", "sentences", "quota_free"):
            value = getattr(self, name)
            require(value >= 0, name, "at least 0", value)


@dataclass(frozen=True)
class Gate:
    """What one gate says.

    Attributes:
        name: Of the gate.
        numbers: What was measured, rounded to four digits behind the point.
        is_passed: None where it could not be measured.
    """

    name: str
    numbers: Mapping[str, float]
    is_passed: bool | None

    @property
    def verdict(self) -> str:
        """In words."""
        return {True: "passed", False: "failed", None: "not measured"}[self.is_passed]

    def told(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {"verdict": self.verdict, **self.numbers}


@dataclass
class Kept:
    """What the gates know of the pictures that were kept before.

    Attributes:
        hashes: Of their looks.
        slots: How often each value of a slot was kept; the slot `n` counts people.
        count: How many pictures were kept.
    """

    hashes: list[int] = field(default_factory=list)
    slots: dict[str, Counter[str]] = field(default_factory=dict)
    count: int = 0

    def add(self, looks: int, slots: Mapping[str, str]) -> None:
        """Remember one more."""
        self.hashes.append(looks)
        for name, value in slots.items():
            self.slots.setdefault(name, Counter())[value] += 1
        self.count += 1


@dataclass(frozen=True, eq=False)
class Measured:
    """What there is to know of a picture that is to be judged.

    Attributes:
        reading: Of the picture.
        people: Found in it.
        image: As its file has it, (H, W, 3) in [0, 1].
        sentences: How many sentences mean each person, and nobody else.
    """

    reading: Reading
    people: People
    image: RGB
    sentences: Sequence[int]

    @property
    def covered(self) -> NDArray[np.float32]:
        """Alphas of all people together, (H, W)."""
        return np.divide(self.people.levels.sum(axis=0), 255, dtype=np.float32)

    @property
    def slots(self) -> dict[str, str]:
        """What is counted for balance."""
        return {**self.reading.slots, "n": str(len(self.people.levels))}


def judged(
    it: Measured,
    kept: Kept,
    limits: GateSettings,
    mattes: MatteSettings | None = None,
    detector: Detector | None = None,
    variety: Mapping[str, int] | None = None,
) -> tuple[Gate, ...]:
    """Put a picture to all gates.

    Args:
        it: The picture.
        kept: Those that were kept before it.
        limits: Of the gates.
        mattes: How the second reading, for `agreement`, is turned into people.
        detector: Finds people on its own, for `leftovers`.
        variety: How many values a slot has; a quota lets each have twice its share.

    Source:
        The sheet `smpmat`, section 7.
    """
    return (
        _people(it, limits),
        _confidence(it, limits),
        *_shapes(it, limits),
        _agreement(it, limits, mattes),
        _coverage(it, limits),
        _leftovers(it, limits, detector),
        *_image(it, kept, limits),
        _sentences(it, limits),
        _balance(it, kept, limits, variety or {}),
    )


def failed(gates: Sequence[Gate]) -> Gate | None:
    """Return the first gate that a picture did not pass; None if it may be kept."""
    return next((gate for gate in gates if gate.is_passed is False), None)


def _gate(name: str, is_passed: bool | None, **numbers: float) -> Gate:
    rounded = {
        key: it if isinstance(it, int) else round(float(it), 4) for key, it in numbers.items()
    }
    return Gate(name, rounded, is_passed)


def _within(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]


def _people(it: Measured, limits: GateSettings) -> Gate:
    count, asked = len(it.people.levels), it.reading.asked
    is_passed = _within(count, limits.people)
    if asked is None:
        return _gate("people", is_passed, n=count)
    is_passed = is_passed and abs(count - asked) <= limits.miscount
    return _gate("people", is_passed, n=count, asked=asked)


def _confidence(it: Measured, limits: GateSettings) -> Gate:
    if it.reading.is_exact:
        return _gate("confidence", None)
    least, mean = it.people.human.min(), it.people.human.mean(dtype=np.float64)
    is_passed = bool(least >= limits.least_human and mean >= limits.mean_human)
    return _gate("confidence", is_passed, least=least, mean=mean)


def _shapes(it: Measured, limits: GateSettings) -> tuple[Gate, Gate]:
    shapes = [shape_of(alpha, limits.piece) for alpha in it.people.alphas]
    areas, heights, shares, widths, pieces = zip(*shapes, strict=True)
    is_sized = all(_within(area, limits.area) for area in areas) and min(heights) >= limits.height
    is_soft = all(_within(share, limits.transition) for share in shares)
    is_fine = is_soft and max(widths) <= limits.width and max(pieces) <= limits.pieces
    size = _gate("size", is_sized, least=min(areas), most=max(areas), height=min(heights))
    ends = {"least": min(shares), "most": max(shares)}
    return size, _gate("alpha", is_fine, **ends, width=max(widths), pieces=max(pieces))


def _agreement(it: Measured, limits: GateSettings, how: MatteSettings | None) -> Gate:
    if it.reading.again is None:
        return _gate("agreement", None)
    others = people_of(it.reading.again, how, is_exact=True)
    masks = others.levels > 127 if isinstance(others, People) else ()
    found = [
        max((overlap(mask, other) for other in masks), default=0.0)
        for mask in it.people.levels > 127
    ]
    return _gate("agreement", min(found) >= limits.agreement, least=min(found))


def _coverage(it: Measured, limits: GateSettings) -> Gate:
    if it.reading.attention is None:
        return _gate("coverage", None)
    share = inside(it.reading.attention, it.covered)
    return _gate("coverage", share >= limits.coverage, share=share)


def _leftovers(it: Measured, limits: GateSettings, detector: Detector | None) -> Gate:
    if detector is None:
        return _gate("leftovers", None)
    found = detector(it.image)
    count = left_over(found, it.covered, limits.left_over)
    return _gate("leftovers", count == 0, found=len(found), outside=count)


def _image(it: Measured, kept: Kept, limits: GateSettings) -> tuple[Gate, ...]:
    sharp, share, is_safe = sharpness(it.image), clipped(it.image), it.reading.is_safe
    nearest = distance(fingerprint(it.image), np.array(kept.hashes, np.uint64))
    return (
        _gate("sharpness", _within(sharp, limits.sharpness), variance=sharp),
        _gate("clipping", share <= limits.clipping, share=share),
        _gate("safety", is_safe),
        _gate("novelty", nearest >= limits.distance, distance=nearest),
    )


def _sentences(it: Measured, limits: GateSettings) -> Gate:
    least = min(it.sentences)
    return _gate("sentences", least >= limits.sentences, least=least)


def _balance(it: Measured, kept: Kept, limits: GateSettings, variety: Mapping[str, int]) -> Gate:
    """Count what was kept with the same number of people, place and pose, against quotas.

    A quota is a share of all that would then be kept, so that a folder can be added to later.
    """
    numbers, is_passed = dict[str, int](), True
    quotas = {"n": limits.quota_n, "place": limits.quota_place, "pose": limits.quota_pose}
    for name, quota in quotas.items():
        if (value := it.slots.get(name)) is None:
            continue
        count = kept.slots.get(name, Counter())[value] + 1
        share = max(quota, 2 / variety[name]) if variety.get(name) else quota
        most = max(limits.quota_free, math.ceil(share * (kept.count + 1)))
        is_passed = is_passed and count <= most
        numbers |= {name: count, f"{name}_most": most}
    return _gate("balance", is_passed, **numbers)
