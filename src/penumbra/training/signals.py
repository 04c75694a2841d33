"""Being asked to stop, and stopping between two steps."""

import signal
from types import FrameType, TracebackType

STOPPING = (signal.SIGTERM, signal.SIGINT)


class StopRequest:
    """While this is entered, the first SIGTERM or SIGINT is remembered instead of ending us.

    The second one acts as it always did, for whoever will not wait.
    """

    def __init__(self) -> None:
        self.is_made = False

    def __enter__(self) -> "StopRequest":
        self._before = {number: signal.signal(number, self._remember) for number in STOPPING}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._give_back()

    def _remember(self, number: int, frame: FrameType | None) -> None:
        self.is_made = True
        self._give_back()

    def _give_back(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
