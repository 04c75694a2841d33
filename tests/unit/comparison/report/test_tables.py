"""Tables, times as ratios, and whether `auto` chose well."""

from dataclasses import replace

import pytest

from penumbra.comparison.record import Record
from penumbra.comparison.report.chosen import chosen_table, summary, verdicts
from penumbra.comparison.report.contests import contests
from penumbra.comparison.report.document import Table
from penumbra.comparison.report.pace import pace_for
from penumbra.comparison.report.tables import Machine, by_kind, detail, overview
from penumbra.comparison.scenes import Protocol
from tests.unit.comparison.report.records import failed, record, several


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


def test_the_overview_has_a_row_for_each_entrant_and_sets_the_best_off() -> None:
    held = several("aim", [1, 3]) + several("segment", [3, 5]) + several("aim", [7], "cats")

    table = overview("none", contests(held))

    assert table.head == ("entrant", "drawn (2)", "cats (1)")
    assert texts(table) == [["segment", "4.00", "-"], ["aim", "2.00", "7.00"]]
    assert [cell.is_best for cell in table.rows[1]] == [False, True, True]
    assert not any(cell.is_best for cell in table.rows[0])


def test_who_answered_too_few_is_marked_with_how_many_and_never_best() -> None:
    held = several("aim", [4, 4, 4, 4]) + several("segment", [1])

    table = overview("none", contests(held))

    assert texts(table)[0] == ["segment", "1.00 (n 1)"]
    assert not table.rows[0][1].is_best


def test_details_say_pictures_scores_distance_and_cost() -> None:
    held = [*several("aim", [1.0] * 10), *several("segment", [2.0] * 9), failed("segment", "j")]
    (contest,) = contests(held)
    machines = {"aim": Machine(123.4, "cpu")}

    *_, scores, cost = detail(contest, pace_for("none", held), machines)

    assert isinstance(scores, Table)
    assert isinstance(cost, Table)
    assert scores.head == ("entrant", "n", "SAD /1000", "IoU", "SAD less best, 95 %")
    assert texts(scores) == [
        ["segment", "9 of 10", "2.00", "0.333", "+1.00 (+1.00 to +1.00)"],
        ["aim", "9 of 10", "1.00", "0.500", "best"],
    ]
    assert cost.head == ("entrant", "time / segment", "memory, MB", "device", "failed")
    assert texts(cost) == [["segment", "1.00", "-", "-", "1"], ["aim", "1.00", "123", "cpu", "0"]]


def test_more_iou_is_better() -> None:
    (contest,) = contests(several("aim", [1]) + several("segment", [2]))

    *_, scores, _ = detail(contest, None, {})

    assert isinstance(scores, Table)
    best = {row[0].text: row[3].is_best for row in scores.rows}
    assert best == {"segment": False, "aim": True}


def test_clicks_and_effort_have_columns_where_something_was_said() -> None:
    clicked = replace(
        record("clicks", protocol="clicks"),
        effort_clicks=3,
        effort_seconds=7.5,
        answer_seconds=0.5,
    )
    held: list[Record] = [clicked, record("closed-form", protocol="trimap", seconds=2)]
    contest, _ = sorted(contests(held), key=lambda it: it.protocol)

    *_, cost = detail(contest, pace_for("clicks", held), {})

    assert isinstance(cost, Table)
    assert cost.head[1:5] == ("time / closed-form", "time of an answer", "clicks", "effort, s")
    assert texts(cost)[0][1:5] == ["0.500", "0.250", "3.00", "7.50"]


def test_types_are_averaged_each_by_itself() -> None:
    held = [
        replace(record(picture=name, sad=sad), kind=kind)
        for name, sad, kind in (("a", 1, "hair"), ("b", 3, "hair"), ("c", 8, "glass"))
    ]

    table = by_kind(contests(held)[0])

    assert table is not None
    assert table.head == ("entrant", "glass (1)", "hair (2)")
    assert texts(table) == [["aim", "8.00", "2.00"]]


def test_one_type_alone_has_no_table() -> None:
    assert by_kind(contests(several("aim", [1, 2]))[0]) is None


def test_times_are_compared_over_pictures_that_both_answered() -> None:
    held = [
        record("segment", "a", seconds=1),
        record("segment", "b", seconds=3),
        record("aim", "a", seconds=4),
        record("folder mine", "a", seconds=None),
    ]
    (contest,) = contests(held)
    pace = pace_for("none", held)

    assert pace is not None
    assert pace.name == "segment"
    assert pace.ratio(contest, "aim") == 4
    assert pace.ratio(contest, "segment") == 1
    assert pace.ratio(contest, "folder mine") is None


@pytest.mark.parametrize(
    ("protocol", "names", "chosen"),
    [
        ("none", ["aim", "segment", "u2net (onnx)", "isnet (onnx)"], "u2net (onnx)"),
        ("none", ["aim", "segment"], "segment"),
        ("none", ["aim"], None),
        ("trimap", ["closed-form", "pymatting closed-form"], "pymatting closed-form"),
        ("box", ["closed-form", "classical"], "closed-form"),
    ],
)
def test_times_are_compared_with_a_named_peer(
    protocol: Protocol, names: list[str], chosen: str | None
) -> None:
    pace = pace_for(protocol, [record(name) for name in names])

    assert (pace and pace.name) == chosen


@pytest.mark.parametrize(("auto", "is_within"), [(9.0, True), (10.49, True), (10.6, False)])
def test_auto_may_be_a_twentieth_worse_than_the_best_room(auto: float, is_within: bool) -> None:
    held = several("auto", [auto]) + several("aim", [10]) + several("segment", [20])

    (verdict,) = verdicts(contests(held))

    assert verdict.room == "aim"
    assert verdict.ratio == pytest.approx(auto / 10)
    assert verdict.is_within == is_within
    assert texts(chosen_table([verdict]))[0][-1] == ("yes" if is_within else "no")


def test_peers_are_no_rooms_that_auto_could_have_chosen() -> None:
    held = several("auto", [10]) + several("aim", [10]) + several("u2net (onnx)", [1])

    (verdict,) = verdicts(contests(held))

    assert verdict.room == "aim"


def test_without_auto_or_a_room_beside_it_there_is_no_verdict() -> None:
    held = several("aim", [1]) + several("auto", [1], "cats")

    said = verdicts(contests(held))

    assert said == ()
    assert "not run" in summary(said)


def test_a_room_without_error_leaves_auto_no_room() -> None:
    held = several("auto", [0.1]) + several("aim", [0])

    (verdict,) = verdicts(contests(held))

    assert not verdict.is_within
    assert "0 of 1" in summary((verdict,))
