"""Workers, one after the other, until everything that an entrant is asked has come to an end."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from tempfile import TemporaryFile
from typing import Any

from penumbra.comparison.plan import without
from penumbra.comparison.record import RESULTS, Record, append_record
from penumbra.comparison.worker import Order, Task

LOG = "worker.log"
"""File below the output with what workers had to say, tracebacks among it."""

WORKER = (sys.executable, "-m", "penumbra.comparison.worker")

Tell = Callable[[Task, str], None]
"""Called with every task that came to an end, and its error, "" if none."""


@dataclass
class _Heard:
    """What a worker has told.

    Attributes:
        ended: Tasks that came to an end.
        begun: The one that it is at, or None.
        refused: Why the entrant cannot take part; "" where it can.
        peak: Largest memory in bytes.
        status: With which the process ended.
    """

    ended: list[Task] = field(default_factory=list)
    begun: Task | None = None
    refused: str = ""
    peak: int = 0
    status: int = 0


def asked(order: Order, tell: Tell) -> tuple[int, str]:
    """Let workers carry out an order; return their peak memory, and why the entrant is out.

    A worker that dies loses the task that it was at, which is written down as failed, and another
    goes on with the rest.

    Args:
        order: What to do.
        tell: Called with every task that came to an end.

    Returns:
        Bytes, 0 where no worker came to its end, and the reason, "" where there is none.

    Raises:
        OutputError: A failure cannot be written down.
    """
    peak = 0
    while order.tasks:
        heard = _listened(order, tell)
        peak = max(peak, heard.peak)
        if heard.refused:
            return peak, heard.refused
        if heard.begun is None and (heard.status or not heard.ended):
            return peak, f"its process ended with status {heard.status}; see {LOG}"
        if heard.begun is not None:
            lost = _lost(order.entrant.name, heard.begun, heard.status)
            append_record(order.output / RESULTS, lost)
            tell(heard.begun, lost.error)
            heard.ended.append(heard.begun)
        order = replace(order, tasks=without(order.tasks, heard.ended))
    return peak, ""


def _listened(order: Order, tell: Tell) -> _Heard:
    heard = _Heard()
    with _worker(order) as worker:
        assert worker.stdout is not None
        for line in worker.stdout:
            _hear(heard, json.loads(line), tell)
        heard.status = worker.wait()
    return heard


def _hear(heard: _Heard, said: dict[str, Any], tell: Tell) -> None:
    match said:
        case {"begin": [group, picture, protocol]}:
            heard.begun = group, picture, protocol
        case {"done": [group, picture, protocol]} | {"passed": [group, picture, protocol]}:
            heard.begun = None
            heard.ended.append((group, picture, protocol))
            tell(heard.ended[-1], said.get("error", ""))
        case {"refused": reason}:
            heard.refused = reason
        case {"peak": peak}:
            heard.peak = peak


@contextmanager
def _worker(order: Order) -> Iterator[subprocess.Popen[str]]:
    """Start a worker, which does not outlive what is done with it."""
    with TemporaryFile("w+") as said, (order.output / LOG).open("ab") as log:
        said.write(order.to_text())
        said.seek(0)
        # In a session of its own, so that Ctrl-C is the parent's alone.
        with subprocess.Popen(
            WORKER,
            stdin=said,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        ) as worker:
            try:
                yield worker
            finally:
                worker.kill()
                worker.wait()


def _lost(entrant: str, task: Task, status: int) -> Record:
    group, picture, protocol = task
    reason = f"its process ended with status {status}"
    return Record(group, picture, "", False, entrant, protocol, "image", 0.0, 0.0, error=reason)
