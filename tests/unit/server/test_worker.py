"""One thread, one bounded queue."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from penumbra.server.failures import RequestError
from penumbra.server.worker import Ticket, Worker


@pytest.fixture
def worker() -> Iterator[Worker]:
    """With room for one that waits."""
    made = Worker(waiting=1)
    made.start()
    yield made
    made.stop()
    assert not made.is_alive


def run(talk: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(talk())


class Held:
    """Work that goes on until it is let go."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, ticket: Ticket) -> str:
        """Wait."""
        self.begun.set()
        assert self.go.wait(60)
        return "done"

    async def has_begun(self) -> None:
        """Wait until it is in work."""
        assert await asyncio.to_thread(self.begun.wait, 60)


def test_work_is_done_in_the_order_in_which_it_came_by_one_thread(worker: Worker) -> None:
    """Two at once would only make both late."""
    threads: list[str] = []

    def work(_: Ticket) -> int:
        threads.append(threading.current_thread().name)
        return len(threads)

    async def talk() -> None:
        assert [await worker.run(work) for _ in range(5)] == [1, 2, 3, 4, 5]

    run(talk)

    assert threads == ["models"] * 5
    assert worker.waiting == 0


def test_an_error_of_the_work_reaches_whoever_waits(worker: Worker) -> None:
    """Of any kind; the thread goes on."""

    def fail(_: Ticket) -> None:
        raise KeyError("secret")

    async def talk() -> None:
        with pytest.raises(KeyError, match="secret"):
            await worker.run(fail)
        assert await worker.run(lambda _: 3) == 3

    run(talk)


def test_where_the_queue_is_full_the_next_is_sent_away(worker: Worker) -> None:
    """With the seconds after which to come again; when there is room it is taken."""
    held = Held()

    async def talk() -> None:
        first = asyncio.ensure_future(worker.run(held))
        await held.has_begun()
        second = asyncio.ensure_future(worker.run(lambda _: "second"))
        await asyncio.sleep(0)
        assert worker.waiting == 2
        with pytest.raises(RequestError, match="got 2 requests waiting") as caught:
            await worker.run(lambda _: "third")
        assert (caught.value.status, caught.value.code) == (429, "busy")
        assert caught.value.retry_after is not None
        assert 1 <= caught.value.retry_after <= 60
        held.go.set()
        assert (await first, await second) == ("done", "second")
        assert await worker.run(lambda _: "fourth") == "fourth"

    run(talk)


def test_what_is_not_urgent_is_done_only_where_there_is_nothing_else(worker: Worker) -> None:
    held = Held()

    async def talk() -> None:
        assert await worker.run(lambda _: 1, urgency="spare") == 1
        first = asyncio.ensure_future(worker.run(held))
        await held.has_begun()
        with pytest.raises(RequestError, match="got 1 requests waiting"):
            await worker.run(lambda _: 2, urgency="spare")
        held.go.set()
        await first

    run(talk)


def test_what_nobody_waits_for_is_not_begun(worker: Worker) -> None:
    """By whom it was called off, or whose task was cancelled."""
    held, begun = Held(), []
    ticket = Ticket()

    async def talk() -> None:
        first = asyncio.ensure_future(worker.run(held))
        await held.has_begun()
        second = asyncio.ensure_future(worker.run(lambda _: begun.append(2), ticket))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.sleep(0)
        held.go.set()
        await first
        with pytest.raises(asyncio.CancelledError):
            await second
        assert ticket.is_off
        with pytest.raises(RequestError) as caught:
            await worker.run(lambda _: begun.append(3), ticket)
        assert caught.value.status == 499

    run(talk)

    assert begun == []


def test_work_stops_at_its_next_step_when_it_is_called_off(worker: Worker) -> None:
    ticket, steps = Ticket(), []

    def work(given: Ticket) -> None:
        steps.append(1)
        given.check()
        ticket.call_off()
        given.check()
        steps.append(2)

    async def talk() -> None:
        with pytest.raises(RequestError, match="request must be waited for"):
            await worker.run(work, ticket)

    run(talk)

    assert steps == [1]


def test_an_answer_that_nobody_waits_for_is_dropped(worker: Worker) -> None:
    """Their loop may even be closed by then."""
    held = Held()

    async def leave() -> None:
        left = asyncio.ensure_future(worker.run(held))
        await held.has_begun()
        left.cancel()

    run(leave)
    held.go.set()

    async def talk() -> None:
        assert await worker.run(lambda _: "alive") == "alive"

    run(talk)
