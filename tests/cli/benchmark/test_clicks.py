"""`penumbra benchmark` of matting by clicks: a robot, refinement, and what is uncertain."""

import json
from pathlib import Path

import numpy as np
import pytest

from penumbra.systems.clicks.benchmarks import smaller_cases
from tests.benchmark_runs import DATA, Benchmark, rows
from tests.compositions import write_copy


def test_a_robot_clicks_and_its_mattes_are_kept(benchmark: Benchmark) -> None:
    """A rerun says the same; the numbers are in the file, too."""
    line = f"clicks-table1 {DATA} --output kept --json all.json"

    result = benchmark(line)

    assert result.exit_code == 0, result.output
    assert "clicks an image: one more while its MAD is above" in result.stdout
    assert rows(result)["paper: Hints-TrainTest"][1:3] == ["1.68", "3.06"]
    assert Path("kept/clicks/wisp_0_c1.png").is_file()
    values = json.loads(Path("all.json").read_text())["measured"]
    assert (values["images"], len(values["means by clicks"])) == (6, 6)
    assert benchmark(line).stdout == result.stdout


def test_every_way_of_the_second_table_has_a_row(benchmark: Benchmark) -> None:
    """Beside those of the paper."""
    result = benchmark(f"clicks-table2 {DATA} --limit 2 --json all.json")

    assert result.exit_code == 0, result.output
    names = ["w/o", "global", *(f"local {count}" for count in (4, 8, 16, 24, 32))]
    assert list(rows(result)) == ["refined", *names, *(f"paper: {name}" for name in names)]
    assert list(json.loads(Path("all.json").read_text())["measured"]) == names


def test_the_curve_of_what_is_uncertain_is_drawn(benchmark: Benchmark) -> None:
    """With the oracle."""
    pytest.importorskip("matplotlib")

    result = benchmark(f"clicks-sparsification {DATA} --plot a.svg --json all.json")

    assert result.exit_code == 0, result.output
    assert "AUSE: " in result.stdout
    assert "share of pixels taken away" in Path("a.svg").read_text()
    assert len(json.loads(Path("all.json").read_text())["measured"]["oracle"]) == 21


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("clicks-table1 --model closed-form", "model must take clicks, got 'closed-form'"),
        ("clicks-table1 --plot a.svg", "clicks-table1 must be run without a plot"),
        ("clicks-table2 --model segment", "model must be one that refines, got 'segment'"),
        ("clicks-table2 --output kept", "without an output: it keeps no mattes"),
        ("clicks-sparsification --model dim --model aim", "must be run with one model, got 2"),
    ],
)
def test_what_does_not_suit_is_refused(benchmark: Benchmark, line: str, said: str) -> None:
    """Before anything is measured."""
    result = benchmark(f"{line} {DATA}")

    assert result.exit_code == 2
    assert said in result.stderr


def test_pictures_mattes_and_trimaps_are_of_800_pixels(tmp_path: Path) -> None:
    """All alike large, and trimaps of three values."""
    case = smaller_cases(write_copy(tmp_path / "copy"), tmp_path / "voc")[0]

    truth = case.truth()

    assert case.image().shape == (800, 800, 3)
    assert truth.alpha.shape == truth.trimap.shape == (800, 800)
    assert set(np.unique(truth.trimap)) == {0, 0.5, 1}
    assert 0 <= truth.alpha.min() < truth.alpha.max() <= 1
