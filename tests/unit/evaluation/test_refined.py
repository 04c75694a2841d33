"""Tables of one matte refined in several ways; all numbers by hand, with the model of squares."""

import pytest

from penumbra.core.budget import Budget
from penumbra.core.errors import InputError
from penumbra.evaluation.presets import CLICKS_TABLE2
from penumbra.evaluation.protocol import Printed, RefineTable, Way
from penumbra.evaluation.refined import refined_json, refined_rows, refined_text
from penumbra.evaluation.run import Failure
from tests.square_clicker import CASES, SquareClicker

WAYS = (
    Way("w/o", Budget(0)),
    Way("local 4", Budget(4)),
    Way("global", Budget(1), ("refine=global",)),
)
TABLE = RefineTable(
    "drawn", "nothing", "by hand", CLICKS_TABLE2, lambda root, voc: CASES,
    (Printed("paper: local 4", {"SAD": 8.6}, "Of the paper."),), WAYS,
)  # fmt: skip


def test_every_way_is_measured_from_the_same_matte() -> None:
    """All, nine tenths and half of the error are left, of mattes that are written in 8 bits."""
    found = refined_rows(CASES[0], SquareClicker(), TABLE)

    assert [row.raw["SAD"] for row in found.rows] == pytest.approx(
        [242, 242 * (1 - 26 / 255), 242 * (1 - 128 / 255)]
    )
    assert found.windows == (0, 4, 1)
    assert all(seconds >= 0 for seconds in found.seconds)


def test_the_table_has_a_row_for_each_way_and_those_of_the_paper() -> None:
    """Means over the images; what failed is named."""
    found = [refined_rows(case, SquareClicker(), TABLE) for case in CASES[:2]]

    text = refined_text(found, TABLE, (Failure("torn", "torn.png must be whole"),))

    cells = {line.split("|")[1].strip(): line for line in text.splitlines() if line[:1] == "|"}
    assert " 0.1815 " in cells["w/o"]  # (242 + 121) / 2 / 1000
    assert " 0.09039 " in cells["global"]  # half of it, 127 of 255
    assert " 8.6 " in cells["paper: local 4"]
    assert "1 of 3 images could not be measured" in text
    values = refined_json(found, TABLE)
    assert list(values) == ["w/o", "local 4", "global"]
    assert values["local 4"]["windows"] == [4, 4]


def test_a_way_that_the_model_does_not_know_is_named() -> None:
    """Settings are those of its own options."""
    table = RefineTable("drawn", "", "", CLICKS_TABLE2, TABLE.cases, (),
                        (Way("odd", Budget(1), ("polish=yes",)),))  # fmt: skip

    with pytest.raises(InputError, match="setting must be one of refine, got 'polish'"):
        refined_rows(CASES[0], SquareClicker(), table)
