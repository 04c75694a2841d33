"""Ctrl-C and SIGTERM: finish what is under way, then end; the second one ends at once."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_LOOK = 0.1  # seconds between two looks at whether it is to stop


class Stop:
    """Whether a batch is to stop, and what said so.

    Not an event: a handler of signals may not take a lock that the program it interrupts holds.
    """

    def __init__(self) -> None:
        self.signal: int | None = None

    @property
    def is_asked(self) -> bool:
        """Whether no more is to be begun."""
        return self.signal is not None

    def ask(self, number: int, frame: FrameType | None = None) -> None:
        """Take a signal; the second one raises `KeyboardInterrupt`."""
        if self.signal is not None:
            raise KeyboardInterrupt
        self.signal = number

    def sleep(self, seconds: float) -> None:
        """Wait, but no longer than until it is to stop."""
        until = time.monotonic() + seconds
        while not self.is_asked and (left := until - time.monotonic()) > 0:
            time.sleep(min(_LOOK, left))


@contextmanager
def stopping() -> Iterator[Stop]:
    """Catch Ctrl-C and SIGTERM inside; only the main thread of a process can."""
    stop = Stop()
    caught = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, stop.ask) for number in caught]
    try:
        yield stop
    finally:
        for number, handler in zip(caught, before, strict=True):
            signal.signal(number, handler)
