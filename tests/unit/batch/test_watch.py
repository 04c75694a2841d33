"""A drop folder, whose files arrive while it is looked at."""

import pytest

from penumbra.batch.sources import Item
from penumbra.batch.stop import Stop
from penumbra.batch.watch import arrivals
from penumbra.core.errors import InputError


def test_a_file_is_taken_once_it_has_stopped_growing() -> None:
    """And once more when it changes; what leaves and comes back the same is known."""
    looks = [
        [("a", "1")],
        [("a", "2"), ("b", "1")],
        [("a", "2"), ("b", "1")],
        [("a", "2"), ("b", "1")],
        [("a", "3")],
        [("a", "3"), ("b", "1")],
        [("a", "3"), ("b", "1")],
    ]
    stop = Stop()

    def look() -> list[Item]:
        now = looks.pop(0)
        if not looks:
            stop.ask(2)
        return [Item(key, f"/{key}", stamp) for key, stamp in now]

    taken = [
        ([it.key for it in there], [it.key for it in new])
        for there, new in arrivals(look, stop, pause=0.0)
    ]

    assert taken == [(["a", "b"], ["a", "b"]), (["a"], ["a"])]


def test_a_place_that_is_away_for_a_while_is_waited_for() -> None:
    """But one that was never there is a mistake."""
    there = [Item("a", "/a", "1")]
    looks = [there, None, there]
    stop = Stop()

    def look() -> list[Item]:
        now = looks.pop(0)
        if not looks:
            stop.ask(2)
        if now is None:
            raise InputError("input must be there, got nothing")
        return now

    taken = [[it.key for it in new] for _, new in arrivals(look, stop, pause=0.0)]

    assert taken == [["a"]]
    looks = [None, None]
    with pytest.raises(InputError, match="input must be there"):
        list(arrivals(look, Stop(), pause=0.0))
