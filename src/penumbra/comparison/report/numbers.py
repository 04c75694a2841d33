"""Every mean that a report prints, as values for JSON: README and cards are checked against it."""

from collections.abc import Mapping, Sequence
from typing import Any

from penumbra.comparison.report.chosen import verdicts
from penumbra.comparison.report.contests import Contest
from penumbra.comparison.report.curves import click_curves, sparsifications
from penumbra.comparison.report.pace import Pace
from penumbra.comparison.report.statistics import mean
from penumbra.comparison.report.tables import SCORES, kind_means, kinds, records_of
from penumbra.comparison.scenes import Protocol

DIGITS = 6
"""Significant digits that are kept."""


def numbers(found: Sequence[Contest], paces: Mapping[Protocol, Pace | None]) -> dict[str, Any]:
    """Return means by protocol, group and entrant; then `auto` and AUSE.

    Args:
        found: All contests.
        paces: Protocol to whom times are compared with.

    Returns:
        "protocols": protocol to group to what holds for all and "entrants", which has name to
        means; "auto": one for each verdict; "ause": entrant to protocol to area.
    """
    protocols: dict[str, dict[str, Any]] = {}
    for contest in found:
        pace = paces.get(contest.protocol)
        protocols.setdefault(contest.protocol, {})[contest.group] = _contest(contest, pace)
    whole, by_group = sparsifications(found)
    for each in by_group:
        held = protocols[each.protocol][each.group]["entrants"][each.entrant]
        held["AUSE"] = kept(each.ause)
    ause: dict[str, dict[str, float | None]] = {}
    for each in whole:
        ause.setdefault(each.entrant, {})[each.protocol] = kept(each.ause)
    return {
        "protocols": protocols,
        "auto": [
            {
                "protocol": it.protocol,
                "group": it.group,
                "n": it.n,
                "auto": kept(it.auto),
                "room": it.room,
                "best": kept(it.best),
                "is_within": it.is_within,
            }
            for it in verdicts(found)
        ],
        "ause": ause,
    }


def kept(value: float | None) -> float | None:
    """Return a number with as many digits as are kept.

    Example:
        >>> kept(1 / 3), kept(None)
        (0.333333, None)
    """
    return None if value is None else float(f"{value:.{DIGITS}g}")


def _contest(contest: Contest, pace: Pace | None) -> dict[str, Any]:
    records = records_of([contest])
    return {
        "n": len(contest.common),
        "pictures": len(contest.pictures),
        "best": contest.best,
        "megapixels": kept(mean([it.megapixels for it in records])),
        "region_megapixels": kept(mean([it.region_megapixels for it in records])),
        "time_of": pace.name if pace else None,
        "seconds": kept(pace.mean_seconds(contest)) if pace else None,
        "entrants": {name: _entrant(contest, name, pace) for name in contest.answers},
    }


def _entrant(contest: Contest, name: str, pace: Pace | None) -> dict[str, Any]:
    held = contest.counted(name)
    behind = contest.behind(name, contest.best) if contest.best else None
    said: dict[str, Any] = {
        "n": len(held),
        "failed": len(contest.failures(name)),
        **{label: kept(contest.mean(name, label)) for label in SCORES},
        "effort_clicks": kept(mean([it.effort_clicks for it in held])),
        "effort_seconds": kept(mean([it.effort_seconds for it in held])),
        "time": kept(pace.ratio(contest, name)) if pace else None,
        "answer_time": kept(pace.answer_ratio(contest, name)) if pace else None,
        "behind": behind and [kept(it) for it in (behind.mean, behind.low, behind.high)],
    }
    by_kind = {kind: kind_means(contest, kind).get(name) for kind in kinds(contest)}
    if by_kind:
        said["kinds"] = {kind: kept(value) for kind, value in by_kind.items()}
    if line := click_curves(contest).get(name):
        said["clicks"] = [kept(value) for value in line]
    return said
