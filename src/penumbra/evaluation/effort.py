"""How many clicks until a person is found: NoC@90 of the sheet `dfimat`, section 8.1.

A person is found where the IoU of the mask with alpha > 0.5 of the truth is 0.9.  The mask is
the coarse one of the model where it has one, and what a user sees and corrects.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from penumbra.core.predictor import Predictor
from penumbra.data.users import CLICKS, LEAST, ROUNDS
from penumbra.evaluation.conversing import Subject, talked
from penumbra.evaluation.protocol import PersonCase, Talk
from penumbra.evaluation.robot import coarse_of, play
from penumbra.metrics.interaction import Clicks, iou, number_of_clicks

FOUND = 0.9
"""IoU from which on a person is found."""

MOST = 20
"""Clicks one after the other; who is not found by then counts as many."""

_TALK = Talk("clicks", "click")


@dataclass(frozen=True)
class Effort:
    """What it took to find one person.

    Attributes:
        one_by_one: IoU after each click, until the person is found or nothing is left to click
            on.
        by_threes: After each round of three clicks.
    """

    one_by_one: tuple[float, ...]
    by_threes: tuple[float, ...]


def effort_of(case: PersonCase, predictor: Predictor[Any]) -> Effort:
    """Click until a person is found: first one by one, then anew by threes.

    Clicks one by one are the robot's, the first in the middle of the person; those by threes are
    of the protocol click, five rounds at most.

    Args:
        case: The person.
        predictor: Takes clicks.

    Raises:
        MatteError: A file of the person cannot be used, or the model cannot answer.
    """
    image, target = case.image(), case.target()
    truth = target.alpha
    one_by_one = [
        iou(coarse_of(each.matte), truth)
        for each in play(
            predictor,
            image,
            truth,
            MOST,
            enough=lambda matte: iou(coarse_of(matte), truth) >= FOUND,
            least=LEAST,
            shows=coarse_of,
            is_clicked_first=True,
        )
    ]
    by_threes: list[float] = []
    subject = Subject(case.picture, case.number)
    for spoken in talked(
        predictor, predictor.encode(image), target, _TALK, subject, shows=coarse_of
    ):
        by_threes.append(iou(coarse_of(spoken.matte), truth))
        if by_threes[-1] >= FOUND:
            break
    return Effort(tuple(one_by_one), tuple(by_threes))


def clicks_one_by_one(efforts: Sequence[Effort]) -> Clicks:
    """Return NoC_1: the mean number of clicks, one a step, 20 at most.

    Example:
        >>> clicks_one_by_one([Effort((0.5, 0.95), ()), Effort((0.2,), ())])
        Clicks(mean=11.0, failures=1)
    """
    return number_of_clicks([each.one_by_one for each in efforts], FOUND, MOST)


def clicks_by_threes(efforts: Sequence[Effort]) -> Clicks:
    """Return NoC_3: the mean number of clicks, three a step, 15 at most.

    Example:
        >>> clicks_by_threes([Effort((), (0.5, 0.95)), Effort((), (0.2,))])
        Clicks(mean=10.5, failures=1)
    """
    return number_of_clicks(
        [each.by_threes for each in efforts], FOUND, CLICKS * ROUNDS["click"], CLICKS
    )
