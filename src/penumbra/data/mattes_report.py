"""The account of a folder of mattes: a line for each picture, and the sums of them.

Lines are only ever added, each after its file was written.  Whatever moment a job dies at, the
account tells what is done; at worst one last line is torn, and that picture is done again.
"""

import json
import platform
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from penumbra.core.errors import DatasetError, InputError, OutputError
from penumbra.core.version import __version__
from penumbra.io import write_atomically

REPORT = "report.jsonl"
SUMMARY = "summary.json"
SETTINGS = "settings.json"

AGAIN = frozenset({"bug", "memory"})
"""Reasons that are not the picture's own: such a line does not count as done."""

LIBRARIES = ("numpy", "scipy", "opencv-python-headless", "pillow")


@dataclass(frozen=True)
class Line:
    """What became of one picture.

    Attributes:
        image: Name of the picture's file.
        output: Name of the cut-out's file, None where it was rejected.
        reason: Why it was rejected, in a word or two that can be counted.
        detail: The same in a sentence, where there is more to say.
        numbers: Agreement of matte and mask, where it came to that.
        seconds: From opening the files to the end.
    """

    image: str
    output: str | None
    reason: str | None = None
    detail: str | None = None
    numbers: Mapping[str, float] | None = None
    seconds: float = 0.0

    @property
    def is_kept(self) -> bool:
        """Whether there is a cut-out."""
        return self.output is not None


def read_lines(folder: Path) -> list[Line]:
    """Return what is done, and cut a torn last line off the file.

    Of several lines of one picture the last counts, unless its cut-out is gone or its reason
    is one of `AGAIN`.

    Raises:
        DatasetError: The account is not one.
        OutputError: It cannot be read or mended.
    """
    path = folder / REPORT
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise OutputError(f"{path} must be readable, got {error.strerror!r}") from error
    whole = data[: data.rfind(b"\n") + 1]
    if whole != data:
        write_atomically(path, whole)
    rows = enumerate(whole.splitlines(), start=1)
    last = {line.image: line for line in (_parsed(row, f"{path}:{n}") for n, row in rows)}
    return [line for line in last.values() if _is_done(line, folder)]


def append_line(folder: Path, line: Line) -> None:
    """Add a line to the account.

    Raises:
        OutputError: There is no room, or no permission.
    """
    path = folder / REPORT
    try:
        with path.open("ab") as file:
            file.write(json.dumps(asdict(line)).encode() + b"\n")
    except OSError as error:
        raise OutputError(f"{path} must be writable, got {error.strerror!r}") from error


def claim(folder: Path, settings: Mapping[str, Any]) -> None:
    """Make a folder the place for mattes of these settings, or find that it is.

    Temporary files that a job left behind when it was killed are removed.

    Raises:
        InputError: It was begun with other settings; the message names the first.
        DatasetError: Its record of settings is damaged.
        OutputError: It cannot be made or written.
    """
    path = folder / SETTINGS
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in folder.glob(".penumbra-*.part"):
            with suppress(FileNotFoundError):
                leftover.unlink()
        begun = json.loads(path.read_bytes()) if path.exists() else None
    except OSError as error:
        raise OutputError(f"{folder} must be a writable folder, got {error.strerror!r}") from error
    except ValueError as error:
        raise DatasetError(f"{path} must be JSON, got {str(error)!r}") from error
    if begun is None:
        write_atomically(path, json.dumps(settings, indent=2).encode() + b"\n")
        return
    if not isinstance(begun, dict):
        raise DatasetError(f"{path} must hold settings, got {begun!r}")
    for name in [*settings, *begun]:
        if settings.get(name) != begun.get(name):
            raise InputError(
                f"setting {name} must be {begun.get(name)!r} as when {folder} was begun, got"
                f" {settings.get(name)!r}: choose another folder, or empty this one"
            )


def write_summary(
    folder: Path, lines: Iterable[Line], settings: Mapping[str, Any], minutes: float
) -> dict[str, Any]:
    """Write and return the sums of the account; arguments as it shows them."""
    lines = list(lines)
    rejected = Counter(line.reason for line in lines if not line.is_kept)
    summary = {
        "pictures": len(lines),
        "kept": sum(line.is_kept for line in lines),
        "rejected": sum(rejected.values()),
        "rejected_by_reason": dict(sorted(rejected.items(), key=str)),
        "minutes": round(minutes, 2),
        "minutes_of_work": round(sum(line.seconds for line in lines) / 60, 2),
        "settings": dict(settings),
        "versions": {
            "penumbra": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
    }
    write_atomically(folder / SUMMARY, json.dumps(summary, indent=2).encode() + b"\n")
    return summary


def _is_done(line: Line, folder: Path) -> bool:
    return line.reason not in AGAIN if line.output is None else (folder / line.output).is_file()


def _parsed(row: bytes, place: str) -> Line:
    try:
        return Line(**json.loads(row))
    except (ValueError, TypeError) as error:
        raise DatasetError(f"{place} must be a line of the report, got {row[:80]!r}") from error
