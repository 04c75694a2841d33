"""What of the paper can be run again, on tiny copies of its test sets."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from penumbra.core.errors import DatasetError
from penumbra.systems.safe.benchmarks import (
    BACKGROUNDS,
    BENCHMARKS,
    D646_TABLE,
    PEOPLE_TABLE,
    d646_cases,
    people_cases,
)
from tests.compositions import drawn_colours
from tests.people_copies import write_d646, write_people
from tests.scenes import soft_disk


def test_people_are_found_with_their_mattes(tmp_path: Path) -> None:
    """Whole pictures; an unknown band for models that need one."""
    cases = people_cases(write_people(tmp_path))

    assert [case.name for case in cases] == ["p0", "p1"]
    assert cases[0].image().shape == (32, 32, 3)
    alpha, trimap = cases[0].truth()
    assert_allclose(alpha, soft_disk(32, 8.0), atol=1 / 255)
    assert set(np.unique(trimap)) == {0, 0.5}


def test_masks_are_no_mattes(tmp_path: Path) -> None:
    """The table is about opacity."""
    with pytest.raises(DatasetError, match="must hold alphas, got masks of 2 pictures"):
        people_cases(write_people(tmp_path, "masks"))


def test_every_foreground_is_composed_over_twenty_backgrounds(tmp_path: Path) -> None:
    """The next in their order, from the first again after the last."""
    cases = d646_cases(*write_d646(tmp_path))

    assert len(cases) == 2 * BACKGROUNDS
    assert [case.name for case in cases[:2]] == ["0_0", "0_1"]
    assert {case.group for case in cases} == {"0", "1"}
    first, fourth, second = (cases[number].image() for number in (0, 3, 1))
    assert_allclose(first, fourth)  # three photographs later it is the same
    assert (first != second).any()
    alpha = cases[0].truth().alpha
    assert_allclose(first[alpha == 1] * 255, drawn_colours(0)[alpha == 1])


def test_without_backgrounds_nothing_can_be_composed(tmp_path: Path) -> None:
    """Neither without the folder nor from an empty one."""
    copy, _ = write_d646(tmp_path)
    (tmp_path / "empty").mkdir()

    with pytest.raises(DatasetError, match="backgrounds must be a folder"):
        d646_cases(copy)
    with pytest.raises(DatasetError, match="must hold at least one picture"):
        d646_cases(copy, tmp_path / "empty")


def test_every_printed_number_has_its_column() -> None:
    """A label that no score has would vanish from the table without a word."""
    for table in BENCHMARKS:
        labels = {score.label for score in table.benchmark.scores}
        assert all(row.numbers.keys() <= labels for row in table.printed)
        assert all("cannot be what it says" in row.source for row in table.printed)


def test_the_rows_are_the_paper_s() -> None:
    """Its own last."""
    assert PEOPLE_TABLE.printed[-1].numbers == {
        "MSE": 28.81,
        "SAD": 12.06,
        "Grad": 11.90,
        "Conn": 4.280,
    }
    rounds = [row.numbers["MSE"] for row in D646_TABLE.printed[-3:]]
    assert rounds == [12.46, 11.98, 11.93]


def test_torch_is_not_needed() -> None:
    """Who measures or cuts out need not train."""
    program = (
        "import sys, penumbra.systems.safe.system, penumbra.systems.safe.predictor;"
        "sys.exit(' '.join({'torch'} & sys.modules.keys()) or 0)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
