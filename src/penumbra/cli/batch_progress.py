"""What is said while `penumbra batch` works: a bar at a terminal, else a line now and then."""

import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import click

from penumbra.batch.engine import Tell
from penumbra.batch.journal import Record
from penumbra.cli.progress import pace

_EVERY = 10.0  # seconds between two lines


def telling(total: int, kept: int) -> AbstractContextManager[Tell]:
    """Return the way to speak of a batch.

    Args:
        total: Inputs that are to be done.
        kept: Inputs that are done already.
    """
    if kept:
        click.echo(f"{kept} inputs are done already, {total} are to be done", err=True)
    return _bar(total) if sys.stderr.isatty() else _lines(total)


@contextmanager
def _lines(total: int) -> Iterator[Tell]:
    began = told = time.perf_counter()
    done = 0

    def tell(record: Record) -> None:
        nonlocal done, told
        done += 1
        if record.reason is not None:
            click.echo(_failure(record), err=True)
        now = time.perf_counter()
        if done == total or now - told >= _EVERY:
            told = now
            click.echo(f"{done} of {total}: {pace(done, total, now - began)}", err=True)

    yield tell


@contextmanager
def _bar(total: int) -> Iterator[Tell]:
    # Imported here: output to a file has no use for it.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}")
    began, done = time.perf_counter(), 0
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=total)

        def tell(record: Record) -> None:
            nonlocal done
            done += 1
            if record.reason is not None:
                progress.console.print(_failure(record), markup=False, highlight=False)
            passed = time.perf_counter() - began
            progress.update(task, advance=1, description=pace(done, total, passed))

        yield tell


def _failure(record: Record) -> str:
    reason = record.reason or ""
    where = "" if reason.startswith(record.key) else f"{record.key}: "
    return f"quarantined: {where}{reason}"
