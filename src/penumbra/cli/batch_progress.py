"""What is said while `penumbra batch` works: a bar at a terminal, else a line now and then."""

import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import click

from penumbra.batch.engine import Tell
from penumbra.batch.journal import Record
from penumbra.cli.progress import bar, pace

_EVERY = 10.0  # seconds between two lines


def telling(total: int, kept: int) -> AbstractContextManager[Tell]:
    """Return the way to speak of a batch.

    Args:
        total: Inputs that are to be done.
        kept: Inputs that are done already.
    """
    if kept:
        click.echo(f"{kept} inputs are done already, {total} are to be done", err=True)
    return bar(total, _said_of) if sys.stderr.isatty() else _lines(total)


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


def _said_of(record: Record) -> Iterator[str]:
    if record.reason is not None:
        yield _failure(record)


def _failure(record: Record) -> str:
    reason = record.reason or ""
    where = "" if reason.startswith(record.key) else f"{record.key}: "
    return f"quarantined: {where}{reason}"
