"""A table of mattes that a robot corrects with clicks, few images with one or more, most with none.

Wei et al., "Improved image matting via real-time user clicks and uncertainty estimation", CVPR
2021, table 1: 0.56 clicks an image.  How they were placed is not said; here an image gets another
click, by `data.simulate.corrective_click`, while its MAD is above a limit, and the limit is
chosen so that the mean number of clicks is the paper's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from penumbra.core.arrays import Alpha
from penumbra.core.hints import Click, Hints
from penumbra.data.simulate import corrective_click
from penumbra.evaluation.answers import Answers
from penumbra.evaluation.protocol import Case, ClickTable
from penumbra.evaluation.run import Failure, Report, Row, Sample, gather, measure
from penumbra.evaluation.table import aligned, as_json, as_text

Rounds = tuple[Row, ...]
"""One image after no click, after one, and so on until there is nothing to correct."""


@dataclass(frozen=True)
class Played:
    """What came of a table.

    Attributes:
        report: Of each image after as many clicks as it got.
        limit: MAD above which an image got another click.
        clicks: An image, on average.
        means: Of the table's first score, as it is printed, if every image got no click, one,
            and so on.
    """

    report: Report
    limit: float
    clicks: float
    means: tuple[float, ...]


def clicked_rows(case: Case, answers: Answers, table: ClickTable) -> Rounds:
    """Ask for the mattes of one image after each click, and measure them.

    A matte that is kept is called "NAME_cCLICKS".  A model that needs a click is asked from the
    first one on; before, it has found nothing.

    Raises:
        MatteError: A file of the image cannot be used, or the model cannot answer.
    """
    truth, image = case.truth(), cache(case.image)
    clicks: tuple[Click, ...] = ()
    alpha: Alpha = np.zeros_like(truth.alpha)
    rows: list[Row] = []
    for number in range(table.most + 1):
        if clicks or not answers.predictor.card.is_hint_needed:
            before = alpha if rows else None
            name = f"{case.name}_c{number}"
            alpha = answers.matte(name, image, Hints(clicks=clicks), before)
        sample = Sample(case.name, alpha, truth.alpha, truth.trimap)
        rows.append(measure(sample, table.benchmark))
        taken = [click.pixel for click in clicks]
        click = corrective_click(alpha, truth.alpha, taken)
        if click is None:
            break
        clicks = (*clicks, click)
    return tuple(rows)


def played(found: Sequence[Rounds], table: ClickTable, failed: tuple[Failure, ...] = ()) -> Played:
    """Choose how many clicks each image gets, and make a report of it.

    Args:
        found: At least one image.
        table: Says how many clicks an image gets on average.
        failed: Images that could not be measured.
    """
    # An image gets another click where the best MAD so far is above the limit.
    best = [np.minimum.accumulate([row.raw["MAD"] for row in each]) for each in found]
    before = np.concatenate([[0.0], *(each[:-1] for each in best)])
    limits = np.unique(before)
    given = len(before) - np.searchsorted(np.sort(before), limits, side="right")
    limit = float(limits[np.abs(given - table.clicks * len(found)).argmin()])
    stops = [int((each[:-1] > limit).sum()) for each in best]
    chosen = [each[stop] for each, stop in zip(found, stops, strict=True)]
    report = replace(gather(chosen, table.benchmark), failed=failed)
    means = []
    for number in range(max(len(each) for each in found)):
        rows = [each[min(number, len(each) - 1)] for each in found]
        means.append(gather(rows, table.benchmark).mean(report.scores[0]).scaled)
    return Played(report, limit, float(np.mean(stops)), tuple(means))


def clicked_text(found: Played, table: ClickTable) -> str:
    """Lay the table out, and below it the error over the clicks."""
    first = found.report.scores[0]
    head = [f"{first.label} after", *(f"{number} clicks" for number in range(len(found.means)))]
    means = ["all images", *(f"{mean:.4g}" for mean in found.means)]
    return "\n".join(
        [
            as_text(found.report, table.printed),
            f"{found.clicks:.2f} clicks an image: one more while its MAD is above "
            f"{found.limit:.4g}, {table.most} at most.",
            "",
            *aligned(head, [means]),
            "",
        ]
    )


def clicked_json(found: Played) -> dict[str, Any]:
    """Return everything measured as values that JSON knows."""
    return as_json(found.report) | {
        "limit": found.limit,
        "clicks": found.clicks,
        "means by clicks": list(found.means),
    }
