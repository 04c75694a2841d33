"""Whether `auto` chooses well: beside the best single room, group by group."""

from collections.abc import Iterable
from dataclasses import dataclass

from penumbra.comparison.report.contests import AUTO, ROOMS, Contest
from penumbra.comparison.report.document import Cell, Table
from penumbra.comparison.report.statistics import Difference
from penumbra.comparison.report.wording import against, given, number
from penumbra.comparison.scenes import Protocol

WITHIN = 0.05
"""By how much more of SAD than the best single room `auto` may have."""


@dataclass(frozen=True)
class Verdict:
    """What `auto` did in one contest.

    Attributes:
        protocol: What was said.
        group: The set of pictures.
        n: Pictures that the means are over.
        auto: Mean SAD of `auto`, in thousands.
        room: The best single room.
        best: Its mean SAD.
        difference: SAD of `auto` less that of the room.
    """

    protocol: Protocol
    group: str
    n: int
    auto: float
    room: str
    best: float
    difference: Difference

    @property
    def ratio(self) -> float:
        """SAD of `auto` to that of the room; 1 where both are without error."""
        if self.best == 0:
            return 1.0 if self.auto == 0 else float("inf")
        return self.auto / self.best

    @property
    def is_within(self) -> bool:
        """Whether `auto` is near enough to the room, or better."""
        return self.ratio <= 1 + WITHIN


def verdicts(found: Iterable[Contest]) -> tuple[Verdict, ...]:
    """Return one verdict for each contest in which `auto` and a room were ranked."""
    said = []
    for contest in found:
        room = contest.best_of(ROOMS)
        auto = contest.mean(AUTO, "SAD") if AUTO in contest.ranked else None
        if room is None or auto is None:
            continue
        best, apart = contest.mean(room, "SAD"), contest.behind(AUTO, room)
        if best is not None and apart is not None:
            said.append(Verdict(contest.protocol, contest.group, apart.n, auto, room, best, apart))
    return tuple(said)


def summary(said: tuple[Verdict, ...]) -> str:
    """Return in a sentence where `auto` is near enough."""
    if not said:
        return "auto was not run, or no single room beside it."
    held = sum(each.is_within for each in said)
    return (
        f"auto is within {WITHIN:.0%} of the best single room in {held} of {len(said)} cases. A "
        "difference whose interval holds zero may be chance."
    )


def chosen_table(said: Iterable[Verdict]) -> Table:
    """Return a row for each verdict."""
    head = (
        "given",
        "group",
        "n",
        "auto",
        "best single room",
        "its SAD",
        "auto / room",
        "auto less room, 95 %",
        f"within {WITHIN:.0%}",
    )
    rows = tuple(
        (
            Cell(given(each.protocol)),
            Cell(each.group),
            Cell(str(each.n)),
            Cell(number(each.auto)),
            Cell(each.room),
            Cell(number(each.best)),
            Cell(f"{each.ratio:.3f}"),
            Cell(against(each.difference)),
            Cell("yes" if each.is_within else "no", is_best=not each.is_within),
        )
        for each in said
    )
    return Table("Mean SAD in thousands of auto and of the best single room.", head, rows)
