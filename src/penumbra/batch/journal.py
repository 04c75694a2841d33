"""The journal of a batch: a line for every input that came to an end.

Lines are only ever added, each after the files that it speaks of were written, and each is on the
disk before the next begins.  Whatever moment a batch dies at, the journal tells what is done.  A
line that cannot be read, such as the torn last one of a machine that lost its power, counts as not
written: what it spoke of is done again, into the same files.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from penumbra.core.errors import OutputError
from penumbra.io import append_line

Verdict = Literal["ok", "review", "quarantine"]
"""Where a result lies: good, to be looked at, or not there because its input failed twice."""

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


@dataclass(frozen=True, slots=True)
class Record:
    """What became of one input.

    Attributes:
        key: Its place in INPUT: "sub/cat.jpg".
        address: Where its bytes are: a path, an fsspec address, or a row of a Parquet file.
        input_hash: SHA-256 of its bytes in hexadecimal; "" where they could not be read.
        verdict: Where the result lies.
        name: Place of the result below each tree: "sub/cat.png".
        outputs: Name of a result ("output", "alpha", ...) to its path below the folder.
        output_hashes: The same names to SHA-256 of the files.
        model: The model that answered, None where it did not come to that.
        risk: Mean absolute error of the matte that is to be expected, in [0, 1].
        spot: The most doubtful place, x and y in pixels of the upright photograph.
        tries: How often it was tried.
        reason: Why nothing was written, None where all is well.
        kind: Of the failure, in a word that can be counted: "ImageError".
        is_bug: Whether the failure is none that the kit means to raise.
        is_reviewed: Whether somebody has looked at the result.
        stamp: Size and time of the input as it was listed; equal stamps are taken for equal bytes.
        output_stamps: The same of the files that were written.
        width: Of the upright photograph in pixels, None where it could not be read.
        height: As `width`.
        seconds: From reading to writing, of the last try.
        notes: What the model has to say of its answer.
        flags: The same in words for programs.
        is_empty: Whether the matte is transparent everywhere; None where there is none.
        expected_error: What the model itself expects of its matte; None where it does not say.
        hints: What was said, as JSON, where somebody corrected the matte.
        generation: How often everything had been begun anew by then; see `engine`.
    """

    key: str
    address: str
    input_hash: str
    verdict: Verdict
    name: str
    outputs: dict[str, str] = field(default_factory=dict)
    output_hashes: dict[str, str] = field(default_factory=dict)
    model: str | None = None
    risk: float | None = None
    spot: tuple[float, float] | None = None
    tries: int = 1
    reason: str | None = None
    kind: str | None = None
    is_bug: bool = False
    is_reviewed: bool = False
    stamp: str | None = None
    output_stamps: dict[str, str] = field(default_factory=dict)
    width: int | None = None
    height: int | None = None
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    is_empty: bool | None = None
    expected_error: float | None = None
    hints: dict[str, Any] | None = None
    generation: int = 0

    @property
    def megapixels(self) -> float:
        """Millions of pixels of the photograph; 0 where it could not be read."""
        return (self.width or 0) * (self.height or 0) / 1e6


_NAMES = frozenset(each.name for each in fields(Record))


def to_json(record: Record) -> dict[str, Any]:
    """Return a record as JSON holds it."""
    return asdict(record)


def from_json(held: Mapping[str, Any]) -> Record:
    """Return the record that `to_json` was given; names it does not know are left out.

    Raises:
        ValueError: It is none.
    """
    known = {name: value for name, value in held.items() if name in _NAMES}
    for name in ("spot", "notes", "flags"):
        if known.get(name) is not None:
            known[name] = tuple(known[name])
    try:
        record = Record(**known)
    except TypeError as error:
        raise ValueError(str(error)) from error
    if record.verdict not in VERDICTS:
        raise ValueError(f"verdict must be one of {', '.join(VERDICTS)}, got {record.verdict!r}")
    return record


def append(path: Path, record: Record) -> None:
    """Add a line, and return when it is on the disk.

    Raises:
        OutputError: There is no room, or no permission.
    """
    append_line(path, json.dumps(to_json(record)).encode("ascii"))


def read(path: Path) -> Iterator[Record]:
    """Yield what the lines say, in their order; none if there is no such file.

    Raises:
        OutputError: The file cannot be read.
    """
    try:
        with path.open("rb") as file:
            for line in file:
                record = _parsed(line)
                if record is not None:
                    yield record
    except FileNotFoundError:
        return
    except OSError as error:
        raise OutputError(f"{path} must be readable, got {error.strerror!r}") from error


def _parsed(line: bytes) -> Record | None:
    if not line.endswith(b"\n"):
        return None
    try:
        held = json.loads(line)
        return from_json(held) if isinstance(held, dict) else None
    except ValueError:  # which UnicodeDecodeError is, too
        return None
