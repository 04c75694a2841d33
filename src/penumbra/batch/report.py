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
class PersonEntry:
    """One person of a photograph, and what was written of it.

    Attributes:
        number: From 1 on, from the left to the right.
        box: Around the person, x0, y0, x1, y1 in pixels of the upright photograph, half-open.
        score: How surely it is a person, in [0, 1].
        output: The file of the cut-out, None where it was not written.
        alpha: The file of the matte alone, None as above.
        foreground: The file of the colours alone, None as above.
    """

    number: int
    box: tuple[float, float, float, float]
    score: float
    output: str | None = None
    alpha: str | None = None
    foreground: str | None = None


@dataclass(frozen=True)
class Entry:
    """One photograph of a report.

    Attributes:
        input: The file, or "-" for standard input.
        output: The file that was written, "-" for standard output, None where nothing was, and
            where each person has a file.
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
        flags: The same as `notes` in words for programs, where the model has them.
        people: Of whom anything was written, where each person was asked for; otherwise None.
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
    flags: tuple[str, ...] = ()
    people: tuple[PersonEntry, ...] | None = None

    @property
    def outputs(self) -> tuple[str, ...]:
        """The files of cut-outs that were written."""
        if self.people is not None:
            return tuple(it.output for it in self.people if it.output is not None)
        return () if self.output is None else (self.output,)


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
