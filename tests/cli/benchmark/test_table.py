"""`penumbra benchmark` of tables."""

import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from penumbra.cli import benchmark_job
from penumbra.core.card import Wanted
from penumbra.core.errors import WeightsError
from penumbra.core.hints import HintKind
from penumbra.systems import registry
from tests.benchmark_runs import DATA, Benchmark, rows
from tests.compositions import LICENSED, names
from tests.trimap_reader import TrimapReader


def test_the_table_has_our_rows_and_those_of_the_paper(benchmark: Benchmark) -> None:
    """By hand: the SAD of a half everywhere in the unknown region, as eight bits hold it."""
    result = benchmark(f"comp1k {DATA}")

    assert result.exit_code == 0, result.output
    table = rows(result)
    assert list(table) == [
        "image",
        *names(),
        "mean",
        "paper: alpha loss only",
        "paper: both losses",
        "paper: with refinement",
    ]
    assert table["image"] == ["MP", "SAD /1000", "MSE", "MAD", "Grad /1000", "Conn /1000"]
    assert table["paper: with refinement"] == ["-", "50.4", "0.014", "-", "31", "50.8"]
    for name in names():
        stem = name.partition("_")[0]
        alpha = np.asarray(Image.open(Path("copy") / LICENSED / f"alpha/{stem}.png")) / 255
        trimap = np.asarray(Image.open(Path("copy") / LICENSED / f"trimaps/{name}.png"))
        error = np.abs(alpha - 128 / 255)[trimap == 128]
        assert table[name][1] == f"{error.sum() / 1000:.4g}"
        assert table[name][3] == f"{error.mean():.4g}"
    assert "\nModel: dim (refine=True, post=none)\nImages: 6 of 6\n" in result.stdout


def test_the_model_sees_the_composed_pictures(benchmark: Benchmark, model: TrimapReader) -> None:
    """In the order of the lists, each once."""
    benchmark(f"comp1k {DATA}")

    assert len(model.asked) == 6
    # The corner is the corner of background k, whose red is ten times k.
    reds = [round(float(image[0, 0, 0]) * 255) for image in model.asked]
    assert reds == [0, 10, 20, 30, 40, 50]


def test_another_model_can_be_entered(benchmark: Benchmark) -> None:
    """Every one that takes a trimap."""
    result = benchmark(f"comp1k {DATA} --model closed-form --limit 3")

    assert result.exit_code == 0, result.output
    assert "wisp_0" in rows(result)
    assert "ball_0" in rows(result)
    assert "ball_1" not in rows(result)
    assert "\nModel: closed-form\nImages: the first 3 of 6\n" in result.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--model segment", "model must take a trimap and need nothing else, got 'segment'"),
        ("--model dimm", "did you mean"),
        ("--model closed-form --set refine=false", "of a model with options, got 'refine=false'"),
        ("--set refin=false", "one of refine, post, got 'refin'; did you mean refine?"),
        ("--set post=x", "post must be one of none, guided, got 'x'"),
        ("--model dim --model closed-form", "comp1k must be run with one model"),
        ("--plot a.svg", "comp1k must be run without a plot"),
        ("--json nowhere/a.json", "nowhere/a.json must lie in a folder"),
        ("--json copy/a.json", "output must lie outside of the data, got copy/a.json"),
        ("--output voc/mattes", "output must lie outside of the data, got voc/mattes"),
        ("--plot a.png", "must end in .svg"),
    ],
)
def test_what_cannot_be_done_is_said_before_any_work(
    words: str, message: str, benchmark: Benchmark, model: TrimapReader
) -> None:
    """One line and status 2."""
    if "plot" in words:
        pytest.importorskip("matplotlib")
    result = benchmark(f"comp1k {DATA} {words}")

    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert model.asked == []


