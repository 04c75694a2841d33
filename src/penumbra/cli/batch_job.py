"""One run of `penumbra batch`, and how it ends."""

import os
import signal
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import click

from penumbra.batch.addresses import is_remote
from penumbra.batch.engine import Batch, Rules
from penumbra.batch.folder import JobFolder
from penumbra.batch.runner import LocalRunner, Runner
from penumbra.batch.settings import Settings, begin, manifest_of, model_expected
from penumbra.batch.sources import Item, list_items
from penumbra.batch.stop import Stop, stopping
from penumbra.batch.summary import Run, exit_status, summary_of, write_report, write_summary
from penumbra.batch.watch import arrivals
from penumbra.cli.batch_progress import telling
from penumbra.cli.cut_loop import BugError, PartlyDoneError
from penumbra.cli.errors import ReportedError
from penumbra.core.errors import InputError, MatteError

_TERMINATED = 143  # what shells use for a command that SIGTERM ended


@dataclass(frozen=True)
class Orders:
    """How a batch is run; none of it changes the results.

    Attributes:
        source: INPUT.
        workers: How many processes; one a core when omitted.
        ray: Address of a cluster, "local", or None for processes of this machine.
        is_watching: Whether to go on with what arrives.
        is_retried: Whether inputs that were quarantined are tried again.
        is_again: Whether to do everything anew.
        is_verified: Whether everything is hashed.
    """

    source: str
    workers: int | None
    ray: str | None
    is_watching: bool
    is_retried: bool
    is_again: bool
    is_verified: bool


def run(settings: Settings, options: Mapping[str, Any], orders: Orders) -> None:
    """Run a batch, or go on with it.

    Raises:
        MatteError: Nothing was done because of the input, the options or the output.
        ReportedError: Nothing has results.
        PartlyDoneError: Some inputs have none.
        BugError: A bug was met.
        KeyboardInterrupt: Ctrl-C; what was under way is finished.
    """
    if is_remote(str(settings.root)) or ":/" in str(settings.root):
        raise InputError(f"output must be a folder of this machine, got {settings.root}")
    source = orders.source
    place = source if is_remote(source) else os.path.realpath(source)
    items = list_items(source, settings.root)
    if not items and not orders.is_watching:
        raise InputError(f"input must hold at least one photograph, got {source}")
    manifest = manifest_of(place, options, model_expected(settings.wish))
    folder = JobFolder(settings.root)
    folder.make()
    with folder.locked(), stopping() as stop:
        generation = begin(folder, manifest, orders.is_again)
        folder.tidy()
        rules = Rules(generation, orders.is_retried, orders.is_verified)
        batch = Batch(folder, rules, stop, folder.records(), settings.wish.files)
        _work(batch, items, settings, orders)
    if stop.signal == signal.SIGTERM:
        click.echo("interrupted", err=True)
        click.get_current_context().exit(_TERMINATED)
    if stop.is_asked:
        raise KeyboardInterrupt
    _end(batch, [item.key for item in items])


def _work(batch: Batch, items: list[Item], settings: Settings, orders: Orders) -> None:
    began = time.perf_counter()
    keys = [item.key for item in items]
    runner = _runner(settings, orders, batch.stop)

    def finish() -> None:
        batch.folder.tidy()
        seconds = time.perf_counter() - began
        how = Run(runner.name, runner.workers, seconds, len(keys), batch.stop.is_asked)
        write_report(batch.folder, batch.records.values())
        write_summary(batch.folder, summary_of(batch.records, keys, batch.worked, how))

    try:
        with runner:
            if orders.is_watching:
                for there, new in arrivals(
                    lambda: list_items(orders.source, settings.root), batch.stop
                ):
                    keys[:] = [item.key for item in there]
                    _round(batch, new, runner)
                    finish()
            else:
                _round(batch, items, runner)
    except MatteError as error:
        finish()
        if batch.worked:
            raise PartlyDoneError(str(error)) from error
        raise
    except KeyboardInterrupt:
        finish()
        raise
    finish()


def _round(batch: Batch, items: list[Item], runner: Runner) -> None:
    todo = batch.plan(items)
    with telling(len(todo), len(items) - len(todo)) as tell:
        batch.work(todo, runner, tell)


def _runner(settings: Settings, orders: Orders, stop: Stop) -> Runner:
    if orders.ray is not None:
        # Imported here: it comes with an extra.
        from penumbra.batch.ray_runner import RayRunner

        return RayRunner(settings, orders.workers, orders.ray, stop)
    return LocalRunner(settings, orders.workers or cores(), stop)


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _end(batch: Batch, keys: Iterable[str]) -> None:
    """Return if all inputs have results; otherwise raise what `run` raises."""
    ended = [batch.records[key] for key in keys if key in batch.records]
    status = exit_status(ended)
    if status == 0:
        return
    failures = sum(record.verdict == "quarantine" for record in ended)
    message = f"{failures} of {len(ended)} inputs are in quarantine"
    raise {1: BugError, 2: ReportedError, 3: PartlyDoneError}[status](message)
