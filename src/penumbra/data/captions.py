"""Captions of pictures that are to be painted: a few people, somewhere, as a photograph.

The sheet `smpmat`, section 4.  A seeded grammar with eight slots, each with twenty words or more:
offline, and every word of it can be read.  Captions of whatever origin are held to the same list
of what they may not say.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from penumbra.core.errors import InputError, require
from penumbra.data.captions_words import (
    BRANDS,
    CAMERAS,
    CHILDREN,
    CLOTHING,
    COUNTS,
    CROWD,
    IDENTITIES,
    INDOORS,
    LIGHT_INDOORS,
    LIGHT_OUTDOORS,
    NAMES,
    NOT_WITH_CHILDREN,
    OUTDOORS,
    POSES,
    RELATIONS,
    STYLES,
    UNFIT,
)

SLOTS = ("count", "relation", "identities", "clothing", "pose", "place", "light", "camera")
"""In the order in which a caption says them."""

COUNT_SHARES = {2: 0.25, 3: 0.35, 4: 0.2, 5: 0.12, 6: 0.08}
"""How likely a caption speaks of so many people."""

WORDS: Mapping[str, Sequence[str]] = {
    "count": [phrase for phrases in COUNTS.values() for phrase in phrases],
    "relation": RELATIONS,
    "identities": IDENTITIES,
    "clothing": CLOTHING,
    "pose": POSES,
    "place": OUTDOORS + INDOORS,
    "light": LIGHT_OUTDOORS + LIGHT_INDOORS,
    "camera": CAMERAS,
}
"""What the grammar fills each slot with; of identities one for each person, and of light what is
possible at the place."""

_FREE = ("count", "relation", "clothing", "pose", "place", "light", "camera")  # one phrase each
_LONGEST = 400  # characters of a caption
_TRIES = 1000  # draws of one caption; a few in a hundred are refused
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@dataclass(frozen=True)
class Caption:
    """Words for a picture that is to be painted.

    Attributes:
        slots: What fills each of `SLOTS`; identities with commas and "and" between them.
        n: How many people it speaks of.
    """

    slots: Mapping[str, str]
    n: int

    @property
    def text(self) -> str:
        """The whole sentence."""
        it = self.slots
        return (
            f"{it['count']} {it['relation']}, {it['identities']}, {it['clothing']}, {it['pose']} "
            f"{it['place']}, {it['light']}, {it['camera']}, photograph"
        )

    @property
    def family(self) -> str:
        """Place and pose: captions that share both are never divided between training and tests."""
        return f"{self.slots['place']} | {self.slots['pose']}".lower()


def draw_caption(rng: np.random.Generator) -> Caption:
    """Draw a caption from the grammar; one that says what it may not is drawn again.

    The number of people is drawn first and stays, so that `COUNT_SHARES` hold.

    Source:
        The sheet `smpmat`, section 4.
    """
    n = draw_count(rng)
    for _ in range(_TRIES):
        draws = rng.random(len(_FREE) + len(IDENTITIES))
        picks = dict(zip(_FREE, draws.tolist(), strict=False))
        people = [IDENTITIES[i] for i in draws[len(_FREE) :].argsort()[:n]]
        place = _picked(WORDS["place"], picks["place"])
        lights = LIGHT_INDOORS if place in INDOORS else LIGHT_OUTDOORS
        slots = {
            "count": _picked(COUNTS[n], picks["count"]),
            "relation": _picked(RELATIONS, picks["relation"]),
            "identities": enumerated(people),
            "clothing": _picked(CLOTHING, picks["clothing"]),
            "pose": _picked(POSES, picks["pose"]),
            "place": place,
            "light": _picked(lights, picks["light"]),
            "camera": _picked(CAMERAS, picks["camera"]),
        }
        caption = Caption(slots, n)
        if objection(caption.text) is None:
            return caption
    raise InputError(f"words must make a caption that may be said, got none in {_TRIES}")


def draw_count(rng: np.random.Generator) -> int:
    """Draw how many people there are, as likely as `COUNT_SHARES`."""
    draw = rng.random()
    for n, share in COUNT_SHARES.items():
        if (draw := draw - share) < 0:
            return n
    return max(COUNT_SHARES)


def plain_caption(n: int, rng: np.random.Generator) -> str:
    """Return a caption of a picture of which only the number of people is known.

    Raises:
        InputError: There are fewer than 2 or more than 6.
    """
    require(n in COUNTS, "n", "2 to 6", n)
    return f"{COUNTS[n][int(rng.integers(len(COUNTS[n])))]} people, photograph"


def caption_of(slots: Mapping[str, object]) -> Caption:
    """Return the caption of slots that somebody else has filled.

    Args:
        slots: Exactly those of `SLOTS`: strings, but of identities a list with a string for each
            person; count names their number, two to six.

    Raises:
        InputError: Slots are missing, or there are others, or they do not fit together, or the
            caption says what it may not.
    """
    require(set(slots) == set(SLOTS), "slots", f"{', '.join(SLOTS)}", sorted(slots))
    people = slots["identities"]
    if not isinstance(people, list):
        raise InputError(f"identities must be a list, got {people!r}")
    phrases = {**slots, "identities": enumerated([str(it) for it in people])}
    values = [*people, *(phrase for slot, phrase in phrases.items() if slot != "identities")]
    for value in values:
        is_said = isinstance(value, str) and any(map(str.isalpha, value))
        require(is_said, "slot", "words", value)
    filled = {slot: " ".join(str(phrases[slot]).split()) for slot in SLOTS}
    n = len(people)
    known = {phrase: number for number, them in COUNTS.items() for phrase in them}
    said = known.get(filled["count"].lower())
    require(said == n, "count", f"one of {', '.join(known)} and fit identities", filled["count"])
    caption = Caption(filled, n)
    require(len(caption.text) <= _LONGEST, "caption", f"at most {_LONGEST} long", caption.text)
    if (reason := objection(caption.text)) is not None:
        raise InputError(f"caption must not hold a {reason}, got {caption.text!r}")
    return caption


def objection(text: str) -> str | None:
    """Return why a caption may not be used, or None if it may.

    Refused are words of `captions_words` that stand for crowds, styles of illustration, brands,
    celebrities, and what is unfit for anybody; children in unsuitable contexts; and any word with
    a capital letter that begins no sentence, which is most likely a name.

    Example:
        >>> objection("two girls, in raincoats, in a small bar")
        "child in an unsuitable context: 'girls' with 'bar'"
    """
    words = words_of(text)
    there = frozenset(words)
    for reason, forbidden in _FORBIDDEN.items():
        if (found := forbidden.first(words, there)) is not None:
            return f"{reason}: {found!r}"
    child, context = (them.first(words, there) for them in (_CHILDREN, _NOT_WITH_CHILDREN))
    if child is not None and context is not None:
        return f"child in an unsuitable context: {child!r} with {context!r}"
    for match in _WORD.finditer(text) if text != text.lower() else ():
        if match.group()[0].isupper() and text[: match.start()].rstrip()[-1:] not in ("", ".", "!"):
            return f"name: {match.group()!r}"
    return None


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case; those with hyphens also in parts."""
    words = []
    for word in _WORD.findall(text.lower().replace("’", "'")):
        words += [word, *word.split("-")] if "-" in word else [word]
    return words


