"""Means by kind of image, and the identities a printed table keeps."""

from dataclasses import replace

import numpy as np
import pytest

from penumbra.core.errors import DatasetError
from penumbra.evaluation.benchmark import Benchmark, Score
from penumbra.evaluation.breakdown import Breakdown, break_down, breakdown_text
from penumbra.evaluation.run import Mean, Report, Sample, evaluate_pairs
from penumbra.metrics.alpha import sad
from penumbra.systems.aim.benchmarks import AIM500_TABLE

TYPES = {"SO": 424, "STM": 43, "NS": 33}
CATEGORIES = {
    "animal": 200,
    "portrait": 100,
    "transparent": 34,
    "plant": 75,
    "furniture": 45,
    "toy": 36,
    "fruit": 10,
}

PUBLISHED = {row.label: row for row in AIM500_TABLE.printed}
AVERAGES = {
    "paper: U2NET": (134.09, 91.04),
    "paper: SHM": (229.71, 170.97),
    "paper: LF": (243.18, 223.79),
    "paper: HATT": (372.64, 415.86),
    "paper: GFM": (113.50, 68.90),
    "paper: DIM, true trimap": (160.09, 70.83),
    "paper: AIM": (86.71, 58.11),
    "re-trained AIM, 1/3 and 1/4": (81.16, 54.69),
    "re-trained AIM, 1/2 and 1/4": (86.27, 57.97),
}
"""Li et al. 2021, table 2: the averages by type and by category as printed."""

ERRORS = {"a": 0.9, "b": 0.6, "c": 0.3}
KINDS = {"a": "hair", "b": "hair", "c": "glass"}


@pytest.fixture
def report() -> Report:
    truth = np.zeros((1, 1))
    samples = [Sample(name, truth + error, truth) for name, error in ERRORS.items()]
    scores = (Score("SAD", sad, scale=10), Score("MAD", sad, is_mean=True))
    return evaluate_pairs(samples, Benchmark("ours", "any", scores, "Ours."))


@pytest.mark.parametrize("method", PUBLISHED.keys() - {"re-trained AIM, 1/2 and 1/4"})
def test_published_rows_keep_both_identities_by_type(method: str) -> None:
    """If the printed table does, our copy of its columns is right."""
    row, (average, _) = PUBLISHED[method], AVERAGES[method]
    breakdown = Breakdown(dict(row.means["type"]), TYPES)

    breakdown.check(row.numbers["SAD"], average)

    assert breakdown.average == pytest.approx(average, abs=0.0051)


@pytest.mark.parametrize("method", PUBLISHED.keys() - {"paper: LF"})
def test_published_rows_keep_both_identities_by_category(method: str) -> None:
    """The counts of the seven categories come out as well."""
    row, (_, average) = PUBLISHED[method], AVERAGES[method]

    Breakdown(dict(row.means["category"]), CATEGORIES).check(row.numbers["SAD"], average)


def test_the_check_finds_misprints_that_were_published() -> None:
    """One digit in LF's categories, one average in the public table of a later model."""
    lf = Breakdown(dict(PUBLISHED["paper: LF"].means["category"]), CATEGORIES)
    later = Breakdown(dict(PUBLISHED["re-trained AIM, 1/2 and 1/4"].means["type"]), TYPES)

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


def test_rows_of_a_paper_stand_below_with_their_own_average(report: Report) -> None:
    """By hand: (1 + 2 + 6) / 3, though no image is a net; what a paper leaves out is a dash."""
    printed = {"paper: A": ({"glass": 1, "hair": 2, "net": 6}, 2.5), "paper: B": ({"hair": 4}, 4)}

    lines = breakdown_text(report, "SAD", KINDS, printed).splitlines()[4:]

    assert lines == [
        "| paper: A | 2.00 |  1.00 | 3.00 | 2.50 |",
        "| paper: B | 4.00 |     - | 4.00 | 4.00 |",
    ]


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
