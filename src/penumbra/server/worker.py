"""One thread that does all the work of models, and one bounded queue before it.

A picture takes all cores, so two at once would only make both late.  When the queue is full the
caller is sent away with the seconds after which to come again; what nobody waits for any more is
not begun, or stops at its next step.
"""

import asyncio
import math
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from penumbra.server.failures import RequestError

T = TypeVar("T")

Urgency = Literal["spare", "usual", "light"]

CLIENT_GONE = 499
"""What logs show where nobody is there to read an answer."""


class Ticket:
    """Whether somebody still waits for a piece of work."""

    def __init__(self) -> None:
        self._is_off = threading.Event()

    def call_off(self) -> None:
        """Say that nobody waits any more."""
        self._is_off.set()

    @property
    def is_off(self) -> bool:
        """Whether nobody waits any more."""
        return self._is_off.is_set()

    def check(self) -> None:
        """Stop here if nobody waits any more; called between the steps of a piece of work."""
        if self.is_off:
            raise RequestError(CLIENT_GONE, "gone", "request must be waited for, got nobody")


@dataclass
class _Job:
    work: Callable[[Ticket], Any]
    ticket: Ticket
    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[Any]" = field(init=False)
    is_counted: bool = True

    def __post_init__(self) -> None:
        self.answer = self.loop.create_future()

    def settle(self, value: object, error: BaseException | None) -> None:
        """Hand over what came out, to whoever still waits."""
        if self.answer.done():
            return
        if error is None:
            self.answer.set_result(value)
        else:
            self.answer.set_exception(error)


class Worker:
    """The thread and its queue.

    Args:
        waiting: Pieces of work that may wait.
    """

    def __init__(self, waiting: int) -> None:
        self._jobs: queue.Queue[_Job | None] = queue.Queue()
        self._most = waiting
        self._lock = threading.Lock()
        self._unfinished = 0  # waiting, or in work
        self._seconds = 0.5  # that a piece of work takes, about
        self._thread = threading.Thread(target=self._live, name="models", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is in work; what waits is called off."""
        with suppress(queue.Empty):
            while (job := self._jobs.get_nowait()) is not None:
                job.ticket.call_off()
                ending = RequestError(503, "ending", "server must go on, got its end")
                job.loop.call_soon_threadsafe(job.settle, None, ending)
        self._jobs.put(None)
        self._thread.join()

    @property
    def is_alive(self) -> bool:
        """Whether anything would be done."""
        return self._thread.is_alive()

    @property
    def waiting(self) -> int:
        """Pieces of work that wait or are in work."""
        return self._unfinished

    async def run(
        self,
        work: Callable[[Ticket], T],
        ticket: Ticket | None = None,
        urgency: Urgency = "usual",
    ) -> T:
        """Have a piece of work done, and wait for it.

        Args:
            work: Is given the ticket.
            ticket: Whoever holds it can call the work off.
            urgency: Of "spare" work that is done only where there is nothing else to do, and of
                "light" work, for which there is always room.

        Raises:
            RequestError: There is too much to do.
        """
        job = _Job(work, ticket or Ticket(), asyncio.get_running_loop())
        with self._lock:
            most = {"spare": 0, "usual": self._most, "light": math.inf}[urgency]
            if self._unfinished > most:
                raise self._busy()
            self._unfinished += 1
        self._jobs.put(job)
        try:
            return await job.answer
        except asyncio.CancelledError:
            job.ticket.call_off()
            self._finish(job)
            raise

    def _busy(self) -> RequestError:
        seconds = max(math.ceil(self._unfinished * self._seconds), 1)
        message = f"server must have room for more work, got {self._unfinished} requests waiting"
        return RequestError(429, "busy", message, retry_after=min(seconds, 60))

    def _finish(self, job: _Job) -> None:
        """Give the place of a piece of work to others, once."""
        with self._lock:
            self._unfinished -= job.is_counted
            job.is_counted = False

    def _live(self) -> None:
        while (job := self._jobs.get()) is not None:
            began = time.monotonic()
            value: Any = None
            error: BaseException | None = None
            try:
                job.ticket.check()
                value = job.work(job.ticket)
            except BaseException as raised:  # whoever waits is told, whatever it is
                error = raised
            self._finish(job)
            if error is None:
                self._seconds += 0.2 * (time.monotonic() - began - self._seconds)
            if not job.loop.is_closed():
                job.loop.call_soon_threadsafe(job.settle, value, error)
