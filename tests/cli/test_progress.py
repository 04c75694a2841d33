"""What is said while pictures are cut out."""

import sys
from dataclasses import replace

import pytest

from penumbra.batch.report import Entry, Status
from penumbra.cli.progress import pace, telling
from penumbra.core.progress import report


def entry(status: Status, reason: str | None = None) -> Entry:
    output = "out.png" if status is Status.DONE else None
    return Entry("in.jpg", output, status, reason, "closed-form", 4, 3, 0.0, 0.1)


def test_without_a_terminal_every_picture_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Logs are read by people and by scripts."""
    with telling(3) as tell:
        tell(entry(Status.DONE))
        tell(entry(Status.FAILED, "too dark"))
        tell(entry(Status.FAILED, "in.jpg must be whole"))

    assert capsys.readouterr().err.splitlines() == [
        "wrote out.png",
        "failed: in.jpg: too dark",
        "failed: in.jpg must be whole",
    ]


def test_what_a_model_has_to_say_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """Behind the picture it is about."""
    with telling(1) as tell:
        tell(replace(entry(Status.DONE), notes=("nothing was open",)))

    assert capsys.readouterr().err == "wrote out.png\nin.jpg: nothing was open\n"


def test_a_picture_that_leaves_no_file_is_a_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    """It may be measured and not kept."""
    with telling(2) as tell:
        tell(replace(entry(Status.DONE), output=None))

    assert capsys.readouterr().err == "done: in.jpg\n"


def test_the_failure_of_a_picture_alone_is_left_to_the_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Otherwise the same reason would be printed twice."""
    with telling(1) as tell:
        tell(entry(Status.FAILED, "too dark"))

    assert capsys.readouterr().err == ""


def test_at_a_terminal_there_is_a_bar_with_rate_and_rest(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour of work needs an end in sight; failures still show, brackets and all."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")

    with telling(3) as tell:
        tell(replace(entry(Status.DONE), notes=("nothing was [open]",)))
        tell(entry(Status.FAILED, "got [red] (3,)"))
    said = capsys.readouterr()

    assert "2/3" in said.err
    assert "a second, 0:00:00 left" in said.err
    assert "failed: in.jpg: got [red] (3,)" in said.err
    assert "in.jpg: nothing was [open]" in said.err
    assert "wrote" not in said.err
    assert said.out == ""


def test_one_picture_has_no_bar_even_at_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """There would be nothing between none and all."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)

    with telling(1) as tell:
        tell(entry(Status.DONE))

    assert capsys.readouterr().err == "wrote out.png\n"


def test_one_large_picture_has_a_bar_of_its_parts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes minutes; the bar is gone when the picture is written."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")

    with telling(1) as tell:
        for done in range(3):
            report(done, 2)
        tell(entry(Status.DONE))
    said = capsys.readouterr()

    assert "2/2" in said.err
    assert said.err.endswith("wrote out.png\n")
    assert said.out == ""


def test_parts_are_not_shown_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """A log of a thousand bars helps nobody."""
    with telling(1) as tell:
        for done in range(3):
            report(done, 2)
        tell(entry(Status.DONE))

    assert capsys.readouterr().err == "wrote out.png\n"


def test_an_interrupt_takes_the_bar_away(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And comes through; what is reported afterwards is not shown."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")

    def interrupted() -> None:
        with telling(1):
            report(0, 2)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    capsys.readouterr()
    report(0, 2)

    assert capsys.readouterr().err == ""


def test_the_rate_is_an_average_over_all_that_is_done() -> None:
    """Pictures differ in size; the last one alone says little."""
    assert pace(2, 4, 60.0) == "30.0 s each, 0:01:00 left"
    assert pace(1, 1, 0.0).endswith("0:00:00 left")
