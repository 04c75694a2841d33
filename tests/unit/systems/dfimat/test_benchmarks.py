"""What of the paper can be run again."""

import subprocess
import sys

import pytest

from penumbra.data.users import ROUNDS
from penumbra.evaluation.protocol import PersonTable
from penumbra.evaluation.spoken import EFFORT
from penumbra.systems.dfimat.benchmarks import (
    BENCHMARKS,
    FIGURE5,
    FIGURE6,
    SINGLE,
    TABLE3_HIM2K,
    TABLE3_SMPMAT,
    TABLE4,
    TABLE5,
    TABLE6,
    TALKS,
)
from penumbra.systems.dfimat.card import DFIMAT
from penumbra.systems.dfimat.system import SYSTEMS

TABLES = [each for each in BENCHMARKS if isinstance(each, PersonTable)]


def printed(table: PersonTable) -> dict[str, dict[str, float]]:
    """Label of each row of the paper to its numbers."""
    rows = (row for each in table.inputs for row in each.printed)
    return {row.label.removeprefix("paper: "): dict(row.numbers) for row in rows}


def test_the_room_has_them() -> None:
    """`penumbra benchmark` lists what a room has."""
    assert SYSTEMS["dfimat"].benchmarks == BENCHMARKS
    names = [each.name for each in BENCHMARKS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("table", TABLES, ids=lambda it: it.name)
def test_every_printed_number_has_its_column(table: PersonTable) -> None:
    """A label that no score has would vanish from the table without a word."""
    labels = {score.label for score in table.benchmark.scores}
    labels |= set(EFFORT) if table.has_effort else set()
    rows = [row for each in table.inputs for row in each.printed]
    assert all(row.numbers.keys() <= labels for row in rows)
    assert len(printed(table)) == len(rows)


@pytest.mark.parametrize("found", BENCHMARKS, ids=lambda it: it.name)
def test_scores_are_in_the_units_of_the_paper(found: PersonTable) -> None:
    """SAD, Grad and Conn in thousands, MSE times 100; whole images."""
    scales = {"SAD": 1e-3, "MSE": 1e2, "MAD": 1, "Grad": 1e-3, "Conn": 1e-3, "IoU": 1}
    for score in found.benchmark.scores:
        assert score.scale == scales[score.label]
        assert score.region == "image"


def test_table_3_is_as_printed() -> None:
    """19 rows of two sets; the paper's own best last."""
    for table, best in ((TABLE3_SMPMAT, (22.89, 0.47, 15.54, 22.73)),
                        (TABLE3_HIM2K, (11.77, 0.36, 5.98, 11.80))):  # fmt: skip
        rows = printed(table)
        assert len(rows) == 19
        assert tuple(rows["mixed, DFIMat, mix-trained"].values()) == best
        assert [len(each.printed) for each in table.inputs] == [6, 6, 3, 3, 1]
    assert printed(TABLE3_SMPMAT)["text, RIM"]["SAD"] == 52.49
    assert printed(TABLE3_HIM2K)["scribble, FGI"]["Conn"] == 14.01


@pytest.mark.parametrize("table", [TABLE3_SMPMAT, TABLE3_HIM2K], ids=lambda it: it.name)
def test_printed_orders_are_those_the_paper_speaks_of(table: PersonTable) -> None:
    """Mixed below scribble, click, box, text; trained on all inputs never worse than on one."""
    rows = printed(table)
    mine = [
        rows[f"{kind}, DFIMat, mix-trained"]["SAD"]
        for kind in ("mixed", "scribble", "click", "box", "text")
    ]
    assert mine == sorted(mine)
    for kind in ("click", "scribble", "box", "text"):
        alone = rows[f"{kind}, DFIMat, {kind}-trained"]
        assert rows[f"{kind}, DFIMat, mix-trained"]["SAD"] < alone["SAD"]


def test_ablations_end_with_the_paper_s_choice() -> None:
    """Tables 4 to 6 print the same network last."""
    for table in (TABLE4, TABLE5, TABLE6):
        *_, last = printed(table).values()
        assert (last["SAD"], last["MSE"]) == (22.89, 0.47)
        assert table.has_effort
        assert [each.talk.label for each in table.inputs] == ["mixed"]
    assert [row["NoC@90"] for row in printed(TABLE5).values()] == [7.93, 6.51]
    assert "prints 22.99" in TABLE5.inputs[0].printed[0].source


def test_the_room_understands_all_that_is_said() -> None:
    """All four kinds."""
    assert all(talk.kinds <= DFIMAT.accepts for talk in (*TALKS, *SINGLE))
    assert FIGURE5.rounds == ROUNDS["click"] == ROUNDS["scribble"]


def test_figure_6_has_one_input_a_round() -> None:
    """A box is followed by marks, words by nothing."""
    assert [(it.first, it.later) for it in FIGURE6.talks if it.later is not None] == [
        ("box", "click"),
        ("box", "scribble"),
    ]
    marks = [it for it in FIGURE6.talks if it.first != "text"]
    assert len(marks) == 4
    assert all(it.is_single for it in marks)
    assert [score.label for score in FIGURE6.benchmark.scores] == ["IoU", "SAD"]


def test_torch_is_not_needed() -> None:
    """Who measures need not train."""
    program = (
        "import sys, penumbra.systems.dfimat.benchmarks;"
        "sys.exit(' '.join({'torch'} & sys.modules.keys()) or 0)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
