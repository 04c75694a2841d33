"""Tables of people; numbers by hand, with the model that paints what it is told."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from penumbra.evaluation.conversing import Subject, talked
from penumbra.evaluation.persons import smpmat_cases
from penumbra.evaluation.presets import DFIMAT
from penumbra.evaluation.protocol import Input, PersonCase, PersonCurve, PersonTable, Printed, Talk
from penumbra.evaluation.run import Failure
from penumbra.evaluation.spoken import (
    Outcome,
    person_outcome,
    spoken_json,
    spoken_text,
    suited,
    talks_of,
)
from penumbra.metrics.alpha import sad
from tests.group_copies import write_smpmat
from tests.hint_painter import CARD, HintPainter, only

CLICK, BOX = Talk("click", "click"), Talk("box", "box")
TEXT, MIXED = Talk("text", "text"), Talk("mixed", "mixed")
PRINTED = Printed("paper: best", {"SAD": 1.68, "NoC@90": 6.51}, "Of the paper.")
TABLE = PersonTable(
    "drawn", "nothing", "by hand", DFIMAT, lambda root, backgrounds: (),
    tuple(Input(talk, (PRINTED,) if talk is BOX else ()) for talk in (CLICK, BOX, TEXT, MIXED)),
)  # fmt: skip


@pytest.fixture
def cases(tmp_path: Path) -> Sequence[PersonCase]:
    """Four people; the last two have no sentence."""
    return smpmat_cases(write_smpmat(tmp_path))


def outcomes(
    cases: Sequence[PersonCase], model: HintPainter, table: PersonTable = TABLE
) -> list[Outcome]:
    """What came of everybody."""
    return [person_outcome(case, model, table) for case in cases]


def test_the_last_round_of_each_protocol_is_measured(cases: Sequence[PersonCase]) -> None:
    """A box is the person; a side of the picture is 1536 pixels, of which the person is a part."""
    found = outcomes(cases, HintPainter())

    assert [each.rows["box"].raw["SAD"] for each in found] == [0, 0, 0, 0]
    assert [each.rows["box"].raw["IoU"] for each in found] == [1, 1, 1, 1]
    left, right = found[0].rows["text"], found[1].rows["text"]
    assert left.raw["SAD"] == 1536 - 33 * 11
    assert left.raw["IoU"] == pytest.approx(33 * 11 / 1536)
    assert right.raw["SAD"] == 1536 - 22 * 11
    assert [each.has_words for each in found] == [True, True, False, False]
    assert [list(each.rows) for each in found[1:3]] == [
        ["click", "box", "text", "mixed"],
        ["click", "box", "mixed"],
    ]
    assert all(each.effort is None for each in found)


def test_of_several_rounds_the_last_counts(cases: Sequence[PersonCase]) -> None:
    """As the protocol has it; the rounds before are worse or better."""
    case, model = cases[0], HintPainter()
    truth = case.target()

    encoded, subject = model.encode(case.image()), Subject(case.picture, case.number)
    spoken = talked(model, encoded, truth, Talk("click", "click"), subject)

    sads = [sad(each.matte.alpha, truth.alpha) for each in spoken]
    assert len(set(sads)) > 1
    assert person_outcome(case, model, TABLE).rows["click"].raw["SAD"] == sads[4]


def test_ours_stand_above_the_paper_s(cases: Sequence[PersonCase]) -> None:
    """With the number of people who were talked about so."""
    found = outcomes(cases, HintPainter())
    failed = (Failure("ghost", "must show a person"),)

    text = spoken_text(found, TABLE, CARD, failed)

    lines = [[it.strip() for it in line.split("|")[1:-1]] for line in text.splitlines()]
    rows = {cells[0]: cells[1:] for cells in lines if cells}
    assert list(rows)[2:] == ["click", "box", "paper: best", "text", "mixed"]
    assert rows["input"][:3] == ["people", "SAD /1000", "MSE x100"]
    assert rows["box"][:2] == ["4", "0"]
    assert rows["paper: best"][:2] == ["-", "1.68"]
    assert rows["text"][:2] == ["2", f"{(2 * 1536 - 55 * 11) / 2000:.4g}"]
    assert "No sentence means one person alone for 2 of 4 people: text leaves them out, mixed" in (
        text
    )
    assert "1 of 5 people could not be measured and are left out:\n- ghost: must show" in text
    assert "Of the paper." in text


def test_what_a_model_does_not_take_is_said(cases: Sequence[PersonCase]) -> None:
    """The others have their rows, and the paper's stand in any case."""
    model = only("box")
    found = outcomes(cases, model)

    text = spoken_text(found, TABLE, model.card)

    assert all(list(each.rows) == ["box"] for each in found)
    assert "box does not take what these need, left out: click, text, mixed.\n" in text
    assert "No sentence" not in text
    assert "| paper: best " in text


def test_a_model_that_needs_more_than_it_is_told_is_not_asked() -> None:
    """Nobody draws a trimap here."""
    card = replace(CARD, accepts=CARD.accepts | {"trimap"}, requires=frozenset({"trimap"}))

    assert suited(talks_of(TABLE), card) == ()
    assert suited(talks_of(TABLE), CARD) == (CLICK, BOX, TEXT, MIXED)
    curve = PersonCurve("a", "", "", DFIMAT, TABLE.cases, (BOX, Talk("b", "box", "click")))
    assert suited(talks_of(curve), only("box").card) == (BOX,)


def test_clicks_are_counted_where_the_table_asks_for_it(cases: Sequence[PersonCase]) -> None:
    """Three, two, one and one square make the four people; by threes they are never found."""
    table = replace(TABLE, inputs=(Input(BOX, (PRINTED,)),), has_effort=True)
    found = outcomes(cases, HintPainter(), table)

    text = spoken_text(found, table, CARD)

    assert "| input       | people | NoC@90 | NoC_3 | SAD /1000 |" in text
    assert "| box         |      4 |   1.75 |    15 |         0 |" in text
    assert "| paper: best |      - |   6.51 |     - |      1.68 |" in text
    assert "NoC_3: 4 of 4 people were not found." in text
    values = spoken_json(found, table)
    assert values["effort"]["NoC@90"] == {"mean": 1.75, "failures": 0}
    assert [len(each["one_by_one"]) for each in values["ious"]] == [3, 2, 1, 1]


def test_where_nobody_has_words_there_is_no_row(cases: Sequence[PersonCase]) -> None:
    """Rather than a mean of nothing."""
    found = outcomes(cases[2:], HintPainter())

    text = spoken_text(found, TABLE, CARD)

    assert "| text " not in text
    assert "for 2 of 2 people: text leaves them out" in text
    assert "text" not in spoken_json(found, TABLE)["inputs"]


def test_json_holds_everybody(cases: Sequence[PersonCase]) -> None:
    """And who failed."""
    failed = (Failure("ghost", "must show a person"),)

    values = spoken_json(outcomes(cases, HintPainter()), TABLE, failed)

    assert (values["people"], values["without words"], values["effort"]) == (4, 2, {})
    assert [row["name"] for row in values["inputs"]["text"]["rows"]] == ["pair_00", "pair_01"]
    assert values["inputs"]["box"]["failed"] == {"ghost": "must show a person"}
