"""A report as text for people and as plain values for JSON."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

from penumbra.evaluation.benchmark import Score
from penumbra.evaluation.protocol import Printed
from penumbra.evaluation.run import Failure, Report


def as_text(report: Report, printed: Sequence[Printed] = ()) -> str:
    """Lay a report out as a Markdown table: one row for each image, then the mean.

    Numbers are scaled as the benchmark says; the head of a column ends in its unit.  What is
    undefined shows as a dash.  Below the table stands what a reader could overlook.

    Args:
        report: What was measured.
        printed: Rows of the paper to stand below the mean, in the same units.
    """
    benchmark = report.benchmark
    head = ["image", "MP", *(f"{score.label}{unit(score)}" for score in report.scores)]
    means = [report.mean(score) for score in report.scores]
    body = [
        [row.name, number(row.megapixels)]
        + [number(row.raw[score.label] * score.scale) for score in report.scores]
        for row in report.rows
    ]
    area = sum(row.megapixels for row in report.rows) / len(report.rows)
    body.append(["mean", number(area), *(number(mean.scaled) for mean in means)])
    body += [
        [row.label, "-", *(number(row.numbers.get(it.label, math.nan)) for it in report.scores)]
        for row in printed
    ]
    lines = [f"{benchmark.name}: {benchmark.dataset}", "", *aligned(head, body), ""]
    lines += [benchmark.source, *dict.fromkeys(row.source for row in printed), *_notes(report)]
    return "\n".join(lines) + "\n"


def as_json(report: Report) -> dict[str, Any]:
    """Return everything in a report as values that JSON knows; undefined numbers are None."""
    means = {score.label: report.mean(score) for score in report.scores}
    return {
        "benchmark": report.benchmark.name,
        "dataset": report.benchmark.dataset,
        "source": report.benchmark.source,
        "images": len(report.rows),
        "extra": list(report.extra),
        "failed": {failure.name: failure.reason for failure in report.failed},
        "scores": {
            score.label: {
                "region": score.region,
                "is_mean": score.is_mean,
                "scale": score.scale,
                "raw": _defined(means[score.label].raw),
                "scaled": _defined(means[score.label].scaled),
                "images": means[score.label].images,
                "undefined": means[score.label].undefined,
            }
            for score in report.scores
        },
        "rows": [
            {
                "name": row.name,
                "height": row.height,
                "width": row.width,
                "megapixels": row.megapixels,
                "pixels": dict(row.pixels),
                "clipped": row.clipped,
                "raw": {score.label: _defined(row.raw[score.label]) for score in report.scores},
                "scaled": {
                    score.label: _defined(row.raw[score.label] * score.scale)
                    for score in report.scores
                },
            }
            for row in report.rows
        ],
    }


def aligned(head: Sequence[str], body: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table whose columns line up in plain text too; numbers to the right."""
    widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
    rule = [":" + "-" * (widths[0] - 1)] + ["-" * (width - 1) + ":" for width in widths[1:]]

    def line(cells: Sequence[str]) -> str:
        first, *others = zip(cells, widths, strict=True)
        padded = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
        return f"| {' | '.join(padded)} |"

    return [line(head), line(rule), *(line(cells) for cells in body)]


def left_out(failed: Sequence[Failure], measured: int, things: str = "images") -> Iterable[str]:
    """Name the images, or other things, that are in no mean, and why."""
    if failed:
        count = len(failed) + measured
        yield f"{len(failed)} of {count} {things} could not be measured and are left out:"
    yield from (f"- {failure.name}: {failure.reason}" for failure in failed)


def _notes(report: Report) -> Iterable[str]:
    if missing := len(report.benchmark.scores) - len(report.scores):
        yield f"No trimaps: {missing} columns left out."
    for score in report.scores:
        if undefined := report.mean(score).undefined:
            yield f"{score.label}: undefined in {undefined} images, left out of the mean."
    if clipped := sum(row.clipped for row in report.rows):
        yield f"{clipped} estimated values outside [0, 1] were clipped."
    yield from left_out(report.failed, len(report.rows))
    if report.extra:
        yield f"Without a truth, not measured: {', '.join(report.extra)}."


def unit(score: Score) -> str:
    """Return what a column was multiplied by, as a reader says it."""
    if score.scale == 1:
        return ""
    return f" x{score.scale:g}" if score.scale > 1 else f" /{1 / score.scale:g}"


def number(value: float) -> str:
    """Return a number as tables have it; a dash where it is undefined."""
    return "-" if math.isnan(value) else f"{value:.4g}"


def _defined(value: float) -> float | None:
    return None if math.isnan(value) else value
