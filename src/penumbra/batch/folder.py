"""The folder of a batch: results by verdict, and what is known of them.

    OUTPUT/ok/sub/cat.png              results
    OUTPUT/review/sub/cat.png          results that somebody should look at
    OUTPUT/quarantine/sub/cat.json     why an input failed twice
    OUTPUT/alpha/sub/cat.png           other results, where they are wanted: also foreground/ and
                                       uncertainty/
    OUTPUT/report.jsonl                a line an input, sorted by key
    OUTPUT/summary.json                counts, rate, failures by kind
    OUTPUT/.penumbra/manifest.json     what was asked for
    OUTPUT/.penumbra/journal.jsonl     see `journal`
    OUTPUT/.penumbra/lock              held by the batch that is at work

The trees depend on the inputs and on what was asked for, and on nothing else: not on what was
interrupted, not on how many were at work.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import file_digest
from pathlib import Path
from typing import Any, BinaryIO

from penumbra.batch import journal
from penumbra.batch.journal import VERDICTS, Record
from penumbra.core.errors import InputError, OutputError
from penumbra.io import write_atomically

INSIDE = ".penumbra"

SIDES = ("alpha", "foreground", "uncertainty")
"""Results beside the cut-out, each with a tree of its own."""

TREES = (*VERDICTS, *SIDES)

_PART = ".penumbra-*.part"  # what `write_atomically` leaves when it is killed


class JobFolder:
    """A batch's folder; making this object touches nothing.

    Args:
        root: OUTPUT.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.inside = root / INSIDE
        self.journal = self.inside / "journal.jsonl"
        self.report = root / "report.jsonl"
        self.summary = root / "summary.json"

    @property
    def is_begun(self) -> bool:
        """Whether a batch was begun here."""
        return (self.inside / "manifest.json").is_file()

    def records(self) -> dict[str, Record]:
        """Return what is known of each input, by key: its last line in the journal.

        Raises:
            OutputError: The journal cannot be read.
        """
        return {record.key: record for record in journal.read(self.journal)}

    def append(self, record: Record) -> None:
        """Add a line to the journal; it is on the disk when this returns.

        Raises:
            OutputError: There is no room, or no permission.
        """
        journal.append(self.journal, record)

    def pile(self) -> list[Record]:
        """Return what somebody should look at and has not, riskiest first.

        Raises:
            OutputError: As `records`.
        """
        waiting = [
            record
            for record in self.records().values()
            if record.verdict == "review" and not record.is_reviewed
        ]
        return sorted(waiting, key=lambda record: (-(record.risk or 0.0), record.key))

    def manifest(self) -> Mapping[str, Any]:
        """Return what was asked for when the batch was begun.

        Raises:
            InputError: No batch was begun here, or its manifest is damaged.
        """
        path = self.inside / "manifest.json"
        try:
            held = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            came = error.strerror if isinstance(error, OSError) else error
            raise InputError(f"{self.root} must be the folder of a batch, got {came}") from error
        if not isinstance(held, dict):
            raise InputError(f"{path} must be a manifest, got {held!r}")
        return held

    def write_manifest(self, manifest: Mapping[str, Any]) -> None:
        """Say what is asked for.

        Raises:
            OutputError: It cannot be written.
        """
        data = json.dumps(manifest, indent=2).encode("ascii") + b"\n"
        write_atomically(self.inside / "manifest.json", data)

    def make(self) -> None:
        """Make the folder, unless a batch was begun in it.

        Raises:
            InputError: Something else lies in it.
            OutputError: It cannot be made.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            things = [] if self.is_begun else [it.name for it in self.root.iterdir()]
            if set(things) - {INSIDE}:
                came = min(set(things) - {INSIDE})
                raise InputError(f"{self.root} must be empty or a batch's folder, got {came} in it")
            self.inside.mkdir(exist_ok=True)
        except OSError as error:
            came = error.strerror or str(error)
            raise OutputError(f"{self.root} must be a writable folder, got {came!r}") from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other batch out; the lock of a batch that was killed is none.

        Raises:
            OutputError: Another batch is at work here.
        """
        # Imported here: there is none on systems where no batch can run.
        import fcntl

        with self._opened_lock() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                came = "one that is at work"
                raise OutputError(f"{self.root} must be free of batches, got {came}") from error
            yield

    def _opened_lock(self) -> BinaryIO:
        try:
            return (self.inside / "lock").open("ab")
        except OSError as error:
            raise OutputError(f"{self.root} must be writable, got {error.strerror!r}") from error

    def tidy(self) -> None:
        """Remove what killed writers left, and folders without anything in them.

        Raises:
            OutputError: It cannot be removed.
        """
        try:
            for part in self.inside.glob(_PART):
                part.unlink(missing_ok=True)
            for tree in TREES:
                for place, _, files in os.walk(self.root / tree, topdown=False):
                    folder = Path(place)
                    if any(name.endswith(".part") for name in files):
                        for part in folder.glob(_PART):
                            part.unlink(missing_ok=True)
                    with suppress(OSError):  # it is not empty
                        folder.rmdir()
        except OSError as error:
            raise OutputError(f"{self.root} must be writable, got {error.strerror!r}") from error


def hash_of(path: Path) -> str | None:
    """Return SHA-256 of a file in hexadecimal, None if it cannot be read."""
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def stamp_of(path: Path | str) -> str | None:
    """Return the size and time of a file, None if there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return f"{found.st_size}-{found.st_mtime_ns}"
