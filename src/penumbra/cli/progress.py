"""What is said while `penumbra cut` works: a bar at a terminal, else a line each; on stderr."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import timedelta
from typing import TypeVar

import click

from penumbra.batch.report import Entry, Status
from penumbra.core.progress import listening

Tell = Callable[[Entry], None]
"""Called with every photograph that has come to an end."""

Advance = Callable[[int], None]
"""Called with how many parts of a photograph are done."""


def telling(total: int) -> AbstractContextManager[Tell]:
    """Return the way to speak of `total` photographs.

    One alone has a bar only while a model says how far it has come, and its failure is left to
    the end of the command.
    """
    if not sys.stderr.isatty():
        return _lines(total)
    return bar(total, _said_of) if total > 1 else _lines_and_parts()


def pace(done: int, total: int, seconds: float) -> str:
    """Return the rate so far and the time that remains.

    Example:
        >>> pace(3, 10, 60.0)
        '20.0 s each, 0:02:20 left'
        >>> pace(30, 40, 6.0)
        '5.0 a second, 0:00:02 left'
    """
    each = max(seconds, 1e-6) / done
    rate = f"{each:.1f} s each" if each >= 1 else f"{1 / each:.1f} a second"
    return f"{rate}, {timedelta(seconds=round(each * (total - done)))} left"


@contextmanager
def _lines(total: int) -> Iterator[Tell]:
    def tell(entry: Entry) -> None:
        for output in entry.outputs:
            click.echo(f"wrote {output}", err=True)
        if entry.status is not Status.DONE:
            if total > 1:
                click.echo(_failure(entry), err=True)
        elif not entry.outputs:
            click.echo(f"done: {entry.input}", err=True)
        else:
            for note in entry.notes:
                click.echo(f"{entry.input}: {note}", err=True)

    yield tell


Ended = TypeVar("Ended")


@contextmanager
def bar(total: int, said_of: Callable[[Ended], Iterable[str]]) -> Iterator[Callable[[Ended], None]]:
    """Show a bar with rate and remaining time; yields what is called with each that ended.

    Args:
        total: How many there are.
        said_of: Lines that are printed above the bar.
    """
    # Imported here: a single photograph, or output to a file, has no use for it.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}")
    began, done = time.perf_counter(), 0
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=total)

        def tell(ended: Ended) -> None:
            nonlocal done
            done += 1
            for line in said_of(ended):
                progress.console.print(line, markup=False, highlight=False)
            passed = time.perf_counter() - began
            progress.update(task, advance=1, description=pace(done, total, passed))

        yield tell


def _said_of(entry: Entry) -> Iterator[str]:
    if entry.status is not Status.DONE:
        yield _failure(entry)
    for note in entry.notes:
        yield f"{entry.input}: {note}"


@contextmanager
def _lines_and_parts() -> Iterator[Tell]:
    """Speak of one photograph, with a bar while a model goes through several parts of it."""
    advance: Advance | None = None

    def show(done: int, total: int) -> None:
        nonlocal advance
        if advance is None and total > 1:
            advance = stack.enter_context(_parts_bar(total))
        if advance is not None:
            advance(done)
        if done == total:
            stack.close()
            advance = None

    with ExitStack() as stack, listening(show), _lines(1) as tell:
        yield tell


@contextmanager
def _parts_bar(total: int) -> Iterator[Advance]:
    # Imported here for the reason above.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total)
        yield lambda done: progress.update(task, completed=done)


def _failure(entry: Entry) -> str:
    reason = entry.reason or ""
    where = "" if reason.startswith(entry.input) else f"{entry.input}: "
    return f"failed: {where}{reason}"
