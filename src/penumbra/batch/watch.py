"""A drop folder: what arrives is taken once it has stopped growing."""

from collections.abc import Callable, Iterator, Sequence

from penumbra.batch.sources import Item
from penumbra.batch.stop import Stop
from penumbra.core.errors import InputError

PAUSE = 2.0
"""Seconds between two looks."""


def arrivals(
    look: Callable[[], Sequence[Item]], stop: Stop, pause: float = PAUSE
) -> Iterator[tuple[list[Item], list[Item]]]:
    """Yield, until it is to stop, all inputs there are, and those of them that are new.

    A file is taken when its size and time are what they were a look before; one that changes
    later is taken again.  A place that is not there for a while is waited for.

    Args:
        look: Lists what is there.
        stop: Whether to stop.
        pause: Seconds between two looks.

    Raises:
        InputError: The first look failed.
    """
    is_known = False
    seen: dict[str, str | None] = {}
    taken: dict[str, str | None] = {}
    while not stop.is_asked:
        try:
            items = list(look())
        except InputError:
            if not is_known:
                raise
            stop.sleep(pause)
            continue
        is_known = True
        still = [item for item in items if item.key in seen and seen[item.key] == item.stamp]
        new = [item for item in still if taken.get(item.key, "") != item.stamp]
        taken |= {item.key: item.stamp for item in new}
        seen = {item.key: item.stamp for item in items}
        if new:
            yield still, new
        stop.sleep(pause)
