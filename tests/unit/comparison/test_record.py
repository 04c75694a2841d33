"""The journal of a comparison."""

from dataclasses import replace
from pathlib import Path

import pytest

from penumbra.comparison.record import (
    RUN,
    Record,
    append_record,
    matte_path,
    read_records,
    read_run,
    write_run,
)
from penumbra.core.errors import OutputError

ONE = Record(
    "cats",
    "a",
    "cat",
    False,
    "aim",
    "none",
    "image",
    0.5,
    0.5,
    seconds=0.25,
    scores={"SAD": 1.5},
    curve={"oracle": [1.0, 0.0]},
)


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    other = replace(ONE, picture="b", error="no answer", scores={}, curve={})
    for record in (ONE, other):
        append_record(tmp_path / "results.jsonl", record)

    assert read_records(tmp_path / "results.jsonl") == [ONE, other]


def test_a_torn_line_spoils_itself_alone(tmp_path: Path) -> None:
    """A machine that loses its power leaves half a line; the next one must not hang on to it."""
    path = tmp_path / "results.jsonl"
    append_record(path, ONE)
    path.write_bytes(path.read_bytes() + b'{"group": "ca')

    append_record(path, replace(ONE, picture="b"))

    assert [record.picture for record in read_records(path)] == ["a", "b"]


def test_of_equal_keys_the_last_counts(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    append_record(path, ONE)
    append_record(path, replace(ONE, seconds=9.0))

    assert [record.seconds for record in read_records(path)] == [9.0]


def test_what_is_no_record_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    path.write_text('[]\n{"group": "cats"}\nnothing\n')

    assert read_records(path) == []
    assert read_records(tmp_path / "absent.jsonl") == []


def test_a_file_that_cannot_be_written_or_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="must be writable"):
        append_record(tmp_path / "absent" / "results.jsonl", ONE)
    with pytest.raises(OutputError, match="must be readable"):
        read_records(tmp_path)


def test_the_note_of_a_run_is_replaced_whole(tmp_path: Path) -> None:
    assert read_run(tmp_path) == {}

    write_run(tmp_path, {"date": "today"})
    write_run(tmp_path, {"of": {"clicks": 10}})

    assert read_run(tmp_path) == {"of": {"clicks": 10}}


@pytest.mark.parametrize(("text", "said"), [("[]", "an object"), ("{", "readable JSON")])
def test_a_broken_note_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / RUN).write_text(text)

    with pytest.raises(OutputError, match=said):
        read_run(tmp_path)


def test_each_way_of_speaking_has_its_own_mattes(tmp_path: Path) -> None:
    """`auto` answers a picture with and without clicks; one must not replace the other."""
    plain = matte_path(tmp_path, "auto", "none", "cats", "a")
    clicked = matte_path(tmp_path, "auto", "clicks", "cats", "a")

    assert plain.relative_to(tmp_path).as_posix() == "mattes/auto/cats/a.png"
    assert clicked.relative_to(tmp_path).as_posix() == "mattes/auto+clicks/cats/a.png"
