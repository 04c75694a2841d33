"""`penumbra benchmark` of tables without hints."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from penumbra.systems import registry
from tests.aim_copy import KINDS, truths, write_aim_500
from tests.benchmark_runs import Benchmark, rows
from tests.red_reader import RedReader
from tests.trimap_reader import TrimapReader


def test_a_table_without_hints_is_broken_down_by_kind(benchmark: Benchmark) -> None:
    """By hand: reds are half of the truth, rounded down to whole steps of 255."""
    write_aim_500(Path("aim-500"))

    result = benchmark("aim500 --data aim-500 --json all.json")

    assert result.exit_code == 0, result.output
    sads = {
        name: float(np.abs(codes - codes // 2).sum() / 255 / 1000)
        for name, alpha in truths().items()
        for codes in (np.rint(alpha * 255),)
    }
    table = rows(result)
    assert [table[name][1] for name in KINDS] == [f"{sads[name]:.4g}" for name in KINDS]
    salient = np.mean([sads[name] for name, (kind, _) in KINDS.items() if kind == "SO"])
    by_type = result.stdout.partition("SAD by type\n\n")[2].splitlines()
    assert by_type[0].replace(" ", "") == "|SAD|SO|STM|NS|avg.|all|"
    assert by_type[2].split("|")[2].strip() == f"{salient:.2f}"
    assert by_type[3].split("|")[2].strip() == "3"
    assert "SAD by category" in result.stdout
    assert "\nModel: aim\nImages: 5 of 5\n" in result.stdout
    measured = json.loads(Path("all.json").read_text())["measured"]
    assert len(measured["rows"]) == 5
    assert measured["breakdowns"]["type"]["counts"] == {"SO": 3, "STM": 1, "NS": 1}
    assert measured["breakdowns"]["type"]["means"]["SO"] == pytest.approx(salient)
    assert measured["breakdowns"]["category"]["overall"] == pytest.approx(
        np.mean(list(sads.values()))
    )


def test_only_a_model_that_needs_a_trimap_gets_one(
    benchmark: Benchmark, model: TrimapReader
) -> None:
    """As the paper's own table enters Deep Image Matting with the true trimaps."""
    write_aim_500(Path("aim-500"))

    result = benchmark("aim500 --data aim-500 --model dim")

    assert result.exit_code == 0, result.output
    assert len(model.asked) == len(KINDS)
    assert "\nModel: dim (refine=True, post=none)\n" in result.stdout


def test_a_model_that_wants_to_be_told_something_is_refused(
    benchmark: Benchmark, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table gives no hints."""
    write_aim_500(Path("aim-500"))
    card = replace(RedReader.card, accepts=frozenset({"click"}), is_hint_needed=True)
    monkeypatch.setattr(registry, "card", lambda name: card)

    result = benchmark("aim500 --data aim-500")

    assert result.exit_code == 2
    assert "model must need no hint but a trimap, got 'aim'" in result.stderr
