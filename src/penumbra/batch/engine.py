"""A batch from beginning to end, whoever does the work.

Every input that fails is tried a second time, after all others; when it fails again it is
quarantined with its reason.  What ended is written down at once, so that a batch that was killed
goes on with what is missing.
"""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from penumbra.batch.addresses import read_bytes
from penumbra.batch.folder import JobFolder, hash_of, stamp_of
from penumbra.batch.hint_files import HintFiles
from penumbra.batch.identity import input_hash, input_stamp
from penumbra.batch.journal import Record
from penumbra.batch.names import place_names
from penumbra.batch.runner import Runner
from penumbra.batch.sources import Item
from penumbra.batch.stop import Stop
from penumbra.batch.worker import clear
from penumbra.core.errors import MatteError, OutputError
from penumbra.io import write_atomically

TRIES = 2

PAUSE = 1.0
"""Seconds before what failed is tried again, so that what passes can have passed."""

_READERS = 8  # files that are hashed at once

Tell = Callable[[Record], None]
"""Called with every input that has come to an end."""


@dataclass(frozen=True)
class Rules:
    """What of earlier runs counts.

    Attributes:
        generation: How often everything was begun anew; what is of another does not.
        is_retried: Inputs that were quarantined are tried anew.
        is_verified: What sizes and times say is not trusted; everything is hashed.
    """

    generation: int = 0
    is_retried: bool = False
    is_verified: bool = False


@dataclass(eq=False)
class Batch:
    """One run over a folder of results.

    Attributes:
        folder: OUTPUT, made and locked.
        rules: What of earlier runs counts.
        stop: Whether to stop.
        records: What is known of each input, by key.
        files: Where hints are, or None.
        worked: Records of inputs that this run has brought to an end.
    """

    folder: JobFolder
    rules: Rules
    stop: Stop
    records: dict[str, Record] = field(default_factory=dict)
    files: HintFiles | None = None
    worked: list[Record] = field(default_factory=list)

    def plan(self, items: Sequence[Item]) -> list[Item]:
        """Return what is to be done, with a place for every result.

        What is done stays: the same input, whose results are there as they were written.

        Args:
            items: All inputs there are.
        """
        names = place_names(
            [item.key for item in items], {key: it.name for key, it in self.records.items()}
        )
        placed = [
            replace(item, name=names[item.key], stamp=input_stamp(item.stamp, item.key, self.files))
            for item in items
        ]
        with ThreadPoolExecutor(_READERS) as readers:
            is_standing = list(readers.map(self._stands, placed))
        return [item for item, stands in zip(placed, is_standing, strict=True) if not stands]

    def work(self, items: Sequence[Item], runner: Runner, tell: Tell) -> None:
        """Bring inputs to an end: with results, or in quarantine.

        Args:
            items: What `plan` returned.
            runner: Does the work.
            tell: Is told of each that ended.

        Raises:
            OutputError: Results cannot be written, whatever the input; or as `JobFolder.append`.
        """
        pending = list(items)
        for number in range(1, TRIES + 1):
            again: list[Item] = []
            by_key = {item.key: item for item in pending}
            for outcome in runner.run(pending):
                item = by_key[outcome.record.key]
                if outcome.is_fatal:
                    raise OutputError(str(outcome.record.reason))
                if not outcome.is_done and number < TRIES:
                    again.append(item)
                    continue
                generation = self.rules.generation
                self._end(replace(outcome.record, tries=number, generation=generation), tell)
            if not again or self.stop.is_asked:
                return
            pending = again
            self.stop.sleep(PAUSE)

    def _end(self, record: Record, tell: Tell) -> None:
        if record.verdict == "quarantine":
            if record.input_hash == "" and self._has_result(record.key):
                return  # it is gone, and keeps its result
            quarantine(self.folder.root, record)
        self.folder.append(record)
        self.records[record.key] = record
        self.worked.append(record)
        tell(record)

    def _stands(self, item: Item) -> bool:
        record = self.records.get(item.key)
        if record is None:
            return False
        if record.generation != self.rules.generation and not record.is_reviewed:
            return False
        if record.verdict == "quarantine" and self.rules.is_retried:
            return False
        return self._is_unchanged(item, record) and self._is_there(record)

    def _is_unchanged(self, item: Item, record: Record) -> bool:
        if not self.rules.is_verified and item.stamp is not None and item.stamp == record.stamp:
            return True
        if item.problem is not None:
            return bool(record.outputs) or record.reason == item.problem
        try:
            data = read_bytes(item.address, item.key, pauses=())
        except MatteError as error:
            # It is gone, and keeps its result; or it could not be read then either.
            is_same = record.input_hash == "" and record.reason == str(error)
            return bool(record.outputs) or is_same
        return input_hash(data, item.key, self.files) == record.input_hash

    def _has_result(self, key: str) -> bool:
        record = self.records.get(key)
        return record is not None and bool(record.outputs) and self._is_there(record)

    def _is_there(self, record: Record) -> bool:
        root = self.folder.root
        if record.verdict == "quarantine":
            return note_of(root, record).is_file()
        for result, place in record.outputs.items():
            stamp, path = record.output_stamps.get(result), root / place
            if not self.rules.is_verified and stamp is not None and stamp == stamp_of(path):
                continue
            if hash_of(path) != record.output_hashes.get(result, ""):
                return False
        return True


def note_of(root: Path, record: Record) -> Path:
    """Return where it is said why an input is in quarantine."""
    return (root / "quarantine" / record.name).with_suffix(".json")


def quarantine(root: Path, record: Record) -> None:
    """Say why there is no result, and remove what an earlier run left in its place.

    Raises:
        OutputError: It cannot be written.
    """
    clear(root, record.name, "quarantine")
    told = {"input": record.key, "kind": record.kind, "reason": record.reason}
    path = note_of(root, record)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{path} must be writable, got {error.strerror!r}") from error
    write_atomically(path, json.dumps(told, indent=2).encode("ascii") + b"\n")
