"""What became of every photograph, as numbers and as a file."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from penumbra.core.version import __version__
from penumbra.io import write_atomically


class Status(StrEnum):
    """How a job ended."""

    DONE = "done"
    FAILED = "failed"  # because of the input, or because the output could not be written
    BUG = "bug"


@dataclass(frozen=True)
class Entry:
    """One photograph of a report.

    Attributes:
        input: The file, or "-" for standard input.
        output: The file that was written, "-" for standard output, None where nothing was.
        status: How it ended.
        reason: Why nothing was written, None where all is well.
        model: The model that answered, None where it did not come to that.
        width: Of the upright photograph in pixels, None where it could not be read.
        height: As `width`.
        megapixels: Their product in millions.
        seconds: From opening the file to the end.
        notes: What the model has to say of its answer.
        confidence: How sure the model is that there is an object, in [0, 1]; None where it does
            not say.
        empty: Whether the matte is transparent everywhere; None where there is no matte.
        expected_error: Mean absolute error of the matte that the model expects; None where it
            does not say.
        refined: How many windows were polished.
    """

    input: str
    output: str | None
    status: Status
    reason: str | None
    model: str | None
    width: int | None
    height: int | None
    megapixels: float | None
    seconds: float
    notes: tuple[str, ...] = ()
    confidence: float | None = None
    empty: bool | None = None
    expected_error: float | None = None
    refined: int = 0


def exit_status(entries: Sequence[Entry]) -> int:
    """Return what the command ends with.

    Returns:
        0 if all is done, 1 if a bug was met, 2 if nothing is done, 3 if some is.
    """
    states = {entry.status for entry in entries}
    if Status.BUG in states:
        return 1
    if Status.FAILED not in states:
        return 0
    return 3 if Status.DONE in states else 2


def write_report(path: Path, entries: Sequence[Entry], inputs: int, seconds: float) -> None:
    """Write the report as JSON, whole or not at all.

    Args:
        path: The file to write.
        entries: The photographs that came to an end.
        inputs: How many there are; more than entries if the command was interrupted.
        seconds: Since the command began.

    Raises:
        OutputError: The file cannot be written.
    """
    counts = {status.value: 0 for status in Status}
    for entry in entries:
        counts[entry.status.value] += 1
    report = {
        "version": __version__,
        "totals": {"inputs": inputs, **counts, "seconds": round(seconds, 3)},
        "entries": [asdict(entry) for entry in entries],
    }
    write_atomically(path, json.dumps(report, indent=2).encode("utf-8") + b"\n")