def enumerated(phrases: Sequence[str]) -> str:
    """Join phrases with commas, the last with "and".

    Example:
        >>> enumerated(["a boy", "a girl", "an elderly man"])
        'a boy, a girl and an elderly man'
    """
    return " and ".join(filter(None, [", ".join(phrases[:-1]), *phrases[-1:]]))


def _picked(phrases: Sequence[str], share: float) -> str:
    return phrases[int(share * len(phrases))]


class _Phrases:
    """Words and groups of words, to be found in texts."""

    def __init__(self, phrases: Sequence[str]) -> None:
        self._single = frozenset(it for it in phrases if " " not in it)
        self._groups: dict[str, list[str]] = {}
        for phrase in phrases:
            if " " in phrase:
                self._groups.setdefault(phrase.split()[0], []).append(phrase)

    def first(self, words: Sequence[str], there: frozenset[str]) -> str | None:
        """Return one of the phrases that a text holds, or None.

        Args:
            words: Of the text, in their order.
            there: The same as a set.
        """
        if not self._single.isdisjoint(there):
            return min(self._single & there)
        if not there.isdisjoint(self._groups):
            whole = f" {' '.join(words)} "
            for first in sorted(there & self._groups.keys()):
                for phrase in self._groups[first]:
                    if f" {phrase} " in whole:
                        return phrase
        return None


_FORBIDDEN = {
    "crowd word": _Phrases(CROWD),
    "style": _Phrases(STYLES),
    "brand": _Phrases(BRANDS),
    "celebrity": _Phrases(NAMES),
    "unfit word": _Phrases(UNFIT),
}
_CHILDREN, _NOT_WITH_CHILDREN = _Phrases(CHILDREN), _Phrases(NOT_WITH_CHILDREN)
