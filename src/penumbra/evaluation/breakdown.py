"""Means by kind of image, as AIM-500's tables print them.

Every image has a type (salient opaque, salient transparent or meticulous, non-salient) and a
category.  "Avg." is the plain mean of the kinds' means, so a kind of 10 images weighs as much
as one of 200; weighted by their counts, the means give the mean over all images again.  A
table that breaks either identity is wrong somewhere, in ours as in a printed one.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from penumbra.core.errors import DatasetError
from penumbra.evaluation.protocol import Case, Table
from penumbra.evaluation.run import Report
from penumbra.evaluation.table import aligned

DECIMALS = 2


@dataclass(frozen=True)
class Breakdown:
    """Means by kind.

    Attributes:
        means: Kind to the mean over its images, scaled as the table prints it.
        counts: Kind to the number of images the mean was taken over.
    """

    means: dict[str, float]
    counts: dict[str, int]

    @property
    def average(self) -> float:
        """The mean of the kinds, each weighing the same: the column "Avg."."""
        return math.fsum(self.means.values()) / len(self.means)

    @property
    def overall(self) -> float:
        """The mean of the kinds weighted by their counts: the mean over all images."""
        weighted = (mean * self.counts[kind] for kind, mean in self.means.items())
        return math.fsum(weighted) / sum(self.counts.values())

    def check(self, overall: float, average: float, tolerance: float = 0.01) -> None:
        """Raise `DatasetError` unless the means agree with two numbers printed beside them."""
        for name, printed, own in (
            ("mean over all images", overall, self.overall),
            ("average of the kinds", average, self.average),
        ):
            if not abs(printed - own) <= tolerance:
                raise DatasetError(
                    f"{name} must be {own:.{DECIMALS}f} by the means of the kinds, "
                    f"got {printed:.{DECIMALS}f}"
                )


def break_down(report: Report, label: str, kinds: Mapping[str, str]) -> Breakdown:
    """Average one column of a report for each kind of image.

    Args:
        report: What was measured.
        label: Of the column, "SAD".
        kinds: Name of every image to its kind: its type, or its category.

    Raises:
        DatasetError: There is no such column, or an image has no kind.
    """
    scales = {score.label: score.scale for score in report.scores}
    if label not in scales:
        raise DatasetError(f"label must be one of {', '.join(scales)}, got {label!r}")
    groups: dict[str, list[float]] = {}
    for row in report.rows:
        if row.name not in kinds:
            raise DatasetError(f"kinds must name every image, got none for {row.name}")
        if not math.isnan(row.raw[label]):
            groups.setdefault(kinds[row.name], []).append(row.raw[label] * scales[label])
    return Breakdown(
        {kind: math.fsum(values) / len(values) for kind, values in groups.items()},
        {kind: len(values) for kind, values in groups.items()},
    )


def breakdowns(report: Report, table: Table, cases: Sequence[Case]) -> Iterator[str]:
    """Yield the means of a table's first score for each way in which its images differ in kind.

    Args:
        report: What was measured.
        table: What was run again; rows of its paper stand below ours.
        cases: Its images, at least those of the report.

    Raises:
        DatasetError: As in `breakdown_text`.
    """
    label = report.scores[0].label
    for way, kinds in _kinds(cases).items():
        printed = {
            row.label: (row.means[way], row.numbers[label])
            for row in table.printed
            if way in row.means
        }
        yield f"{label} by {way}\n\n{breakdown_text(report, label, kinds, printed)}"


def breakdowns_json(report: Report, cases: Sequence[Case]) -> dict[str, Any]:
    """Return the same means as values that JSON knows: way to kinds, counts, and both means."""
    label = report.scores[0].label
    found = {way: break_down(report, label, kinds) for way, kinds in _kinds(cases).items()}
    return {
        way: {"score": label, "average": each.average, "overall": each.overall, **asdict(each)}
        for way, each in found.items()
    }


def breakdown_text(
    report: Report,
    label: str,
    kinds: Mapping[str, str],
    printed: Mapping[str, tuple[Mapping[str, float], float]] = {},
) -> str:
    """Lay a breakdown out as a Markdown table, after checking its printed numbers.

    Args:
        report: What was measured.
        label: Of the column, "SAD".
        kinds: Name of every image to its kind.
        printed: Rows of a paper to stand below ours: the means by kind, and that of all images.
            Its kinds that we have no image of count in its average.

    Raises:
        DatasetError: As in `break_down`, or the printed numbers contradict the report.
    """
    exact = break_down(report, label, kinds)
    shown = Breakdown(
        {kind: round(mean, DECIMALS) for kind, mean in exact.means.items()}, exact.counts
    )
    (overall,) = (report.mean(score).scaled for score in report.scores if score.label == label)
    shown.check(overall, exact.average)
    counts = [*shown.counts.values(), sum(shown.counts.values())]
    head = [label, *shown.means, "avg.", "all"]
    body = [
        _row(report.benchmark.name, [*shown.means.values(), exact.average, overall]),
        ["images", *map(str, counts[:-1]), "", str(counts[-1])],
    ]
    for name, (means, whole) in printed.items():
        average = math.fsum(means.values()) / len(means)
        body.append(_row(name, [*(means.get(kind) for kind in shown.means), average, whole]))
    return "\n".join(aligned(head, body)) + "\n"


def _kinds(cases: Sequence[Case]) -> dict[str, dict[str, str]]:
    """Return, for each way in which images differ in kind, name of image to kind."""
    ways = dict.fromkeys(way for case in cases for way in case.kinds)
    return {
        way: {case.name: case.kinds[way] for case in cases if way in case.kinds} for way in ways
    }


def _row(name: str, values: Iterable[float | None]) -> list[str]:
    return [name, *("-" if value is None else f"{value:.{DECIMALS}f}" for value in values)]
