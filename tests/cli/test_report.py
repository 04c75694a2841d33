"""The report and the exit status it ends in."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result

from penumbra import __version__
from penumbra.batch.report import Entry, Status, exit_status, write_report
from penumbra.core.arrays import RGB
from penumbra.core.errors import OutputError
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from tests.cli.conftest import Draw, Obedient


def entry(status: Status) -> Entry:
    return Entry("a.jpg", None, status, None, None, 2000, 1000, 2.0, 0.25)


DONE, FAILED, BUG = entry(Status.DONE), entry(Status.FAILED), entry(Status.BUG)


@pytest.mark.parametrize(
    ("entries", "status"),
    [
        ([DONE], 0),
        ([DONE, DONE], 0),
        ([FAILED], 2),
        ([FAILED, FAILED], 2),
        ([DONE, FAILED], 3),
        ([BUG], 1),
        ([DONE, FAILED, BUG], 1),
    ],
)
def test_the_exit_status_says_how_much_is_done(entries: list[Entry], status: int) -> None:
    """Scripts decide by it; a bug outweighs everything."""
    assert exit_status(entries) == status


def test_a_report_counts_and_lists(tmp_path: Path) -> None:
    """Totals tell an interrupted run: more inputs than entries."""
    write_report(tmp_path / "report.json", [DONE, FAILED], inputs=3, seconds=1.5)

    report = json.loads((tmp_path / "report.json").read_text())

    assert report["version"] == __version__
    assert report["totals"] == {"inputs": 3, "done": 1, "failed": 1, "bug": 0, "seconds": 1.5}
    assert [found["status"] for found in report["entries"]] == ["done", "failed"]
    assert report["entries"][0] == {
        "input": "a.jpg",
        "output": None,
        "status": "done",
        "reason": None,
        "model": None,
        "width": 2000,
        "height": 1000,
        "megapixels": 2.0,
        "seconds": 0.25,
        "notes": [],
        "confidence": None,
        "empty": None,
        "expected_error": None,
        "refined": 0,
        "flags": [],
        "people": None,
    }


def test_a_report_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """Half a report would be read as the whole."""
    (tmp_path / "folder").mkdir()

    with pytest.raises(OutputError):
        write_report(tmp_path / "folder", [DONE], inputs=1, seconds=1.0)

    assert [path.name for path in tmp_path.rglob("*")] == ["folder"]


def test_what_is_unusual_is_told_to_programs_and_to_people(
    penumbra: Callable[..., Result], draw: Draw, model: Obedient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A word and a sentence for each."""

    def decode(encoded: RGB, hints: Hints, previous: Matte | None = None) -> Matte:
        alpha = np.ones(encoded.shape[:2], np.float32)
        return Matte(alpha, notes=("this is probably no person",), flags=("not_human",))

    monkeypatch.setattr(model, "decode", decode)
    draw("a.png")

    result = penumbra("cut a.png -o b.png --box 0 0 2 2 --report r.json")

    assert result.exit_code == 0, result.output
    (told,) = json.loads(Path("r.json").read_text())["entries"]
    assert told["flags"] == ["not_human"]
    assert told["notes"] == ["this is probably no person"]
