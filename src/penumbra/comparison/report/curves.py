"""Curves over a set of pictures: averaged first, then measured."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penumbra.comparison.report.contests import Contest
from penumbra.comparison.scenes import Protocol


@dataclass(frozen=True)
class Curves:
    """Mean sparsification of one entrant under one protocol.

    Attributes:
        entrant: Who says where it is uncertain.
        protocol: What was said.
        group: The set of pictures; "" for all.
        n: Pictures.
        by_uncertainty: Relative error left at equally spaced shares from 0 to 1.
        oracle: The same, ordered by the error itself.
    """

    entrant: str
    protocol: Protocol
    group: str
    n: int
    by_uncertainty: tuple[float, ...]
    oracle: tuple[float, ...]

    @property
    def ause(self) -> float:
        """Area between both curves, by trapezoids."""
        apart = np.subtract(self.by_uncertainty, self.oracle)
        return float(np.trapezoid(apart, dx=1 / (len(apart) - 1)))


def held_curve(curves: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """Return the mean of curves of unequal lengths; a shorter one keeps its last value.

    Example:
        >>> held_curve([[4.0, 2.0], [6.0]])
        (5.0, 4.0)
    """
    if not curves:
        return ()
    longest = max(map(len, curves))
    held = [[*curve, *[curve[-1]] * (longest - len(curve))] for curve in curves]
    return tuple(float(value) for value in np.mean(held, axis=0))


def click_curves(contest: Contest) -> dict[str, tuple[float, ...]]:
    """Return the mean SAD of each entrant after 0, 1, 2, ... clicks, of those that have it."""
    held = {name: contest.counted(name) for name in contest.answers}
    found = {
        name: held_curve([it.curve["clicks"] for it in those if it.curve.get("clicks")])
        for name, those in held.items()
    }
    return {name: line for name, line in found.items() if line}


def sparsifications(found: Sequence[Contest]) -> tuple[tuple[Curves, ...], tuple[Curves, ...]]:
    """Return mean sparsification curves by entrant and protocol, and by group as well.

    Every picture weighs the same.
    """
    by_group, lines = [], dict[tuple[str, Protocol], list[tuple[list[float], list[float]]]]()
    for contest in found:
        for name in contest.answers:
            held = [it.curve for it in contest.counted(name) if "sparsification" in it.curve]
            pairs = [(it["sparsification"], it["oracle"]) for it in held]
            if pairs:
                by_group.append(_curves(name, contest.protocol, contest.group, pairs))
                lines.setdefault((name, contest.protocol), []).extend(pairs)
    whole = [_curves(name, protocol, "", pairs) for (name, protocol), pairs in lines.items()]
    return tuple(whole), tuple(by_group)


def _curves(
    entrant: str, protocol: Protocol, group: str, pairs: Sequence[tuple[list[float], list[float]]]
) -> Curves:
    by_uncertainty, oracle = (
        tuple(float(value) for value in np.mean([pair[side] for pair in pairs], axis=0))
        for side in (0, 1)
    )
    return Curves(entrant, protocol, group, len(pairs), by_uncertainty, oracle)
