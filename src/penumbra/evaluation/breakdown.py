"""Means by kind of image, as AIM-500's tables print them.

Every image has a type (salient opaque, salient transparent or meticulous, non-salient) and a
category.  "Avg." is the plain mean of the kinds' means, so a kind of 10 images weighs as much
as one of 200; weighted by their counts, the means give the mean over all images again.  A
table that breaks either identity is wrong somewhere, in ours as in a printed one.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from penumbra.core.errors import DatasetError
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


def breakdown_text(report: Report, label: str, kinds: Mapping[str, str]) -> str:
    """Lay a breakdown out as a Markdown table, after checking its printed numbers.

    Raises:
        DatasetError: As in `break_down`, or the printed numbers contradict the report.
    """
    exact = break_down(report, label, kinds)
    printed = Breakdown(
        {kind: round(mean, DECIMALS) for kind, mean in exact.means.items()}, exact.counts
    )
    (overall,) = (report.mean(score).scaled for score in report.scores if score.label == label)
    printed.check(overall, exact.average)
    cells = [*printed.means.values(), exact.average, overall]
    counts = [*printed.counts.values(), sum(printed.counts.values())]
    head = [label, *printed.means, "avg.", "all"]
    body = [
        [f"{report.benchmark.name}", *(f"{value:.{DECIMALS}f}" for value in cells)],
        ["images", *map(str, counts[:-1]), "", str(counts[-1])],
    ]
    return "\n".join(aligned(head, body)) + "\n"
