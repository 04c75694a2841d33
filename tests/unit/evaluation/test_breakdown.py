"""Means by kind of image, and the identities a printed table keeps."""

from dataclasses import replace

import numpy as np
import pytest

from penumbra.core.errors import DatasetError
from penumbra.evaluation.benchmark import Benchmark, Score
from penumbra.evaluation.breakdown import Breakdown, break_down, breakdown_text
from penumbra.evaluation.run import Mean, Report, Sample, evaluate_pairs
from penumbra.metrics.alpha import sad

TYPES = {"SO": 424, "STM": 43, "NS": 33}
CATEGORIES = {
    "animal": 200,
    "human": 100,
    "transparent": 34,
    "plant": 75,
    "furniture": 45,
    "toy": 36,
    "fruit": 10,
}

PUBLISHED = {
    "U2NET": (83.46, (69.69, 120.59, 211.98), 134.09),
    "SHM": (170.44, (154.56, 204.67, 329.9), 229.71),
    "LF": (191.74, (177.98, 220.22, 331.34), 243.18),
    "HATT": (479.17, (509.75, 338.11, 270.07), 372.64),
    "GFM": (52.66, (35.45, 123.15, 181.90), 113.50),
    "DIM": (49.27, (19.51, 115.42, 345.33), 160.09),
    "AIM": (43.92, (31.80, 94.02, 134.31), 86.71),
}
"""Li et al. 2021, table 2: SAD, its means by type, and their average."""

PUBLISHED_CATEGORIES = {
    "U2NET": (83.46, (67.67, 89.50, 210.34, 75.72, 87.20, 54.64, 52.24), 91.04),
    "GFM": (52.66, (28.18, 27.61, 190.50, 75.77, 80.94, 51.42, 27.87), 68.90),
    "AIM": (43.92, (26.39, 24.68, 148.68, 54.03, 62.70, 53.15, 37.17), 58.11),
}

ERRORS = {"a": 0.9, "b": 0.6, "c": 0.3}
KINDS = {"a": "hair", "b": "hair", "c": "glass"}


@pytest.fixture
def report() -> Report:
    truth = np.zeros((1, 1))
    samples = [Sample(name, truth + error, truth) for name, error in ERRORS.items()]
    scores = (Score("SAD", sad, scale=10), Score("MAD", sad, is_mean=True))
    return evaluate_pairs(samples, Benchmark("ours", "any", scores, "Ours."))


@pytest.mark.parametrize("method", PUBLISHED)
def test_published_rows_keep_both_identities_by_type(method: str) -> None:
    """If the printed table does, our reading of its columns is right."""
    overall, means, average = PUBLISHED[method]
    breakdown = Breakdown(dict(zip(TYPES, means, strict=True)), TYPES)

    breakdown.check(overall, average)

    assert breakdown.average == pytest.approx(average, abs=0.0051)


@pytest.mark.parametrize("method", PUBLISHED_CATEGORIES)
def test_published_rows_keep_both_identities_by_category(method: str) -> None:
    """The counts of the seven categories come out as well."""
    overall, means, average = PUBLISHED_CATEGORIES[method]

    Breakdown(dict(zip(CATEGORIES, means, strict=True)), CATEGORIES).check(overall, average)


def test_the_check_finds_misprints_that_were_published() -> None:
    """One digit in LF's categories, one average in the public table of a later model."""
    means = (167.90, 131.96, 276.13, 228.94, 249.70, 224.50, 287.40)
    lf = Breakdown(dict(zip(CATEGORIES, means, strict=True)), CATEGORIES)
    later = Breakdown(dict(zip(TYPES, (32.48, 91.86, 133.46), strict=True)), TYPES)

    with pytest.raises(DatasetError, match=r"mean over all images must be 191\.05 .*, got 191\.74"):
        lf.check(191.74, 223.79)
    with pytest.raises(DatasetError, match=r"average of the kinds must be 85\.93 .*, got 86\.27"):
        later.check(44.25, 86.27)


def test_kinds_weigh_the_same_in_the_average_and_by_count_overall(report: Report) -> None:
    """(7.5 + 3) / 2 against (9 + 6 + 3) / 3."""
    breakdown = break_down(report, "SAD", KINDS)

    assert breakdown.means == pytest.approx({"hair": 7.5, "glass": 3})
    assert breakdown.counts == {"hair": 2, "glass": 1}
    assert breakdown.average == pytest.approx(5.25)
    assert breakdown.overall == pytest.approx(report.mean(report.scores[0]).scaled)


def test_undefined_values_are_left_out(report: Report) -> None:
    """As in the mean over all images, which must come out again."""
    rows = (*report.rows, replace(report.rows[0], name="d", raw={"SAD": np.nan, "MAD": 0}))

    breakdown = break_down(replace(report, rows=rows), "SAD", {**KINDS, "d": "glass"})

    assert breakdown.counts == {"hair": 2, "glass": 1}


def test_text_is_a_table_with_counts(report: Report) -> None:
    """Read by people, so compared as a whole."""
    assert breakdown_text(report, "SAD", KINDS) == (
        "| SAD    | hair | glass | avg. |  all |\n"
        "| :----- | ---: | ----: | ---: | ---: |\n"
        "| ours   | 7.50 |  3.00 | 5.25 | 6.00 |\n"
        "| images |    2 |     1 |      |    3 |\n"
    )


def test_text_that_contradicts_the_report_is_not_printed(report: Report) -> None:
    """The writer checks itself by the identities."""

    class Wrong(Report):
        def mean(self, score: Score) -> Mean:
            return replace(super().mean(score), scaled=6.5)

    wrong = Wrong(report.benchmark, report.scores, report.rows)

    with pytest.raises(DatasetError, match=r"mean over all images must be 6\.00 .*, got 6\.50"):
        breakdown_text(wrong, "SAD", KINDS)


def test_an_image_without_a_kind_is_refused(report: Report) -> None:
    """Left out in silence, it would break the identities."""
    with pytest.raises(DatasetError, match="kinds must name every image, got none for c"):
        break_down(report, "SAD", {"a": "hair", "b": "hair"})


def test_an_unknown_column_is_refused(report: Report) -> None:
    """With the names of those there are."""
    with pytest.raises(DatasetError, match="label must be one of SAD, MAD, got 'Grad'"):
        break_down(report, "Grad", KINDS)
