"""`penumbra benchmark all`."""

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from penumbra.cli.main import main
from penumbra.comparison import report
from penumbra.comparison.record import read_records, read_run
from penumbra.io import save_alpha
from tests.held_sets import square, write_drawn, write_portraits

Written = list[tuple[Path | None, ...]]
LINE = "all --data data --output out --group portraits --mattes f=ready --entrant 'folder f'"


@pytest.fixture
def written(here: Path, monkeypatch: pytest.MonkeyPatch) -> Written:
    """Three portraits, ready-made mattes of two of them, and reports that are only noted."""
    write_portraits(here / "data")
    (here / "ready").mkdir()
    for number in range(2):
        save_alpha(here / "ready" / f"{number:05}.png", square(2 + number))
    calls: Written = []
    monkeypatch.setattr(report, "write_report", lambda *folders: calls.append(folders))
    return calls


Run = Callable[[str], Result]


@pytest.fixture
def run() -> Run:
    return lambda line: CliRunner().invoke(main, ["benchmark", *shlex.split(line)])


def test_ready_made_mattes_are_measured_and_reported(run: Run, written: Written) -> None:
    result = run(f"{LINE} --limit 1")

    assert result.exit_code == 0, result.output
    assert result.stderr == "asking folder f\nwrote the report below out\n"
    assert written == [(Path("out"), Path("data"), None)]
    assert [record.scores["SAD"] for record in read_records(Path("out/results.jsonl"))] == [0]
    assert read_run(Path("out"))["command"] == [
        *("penumbra", "benchmark"),
        *shlex.split(f"{LINE} --limit 1"),
    ]


def test_what_fails_is_said_and_the_rest_is_reported(run: Run, written: Written) -> None:
    result = run(LINE)

    assert result.exit_code == 3
    assert "failed: folder f, portraits/00002, none: " in result.stderr
    assert result.stderr.endswith("Error: 1 of 3 answers failed\n")
    assert len(written) == 1


def test_the_report_is_written_again_without_asking(run: Run, written: Written) -> None:
    run(f"{LINE} --limit 1")
    before = Path("out/results.jsonl").read_bytes()

    result = run("all --output out --report-only")

    assert result.exit_code == 0, result.output
    assert written[1:] == [(Path("out"), None, None)]
    assert Path("out/results.jsonl").read_bytes() == before


def test_a_report_that_may_be_passed_on_is_written_beside_it(run: Run, written: Written) -> None:
    result = run(f"{LINE} --limit 1 --published public")
    run("all --output out --published public --report-only")

    assert result.stderr.endswith("the report below out\nwrote the report below public\n")
    places = Path("out"), Path("data"), Path("public")
    assert written == [places, (Path("out"), None, Path("public"))]


def test_without_data_drawn_pictures_are_asked_about(run: Run, written: Written) -> None:
    """Closed-form needs no weights; the tiny picture leaves its trimap one side, so it is none."""
    write_drawn(Path("out"))

    result = run("all --output out --entrant closed-form --limit 1 --group drawn")

    assert result.exit_code == 2
    assert "something must be measured, got nothing: nobody was asked" in result.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--output data/out --data data", "output must lie outside of the data"),
        ("--output out --data data --published data", "published must lie outside of the data"),
        ("--output out --published out/public", "published must lie outside of out"),
        ("--output out --entrant nobody", "entrant must be one of aim, "),
        ("--output out --group dogs", "group must be one of natural, "),
        ("--output out --mattes ready", "mattes must be NAME=DIR of something that is there"),
        ("--output out --mattes a/b=ready", "mattes must be NAME=DIR"),
        ("--output out --onnx a=ready", "onnx must be NAME=FILE of something that is there"),
        ("--output out --mattes f=ready --mattes f=data", "got 'folder f' twice"),
        ("--output out --report-only", "out must hold results.jsonl, got none"),
        ("", "Missing option '--output'"),
    ],
)
def test_what_cannot_be_asked_is_one_line(run: Run, written: Written, line: str, said: str) -> None:
    result = run(f"all {line}")

    assert result.exit_code == 2
    assert said in result.stderr
    assert written == []
    assert not Path("out").exists()


def test_all_has_a_help_of_its_own(run: Run) -> None:
    assert "--object-mattes" in run("all --help").stdout
    assert (
        "Usage: penumbra benchmark all"
        in CliRunner().invoke(main, ["benchmark", "all", "--help"], prog_name="penumbra").stdout
    )
    assert "--object-mattes" not in run("--help").stdout
