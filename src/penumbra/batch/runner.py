"""Workers on this machine: as many processes as asked for, each with a model of its own.

When a process dies, whatever of, nobody knows which input it was at.  All that were under way are
then tried one at a time, so that the one that kills is the one that is charged.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait as wait_for
from types import TracebackType
from typing import Protocol, Self

from penumbra.batch.settings import Settings
from penumbra.batch.sources import Item
from penumbra.batch.stop import Stop
from penumbra.batch.worker import Outcome, Worker, environment, failed
from penumbra.core.errors import OutputError

DIED = "WorkerDied"
"""The kind of the failure of an input that ends the process that works on it."""

_DEPTH = 2  # inputs under way for each process: one at work, one to go on with
_SHARE = 4  # of the inputs that go through a network together, handed over at a time


class Runner(Protocol):
    """Whatever tries inputs; a context that ends its processes."""

    name: str
    workers: int

    def run(self, items: Sequence[Item]) -> Iterator[Outcome]:
        """Try each input once, in any order; fewer when the batch is to stop."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class LocalRunner:
    """Processes on this machine.

    Args:
        settings: What is asked for.
        workers: How many processes, at least 1.
        stop: Says when to hand over no more.
    """

    name = "local"

    def __init__(self, settings: Settings, workers: int, stop: Stop) -> None:
        self.settings = settings
        self.workers = workers
        self.stop = stop
        self._pool: ProcessPoolExecutor | None = None
        self._lone: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for pool in (self._pool, self._lone):
            if pool is not None:
                if kind is not None:  # nobody waits for what is under way
                    _kill(pool)
                pool.shutdown(cancel_futures=True)

    def run(self, items: Sequence[Item]) -> Iterator[Outcome]:
        """Try each input once, in the order in which they end; fewer when it is to stop.

        Raises:
            OutputError: Processes die before they have begun with anything.
        """
        share = 1 if self.settings.at_once == 1 else _SHARE * self.settings.at_once
        waiting = deque(items[at : at + share] for at in range(0, len(items), share))
        flying: dict[Future[list[Outcome]], Sequence[Item]] = {}
        while flying or (waiting and not self.stop.is_asked):
            while waiting and len(flying) < _DEPTH * self.workers and not self.stop.is_asked:
                self._hand_over(waiting.popleft(), flying)
            if self.stop.is_asked:
                flying = {it: share for it, share in flying.items() if not it.cancel()}
            ended = wait(flying, return_when=FIRST_COMPLETED).done
            suspects: list[Item] = []
            for future in ended:
                part = flying.pop(future)
                try:
                    yield from future.result()
                except BrokenProcessPool:
                    suspects += part
            if suspects:
                yield from self._rescue(flying, suspects)

    def _hand_over(
        self, part: Sequence[Item], flying: dict[Future[list[Outcome]], Sequence[Item]]
    ) -> None:
        for _ in range(2):
            if self._pool is None:
                self._pool = _new_pool(self.settings, self.workers)
            try:
                with environment(self.settings.device):  # processes begin at the first of these
                    flying[self._pool.submit(_work, part)] = part
                return
            except BrokenProcessPool:  # somebody died while nothing was under way
                self._pool.shutdown()
                self._pool = None
        raise OutputError("workers must be able to start, got ones that end at once")

    def _rescue(
        self, flying: dict[Future[list[Outcome]], Sequence[Item]], suspects: list[Item]
    ) -> Iterator[Outcome]:
        """Find out which input it was; the pool is gone, and all that was under way in it."""
        for future in list(flying):
            part = flying.pop(future)
            try:
                yield from future.result()
            except BrokenProcessPool:
                suspects += part
        assert self._pool is not None, "it was that which broke"
        self._pool.shutdown()
        self._pool = None
        for item in suspects:
            if self.stop.is_asked:
                return
            yield self._alone(item)

    def _alone(self, item: Item) -> Outcome:
        if self._lone is None:
            self._lone = _new_pool(self.settings, 1)
        try:
            with environment(self.settings.device):
                future = self._lone.submit(_work, [item])
            return future.result()[0]
        except BrokenProcessPool:
            self._lone.shutdown()
            self._lone = None
            return died(item)


def died(item: Item) -> Outcome:
    """Return the outcome of an input that ended the process that worked on it."""
    return failed(item, DIED, "worker must live through the input, got one that died of it")


_worker: Worker | None = None  # of a process of the pool


def _new_pool(settings: Settings, workers: int) -> ProcessPoolExecutor:
    # Not forked: a fork of a process with threads may hang.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(settings,))


def _begin(settings: Settings) -> None:
    """Make a process of the pool ready."""
    global _worker
    # A terminal sends Ctrl-C to all; the batch says when to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_the_batch, daemon=True).start()
    _worker = Worker(settings)


def _end_with_the_batch() -> None:
    """End this process as soon as the one that began it is gone, however that came about."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "a process of a pool has one"
    wait_for([parent.sentinel])
    os._exit(1)


def _work(items: Sequence[Item]) -> list[Outcome]:
    assert _worker is not None, "the pool has made it"
    return _worker(items)


def _kill(pool: ProcessPoolExecutor) -> None:
    for process in list(pool._processes.values()):
        process.kill()
