"""How far long work has come."""

import threading

import pytest

from penumbra.core.progress import listening, report


def test_a_listener_hears_what_is_reported_inside() -> None:
    """In order, and nothing of what is reported before or after."""
    heard: list[tuple[int, int]] = []

    report(0, 2)
    with listening(lambda done, total: heard.append((done, total))):
        report(1, 2)
        report(2, 2)
    report(0, 5)

    assert heard == [(1, 2), (2, 2)]


def test_work_inside_work_reports_to_the_inner_listener_alone() -> None:
    """The outer one counts other parts; it is back when the inner one has left."""
    outer: list[int] = []
    inner: list[int] = []

    with listening(lambda done, _: outer.append(done)):
        with listening(lambda done, _: inner.append(done)):
            report(1, 9)
        report(2, 9)

    assert (outer, inner) == ([2], [1])


def test_a_listener_is_forgotten_when_the_work_fails() -> None:
    """The next photograph is not told to a bar that is gone."""
    heard: list[int] = []

    with pytest.raises(KeyboardInterrupt), listening(lambda done, _: heard.append(done)):
        raise KeyboardInterrupt
    report(1, 1)

    assert heard == []


def test_other_threads_are_not_heard() -> None:
    """Two photographs at a time are two listeners."""
    heard: list[int] = []

    with listening(lambda done, _: heard.append(done)):
        thread = threading.Thread(target=report, args=(1, 2))
        thread.start()
        thread.join()

    assert heard == []
