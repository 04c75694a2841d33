"""Tables of mattes that a robot corrects; all numbers by hand, with the model of squares."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from penumbra.core.card import ModelCard
from penumbra.evaluation.answers import Answers
from penumbra.evaluation.clicked import clicked_json, clicked_rows, clicked_text, played
from penumbra.evaluation.presets import CLICKS_TABLE1
from penumbra.evaluation.protocol import ClickTable, Printed
from tests.square_clicker import CASES, SquareClicker

TABLE = ClickTable(
    "drawn", "nothing", "by hand", CLICKS_TABLE1, lambda root, voc: CASES,
    (Printed("paper: best", {"SAD": 1.68}, "Of the paper."),), clicks=0.56,
)  # fmt: skip


def test_each_click_is_measured_until_nothing_is_left(tmp_path: Path) -> None:
    """Mattes are kept, and asked for no second time."""
    found = [clicked_rows(case, Answers(SquareClicker(), tmp_path), TABLE) for case in CASES]

    assert [[row.raw["MAD"] for row in each] for each in found] == [
        [242 / 800, 121 / 800, 0],
        [121 / 1600, 0],
        [0],
    ]
    kept = sorted(file.stem for file in tmp_path.iterdir())
    assert kept == ["nothing_c0", "one_c0", "one_c1", "two_c0", "two_c1", "two_c2"]
    again = Answers(SquareClicker(ModelCard("a", "a", "none", frozenset())), tmp_path)
    assert clicked_rows(CASES[0], again, TABLE) == found[0]


def test_clicks_go_where_the_error_is_largest_until_they_are_used_up() -> None:
    """0.56 of three images are two clicks; both go to the worst image."""
    found = played([clicked_rows(it, Answers(SquareClicker()), TABLE) for it in CASES], TABLE)

    assert found.limit == 121 / 1600
    assert found.clicks == pytest.approx(2 / 3)
    assert [row.raw["MAD"] for row in found.report.rows] == [0, 121 / 1600, 0]
    means = [100 * (242 / 800 + 121 / 1600) / 3, 100 * 121 / 800 / 3, 0]
    np.testing.assert_allclose(found.means, means)
    text = clicked_text(found, TABLE)
    assert "0.67 clicks an image: one more while its MAD is above 0.07562, 5 at most." in text
    assert "| SAD after  | 0 clicks | 1 clicks | 2 clicks |" in text
    assert "| paper: best" in text
    assert clicked_json(found)["means by clicks"] == list(found.means)


def test_images_alike_get_a_click_together_or_not_at_all() -> None:
    """Of four, two clicks are wanted; the limit whose number of clicks is nearest gives four."""
    same = [clicked_rows(CASES[1], Answers(SquareClicker()), TABLE)] * 4
    worse = clicked_rows(CASES[0], Answers(SquareClicker()), TABLE)

    assert played(same, replace(TABLE, clicks=0.7)).clicks == 1
    assert played(same, replace(TABLE, clicks=0.3)).clicks == 0
    assert played([worse, *same], replace(TABLE, clicks=0.9)).clicks == 6 / 5


def test_where_all_is_right_with_fewer_clicks_nobody_gets_more() -> None:
    """The limit is then no error at all."""
    found = played([clicked_rows(CASES[1], Answers(SquareClicker()), TABLE)], TABLE)

    assert (found.limit, found.clicks) == (0, 1)


def test_a_model_that_needs_a_click_has_found_nothing_before_the_first() -> None:
    """It is not asked without one."""
    card = ModelCard("a", "a", "none", frozenset({"click"}), is_hint_needed=True)

    (first, _, last) = clicked_rows(CASES[0], Answers(SquareClicker(card)), TABLE)

    assert (first.raw["MAD"], last.raw["MAD"]) == (242 / 800, 0)
