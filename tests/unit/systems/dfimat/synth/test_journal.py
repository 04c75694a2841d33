"""The account of a set."""

from pathlib import Path

import pytest

from penumbra.core.errors import DatasetError, InputError, OutputError
from penumbra.systems.dfimat.synth.journal import (
    REPORT,
    Account,
    Line,
    append_line,
    begin,
    read_account,
    settings_of,
)

LINES = (
    Line(0, "a", "kept", split="train", n=2, looks="0f", slots={"place": "x"}, files={"f": "1"}),
    Line(1, "b", "rejected", "size"),
    Line(2, "c", "kept", split="val", n=3, looks="f0", slots={"place": "x"}, files={"g": "2"}),
    Line(0, "a", "removed"),
    Line(2, "c", "approved"),
    Line(3, "d", "rejected", "size"),
)


def test_lines_come_back_as_they_were(tmp_path: Path) -> None:
    """Every field of them."""
    for line in LINES:
        append_line(tmp_path, line)

    assert read_account(tmp_path).lines == LINES


def test_the_last_line_of_an_attempt_holds() -> None:
    """An approval takes nothing back."""
    account = Account(LINES)

    assert [it.name for it in account.kept] == ["c"]
    assert account.approved == {"c"}
    assert account.next == 4
    assert Account(()).next == 0
    summary = account.summary()
    assert summary["attempts"] == 4
    assert summary["yield"] == 0.25
    assert summary["rejected_by_reason"] == {"size": 2}
    assert summary["removed_by_review"] == summary["approved_by_review"] == 1
    assert summary["people_per_picture"] == {"3": 1}


def test_an_attempt_is_made_again_with_what_was_known_then() -> None:
    """What came later counts neither as looks nor for balance; what was removed, as looks only."""
    account = Account(LINES)

    assert account.before(0).hashes == []
    assert account.before(2).hashes == [0x0F]
    assert account.before(2).slots["place"] == {"x": 1}
    assert account.before(3).hashes == [0x0F, 0xF0]
    assert account.before(3).slots["place"] == {"x": 1}
    assert account.before(99).count == 1


def test_a_torn_last_line_is_cut_off(tmp_path: Path) -> None:
    """What a job leaves that was killed in the middle of it."""
    for line in LINES[:2]:
        append_line(tmp_path, line)
    path = tmp_path / REPORT
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"number": 7, "na')

    assert read_account(tmp_path).lines == LINES[:2]
    assert path.read_bytes() == whole


@pytest.mark.parametrize("row", ["{", "[]", '{"number": 1}', '{"number":1,"name":"a","event":"x"}'])
def test_a_line_that_is_none_is_named(row: str, tmp_path: Path) -> None:
    """By its place."""
    (tmp_path / REPORT).write_text(f"{row}\n")

    with pytest.raises(DatasetError, match=r"report\.jsonl:1 must be a line"):
        read_account(tmp_path)


def test_other_settings_need_another_folder(tmp_path: Path) -> None:
    """The message names the first that differs, however deep it lies."""
    begin(tmp_path / "set", {"seed": 1, "gates": {"area": (0.1, 0.7)}})
    begin(tmp_path / "set", {"seed": 1, "gates": {"area": [0.1, 0.7]}})

    with pytest.raises(InputError, match=r"setting gates\.area must be \[0\.1, 0\.7\] as when"):
        begin(tmp_path / "set", {"seed": 1, "gates": {"area": (0.2, 0.7)}})
    with pytest.raises(InputError, match=r"setting seed must be 1 as when .*, got None"):
        begin(tmp_path / "set", {"gates": {"area": (0.1, 0.7)}})
    assert settings_of(tmp_path / "set")["seed"] == 1


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    """Somebody named the wrong one."""
    (tmp_path / "letters.txt").write_text("dear")

    with pytest.raises(InputError, match=r"must be empty or a set that was begun, got letters"):
        begin(tmp_path, {})
    with pytest.raises(OutputError, match="must be a writable folder"):
        begin(tmp_path / "letters.txt", {})


@pytest.mark.parametrize("data", [None, "{", "[]"])
def test_a_folder_without_settings_is_no_set(data: str | None, tmp_path: Path) -> None:
    """Or with damaged ones."""
    if data is not None:
        (tmp_path / "settings.json").write_text(data)

    with pytest.raises(DatasetError, match="must hold the settings of a set"):
        settings_of(tmp_path)
