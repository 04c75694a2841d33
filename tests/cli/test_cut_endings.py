"""How `penumbra cut` ends: refusals, bugs, interruptions, and what is left on the disk."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from numpy.typing import NDArray
from PIL import Image

from penumbra.cli import cut_loop
from penumbra.core.arrays import RGB, Alpha
from penumbra.core.errors import ConvergenceError, OutputError
from penumbra.core.hints import Hints
from tests.cli.conftest import Draw, Obedient, left_half

Run = Callable[..., Result]

RED = (200, 30, 30)


def samples(path: str | Path) -> NDArray[np.uint8]:
    with Image.open(path) as picture:
        return np.asarray(picture)


def test_when_nothing_is_done_the_exit_status_is_2(
    penumbra: Run, draw: Draw, model: Obedient
) -> None:
    """One picture says why in one line, several say how many."""
    one = penumbra("cut gone.jpg -o out/b.png --box 0 0 3 3")
    both = penumbra("cut gone.jpg lost.jpg -o out --box 0 0 3 3")

    assert one.exit_code == 2
    assert one.stderr.startswith("Error: gone.jpg must ")
    assert one.stderr.count("\n") == 1
    assert both.exit_code == 2
    assert both.stderr.endswith("Error: 2 of 2 inputs failed\n")
    assert not Path("out").exists()


def test_a_bug_shows_its_traceback_and_the_rest_goes_on(
    penumbra: Run, draw: Draw, model: Obedient
) -> None:
    """Exit status 1 outweighs all others, so that nobody overlooks it."""
    draw("in/a.png", size=(6, 6))
    draw("in/b.png")

    def stumble(image: RGB, hints: Hints) -> Alpha:
        if image.shape[0] == 6:
            raise ZeroDivisionError("by zero")
        return left_half(image, hints)

    model.answer = stumble
    result = penumbra("cut in -o out --box 0 0 3 3 --report r.json")

    assert result.exit_code == 1
    assert "Traceback" in result.stderr
    assert "failed: in/a.png: ZeroDivisionError: by zero" in result.stderr
    assert [path.name for path in Path("out").iterdir()] == ["b.png"]
    states = [entry["status"] for entry in json.loads(Path("r.json").read_text())["entries"]]
    assert states == ["bug", "done"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConvergenceError("solver must converge"), "solver must converge"),
        (MemoryError(), "photograph must fit into memory"),
    ],
)
def test_a_model_that_gives_up_is_no_bug(
    penumbra: Run, draw: Draw, model: Obedient, error: Exception, reason: str
) -> None:
    """The picture is at fault, or the machine is too small."""
    draw("a.png")

    def give_up(image: RGB, hints: Hints) -> Alpha:
        raise error

    model.answer = give_up
    result = penumbra("cut a.png -o b.png --box 0 0 3 3")

    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {reason}")
    assert not Path("b.png").exists()


def test_ctrl_c_ends_with_130_and_keeps_what_is_done(
    penumbra: Run, draw: Draw, model: Obedient
) -> None:
    """The report then has fewer entries than inputs."""
    draw("in/a.png")
    draw("in/b.png", size=(6, 6))

    def press_ctrl_c(image: RGB, hints: Hints) -> Alpha:
        if image.shape[0] == 6:
            raise KeyboardInterrupt
        return left_half(image, hints)

    model.answer = press_ctrl_c
    result = penumbra("cut in -o out --box 0 0 3 3 --report r.json")

    assert result.exit_code == 130
    assert result.stderr.endswith("interrupted\n")
    assert [path.name for path in Path("out").iterdir()] == ["a.png"]
    report = json.loads(Path("r.json").read_text())
    assert (report["totals"]["inputs"], len(report["entries"])) == (2, 1)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a.png -o b.png --trimap a.png --mask a.png", "only one of --trimap, --mask and"),
        ("a.png -o b.png --trimap gone.png", "trimap must be a file or a folder, got gone.png"),
        ("a.png c.png -o out --mask a.png", "mask must be a folder for several inputs"),
        ("a.png -o b.png --on 1 2 3", "--on must be followed by pairs X Y, got 1 2 3"),
        ("a.png -o b.png --on nan 2", "click must be finite"),
        ("a.png -o b.png --box 3 3 1 1", "box must have x0 < x1 and y0 < y1"),
        ("a.png -o b.jpg --box 0 0 2 2", "got .jpg, which has no transparency"),
        (
            "a.png -o wide.png --box 0 0 2 2 --background wide.png",
            "must not be a file that is read",
        ),
        ("a.png -o b.png --box 0 0 2 2 --background mauvish", "background must be transparent"),
        ("a.png -o b.png --box 0 0 2 2 --background #fff8", "must be an opaque colour"),
        ("a.png -o a.png --box 0 0 2 2", "output must not be a file that is read, got a.png"),
        ("a.png -o b.gif --box 0 0 2 2", "b.gif must end in"),
        ("a.png -o b.png --box 0 0 9 9", "box must lie inside the 6x4 image"),
        ("a.png -o b.png --on 6 0", "click must lie inside the 6x4 image, got (6, 0)"),
        ("a.png -o b.png --trimap wide.png", "trimap must be as large as the 6x4 image"),
    ],
)
def test_refusals_are_one_line_and_leave_nothing(
    penumbra: Run, draw: Draw, model: Obedient, line: str, message: str
) -> None:
    """What was expected and what came."""
    draw("a.png", RED)
    draw("wide.png", (128,), size=(7, 4))

    result = penumbra(f"cut {line}")

    assert result.exit_code == 2
    assert message in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr
    assert sorted(path.name for path in Path().iterdir()) == ["a.png", "wide.png"]
    assert samples("a.png")[0, 0].tolist() == list(RED)


def test_an_unknown_model_is_refused_with_the_nearest_name(penumbra: Run, draw: Draw) -> None:
    """Before any picture is read."""
    draw("a.png")

    result = penumbra("cut a.png -o b.png --box 0 0 2 2 --model closedform")

    assert result.exit_code == 2
    assert "did you mean 'closed-form'?" in result.stderr


def test_a_report_that_cannot_be_written_costs_no_work(
    penumbra: Run, draw: Draw, model: Obedient
) -> None:
    """It is tried before the first picture."""
    draw("a.png")
    Path("r.json").mkdir()

    result = penumbra("cut a.png -o b.png --box 0 0 2 2 --report r.json")

    assert result.exit_code == 2
    assert model.seen == []
    assert not Path("b.png").exists()


def test_a_report_lost_at_the_end_does_not_deny_the_results(
    penumbra: Run, draw: Draw, model: Obedient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pictures are there, so it is not "nothing done"."""
    draw("a.png")

    def full(path: Path, entries: list[object], inputs: int, seconds: float) -> None:
        if entries:
            raise OutputError("r.json must be writable, got 'No space left on device'")

    monkeypatch.setattr(cut_loop, "write_report", full)
    result = penumbra("cut a.png -o b.png --box 0 0 2 2 --report r.json")

    assert result.exit_code == 3
    assert "No space left" in result.stderr
    assert Path("b.png").exists()
