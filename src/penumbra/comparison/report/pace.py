"""Computing time as a ratio to one entrant of the same run.

Seconds depend on the machine and on what else it does; a ratio does far less.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from penumbra.comparison.record import Record
from penumbra.comparison.report.contests import Contest, entrants
from penumbra.comparison.scenes import Protocol

_CLASSICAL = ("pymatting closed-form", "closed-form")


@dataclass(frozen=True)
class Pace:
    """Whom the others are compared with.

    Attributes:
        name: The entrant.
        seconds: Group and picture to the seconds it took, the quickest where it answered a
            picture under several protocols.
    """

    name: str
    seconds: dict[tuple[str, str], float]

    def mean_seconds(self, contest: Contest) -> float | None:
        """Return its mean over the pictures of a contest that it answered."""
        held = [self.seconds.get((contest.group, name)) for name in contest.pictures]
        known = [each for each in held if each is not None]
        return sum(known) / len(known) if known else None

    def ratio(self, contest: Contest, entrant: str) -> float | None:
        """Return how many times as long an entrant takes over the pictures that both answered."""
        return self._ratio(contest, ((it.picture, it.seconds) for it in contest.counted(entrant)))

    def answer_ratio(self, contest: Contest, entrant: str) -> float | None:
        """Return the same of the answer to one click."""
        return self._ratio(
            contest, ((it.picture, it.answer_seconds) for it in contest.counted(entrant))
        )

    def _ratio(self, contest: Contest, times: Iterable[tuple[str, float | None]]) -> float | None:
        pairs = [
            (seconds, self.seconds[contest.group, picture])
            for picture, seconds in times
            if seconds is not None and (contest.group, picture) in self.seconds
        ]
        whole = sum(other for _, other in pairs)
        return sum(seconds for seconds, _ in pairs) / whole if whole > 0 else None


def pace_for(protocol: Protocol, records: Sequence[Record]) -> Pace | None:
    """Choose whom to compare with.

    With a hint that is PyMatting's closed-form, else our own, which are given trimaps whatever
    the protocol; without one the first network of others, else `segment`.

    Returns:
        None where none of these was timed.
    """
    timed = [record for record in records if record.seconds is not None and not record.error]
    names = entrants(timed)
    if protocol == "none":
        peers = tuple(it for it in names if it.endswith("(onnx)"))
        candidates = (*peers, "segment")
    else:
        candidates = _CLASSICAL
    chosen = next((it for it in candidates if it in names), None)
    if chosen is None:
        return None
    seconds: dict[tuple[str, str], float] = {}
    for record in timed:
        if record.entrant == chosen and record.seconds is not None:
            place = record.group, record.picture
            seconds[place] = min(record.seconds, seconds.get(place, record.seconds))
    return Pace(chosen, seconds)
