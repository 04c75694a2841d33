"""How far long work has come, told to whoever listens.

The work says what it has done and knows nothing of terminals; whoever wants to show it listens
around the call.  Each thread and task has its own listener.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[int, int], None]
"""Called with the number of parts that are done and with how many there are."""

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Hear of everything that is reported inside; a listener outside hears nothing meanwhile.

    Example:
        >>> with listening(lambda done, total: print(f"{done} of {total}")):
        ...     report(1, 4)
        1 of 4
    """
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def report(done: int, total: int) -> None:
    """Tell the listener, if there is one.

    Args:
        done: Parts that are finished, from 0.
        total: All parts; the work ends with `done` equal to it.
    """
    listener = _listener.get()
    if listener is not None:
        listener(done, total)
