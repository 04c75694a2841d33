"""The account of a folder of mattes."""

import json
from pathlib import Path

import pytest

from penumbra.core.errors import DatasetError, InputError, OutputError
from penumbra.data.mattes_report import (
    REPORT,
    SETTINGS,
    Line,
    append_line,
    claim,
    read_lines,
    write_summary,
)

KEPT = Line("a.jpg", "a.png", numbers={"rim": 0.01}, seconds=30.0)
REJECTED = Line("b.jpg", None, "rim", seconds=60.0)


def test_lines_come_back_as_they_went(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()

    for line in (KEPT, REJECTED):
        append_line(tmp_path, line)

    assert read_lines(tmp_path) == [KEPT, REJECTED]


def test_no_report_is_an_empty_one(tmp_path: Path) -> None:
    assert read_lines(tmp_path) == []


def test_the_last_line_of_a_picture_counts(tmp_path: Path) -> None:
    """A picture that met a bug was done again, and now it is fine."""
    for reason in ("bug", "rim"):
        append_line(tmp_path, Line("b.jpg", None, reason))

    assert [line.reason for line in read_lines(tmp_path)] == ["rim"]


def test_a_torn_last_line_is_cut_off(tmp_path: Path) -> None:
    """Or the next line would be glued to it, and both be lost."""
    append_line(tmp_path, REJECTED)
    with (tmp_path / REPORT).open("ab") as file:
        file.write(b'{"image": "c.j')

    assert read_lines(tmp_path) == [REJECTED]
    append_line(tmp_path, Line("c.jpg", None, "area"))
    assert len(read_lines(tmp_path)) == 2


@pytest.mark.parametrize("row", [b"", b"[]", b'{"image": "c.jpg", "colour": 3}', b"\xff"])
def test_damage_elsewhere_is_an_error(tmp_path: Path, row: bytes) -> None:
    """No kill does that, so nobody should guess what else is wrong."""
    (tmp_path / REPORT).write_bytes(row + b"\n" + json.dumps({"image": "a"}).encode() + b"\n")

    with pytest.raises(DatasetError, match=r"report\.jsonl:1 must be a line of the report"):
        read_lines(tmp_path)


def test_a_folder_remembers_its_settings(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "out"
    claim(folder, {"edge": "fine", "wide": 0.1})
    claim(folder, {"edge": "fine", "wide": 0.1})

    with pytest.raises(InputError, match=r"setting wide must be 0\.1 as when .* begun, got 0\.2"):
        claim(folder, {"edge": "fine", "wide": 0.2})
    with pytest.raises(InputError, match=r"setting edge must be 'fine'.*, got None"):
        claim(folder, {"wide": 0.1})
    with pytest.raises(InputError, match="setting gap must be None"):
        claim(folder, {"edge": "fine", "wide": 0.1, "gap": 1})


@pytest.mark.parametrize("record", [b"{", b"3"])
def test_a_damaged_record_of_settings_is_an_error(tmp_path: Path, record: bytes) -> None:
    (tmp_path / SETTINGS).write_bytes(record)

    with pytest.raises(DatasetError, match=r"settings\.json must"):
        claim(tmp_path, {"edge": "fine"})


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """Before any work is done, and as our own error while it is."""
    (tmp_path / "file").touch()
    (tmp_path / REPORT).mkdir()

    with pytest.raises(OutputError, match="must be a writable folder"):
        claim(tmp_path / "file", {})
    with pytest.raises(OutputError, match="must be writable"):
        append_line(tmp_path, KEPT)
    with pytest.raises(OutputError, match="must be readable"):
        read_lines(tmp_path)


def test_the_sums_add_up(tmp_path: Path) -> None:
    summary = write_summary(tmp_path, [KEPT, REJECTED, REJECTED], {"edge": "fine"}, minutes=1.234)

    assert json.loads((tmp_path / "summary.json").read_text()) == summary
    assert (summary["kept"], summary["rejected_by_reason"]) == (1, {"rim": 2})
    assert (summary["minutes"], summary["minutes_of_work"]) == (1.23, 2.5)
