"""Means over the same pictures, and what chance may have made of them."""

import numpy as np
import pytest

from penumbra.comparison.report.contests import contests, entrants, protocols
from penumbra.comparison.report.statistics import FEWEST, difference
from tests.unit.comparison.report.records import failed, record, several


def test_a_picture_that_one_could_not_answer_counts_for_nobody() -> None:
    """Else whoever fails on the hard pictures wins."""
    easy, hard = [1.0] * 10, [11.0]
    held = several("aim", easy + hard)
    held += [*several("segment", [2.0] * 10), failed("segment", "k")]

    (contest,) = contests(held)

    assert len(contest.common) == 10
    assert contest.mean("aim", "SAD") == 1
    assert contest.mean("segment", "SAD") == 2
    assert contest.best == "aim"


def test_who_answered_too_few_is_not_ranked_and_spoils_no_mean() -> None:
    held = [*several("aim", [1, 2, 3, 4]), *several("segment", [0.5])]

    (contest,) = contests(held)

    assert contest.ranked == ("aim",)
    assert contest.mean("aim", "SAD") == 2.5
    assert contest.mean("segment", "SAD") == 0.5
    assert contest.best == "aim"


def test_a_picture_that_nobody_could_answer_makes_nobody_incomplete() -> None:
    held = [*several("aim", [1, 2]), failed("aim", "z"), *several("segment", [2, 3])]

    (contest,) = contests(held)

    assert contest.ranked == ("segment", "aim")
    assert contest.common == ("a", "b")


def test_differences_are_paired_by_picture_whatever_the_order() -> None:
    one = several("aim", [1, 5, 9])
    two = several("segment", [2, 6, 10])[::-1]

    (contest,) = contests(one + two)
    found = contest.behind("segment", "aim")

    assert found is not None
    assert (found.mean, found.n) == (1, 3)


def test_nobody_can_be_best_where_nobody_answered() -> None:
    (contest,) = contests([failed("aim", "a"), failed("segment", "a")])

    assert contest.best is None
    assert contest.mean("aim", "SAD") is None
    assert contest.behind("aim", "segment") is None


def test_groups_and_protocols_without_records_are_no_contests() -> None:
    held = [record(group="cats"), record(group="drawn", protocol="trimap", entrant="dim")]

    found = contests(held)

    assert [(it.protocol, it.group) for it in found] == [("none", "cats"), ("trimap", "drawn")]
    assert list(found[1].answers) == ["dim"]


def test_entrants_and_protocols_stand_in_a_fixed_order() -> None:
    names = ["folder mine", "aim", "pymatting knn", "auto", "closed-form"]
    held = [record(name) for name in names] + [record(protocol="box"), record(protocol="trimap")]

    assert entrants(held) == ("auto", "closed-form", "aim", "folder mine", "pymatting knn")
    assert protocols(held) == ("none", "trimap", "box")


def test_the_bootstrap_says_the_same_every_time() -> None:
    values, others = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0], [1.0, 1.0, 2.0, 2.0, 3.0, 4.0]

    first, second = difference(values, others), difference(values, others)

    assert first == second
    assert first is not None
    assert first.low is not None
    assert first.high is not None
    assert first.low < first.mean < first.high


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """Of a hundred samples of 30 normal numbers, the mean lies inside in 88 to 100."""
    rng = np.random.default_rng(5)
    inside = 0
    for _ in range(100):
        found = difference(list(rng.normal(2, 1, 30)), [0.0] * 30)
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        inside += found.low <= 2 <= found.high

    assert 88 <= inside <= 100


@pytest.mark.parametrize("count", [1, FEWEST - 1])
def test_too_few_pictures_have_no_interval(count: int) -> None:
    found = difference([2.0] * count, [1.0] * count)

    assert found is not None
    assert (found.mean, found.low, found.high) == (1, None, None)
    assert not found.is_clear


def test_an_interval_without_zero_is_clear() -> None:
    above, around = difference([2.0] * 9, [1.0] * 9), difference([2, 0] * 5, [1.0] * 10)

    assert above is not None
    assert above.is_clear
    assert around is not None
    assert not around.is_clear
