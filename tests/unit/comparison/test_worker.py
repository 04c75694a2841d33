"""What one worker does, here in the process of the test."""

import resource
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from penumbra.comparison.entrants import Entrant
from penumbra.comparison.record import RESULTS, read_records
from penumbra.comparison.worker import Order, order_of, peak_memory, work
from penumbra.core.errors import WeightsError
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.io import load_alpha, save_alpha
from penumbra.systems import registry
from tests.held_sets import square, write_drawn, write_portraits
from tests.red_reader import RedReader

REDS = Entrant("reds", "room", ("none",), (), "aim")


@dataclass
class Moody(RedReader):
    """Answers reds, but fails at what is asked of it the third time; the first is for warmth."""

    asked: int = 0

    def decode(self, encoded: Matte, hints: Hints, previous: Matte | None = None) -> Matte:
        """Answer, or not."""
        self.asked += 1
        if self.asked == 3:
            raise RuntimeError("moody")
        return encoded


def order(tmp_path: Path, entrant: Entrant = REDS) -> Order:
    data = write_portraits(tmp_path / "data")
    (tmp_path / "out").mkdir()
    tasks = tuple(("portraits", f"{number:05}", "none") for number in range(3))
    return Order(entrant, data, None, tmp_path / "out", 3, tasks)  # type: ignore[arg-type]


def carried_out(what: Order) -> list[dict[str, Any]]:
    told = list[dict[str, Any]]()
    work(what, told.append)
    return told


def test_an_order_outlives_its_text(tmp_path: Path) -> None:
    """It goes to another process as JSON."""
    what = order(tmp_path)

    assert order_of(what.to_text()) == what
    assert order_of(replace(what, data=None).to_text()).data is None


def test_answers_are_kept_measured_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "load_predictor", lambda name: RedReader())
    what = order(tmp_path)

    told = carried_out(what)

    records = read_records(what.output / RESULTS)
    assert [record.picture for record in records] == ["00000", "00001", "00002"]
    assert {(record.entrant, record.protocol, record.kind) for record in records} == {
        ("reds", "none", "people")
    }
    assert [record.scores["SAD"] for record in records] == [0, 0, 0]
    assert all(record.seconds is not None for record in records)
    kept = load_alpha(what.output / "mattes" / "reds" / "portraits" / "00001.png")
    assert kept.tolist() == square(3).tolist()
    assert [list(event) for event in told[:2]] == [["begin"], ["done", "error"]]
    assert told[-1]["peak"] > 10_000_000


def test_a_picture_that_fails_is_written_down_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "load_predictor", lambda name: Moody())
    what = order(tmp_path)

    told = carried_out(what)

    records = read_records(what.output / RESULTS)
    assert [record.error for record in records] == ["", "RuntimeError('moody')", ""]
    assert records[1].scores == {}
    assert records[1].megapixels == records[0].megapixels > 0
    assert [event["error"] for event in told if "done" in event] == [
        "",
        "RuntimeError('moody')",
        "",
    ]


def test_ready_made_mattes_are_measured_and_missing_ones_counted(tmp_path: Path) -> None:
    folder = tmp_path / "mattes" / "portraits"
    folder.mkdir(parents=True)
    save_alpha(folder / "00000.png", np.zeros_like(square()))
    what = order(tmp_path, Entrant("folder f", "folder", ("none",), (), str(folder.parent)))

    carried_out(what)

    records = read_records(what.output / RESULTS)
    assert records[0].scores["SAD"] == pytest.approx(0.1)
    assert records[0].seconds is None
    assert ["must hold portraits" in record.error for record in records] == [False, True, True]


def test_a_matte_of_another_size_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "mattes"
    folder.mkdir()
    save_alpha(folder / "00000.png", square()[:9])
    what = order(tmp_path, Entrant("folder f", "folder", ("none",), (), str(folder)))

    carried_out(replace(what, tasks=what.tasks[:1]))

    assert "must have" in read_records(what.output / RESULTS)[0].error


def test_who_cannot_be_loaded_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str) -> RedReader:
        raise WeightsError("aim-s.onnx must be there, got none")

    monkeypatch.setattr(registry, "load_predictor", load)
    what = order(tmp_path)

    assert carried_out(what) == [{"refused": "aim-s.onnx must be there, got none"}]
    assert read_records(what.output / RESULTS) == []


def test_a_trimap_that_does_not_tell_both_sides_is_not_given(tmp_path: Path) -> None:
    """The square of 10 pixels is less than the unknown band is wide."""
    what = order(tmp_path, Entrant("closed-form", "room", ("trimap",), (), "closed-form"))
    write_drawn(what.output)

    told = carried_out(replace(what, tasks=(("drawn", "hair-0", "trimap"),)))

    assert told[:2] == [
        {"begin": ["drawn", "hair-0", "trimap"]},
        {"passed": ["drawn", "hair-0", "trimap"]},
    ]
    assert read_records(what.output / RESULTS) == []


@pytest.mark.skipif(sys.platform != "linux", reason="kilobytes are those of Linux")
def test_memory_is_in_bytes_and_of_this_process_alone() -> None:
    """What the system counts for it may include the process that started it, but is no less."""
    counted = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    assert counted / 4 < peak_memory() < counted * 1.2
