"""Image after image, whatever becomes of one of them."""

import logging

import pytest

from penumbra.core.errors import ImageError
from penumbra.evaluation.protocol import Case
from penumbra.evaluation.rerun import run_cases
from penumbra.evaluation.run import Failure

TROUBLE: dict[str, Exception] = {
    "torn": ImageError("torn.png must be whole"),
    "huge": MemoryError(),
    "odd": ZeroDivisionError("by hand"),
}


def never() -> None:
    raise AssertionError("nothing is read here")


CASES = [Case(name, name, never, never) for name in ("a", "torn", "huge", "odd", "b")]  # type: ignore[arg-type]


def work(case: Case) -> str:
    if case.name in TROUBLE:
        raise TROUBLE[case.name]
    return case.name.upper()


def test_a_failure_is_a_line_and_not_the_end(caplog: pytest.LogCaptureFixture) -> None:
    """A bug keeps its traceback, in the log."""
    told: list[tuple[str, Failure | None]] = []

    with caplog.at_level(logging.ERROR):
        results, failed = run_cases(
            CASES, work, lambda name, why, seconds: told.append((name, why))
        )

    assert results == ["A", "B"]
    assert failed == (
        Failure("torn", "torn.png must be whole"),
        Failure("huge", "image must fit into memory, got no more of it"),
        Failure("odd", "ZeroDivisionError: by hand", is_bug=True),
    )
    assert told == [("a", None), *((each.name, each) for each in failed), ("b", None)]
    (record,) = caplog.records
    assert record.exc_info is not None


def test_ctrl_c_is_the_end() -> None:
    """Nobody wants to press it a thousand times."""

    def interrupted(case: Case) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_cases(CASES, interrupted, lambda *end: None)