def test_a_model_that_needs_more_than_a_trimap_is_refused(
    benchmark: Benchmark, model: TrimapReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is there to click."""
    kinds: frozenset[HintKind] = frozenset({"trimap", "click"})
    card = replace(model.card, accepts=kinds, requires=kinds)
    monkeypatch.setattr(registry, "card", lambda name: card)

    result = benchmark(f"comp1k {DATA}")

    assert result.exit_code == 2
    assert "must take a trimap and need nothing else" in result.stderr


def test_a_setting_reaches_the_model(benchmark: Benchmark) -> None:
    """Without refinement the reader answers 1: twice as wrong where the truth is empty."""
    refined = rows(benchmark(f"comp1k {DATA}"))
    result = benchmark(f"comp1k {DATA} --set refine=false --set post=guided")

    assert "\nModel: dim (refine=False, post=guided)\n" in result.stdout
    assert rows(result)["mean"] != refined["mean"]


def test_mattes_are_kept_and_not_asked_for_again(benchmark: Benchmark, model: TrimapReader) -> None:
    """A rerun does only what is missing and prints the same."""
    first = benchmark(f"comp1k {DATA} --output kept")
    files = sorted(path.name for path in Path("kept/dim").iterdir())
    Path("kept/dim/ball_1.png").unlink()
    again = benchmark(f"comp1k {DATA} --output kept")

    assert files == sorted([f"{name}.png" for name in names()] + ["run.json"])
    assert len(model.asked) == 6 + 1
    assert again.stdout == first.stdout
    assert benchmark(f"comp1k {DATA}").stdout == first.stdout


def test_kept_mattes_of_other_settings_are_refused(benchmark: Benchmark) -> None:
    """They would be measured under the wrong name."""
    benchmark(f"comp1k {DATA} --output kept")

    result = benchmark(f"comp1k {DATA} --output kept --set refine=false")

    assert result.exit_code == 2
    assert "kept/dim must be empty or of this run" in result.stderr


def test_kept_mattes_of_other_weights_are_refused(
    benchmark: Benchmark, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that was trained on goes by the same name."""
    for sha256, status in (("aa", 0), ("aa", 0), ("bb", 2)):
        shipped = SimpleNamespace(room="dim", file="dim-s.onnx", sha256=sha256)
        monkeypatch.setattr(benchmark_job, "entries", lambda entry=shipped: (entry,))

        assert benchmark(f"comp1k {DATA} --output kept").exit_code == status


def test_the_licence_is_asked_for(benchmark: Benchmark, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights for research alone are refused where they are loaded."""

    def load(name: str, licence: Wanted) -> TrimapReader:
        raise WeightsError(f"licence of {name} must be {licence}")

    monkeypatch.setattr(registry, "load_predictor", load)

    assert benchmark(f"comp1k {DATA} --licence open").stderr == (
        "Error: licence of dim must be open\n"
    )


def test_json_holds_everything(benchmark: Benchmark) -> None:
    """Rows, rules, source, model and how much of the set it is."""
    result = benchmark(f"comp1k {DATA} --limit 2 --json all.json")

    assert result.exit_code == 0, result.output
    values = json.loads(Path("all.json").read_text())
    assert values["name"] == "comp1k"
    assert values["models"] == {"dim": {"refine": True, "post": "none"}}
    assert (values["images"], values["of"]) == (2, 6)
    assert [row["name"] for row in values["measured"]["rows"]] == ["wisp_0", "wisp_1"]
    assert values["measured"]["failed"] == {}


def test_a_damaged_picture_is_a_line_and_status_three(benchmark: Benchmark) -> None:
    """The others are measured, and the table says how many are not in it."""
    (Path("copy") / LICENSED / "fg/ball.png").write_bytes(b"torn")
    result = benchmark(f"comp1k {DATA} --json all.json")

    assert result.exit_code == 3
    assert list(rows(result))[1:6] == ["wisp_0", "wisp_1", "pane_0", "pane_1", "mean"]
    assert "\n2 of 6 images could not be measured and are left out:\n- ball_0: " in result.stdout
    assert "failed: ball_0: " in result.stderr
    assert result.stderr.endswith("Error: 2 of 6 inputs failed\n")
    assert list(json.loads(Path("all.json").read_text())["measured"]["failed"]) == [
        "ball_0",
        "ball_1",
    ]


def test_if_nothing_can_be_measured_there_is_no_table(benchmark: Benchmark) -> None:
    """Status 2."""
    for name in names():
        (Path("copy") / LICENSED / f"trimaps/{name}.png").write_bytes(b"torn")

    result = benchmark(f"comp1k {DATA}")

    assert result.exit_code == 2
    assert result.stdout == ""
    assert "6 of 6 inputs failed" in result.stderr


def test_a_bug_keeps_what_was_measured(
    benchmark: Benchmark, model: TrimapReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status 1, as everywhere; the night's work is kept."""
    tired = replace(model, tired=4)
    monkeypatch.setattr(registry, "load_predictor", lambda name, licence: tired)

    result = benchmark(f"comp1k {DATA} --output kept")

    assert result.exit_code == 1
    assert "- pane_0: ZeroDivisionError: tired\n" in result.stdout
    assert len(list(Path("kept/dim").glob("*.png"))) == 4


@pytest.mark.parametrize(
    ("lost", "named"),
    [
        ("copy/Test_set/test_fg_names.txt", "Test_set/test_fg_names.txt"),
        (f"copy/{LICENSED}/alpha/pane.png", "alpha/pane.*"),
        ("voc/2009_4.png", "2009_4.png"),
    ],
)
def test_what_is_missing_is_named(
    lost: str, named: str, benchmark: Benchmark, model: TrimapReader
) -> None:
    """Before any work."""
    Path(lost).unlink()

    result = benchmark(f"comp1k {DATA}")

    assert result.exit_code == 2
    assert re.search(f"missing: .*{re.escape(named)}", result.stderr)
    assert model.asked == []


def test_without_a_name_there_is_a_list(benchmark: Benchmark) -> None:
    """What there is, what it needs, and where it is from."""
    result = benchmark("")

    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    names = [line for line in lines if line and line[0] != " "]
    assert names == [
        "comp1k",
        "trimap-sensitivity",
        "aim500",
        "clicks-table1",
        "clicks-table2",
        "clicks-sparsification",
        "safe-table1",
        "safe-d646",
        "dfimat-table3-smpmat",
        "dfimat-table3-him2k",
        "dfimat-table4",
        "dfimat-table5",
        "dfimat-table6",
        "dfimat-table7",
        "dfimat-figure5",
        "dfimat-figure6",
    ]
    assert sum(line.startswith("  needs: a copy of Composition-1k") for line in lines) == 5
    assert sum('"Deep Image Matting", CVPR 2017' in line for line in lines) == 2


def test_an_unknown_name_gets_the_list_too(benchmark: Benchmark) -> None:
    """Status 2, on standard error."""
    result = benchmark(f"comp2k {DATA}")

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("comp1k\n  needs:")
    assert result.stderr.endswith("no benchmark 'comp2k'\n")


def test_data_are_needed(benchmark: Benchmark) -> None:
    """Nothing is downloaded."""
    result = benchmark("comp1k")

    assert result.exit_code == 2
    assert "--data is needed" in result.stderr
