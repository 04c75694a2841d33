"""All photographs of one `penumbra cut`, one after the other, and how the command ends."""

import time
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path

from penumbra.batch.cut_job import (
    AUTO,
    Wish,
    check_budget,
    check_finds_people,
    model_for,
    run_job,
)
from penumbra.batch.inputs import Job
from penumbra.batch.report import Entry, Status, exit_status, write_report
from penumbra.cli.errors import ReportedError
from penumbra.cli.progress import telling
from penumbra.core.errors import MatteError
from penumbra.systems import registry


class PartlyDoneError(ReportedError):
    """Some results are written, others are not."""

    exit_code = 3


class BugError(ReportedError):
    """A bug was met; its traceback has been shown."""

    exit_code = 1


def check_wish(wish: Wish) -> None:
    """Refuse, before any work, what no photograph could be cut out with.

    Raises:
        InputError: There is no model of that name, or it cannot use these hints, or cannot refine,
            or does not find people.
    """
    if wish.is_each_person:
        check_finds_people(model_for(wish.hints, wish))
    elif wish.files is None:
        model = model_for(wish.hints, wish)
        registry.card(model).check(wish.hints)
        check_budget(model, wish)
    elif wish.model != AUTO:
        check_budget(registry.card(wish.model).name, wish)


def run_batch(jobs: Sequence[Job], wish: Wish, report: Path | None) -> None:
    """Run every job, whatever becomes of the others.

    Args:
        jobs: At least one.
        wish: What is asked for.
        report: Where to say what became of every photograph; it is written at the start, so
            that one that cannot be written costs no work, and again at the end or at Ctrl-C.

    Raises:
        OutputError: The report cannot be written; nothing has been done.
        ReportedError: Nothing was done because of the input.
        PartlyDoneError: Some inputs failed, or the report could not be written at the end.
        BugError: A bug was met.
    """
    began = time.perf_counter()
    entries: list[Entry] = []

    def save_report() -> None:
        if report is not None:
            write_report(report, entries, len(jobs), time.perf_counter() - began)

    load = cache(partial(registry.load_predictor, licence=wish.licence))
    save_report()
    try:
        with telling(len(jobs)) as tell:
            for job in jobs:
                entries.append(run_job(job, wish, load))
                tell(entries[-1])
    except KeyboardInterrupt:
        save_report()
        raise
    try:
        save_report()
    except MatteError as error:
        raise PartlyDoneError(str(error)) from error
    end(entries)


def end(entries: Sequence[Entry]) -> None:
    """Return if all is done; otherwise raise what `run_batch` raises."""
    status = exit_status(entries)
    if status == 0:
        return
    undone = [entry for entry in entries if entry.status is not Status.DONE]
    message = undone[0].reason if len(entries) == 1 else None
    message = message or f"{len(undone)} of {len(entries)} inputs failed"
    raise {1: BugError, 2: ReportedError, 3: PartlyDoneError}[status](message)
