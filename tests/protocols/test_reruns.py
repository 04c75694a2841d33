"""Published tables run again on a tiny copy of their data, compared as text.

The texts are in `tests/golden/protocols`; its README says which of their numbers are known from
elsewhere.
"""

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from penumbra.evaluation.answers import Answers
from penumbra.evaluation.breakdown import breakdowns
from penumbra.evaluation.clicked import clicked_rows, clicked_text, played
from penumbra.evaluation.composition import composition_1k_cases
from penumbra.evaluation.doubted import doubted_curve, doubted_text
from penumbra.evaluation.protocol import Case, PersonCurve, PersonTable, Table, first_of_each
from penumbra.evaluation.refined import refined_rows, refined_text
from penumbra.evaluation.rerun import measure_case
from penumbra.evaluation.rounds import person_rounds, rounds_text
from penumbra.evaluation.run import gather
from penumbra.evaluation.sensitivity import sensitivity_text, trimap_sensitivity
from penumbra.evaluation.spoken import person_outcome, spoken_text
from penumbra.evaluation.table import as_text
from penumbra.systems.aim.benchmarks import AIM500_TABLE
from penumbra.systems.clicks.benchmarks import TABLE1, TABLE2
from penumbra.systems.dfimat.benchmarks import FIGURE5, FIGURE6, TABLE3_HIM2K, TABLE4, TABLE7
from penumbra.systems.dim.benchmarks import COMP1K_TABLE, TRIMAP_SENSITIVITY
from penumbra.systems.safe.benchmarks import D646_TABLE, PEOPLE_TABLE
from tests.aim_copy import write_aim_500
from tests.compositions import write_copy
from tests.group_copies import write_him2k, write_smpmat
from tests.hint_painter import CARD, HintPainter
from tests.people_copies import write_d646, write_people
from tests.red_reader import RedReader
from tests.square_clicker import SquareClicker
from tests.trimap_reader import Options, TrimapReader


def comp1k(folder: Path) -> str:
    cases = COMP1K_TABLE.cases(write_copy(folder / "copy"), folder / "voc")
    measured = partial(measure_case, answers=Answers(TrimapReader()), table=COMP1K_TABLE)
    report = gather([measured(case) for case in cases], COMP1K_TABLE.benchmark)
    return as_text(report, COMP1K_TABLE.printed)


def sensitivity(folder: Path) -> str:
    cases = TRIMAP_SENSITIVITY.cases(write_copy(folder / "copy"), folder / "voc")
    pictures = [(case.name, case.image(), case.truth().alpha) for case in first_of_each(cases)]
    models = {"reader": TrimapReader(), "bold": TrimapReader(options=Options(refine=False))}
    return sensitivity_text(trimap_sensitivity(pictures, models, TRIMAP_SENSITIVITY.distances))


def aim500(folder: Path) -> str:
    cases = AIM500_TABLE.cases(write_aim_500(folder / "copy"), None)
    measured = partial(measure_case, answers=Answers(RedReader(), bits=16), table=AIM500_TABLE)
    report = gather([measured(case) for case in cases], AIM500_TABLE.benchmark)
    return "\n".join(
        [as_text(report, AIM500_TABLE.printed), *breakdowns(report, AIM500_TABLE, cases)]
    )


def clicks(folder: Path) -> str:
    cases = composition_1k_cases(write_copy(folder / "copy"), folder / "voc")
    answers = Answers(SquareClicker(), bits=16)
    return clicked_text(played([clicked_rows(it, answers, TABLE1) for it in cases], TABLE1), TABLE1)


def refinement(folder: Path) -> str:
    cases = composition_1k_cases(write_copy(folder / "copy"), folder / "voc")
    found = [refined_rows(case, SquareClicker(), TABLE2) for case in cases]
    return refined_text([each._replace(seconds=(0.1,) * 7) for each in found], TABLE2)


def sparsification(folder: Path) -> str:
    cases = composition_1k_cases(write_copy(folder / "copy"), folder / "voc")
    return doubted_text([doubted_curve(case, SquareClicker()) for case in cases])


def safe_people(folder: Path) -> str:
    return answered(PEOPLE_TABLE, PEOPLE_TABLE.cases(write_people(folder / "people"), None))


def safe_d646(folder: Path) -> str:
    return answered(D646_TABLE, D646_TABLE.cases(*write_d646(folder)))


def answered(table: Table, cases: Sequence[Case]) -> str:
    measured = partial(measure_case, answers=Answers(RedReader()), table=table)
    report = gather([measured(case) for case in cases], table.benchmark)
    return as_text(report, table.printed)


def people(folder: Path, table: PersonTable) -> str:
    (write_smpmat if table is TABLE4 else write_him2k)(folder / "people")
    cases = table.cases(folder / "people", None)
    found = [person_outcome(case, HintPainter(), table) for case in cases]
    return spoken_text(found, table, CARD)


def spoken(folder: Path, curve: PersonCurve) -> str:
    cases, models = curve.cases(write_him2k(folder / "people"), None), {"painter": HintPainter()}
    return rounds_text([person_rounds(it, models, curve) for it in cases], curve, models)


RERUNS: dict[str, Callable[[Path], str]] = {
    "rerun-aim500": aim500,
    "rerun-clicks-sparsification": sparsification,
    "rerun-clicks-table1": clicks,
    "rerun-clicks-table2": refinement,
    "rerun-comp1k": comp1k,
    "rerun-dfimat-figure5": partial(spoken, curve=FIGURE5),
    "rerun-dfimat-figure6": partial(spoken, curve=FIGURE6),
    "rerun-dfimat-table3": partial(people, table=TABLE3_HIM2K),
    "rerun-dfimat-table4": partial(people, table=TABLE4),
    "rerun-dfimat-table7": partial(people, table=TABLE7),
    "rerun-safe-d646": safe_d646,
    "rerun-safe-table1": safe_people,
    "rerun-trimap-sensitivity": sensitivity,
}


@pytest.mark.parametrize("name", RERUNS)
def test_the_text_is_the_golden_one(name: str, tmp_path: Path) -> None:
    """Order, trimaps, rules and layout change on purpose or not at all."""
    assert RERUNS[name](tmp_path) == golden_file(name).read_text(encoding="utf-8")


def golden_file(name: str) -> Path:
    return Path(__file__).parents[1] / "golden" / "protocols" / f"{name}.txt"


if __name__ == "__main__":
    for each, rerun in RERUNS.items():
        with tempfile.TemporaryDirectory() as folder:
            golden_file(each).write_text(rerun(Path(folder)), encoding="utf-8")
