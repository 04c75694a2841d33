"""Files written whole or not at all."""

import errno
import os
from pathlib import Path

import pytest

from penumbra.core.errors import OutputError
from penumbra.io import check_not_input, write_atomically


def test_the_file_holds_the_bytes_and_nothing_else_is_left(tmp_path: Path) -> None:
    """Also when there was a file before."""
    path = tmp_path / "out.png"

    write_atomically(path, b"first")
    write_atomically(str(path), b"second")

    assert path.read_bytes() == b"second"
    assert os.listdir(tmp_path) == ["out.png"]


def test_the_file_is_as_readable_as_any_other(tmp_path: Path) -> None:
    """Temporary files are often private; an output must not be."""
    ordinary, ours = tmp_path / "ordinary", tmp_path / "ours"

    ordinary.write_bytes(b"")
    write_atomically(ours, b"")

    assert ours.stat().st_mode == ordinary.stat().st_mode


def test_a_link_is_followed(tmp_path: Path) -> None:
    """The link stays a link."""
    target, link = tmp_path / "target.png", tmp_path / "link.png"
    target.write_bytes(b"old")
    link.symlink_to(target)

    write_atomically(link, b"new")

    assert link.is_symlink()
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize("failing", ["write", "replace"])
def test_an_interrupted_write_leaves_the_old_file(
    failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control-C in the middle of a batch."""
    path = tmp_path / "out.png"
    path.write_bytes(b"old")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    if failing == "replace":
        monkeypatch.setattr(Path, "replace", interrupt)
    else:
        monkeypatch.setattr(Path, "open", interrupt)

    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["out.png"]


def test_an_error_without_a_system_reason_keeps_its_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some file systems raise their own."""

    def fail(*_: object) -> None:
        raise OSError("quota of the share is used up")

    monkeypatch.setattr(Path, "replace", fail)

    with pytest.raises(OutputError, match="got 'quota of the share is used up'"):
        write_atomically(tmp_path / "out.png", b"")


@pytest.mark.parametrize("place", ["folder", "pipe", "/", ""])
def test_only_files_are_replaced(place: str, tmp_path: Path) -> None:
    """Renaming onto the null device would, for the superuser, break the machine.

    A pipe stands in for the device: a test that fails must not do what it warns of.  The root
    and the folder itself have no name beside which a temporary one could stand.
    """
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(OutputError, match="must be a file, got a folder or a device"):
        write_atomically(tmp_path / place, b"data")
    assert sorted(os.listdir(tmp_path)) == ["folder", "pipe"]
    assert (tmp_path / "pipe").is_fifo()


def test_an_output_is_never_an_input(tmp_path: Path) -> None:
    """By the same name, another spelling of it, a link, or another name of one file."""
    path = tmp_path / "photo.png"
    path.write_bytes(b"precious")
    (tmp_path / "soft.png").symlink_to(path)
    (tmp_path / "hard.png").hardlink_to(path)

    for output in ("photo.png", "../" + tmp_path.name + "/photo.png", "soft.png", "hard.png"):
        with pytest.raises(OutputError, match=r"must not replace an input, got .*photo\.png"):
            check_not_input(tmp_path / output, [tmp_path / "other.png", path])
    check_not_input(tmp_path / "out.png", [path])
    check_not_input(tmp_path / "out.png", [])


def test_an_input_that_is_gone_is_still_no_output(tmp_path: Path) -> None:
    """The names decide where there is no file to compare."""
    with pytest.raises(OutputError, match="must not replace an input"):
        check_not_input(tmp_path / "a" / ".." / "photo.png", [tmp_path / "photo.png"])


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT])
def test_the_reason_of_the_system_is_passed_on(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Full disk, no permission, mounted read-only, quota."""

    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, "open", fail)

    with pytest.raises(OutputError, match=f"must be writable, got '{os.strerror(code)}'"):
        write_atomically(tmp_path / "out.png", b"data")
