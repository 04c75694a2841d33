"""Files written whole or not at all, and never over an input."""

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from penumbra.core.errors import OutputError


def write_atomically(path: Path | str, data: bytes) -> None:
    """Write a file under a temporary name beside its place, then rename it there.

    Whoever looks sees the old file or the new one.  A link is followed: the file it points to
    is replaced.

    Raises:
        OutputError: No such folder, no permission, no space left, or something that is not a
            file stands there.  Nothing is left behind, and what was there is untouched.
    """
    with atomic_file(path) as file:
        file.write(data)


def append_line(path: Path, line: bytes) -> None:
    """Add a line, without its end, to a file of lines, and return when it is on the disk.

    Raises:
        OutputError: There is no room, or no permission.
    """
    line += b"\n"
    try:
        with path.open("a+b", buffering=0) as file:
            end = file.seek(0, os.SEEK_END)
            if end and os.pread(file.fileno(), 1, end - 1) != b"\n":
                line = b"\n" + line  # so that a torn line spoils itself alone
            written = file.write(line)
            os.fsync(file.fileno())
    except OSError as error:
        raise OutputError(f"{path} must be writable, got {error.strerror!r}") from error
    if written != len(line):
        raise OutputError(f"{path} must be writable, got room for part of a line")


@contextmanager
def atomic_file(path: Path | str) -> Iterator[BinaryIO]:
    """Open a file that takes its place when all is written; as `write_atomically`.

    Whatever is raised inside leaves nothing behind; an `OSError` becomes an `OutputError`.
    """
    place = Path(os.path.realpath(path))
    try:
        if place.exists() and not place.is_file():
            raise OutputError(f"{path} must be a file, got a folder or a device")
        temporary = place.with_name(f".penumbra-{secrets.token_hex(8)}.part")
        try:
            with temporary.open("xb") as file:
                yield file
            temporary.replace(place)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"{path} must be writable, got {reason!r}") from error


def check_not_input(output: Path | str, inputs: Iterable[Path | str]) -> None:
    """Raise `OutputError` if writing `output` would replace one of the inputs."""
    for path in inputs:
        if os.path.realpath(output) == os.path.realpath(path) or _is_same_file(output, path):
            raise OutputError(f"output must not replace an input, got {path}")


def _is_same_file(one: Path | str, other: Path | str) -> bool:
    """Whether both exist and are one file, by hard link or under names that differ in case."""
    with suppress(OSError):
        return os.path.samefile(one, other)
    return False
