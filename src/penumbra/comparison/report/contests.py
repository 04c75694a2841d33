"""Records put in order: who answered the same pictures to the same hints, and how well.

Means are compared over the same pictures only.  A picture that a `Contest` counts was answered
by all who answered at least nine tenths of what anybody answered; whoever answered fewer is no
candidate for the best, and its mean is over what it has of these pictures.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from penumbra.comparison.record import Record
from penumbra.comparison.report.statistics import Difference, difference, mean
from penumbra.comparison.scenes import Protocol
from penumbra.systems.registry import NAMES, card

AUTO = "auto"
"""The entrant that chooses a room by what was said."""

ROOMS = frozenset(name for name in NAMES if not card(name).voters)
"""Entrants that are single rooms of Penumbra; the others are `auto` and peers."""

PROTOCOLS: tuple[Protocol, ...] = ("none", "trimap", "clicks", "box")
"""In the order of a report."""

ENOUGH = 0.9
"""Share of the pictures that an entrant must have answered to take part in the ranking."""


@dataclass(frozen=True)
class Contest:
    """All answers to one group under one protocol.

    Attributes:
        protocol: What was said.
        group: The set of pictures.
        answers: Entrant to picture to record, failures among them; entrants in the report's order.
    """

    protocol: Protocol
    group: str
    answers: dict[str, dict[str, Record]]

    @cached_property
    def pictures(self) -> tuple[str, ...]:
        """Names of the pictures that anybody was asked."""
        return tuple(dict.fromkeys(name for held in self.answers.values() for name in held))

    @cached_property
    def ranked(self) -> tuple[str, ...]:
        """Entrants that answered enough to be compared."""
        answered = {name for it in self.answers for name in self._answered(it)}
        least = ENOUGH * len(answered)
        return tuple(it for it in self.answers if 0 < len(self._answered(it)) >= least)

    @cached_property
    def common(self) -> tuple[str, ...]:
        """Names of the pictures that all of `ranked` answered: what means are taken over."""
        if not self.ranked:
            return ()
        return tuple(
            name
            for name in self.pictures
            if all(name in self._answered(entrant) for entrant in self.ranked)
        )

    @cached_property
    def best(self) -> str | None:
        """Who has the smallest mean SAD of `ranked`; None where nobody can be compared."""
        return self.best_of(self.ranked)

    def best_of(self, entrants: Iterable[str]) -> str | None:
        """Who of these, as far as they are ranked, has the smallest mean SAD."""
        means = {it: self.mean(it, "SAD") for it in entrants if it in self.ranked}
        known = {name: value for name, value in means.items() if value is not None}
        return min(known, key=lambda name: known[name]) if known else None

    def counted(self, entrant: str) -> tuple[Record, ...]:
        """Return an entrant's records that its means are over, in the order of the pictures.

        Where nobody is ranked there are no common pictures, and these are all it answered.
        """
        names = self.common or self.pictures
        held = self._answered(entrant)
        return tuple(held[name] for name in names if name in held)

    def failures(self, entrant: str) -> tuple[Record, ...]:
        """Return the records of pictures that an entrant could not answer."""
        return tuple(it for it in self.answers[entrant].values() if it.error)

    def mean(self, entrant: str, label: str) -> float | None:
        """Return the mean of a score over `counted`; None where it is defined nowhere."""
        return mean([it.scores[label] for it in self.counted(entrant) if label in it.scores])

    def behind(self, entrant: str, other: str, label: str = "SAD") -> Difference | None:
        """Return by how much an entrant's score is larger than another's, over shared pictures."""
        others = {it.picture: it.scores for it in self.counted(other) if label in it.scores}
        pairs = [
            (it.scores[label], others[it.picture][label])
            for it in self.counted(entrant)
            if label in it.scores and it.picture in others
        ]
        return difference([one for one, _ in pairs], [two for _, two in pairs])

    def _answered(self, entrant: str) -> dict[str, Record]:
        return {name: it for name, it in self.answers[entrant].items() if not it.error}


def contests(records: Sequence[Record]) -> tuple[Contest, ...]:
    """Sort records into contests: by protocol, then in the order in which groups were met.

    Entrants stand as in `entrants`.
    """
    groups = list(dict.fromkeys(record.group for record in records))
    order = entrants(records)
    found = []
    for protocol in protocols(records):
        for group in groups:
            here = [it for it in records if (it.protocol, it.group) == (protocol, group)]
            held = {name: {it.picture: it for it in here if it.entrant == name} for name in order}
            answers = {name: those for name, those in held.items() if those}
            if answers:
                found.append(Contest(protocol, group, answers))
    return tuple(found)


def protocols(records: Iterable[Record]) -> tuple[Protocol, ...]:
    """Return the protocols in the order of a report."""
    there_are = {record.protocol for record in records}
    return tuple(it for it in PROTOCOLS if it in there_are)


def entrants(records: Iterable[Record]) -> tuple[str, ...]:
    """Return all entrants: `auto`, the rooms as they are listed, then peers as they were met."""
    met = list(dict.fromkeys(record.entrant for record in records))
    ours = (AUTO, *NAMES)
    return (*(it for it in ours if it in met), *(it for it in met if it not in ours))
