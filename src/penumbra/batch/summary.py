"""What became of a batch: a line for every input, and the sums."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from penumbra.batch.folder import JobFolder
from penumbra.batch.journal import VERDICTS, Record, to_json
from penumbra.core.version import __version__
from penumbra.io import write_atomically

_INNER = (
    "stamp",
    "output_stamps",
    "hints",
    "generation",
)  # of the journal, and nobody else's business


@dataclass(frozen=True)
class Run:
    """How one run went.

    Attributes:
        runner: "local" or "ray".
        workers: How many were at work.
        seconds: From the first input to the last.
        inputs: How many there are.
        is_interrupted: Whether it was stopped before all were done.
    """

    runner: str
    workers: int
    seconds: float
    inputs: int
    is_interrupted: bool


def write_report(folder: JobFolder, records: Iterable[Record]) -> None:
    """Write `report.jsonl`: what is known of every input, by key.

    Raises:
        OutputError: It cannot be written.
    """
    lines = [json.dumps(_told(it)) for it in sorted(records, key=lambda it: it.key)]
    write_atomically(folder.report, "".join(f"{line}\n" for line in lines).encode("ascii"))


def summary_of(
    records: Mapping[str, Record], keys: Iterable[str], worked: Sequence[Record], run: Run
) -> dict[str, Any]:
    """Return the sums.

    Args:
        records: What is known, by key.
        keys: Of the inputs that there are now.
        worked: What this run has brought to an end.
        run: How it went.
    """
    here = [records.get(key) for key in keys]
    known = [record for record in here if record is not None]
    verdicts = Counter(record.verdict for record in known)
    pixels = sum(record.megapixels for record in worked)
    seconds = max(run.seconds, 1e-6)
    return {
        "version": __version__,
        "inputs": run.inputs,
        **{verdict: verdicts[verdict] for verdict in VERDICTS},
        "reviewed": sum(record.is_reviewed for record in known),
        "not_done": len(here) - len(known),
        "megapixels": round(sum(record.megapixels for record in known), 3),
        "failures": dict(sorted(Counter(it.kind or "" for it in known if it.reason).items())),
        "run": {
            "runner": run.runner,
            "workers": run.workers,
            "worked": len(worked),
            "kept": len(known) - len({it.key for it in worked}),
            "seconds": round(run.seconds, 3),
            "pictures_a_second": round(len(worked) / seconds, 4),
            "megapixels_a_second": round(pixels / seconds, 4),
            "is_interrupted": run.is_interrupted,
        },
    }


def write_summary(folder: JobFolder, summary: Mapping[str, Any]) -> None:
    """Write `summary.json`.

    Raises:
        OutputError: It cannot be written.
    """
    write_atomically(folder.summary, json.dumps(summary, indent=2).encode("ascii") + b"\n")


def exit_status(records: Iterable[Record]) -> int:
    """Return what the command ends with, as `penumbra cut` does.

    Returns:
        0 if all have results, 1 if a bug was met, 2 if none has one, 3 if some have.
    """
    ended = list(records)
    failures = [record for record in ended if record.verdict == "quarantine"]
    if any(record.is_bug for record in failures):
        return 1
    if not failures:
        return 0
    return 2 if len(failures) == len(ended) else 3


def _told(record: Record) -> dict[str, Any]:
    return {name: value for name, value in to_json(record).items() if name not in _INNER}
