"""How well the people of pictures are found, where the truth of each is known.

The sheet `smpmat`, section 9.  Needs no torch.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from penumbra.core.arrays import Alpha
from penumbra.core.errors import require

Floats = NDArray[np.float64]


class Overlaps(NamedTuple):
    """What was found in one picture, beside who is there.

    Attributes:
        human: (N,), how surely each that was found is a person.
        iou: (N, P) of each that was found with each person.
    """

    human: Floats
    iou: Floats


def overlaps(human: NDArray[np.floating], found: Alpha, truth: Alpha) -> Overlaps:
    """Return how much each alpha that was found is each person's, where alphas are above 0.5.

    Args:
        human: (N,), how surely each is a person.
        found: (N, H, W) in [0, 1].
        truth: (P, H, W) in [0, 1].
    """
    ours, theirs = (it.reshape(len(it), -1) > 0.5 for it in (found, truth))
    both = ours.astype(np.float64) @ theirs.T.astype(np.float64)
    union = ours.sum(axis=1)[:, None] + theirs.sum(axis=1) - both
    iou = np.divide(both, union, out=np.zeros_like(both), where=union > 0)
    return Overlaps(np.asarray(human, np.float64), iou)


def best_pairs(iou: Floats) -> NDArray[np.int64]:
    """Return for each person the number of what was found for it, so that the sum of IoU is most.

    Args:
        iou: (N, P).

    Returns:
        (P,); -1 where people outnumber what was found.

    Example:
        >>> best_pairs(np.array([[0.1, 0.9], [0.8, 0.85], [0.0, 0.0]])).tolist()
        [1, 0]
    """
    found = np.full(iou.shape[1], -1, np.int64)
    rows, people = linear_sum_assignment(iou, maximize=True)
    found[people] = rows
    return found


def average_precision(pictures: Sequence[Overlaps], least: float) -> float:
    """Return the mean precision over recall, in [0, 1]: the area under its falling envelope.

    All that was found in all pictures is taken from the surest on; each is right if the person it
    overlaps most, of those of its picture that nothing surer was, overlaps enough.

    Args:
        pictures: What was found in each.
        least: IoU that is enough.

    Raises:
        InputError: Nobody is in any picture.

    Source:
        Lin et al., "Microsoft COCO", ECCV 2014, whose tool reads the envelope at 101 places
        instead.

    Example:
        >>> average_precision([Overlaps(np.array([0.9, 0.8]), np.array([[0.2], [0.6]]))], 0.5)
        0.5
    """
    people = sum(it.iou.shape[1] for it in pictures)
    require(people > 0, "pictures", "of people", f"{len(pictures)} without any")
    sure, right = [np.zeros(0)], [np.zeros(0, np.bool_)]
    for each in pictures:
        sure.append(each.human)
        right.append(_right(each, least))
    order = np.argsort(-np.concatenate(sure), kind="stable")
    hits = np.concatenate(right)[order]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(envelope[hits].sum() / people)


def _right(picture: Overlaps, least: float) -> NDArray[np.bool_]:
    """Return which of what was found in a picture is right, (N,)."""
    is_right = np.zeros(len(picture.human), np.bool_)
    is_left = np.ones(picture.iou.shape[1], np.bool_)
    for number in np.argsort(-picture.human, kind="stable") if is_left.size else ():
        overlap = np.where(is_left, picture.iou[number], -1.0)
        person = int(overlap.argmax())
        if overlap[person] >= least:
            is_right[number], is_left[person] = True, False
    return is_right
