"""The journal survives whatever moment a batch dies at."""

from dataclasses import replace
from pathlib import Path

import pytest

from penumbra.batch import journal
from penumbra.batch.folder import JobFolder
from penumbra.batch.journal import Record
from penumbra.core.errors import InputError, OutputError
from tests.full_disk import full_disk

ONE = Record("sub/a.jpg", "/in/sub/a.jpg", "12", "review", "sub/a.png", risk=0.2, spot=(1.5, 2.5))


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """Tuples come back as such, and the last line of a key counts."""
    path = tmp_path / "journal.jsonl"
    later = replace(ONE, verdict="ok", is_reviewed=True, notes=("a", "b"))

    for record in (ONE, later):
        journal.append(path, record)

    assert list(journal.read(path)) == [ONE, later]


@pytest.mark.parametrize("kept", [0, 1, 17, -1])
def test_a_torn_last_line_is_none_and_spoils_no_other(tmp_path: Path, kept: int) -> None:
    """Wherever the line was torn, the next one stands alone."""
    path = tmp_path / "journal.jsonl"
    journal.append(path, ONE)
    first = path.read_bytes()
    journal.append(path, replace(ONE, key="b"))
    second = path.read_bytes()[len(first) :]
    path.write_bytes(first + second[:kept])

    assert [it.key for it in journal.read(path)] == ["sub/a.jpg"]

    journal.append(path, replace(ONE, key="c"))

    keys = [it.key for it in journal.read(path)]
    # All that was missing may have been the end of the line, which the next one brings.
    assert keys == (["sub/a.jpg", "b", "c"] if kept == -1 else ["sub/a.jpg", "c"])


def test_lines_that_are_no_records_count_as_not_written(tmp_path: Path) -> None:
    """What they spoke of is done again."""
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'[]\n{"key": 1}\n\xff\xfe\n{"verdict": "ok"}\n')
    journal.append(path, ONE)

    assert list(journal.read(path)) == [ONE]


def test_names_of_later_versions_are_left_out(tmp_path: Path) -> None:
    """A folder that a newer version wrote to can be read."""
    assert journal.from_json({**journal.to_json(ONE), "later": 1}) == ONE
    with pytest.raises(ValueError, match="verdict must be one of"):
        journal.from_json({**journal.to_json(ONE), "verdict": "later"})


def test_names_that_are_no_unicode_survive(tmp_path: Path) -> None:
    """File systems take any bytes."""
    path = tmp_path / "journal.jsonl"
    odd = replace(ONE, key=b"\xff\n.jpg".decode("utf-8", "surrogateescape"))
    journal.append(path, odd)

    assert list(journal.read(path)) == [odd]


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    """Otherwise results would be there that nobody knows of."""
    path = tmp_path / "journal.jsonl"
    journal.append(path, ONE)

    with full_disk(path.stat().st_size + 20), pytest.raises(OutputError, match="must be writable"):
        journal.append(path, replace(ONE, key="b"))

    assert [it.key for it in journal.read(path)] == ["sub/a.jpg"]


def test_the_pile_is_what_nobody_has_looked_at_riskiest_first(tmp_path: Path) -> None:
    """Who has an hour spends it where it helps most."""
    folder = JobFolder(tmp_path / "out")
    folder.make()
    for key, risk in [("a", 0.1), ("b", 0.3)]:
        folder.append(replace(ONE, key=key, risk=risk))
    folder.append(replace(ONE, key="c", verdict="ok"))
    folder.append(replace(ONE, key="d", is_reviewed=True))

    assert [it.key for it in folder.pile()] == ["b", "a"]


def test_a_folder_with_other_things_in_it_is_refused(tmp_path: Path) -> None:
    """Results would lie between, or over, somebody's files."""
    (tmp_path / "holiday.txt").touch()

    with pytest.raises(InputError, match=r"must be empty or a batch's folder, got holiday.txt"):
        JobFolder(tmp_path).make()
    with pytest.raises(InputError, match="must be the folder of a batch"):
        JobFolder(tmp_path).manifest()


def test_only_one_batch_is_at_work(tmp_path: Path) -> None:
    """Two would do everything twice, and write one journal."""
    folder = JobFolder(tmp_path / "out")
    folder.make()

    second = JobFolder(tmp_path / "out").locked()
    with folder.locked(), pytest.raises(OutputError, match="must be free of batches"), second:
        pass
    with folder.locked():
        pass


def test_tidying_removes_parts_and_empty_folders(tmp_path: Path) -> None:
    """Trees of an interrupted batch are those of one that was not."""
    folder = JobFolder(tmp_path)
    folder.make()
    (tmp_path / "ok" / "empty" / "more").mkdir(parents=True)
    (tmp_path / "ok" / "full").mkdir()
    (tmp_path / "ok" / "full" / ".penumbra-12.part").touch()
    (tmp_path / "ok" / "full" / "a.png").touch()

    folder.tidy()

    assert [it.name for it in (tmp_path / "ok").iterdir()] == ["full"]
    assert [it.name for it in (tmp_path / "ok" / "full").iterdir()] == ["a.png"]
