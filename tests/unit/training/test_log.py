"""The log: whole lines, in order, across interruptions."""

import json
from pathlib import Path

import pytest

from penumbra.core.errors import OutputError
from penumbra.training.log import MetricsLog


def lines(out: Path) -> list[int]:
    """Return the steps of the log's lines."""
    return [json.loads(line)["step"] for line in (out / "metrics.jsonl").read_text().splitlines()]


def test_lines_after_the_checkpoint_are_forgotten(tmp_path: Path) -> None:
    """The resumed run writes them again."""
    with MetricsLog(tmp_path, 0) as log:
        for step in (10, 20, 21):
            log.write({"step": step})

    with MetricsLog(tmp_path, 20) as log:
        assert lines(tmp_path) == [10, 20]
        log.write({"step": 21})

    assert lines(tmp_path) == [10, 20, 21]


def test_the_piece_of_a_line_is_dropped(tmp_path: Path) -> None:
    """A machine that lost its power leaves one, and the next line must not grow onto it."""
    (tmp_path / "metrics.jsonl").write_text('{"step": 1}\n{"step": 2}\n{"st')

    with MetricsLog(tmp_path, 5) as log:
        log.write({"step": 6})

    assert lines(tmp_path) == [1, 2, 6]


def test_a_line_can_be_read_at_once(tmp_path: Path) -> None:
    """Whoever watches a run does not wait for a buffer to fill."""
    with MetricsLog(tmp_path, 0) as log:
        log.write({"step": 1})

        assert lines(tmp_path) == [1]


def test_a_place_that_cannot_be_written_is_our_error(tmp_path: Path) -> None:
    """Here a folder stands in the way."""
    (tmp_path / "metrics.jsonl").mkdir()

    with pytest.raises(OutputError, match=r"metrics.jsonl must be"):
        MetricsLog(tmp_path, 0)
