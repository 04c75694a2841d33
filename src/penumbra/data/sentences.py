"""Sentences that name one person of a picture, and no other.

The sheet `smpmat`, section 5, with the templates of the sheet `dfimat`, section 6.  A template is
a claim that can be checked: it is put to every person, and makes a sentence about the only one of
whom it is true.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from penumbra.core.errors import require
from penumbra.data.attributes import COLOURS, Attributes, Noun

SentenceKind = Literal["position", "colour", "size", "order"]

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
NOUNS: tuple[Noun, ...] = ("man", "woman", "child")

_APART = 0.03  # widths of the picture: centroids that are nearer have no order
_TALLER = 1.05  # ratio of heights that is seen
_DOMINANT, _PRESENT = 0.5, 0.2  # share that makes a colour the garment's, or a possible one
_SIDES = re.compile(r"\b(left|right)(?=most\b|\b)", re.IGNORECASE)


@dataclass(frozen=True)
class Sentence:
    """Words about a person.

    Attributes:
        text: Lower case, without a full stop.
        kind: By what the person is told from the others.
        unique: Whether exactly one person of the picture is meant, beyond doubt.
    """

    text: str
    kind: SentenceKind
    unique: bool = True


@dataclass(frozen=True)
class Claim:
    """A sentence, and the numbers of the people of whom it is true (of colours: or may be)."""

    sentence: Sentence
    holds: tuple[int, ...]


def claims_about(people: Sequence[Attributes]) -> tuple[Claim, ...]:
    """Return every template, put to every person.

    Sex and age are spoken of only where they are known of everybody: the ranks of a noun are
    those among the people it fits.

    Args:
        people: All that are in the picture.

    Source:
        The sheets `smpmat`, section 5, and `dfimat`, section 6.
    """
    everyone = tuple(range(len(people)))
    claims = list(_claims(people, everyone, "person"))
    if all(person.noun for person in people):
        for noun in NOUNS:
            group = tuple(i for i in everyone if people[i].noun == noun)
            claims += _claims(people, group, noun)
    return tuple(claims)


def sentences_about(
    people: Sequence[Attributes],
    number: int,
    rng: np.random.Generator | None = None,
    most: int = 3,
) -> tuple[Sentence, ...]:
    """Return sentences that mean one person and no other.

    Args:
        people: All that are in the picture.
        number: Whom the sentences are about.
        rng: Draws some of them, no kind a second time before all others are used; None for all.
        most: How many are drawn at most.

    Returns:
        None at all, if nothing tells the person from the others.

    Raises:
        InputError: There is no such person.
    """
    require(0 <= number < len(people), "number", f"0 to {len(people) - 1}", number)
    found = [
        claim.sentence
        for claim in claims_about(people)
        if claim.sentence.unique and claim.holds == (number,)
    ]
    if rng is None:
        return tuple(found)
    seen: Counter[SentenceKind] = Counter()
    ranked = []
    for i in rng.permutation(len(found)):
        ranked.append((seen[found[i].kind], found[i]))
        seen[found[i].kind] += 1
    ranked.sort(key=lambda pair: pair[0])
    return tuple(sentence for _, sentence in ranked[:most])


def sentences_about_nobody(people: Sequence[Attributes]) -> tuple[Sentence, ...]:
    """Return sentences that name nobody who is in the picture: clothes that nobody wears."""
    return tuple(
        claim.sentence
        for claim in claims_about(people)
        if claim.sentence.kind == "colour" and not claim.holds
    )


def mirrored(sentence: Sentence) -> Sentence:
    """Return what a sentence becomes when its picture is mirrored: left and right change places.

    Example:
        >>> mirrored(Sentence("the second person from the left", "position")).text
        'the second person from the right'
    """
    return replace(sentence, text=mirrored_text(sentence.text))


def mirrored_text(text: str) -> str:
    """Return any words with left and right, leftmost and rightmost exchanged; case is kept."""

    def other(match: re.Match[str]) -> str:
        word = match.group()
        swapped = "right" if word.lower() == "left" else "left"
        if word.isupper():
            return swapped.upper()
        return swapped.capitalize() if word[0].isupper() else swapped

    return _SIDES.sub(other, text)


_Template = tuple[SentenceKind, str, list[int]]
"""Kind, words, and the numbers of the people of whom they are true."""


def _claims(people: Sequence[Attributes], group: tuple[int, ...], noun: str) -> Iterator[Claim]:
    """Yield the claims about a group of people, among whom ranks and extremes are taken."""
    for kind, text, holds in (
        *_positions(people, group, noun),
        *_sizes(people, group, noun),
        *_depths(people, group, noun),
    ):
        yield Claim(Sentence(text, kind, len(holds) == 1), tuple(holds))
    yield from _colours(people, group, noun)


def _positions(
    people: Sequence[Attributes], group: tuple[int, ...], noun: str
) -> Iterator[_Template]:
    """Yield ranks from both sides and thirds of the picture."""

    def rank(i: int, side: int) -> int | None:
        """How many are farther out on one side; None where somebody is too near to tell."""
        steps = [side * (people[j].x - people[i].x) for j in group if j != i]
        return None if any(abs(step) < _APART for step in steps) else sum(s > 0 for s in steps)

    def is_alone(i: int, side: int) -> bool:
        """Whether only this person is in the outer third, clearly the outermost."""
        there = [j for j in group if side * (people[j].x - 0.5) > 1 / 6]
        return there == [i] and rank(i, side) == 0

    for word, side in (("left", -1), ("right", 1)):
        if len(group) > 1:
            for k, ordinal in enumerate(ORDINALS[: len(group)]):
                text = f"the {ordinal} {noun} from the {word}"
                yield "position", text, [i for i in group if rank(i, side) == k]
            text = f"the {word}most {noun}"
            yield "position", text, [i for i in group if rank(i, side) == 0]
        text = f"the {noun} on the {word}"
        yield "position", text, [i for i in group if is_alone(i, side)]
    if len(group) % 2:
        half = len(group) // 2
        central = [i for i in group if abs(people[i].x - 0.5) <= 1 / 6]
        text = f"the {noun} in the middle"
        yield "position", text, [i for i in central if rank(i, 1) == half]


def _sizes(people: Sequence[Attributes], group: tuple[int, ...], noun: str) -> Iterator[_Template]:
    """Yield who is taller or smaller in the picture than all others, by what the eye can see."""
    if len(group) < 2:
        return
    heights = {i: people[i].height for i in group}

    def is_taller(i: int, j: int) -> bool:
        return i == j or heights[i] >= _TALLER * heights[j]

    tallest = [i for i in group if all(is_taller(i, j) for j in group)]
    smallest = [i for i in group if all(is_taller(j, i) for j in group)]
    yield "size", f"the tallest {noun}", tallest
    yield "size", f"the smallest {noun}", smallest


def _depths(people: Sequence[Attributes], group: tuple[int, ...], noun: str) -> Iterator[_Template]:
    """Yield who is nearer or farther than all others, if that shows.

    It shows where masks touch: one covers the other.
    """
    depths = {i: depth for i, person in enumerate(people) if (depth := person.depth) is not None}
    if len(group) < 2 or len(depths) < len(people):
        return

    def is_at(i: int, end: int) -> bool:
        others = people[i].neighbours
        rivals = others.union(group) - {i}
        return bool(others) and all(end * (depths[j] - depths[i]) > 0 for j in rivals)

    for word, end in (("front", 1), ("back", -1)):
        yield "order", f"the {noun} at the {word}", [i for i in group if is_at(i, end)]


def _colours(people: Sequence[Attributes], group: tuple[int, ...], noun: str) -> Iterator[Claim]:
    """Yield the colours of clothes: one of which all others show next to nothing."""
    for number, colour in enumerate(COLOURS):
        upper = [_share(person.upper, number) for person in people]
        lower = [_share(person.lower, number) for person in people]
        either = [max(pair) for pair in zip(upper, lower, strict=True)]
        article = "an" if colour[0] in "aeiou" else "a"
        for text, present, sure in (
            (f"the {noun} in {article} {colour} top", upper, upper),
            (f"the {noun} in {colour}", either, upper),
            (f"the {noun} in {colour} below the waist", lower, lower),
        ):
            holds = tuple(i for i in group if present[i] > _PRESENT)
            is_unique = len(holds) == 1 and sure[holds[0]] >= _DOMINANT
            yield Claim(Sentence(text, "colour", is_unique), holds)


def _share(shares: tuple[float, ...] | None, number: int) -> float:
    """Return the share of a colour; none of what is not seen."""
    return 0.0 if shares is None else shares[number]
