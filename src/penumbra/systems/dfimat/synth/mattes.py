"""From what queries say to mattes of people that can all be true at once.

The sheet `smpmat`, section 6, in its order; the odd cases of section 11.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.errors import require
from penumbra.systems.dfimat.synth.reading import Answers, Refused

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class MatteSettings:
    """What counts as a person, and how mattes are cleaned.

    Attributes:
        human: Least probability that an answer is of a person.
        same: Intersection over union of [alpha > 0.5] above which two answers mean one person.
        visible: Alpha above which pixels belong to a component.
        specks: Pixels that a component has at least.
        speck: Share of its instance that a component has at least.
        clear: Alpha below which nothing is there.
        solid: Alpha above which nothing is seen through.
    """

    human: float = 0.5
    same: float = 0.6
    visible: float = 0.05
    specks: int = 64
    speck: float = 0.01
    clear: float = 0.02
    solid: float = 0.98

    def __post_init__(self) -> None:
        for name in ("human", "same", "visible", "speck", "clear", "solid"):
            value = getattr(self, name)
            require(0 <= value <= 1, name, "in [0, 1]", value)
        require(self.specks >= 0, "specks", "at least 0", self.specks)
        ends = (self.clear, self.solid)
        is_apart = self.clear < self.solid and sum(ends) > 1 - 1e-9  # or alphas could exceed 1
        require(is_apart, "clear and solid", "apart, with a sum of at least 1", ends)


@dataclass(frozen=True, eq=False)
class People:
    """The people of a picture.

    Attributes:
        levels: (N, H, W) uint8, alpha in steps of 1 / 255, as files hold it.  At no pixel do they
            add up to more than 255.  Best first, each above 127 somewhere.
        human: (N,) probabilities.
        numbers: Which answers they are.
    """

    levels: Bytes
    human: NDArray[np.float32]
    numbers: tuple[int, ...]

    @property
    def alphas(self) -> NDArray[np.float32]:
        """(N, H, W) in [0, 1]."""
        return np.divide(self.levels, 255, dtype=np.float32)


def people_of(
    answers: Answers,
    how: MatteSettings | None = None,
    asked: int | None = None,
    is_exact: bool = False,
) -> People | Refused:
    """Return the people that answers mean, or why there are none to be relied upon.

    Args:
        answers: Of all queries.
        how: Defaults to the sheet's.
        asked: How many people the picture was to have.
        is_exact: Whether nobody can be missing from the answers.

    Source:
        The sheet `smpmat`, sections 6 and 11.
    """
    how = how or MatteSettings()
    alphas, human = answers
    if not (np.isfinite(alphas).all() and np.isfinite(human).all()):
        return Refused("not_finite", "answers must be finite, got NaN or infinity")
    if asked is not None and not is_exact and asked > len(alphas):
        return Refused("too_few_queries", f"{asked} people must have as many of {len(alphas)}")
    alphas = np.clip(alphas, 0, 1)
    numbers = _distinct(alphas, human, how)
    if not numbers:
        return Refused("no_person", f"a person must have {how.human:g} or more, got nobody")
    if not is_exact and len(numbers) == len(alphas):
        return Refused("queries_used_up", f"all {len(alphas)} queries mean people: some may lack")
    parted = _parted(alphas[numbers].astype(np.float64))
    cleaned = np.stack([_clean(alpha, how) for alpha in parted])
    levels = _levels(cleaned)
    seen = [k for k, plane in enumerate(levels) if (plane > 127).any()]
    if not seen:
        return Refused("no_person", "a person must be seen somewhere, got nothing but specks")
    kept = [numbers[k] for k in seen]
    return People(levels[seen], human[kept].astype(np.float32), tuple(kept))


def overlap(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Return intersection over union of two masks; 0 where both are empty."""
    union = int((one | other).sum())
    return int((one & other).sum()) / union if union else 0.0


def _distinct(
    alphas: NDArray[np.float32], human: NDArray[np.float32], how: MatteSettings
) -> list[int]:
    """Return the numbers of the people, best first, nobody twice."""
    masks = alphas > 0.5
    areas = masks.sum(axis=(1, 2))
    certain = np.where(masks, alphas, 0).sum(axis=(1, 2), dtype=np.float64)
    scores = human * certain / np.maximum(areas, 1)
    kept: list[int] = []
    for number in np.argsort(-scores, kind="stable").tolist():
        if human[number] < how.human or not areas[number]:
            continue
        if all(overlap(masks[number], masks[better]) <= how.same for better in kept):
            kept.append(number)
    return kept


def _parted(alphas: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return alphas that add up to at most 1: people are opaque to each other."""
    total = alphas.sum(axis=0)
    return alphas / np.maximum(total, 1)


def _clean(alpha: NDArray[np.float64], how: MatteSettings) -> NDArray[np.float64]:
    """Return an alpha without specks, and nothing in it that is nearly 0 or nearly 1."""
    visible = alpha > how.visible
    _, labels, stats, _ = cv2.connectedComponentsWithStats(visible.astype(np.uint8))
    areas = stats[:, cv2.CC_STAT_AREA]
    least = max(how.specks, how.speck * int(visible.sum()))
    is_speck = areas < least
    is_speck[0] = False  # of what is not visible
    cleaned = np.where(is_speck[labels], 0, alpha)
    cleaned = np.where(cleaned < how.clear, 0, cleaned)
    return np.where(cleaned > how.solid, 1, cleaned)


def _levels(alphas: NDArray[np.float64]) -> Bytes:
    """Return alphas in steps of 1 / 255: rounded, and down where they would exceed 255 together."""
    levels = np.rint(255 * alphas)
    is_full = levels.sum(axis=0) > 255
    levels[:, is_full] = np.floor(255 * alphas[:, is_full] + 1e-9)
    return levels.astype(np.uint8)
