"""`penumbra benchmark` of curves."""

import json
import sys
from pathlib import Path

import pytest

from tests.benchmark_runs import DATA, Benchmark, rows
from tests.compositions import LICENSED
from tests.trimap_reader import TrimapReader


def test_a_curve_takes_the_first_picture_of_each_object(
    benchmark: Benchmark, model: TrimapReader
) -> None:
    """At seven distances, for every model."""
    result = benchmark(f"trimap-sensitivity {DATA} --model dim --model bold --output kept")

    assert result.exit_code == 0, result.output
    table = rows(result)
    assert table["SAD /1000"] == [f"{d} px" for d in (1, 4, 7, 10, 13, 16, 19)]
    assert list(table) == ["SAD /1000", "dim", "bold"]
    assert table["dim"] != table["bold"]
    assert "Mean of 3 images over the unknown region." in result.stdout
    kept = [f"{stem}_0_d{d}.png" for stem in ("ball", "pane", "wisp") for d in (1, 10)]
    found = sorted(path.name for path in Path("kept/dim").glob("*_d1*.png"))
    assert set(kept) <= set(found)
    assert len(list(Path("kept/bold").glob("*.png"))) == 21
    assert len(model.asked) == 21
    assert (
        benchmark(f"trimap-sensitivity {DATA} --model dim --model bold --output kept").stdout
        == result.stdout
    )
    assert len(model.asked) == 21


def test_a_picture_that_fails_is_in_no_curve(benchmark: Benchmark) -> None:
    """Means of different pictures could not be compared."""
    (Path("copy") / LICENSED / "alpha/pane.png").write_bytes(b"torn")

    result = benchmark(f"trimap-sensitivity {DATA} --json all.json")

    assert result.exit_code == 3
    assert "1 of 3 images could not be measured and are left out:\n- pane_0: " in result.stdout
    values = json.loads(Path("all.json").read_text())
    assert values["measured"]["images"] == 2
    assert list(values["measured"]["means"]) == ["dim"]


def test_the_curves_are_drawn(benchmark: Benchmark) -> None:
    """With the name of every model; the same numbers give the same file."""
    pytest.importorskip("matplotlib")
    line = f"trimap-sensitivity {DATA} --model dim --model bold --limit 1 --plot"

    assert benchmark(f"{line} one.svg").exit_code == 0
    assert benchmark(f"{line} two.svg").exit_code == 0

    svg = Path("one.svg").read_text()
    assert svg.startswith("<?xml")
    assert "bold" in svg
    assert "dilation of the trimap" in svg
    assert svg == Path("two.svg").read_text()


def test_a_plot_without_the_library_is_refused_at_once(
    benchmark: Benchmark, model: TrimapReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour later would be late."""
    for name in [it for it in sys.modules if it.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)

    result = benchmark(f"trimap-sensitivity {DATA} --plot a.svg")

    assert result.exit_code == 2
    assert "pip install 'penumbra[bench]'" in result.stderr
    assert model.asked == []
