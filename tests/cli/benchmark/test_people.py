"""`penumbra benchmark` of people whom simulated users want."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.benchmark_runs import Benchmark, rows
from tests.compositions import save
from tests.group_copies import write_him2k, write_smpmat


def test_every_input_has_its_row_beside_the_paper_s(benchmark: Benchmark) -> None:
    """By hand: a box is the person, a side of the picture is not."""
    write_him2k(Path("him2k"))

    result = benchmark("dfimat-table3-him2k --data him2k --json all.json")

    assert result.exit_code == 0, result.output
    table = rows(result)
    assert [name for name in table if not name.startswith("paper: ")] == [
        "input", "click", "scribble", "box", "text", "mixed",
    ]  # fmt: skip
    assert table["box"] == ["4", "0", "0", "0", "0", "0", "1"]
    assert table["text"][0] == "2"
    assert table["paper: mixed, DFIMat, mix-trained"][1:3] == ["11.77", "0.36"]
    assert "\nModel: dfimat\nImages: 2 of 2, 4 people\n" in result.stdout
    values = json.loads(Path("all.json").read_text())
    assert (values["images"], values["of"], values["people"]) == (2, 2, 4)
    assert values["measured"]["inputs"]["box"]["scores"]["IoU"]["scaled"] == 1


def test_the_same_is_measured_again(benchmark: Benchmark) -> None:
    """What users say depends on names alone."""
    write_smpmat(Path("smpmat"))

    first, again = (benchmark("dfimat-table4 --data smpmat") for _ in range(2))

    assert first.exit_code == 0, first.output
    assert first.stdout == again.stdout
    assert rows(first)["mixed"][:3] == ["4", "1.75", "15"]


def test_a_model_is_entered_for_what_it_takes(benchmark: Benchmark) -> None:
    """One that knows clicks alone."""
    write_smpmat(Path("smpmat"))

    result = benchmark("dfimat-table3-smpmat --data smpmat --model clicks")

    assert result.exit_code == 0, result.output
    ours = [name for name in rows(result) if not name.startswith("paper: ")]
    assert ours == ["input", "click"]
    assert "clicks does not take what these need, left out: scribble, box, text, mixed." in (
        result.stdout
    )


def test_a_classical_model_clicks_draws_and_boxes(benchmark: Benchmark) -> None:
    """One that is here: it is not told anything in words."""
    write_him2k(Path("him2k"))

    result = benchmark("dfimat-table3-him2k --data him2k --model classical --limit 1")

    assert result.exit_code == 0, result.output
    ours = [name for name in rows(result) if not name.startswith("paper: ")]
    assert ours == ["input", "click", "scribble", "box"]
    assert "\nImages: the first 1 of 2, 2 people\n" in result.stdout


def test_curves_are_drawn_for_several_models(benchmark: Benchmark) -> None:
    """Side by side where there are two scores."""
    pytest.importorskip("matplotlib")
    write_him2k(Path("him2k"))

    result = benchmark(
        "dfimat-figure6 --data him2k --model dfimat --model clicks --plot a.svg --json all.json"
    )

    assert result.exit_code == 0, result.output
    means = json.loads(Path("all.json").read_text())["measured"]["means"]
    assert list(means) == ["IoU", "SAD /1000"]
    assert list(means["IoU"])[-2:] == ["dfimat: text", "clicks: click"]
    assert means["IoU"]["dfimat: box, then clicks"] == [1] * 5
    svg = Path("a.svg").read_text()
    assert all(f">{label}<" in svg for label in ("IoU", "SAD /1000", "round", "clicks: click"))
    assert rows(result)["dfimat: box, then scribbles"] == ["4", *["0"] * 5]


def test_rounds_of_clicks_and_scribbles_have_a_curve_each(benchmark: Benchmark) -> None:
    """Five rounds."""
    write_him2k(Path("him2k"))

    result = benchmark("dfimat-figure5 --data him2k")

    assert result.exit_code == 0, result.output
    table = rows(result)
    assert list(table) == ["SAD /1000", "click", "scribble"]
    assert len(table["click"]) == 1 + 5


def test_somebody_who_cannot_be_measured_is_a_line_and_status_three(benchmark: Benchmark) -> None:
    """With everybody else of the picture; others are measured."""
    write_him2k(Path("him2k"))
    save(Path("him2k/alphas/natural/pair/01.png"), np.zeros((48, 60)))

    result = benchmark("dfimat-table7 --data him2k")

    assert result.exit_code == 3
    assert rows(result)["mixed"][0] == "2"
    assert "2 of 4 people could not be measured and are left out:\n- pair_00: " in result.stdout
    assert "must be as large as its picture, 64x48, got 60x48" in result.stdout
    assert result.stderr.endswith("Error: 2 of 4 inputs failed\n")


def test_if_nobody_can_be_measured_there_is_no_curve(benchmark: Benchmark) -> None:
    """Status 2."""
    write_him2k(Path("him2k"))
    for name in ("pair", "stack"):
        Path(f"him2k/images/natural/{name}.png").write_bytes(b"torn")

    result = benchmark("dfimat-figure5 --data him2k")

    assert result.exit_code == 2
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("dfimat-table4 --model clicks", "take box+click+scribble+text and need nothing else"),
        ("dfimat-figure5 --model dim", "take click or scribble and need nothing else, got 'dim'"),
        ("dfimat-table3-him2k --plot a.svg", "must be run without a plot"),
        ("dfimat-figure5 --output kept", "must be run without an output: it keeps no mattes"),
        ("dfimat-table7 --model dfimat --model clicks", "must be run with one model, got 2"),
        ("dfimat-table7 --set crm=false", "setting must be of a model with options"),
    ],
)
def test_what_does_not_suit_is_refused(benchmark: Benchmark, line: str, said: str) -> None:
    """Before anything is measured."""
    if "plot" in line:
        pytest.importorskip("matplotlib")
    write_him2k(Path("people"))
    write_smpmat(Path("people"))

    result = benchmark(f"{line} --data people")

    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("dfimat-table7", "missing: images/natural/, alphas/natural/"),
        ("dfimat-table6", "missing: images/val/, alphas/val/"),
    ],
)
def test_what_is_missing_is_named(name: str, named: str, benchmark: Benchmark) -> None:
    """Before any work."""
    result = benchmark(f"{name} --data copy")

    assert result.exit_code == 2
    assert named in result.stderr
