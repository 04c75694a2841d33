"""A simulated user and a model talk in rounds about one person of a picture.

The sheet `dfimat`, sections 6 and 8.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.core.predictor import Predictor
from penumbra.data.users import (
    ROUNDS,
    Target,
    first_round,
    joined,
    next_round,
    rng_of,
)
from penumbra.evaluation.protocol import Talk
from penumbra.evaluation.robot import Shows, opacity_of

Encoded = TypeVar("Encoded")


@dataclass(frozen=True, eq=False)
class Spoken:
    """A round: all that had been said by then, and what was answered.

    Attributes:
        hints: Those of all rounds so far.
        matte: The model's answer.
    """

    hints: Hints
    matte: Matte


@dataclass(frozen=True)
class Subject:
    """Who is talked about, for the seed of what is said.

    Attributes:
        image: Identity of the picture.
        instance: Number of the person in it.
    """

    image: str
    instance: int


def talked(
    predictor: Predictor[Encoded],
    encoded: Encoded,
    target: Target,
    talk: Talk,
    subject: Subject,
    rounds: int | None = None,
    shows: Shows = opacity_of,
) -> Iterator[Spoken]:
    """Yield a model's answers to a user, round after round.

    The user falls silent where nothing is left that is worth a hint.  The same subject and
    protocol begin with the same words for every model.

    Args:
        predictor: Takes what the talk says.
        encoded: The picture.
        target: Whom the user wants.
        talk: How the user speaks.
        subject: Seeds what the user draws.
        rounds: At most; as many as the first protocol has if omitted.
        shows: What of an answer the user corrects; its alpha if omitted.

    Raises:
        InputError: The talk begins with text, and the target has no sentence.
    """
    given, matte = Hints(), None
    for number in range(1, (rounds or ROUNDS[talk.first]) + 1):
        protocol = talk.first if number == 1 else talk.later or talk.first
        rng = rng_of(subject.image, subject.instance, protocol, number)
        if matte is None:
            new = first_round(target, protocol, rng)
        else:
            new = next_round(target, shows(matte), protocol, rng, given)
        if talk.is_single:
            new = replace(new, clicks=new.clicks[:1], scribbles=new.scribbles[:1])
        if not new.kinds:
            return
        given = joined(given, new)
        matte = predictor.decode(encoded, given, matte)
        yield Spoken(given, matte)
