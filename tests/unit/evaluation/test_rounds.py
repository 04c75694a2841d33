"""Curves over rounds; numbers by hand, with the model that paints what it is told."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from penumbra.data.users import Target
from penumbra.evaluation.persons import smpmat_cases
from penumbra.evaluation.presets import DFIMAT
from penumbra.evaluation.protocol import PersonCase, PersonCurve, Talk
from penumbra.evaluation.rounds import means_of, person_rounds, rounds_json, rounds_text
from penumbra.evaluation.run import Failure
from tests.group_copies import write_smpmat
from tests.hint_painter import HintPainter, only

CURVE = PersonCurve(
    "drawn", "nothing", "by hand",
    replace(DFIMAT, scores=(DFIMAT.scores[0], DFIMAT.scores[-1])),
    lambda root, backgrounds: (),
    (
        Talk("click", "click", is_single=True),
        Talk("box, then clicks", "box", "click", is_single=True),
        Talk("text", "text"),
    ),
    rounds=3,
)  # fmt: skip
MODEL = {"painter": HintPainter()}


@pytest.fixture
def cases(tmp_path: Path) -> Sequence[PersonCase]:
    """Four people; the last two have no sentence."""
    return smpmat_cases(write_smpmat(tmp_path))


def test_every_round_is_measured(cases: Sequence[PersonCase]) -> None:
    """A box is the person from the first on."""
    found = person_rounds(cases[0], MODEL, CURVE)

    sads = {name: [row.raw["SAD"] for row in rows] for name, rows in found.rows.items()}
    assert list(sads) == ["click", "box, then clicks", "text"]
    assert len(set(sads["click"])) == 3
    assert sads["box, then clicks"] == [0, 0, 0]
    assert sads["text"] == [1536 - 33 * 11] * 3


def test_where_a_user_falls_silent_the_last_answer_stays() -> None:
    """A box with one square too many: one click takes it away, and there is no more to say."""
    alpha = np.zeros((48, 64), np.float32)
    alpha[4:37, 8:30] = 1
    alpha[4:15, 8:19] = 0
    image = np.zeros((48, 64, 3), np.float32)
    case = PersonCase("cut_00", "cut", 0, lambda: image, lambda: Target(alpha))

    found = person_rounds(case, MODEL, CURVE)

    assert [row.raw["SAD"] for row in found.rows["box, then clicks"]] == [121, 0, 0]
    assert not found.has_words


def test_means_are_of_all_who_were_talked_about_so(cases: Sequence[PersonCase]) -> None:
    """In thousands; of words, of those who have some."""
    found = [person_rounds(case, MODEL, CURVE) for case in cases]

    means = means_of(found, CURVE)

    assert list(means) == ["SAD /1000", "IoU"]
    assert means["SAD /1000"]["text"] == pytest.approx([(2 * 1536 - 55 * 11) / 2000] * 3)
    assert means["IoU"]["box, then clicks"] == [1, 1, 1]
    text = rounds_text(found, CURVE, MODEL, (Failure("ghost", "must show a person"),))
    assert "| SAD /1000        | people | round 1 | round 2 | round 3 |" in text
    assert "| IoU              | people | round 1 | round 2 | round 3 |" in text
    assert "| text             |      2 |   1.234 |   1.234 |   1.234 |" in text
    assert "for 2 of 4 people: text leaves them out." in text
    assert "1 of 5 people could not be measured and are left out:\n- ghost" in text


def test_several_models_have_curves_by_their_names(cases: Sequence[PersonCase]) -> None:
    """Each those that it can have; all hear the same at first."""
    models = {"painter": HintPainter(), "clicker": only("click")}

    found = [person_rounds(case, models, CURVE) for case in cases[:2]]

    assert list(found[0].rows) == [
        "painter: click",
        "painter: box, then clicks",
        "painter: text",
        "clicker: click",
    ]
    assert found[0].rows["painter: click"] == found[0].rows["clicker: click"]
    text = rounds_text(found, CURVE, models)
    assert "click does not take what these need, left out: box, then clicks, text." in text


def test_json_holds_all_rounds(cases: Sequence[PersonCase]) -> None:
    """Of everybody."""
    found = [person_rounds(case, MODEL, CURVE) for case in cases[:1]]

    values = rounds_json(found, CURVE, (Failure("ghost", "must show a person"),))

    assert values["people"] == 1
    assert values["means"] == means_of(found, CURVE)
    (row,) = values["rows"]
    assert row["name"] == "pair_00"
    assert [raw["IoU"] for raw in row["raw"]["box, then clicks"]] == [1, 1, 1]
    assert values["failed"] == {"ghost": "must show a person"}
