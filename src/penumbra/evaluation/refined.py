"""A table of one matte refined in several ways: windows at the most uncertain places, or all.

Wei et al., "Improved image matting via real-time user clicks and uncertainty estimation", CVPR
2021, table 2.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from penumbra.core.hints import Hints
from penumbra.core.predictor import Refiner
from penumbra.core.settings import with_options
from penumbra.evaluation.protocol import Case, RefineTable
from penumbra.evaluation.run import Failure, Report, Row, Sample, gather, measure
from penumbra.evaluation.table import aligned, as_json, left_out, number


class Refined(NamedTuple):
    """One image, refined in every way.

    Attributes:
        rows: One for each way.
        seconds: That each took, without what comes before it.
        windows: That each refined.
    """

    rows: tuple[Row, ...]
    seconds: tuple[float, ...]
    windows: tuple[int, ...]


def refined_rows(case: Case, predictor: Refiner[Any], table: RefineTable) -> Refined:
    """Refine the matte of one image, found without hints, in every way, and measure the results.

    Raises:
        MatteError: A file of the image cannot be used, or the model cannot answer.
    """
    truth, image = case.truth(), case.image()
    encoded = predictor.encode(image)
    # What is uncertain is known to all ways, so that each costs what its refinement costs.
    matte = predictor.doubt(encoded, predictor.decode(encoded, Hints()))
    rows, seconds, windows = [], [], []
    for way in table.ways:
        model = with_options(predictor, way.settings)
        began = time.perf_counter()
        answer = model.refine(encoded, matte, way.budget)
        seconds.append(time.perf_counter() - began)
        windows.append(answer.refined)
        sample = Sample(case.name, answer.alpha, truth.alpha, truth.trimap)
        rows.append(measure(sample, table.benchmark))
    return Refined(tuple(rows), tuple(seconds), tuple(windows))


def refined_text(
    found: Sequence[Refined], table: RefineTable, failed: tuple[Failure, ...] = ()
) -> str:
    """Lay the means out as a Markdown table: one row for each way, then those of the paper."""
    reports = _reports(found, table)
    scores = reports[0].scores
    body = []
    for place, (way, report) in enumerate(zip(table.ways, reports, strict=True)):
        numbers = [number(report.mean(score).scaled) for score in scores]
        seconds = sum(each.seconds[place] for each in found) / len(found)
        windows = sum(each.windows[place] for each in found) / len(found)
        body.append([way.label, f"{windows:.1f}", *numbers, f"{1000 * seconds:.1f}"])
    for row in table.printed:
        numbers = [number(row.numbers.get(score.label, math.nan)) for score in scores]
        body.append([row.label, "-", *numbers, "-"])
    head = ["refined", "windows", *(score.label for score in scores), "ms"]
    notes = [
        f"Mean of {len(found)} images. {table.benchmark.source}",
        *dict.fromkeys(row.source for row in table.printed),
        *left_out(failed, len(found)),
    ]
    return "\n".join([f"{table.name}: {table.benchmark.dataset}", "", *aligned(head, body), "",
                      *notes, ""])  # fmt: skip


def refined_json(
    found: Sequence[Refined], table: RefineTable, failed: tuple[Failure, ...] = ()
) -> dict[str, Any]:
    """Return everything measured as values that JSON knows."""
    reports = (replace(report, failed=failed) for report in _reports(found, table))
    return {
        way.label: as_json(report)
        | {
            "seconds": [each.seconds[place] for each in found],
            "windows": [each.windows[place] for each in found],
        }
        for place, (way, report) in enumerate(zip(table.ways, reports, strict=True))
    }


def _reports(found: Sequence[Refined], table: RefineTable) -> list[Report]:
    places = range(len(table.ways))
    return [gather([each.rows[place] for each in found], table.benchmark) for place in places]
