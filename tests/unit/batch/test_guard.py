"""Files that are read survive, and no result is lost under another."""

import os
from pathlib import Path

import pytest

from penumbra.batch.guard import guarded
from penumbra.batch.inputs import Job, Places, plan_jobs
from penumbra.core.errors import InputError


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def touch(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def problems(inputs: str, places: Places, kept: str = "", report: str = "") -> list[str | None]:
    kept_paths = [Path(name) for name in kept.split()]
    jobs = plan_jobs(inputs.split(), places, kept_paths)
    found = guarded(jobs, kept_paths, Path(report) if report else None)
    return [job.problem for job in found]


@pytest.mark.parametrize(
    "output", ["a.png", "./a.png", "here/a.png", "soft.png", "hard.png", "in/../a.png"]
)
def test_an_input_is_not_written_over_by_any_name(output: str) -> None:
    """Its own name, another way to it, a link, and a second name of the same file."""
    touch("a.png", "in/b.png")
    Path("soft.png").symlink_to("a.png")
    os.link("a.png", "hard.png")
    Path("here").symlink_to(".", target_is_directory=True)

    reason = f"output must not be a file that is read, got {Path(output)}"

    assert problems("a.png", Places(output)) == [reason]
    assert problems("in/b.png", Places("x.png", alpha=output), kept="a.png") == [reason]
    assert problems("in/b.png", Places("x.png", foreground=output), kept="a.png") == [reason]


def test_neither_another_input_nor_a_hint_is_written_over() -> None:
    """Hints in a folder count one by one; what lies beside them is free."""
    touch("a.png", "b.jpg", "hints/c.png")

    over, beside = problems("a.png b.jpg", Places("."))

    assert over == "output must not be a file that is read, got a.png"
    assert beside is None
    assert problems("b.jpg", Places("hints/d.png"), kept="hints") == [None]
    assert problems("b.jpg", Places("hints/c.png"), kept="hints") != [None]


def test_no_two_results_share_a_file() -> None:
    """Not the matte and the cut-out, not the report, not through a link between folders."""
    touch("a.jpg", "in/a/x.jpg", "in/b/x.jpg")
    Path("out/a").mkdir(parents=True)
    Path("out/b").symlink_to("a", target_is_directory=True)

    twice = "output must not be written twice, got "

    assert problems("a.jpg", Places("x.png", alpha="./x.png")) == [f"{twice}x.png"]
    assert problems("a.jpg", Places("x.png"), report="x.png") == [f"{twice}x.png"]
    assert problems("in", Places("out")) == [None, f"{twice}out/b/x.png"]


def test_a_report_over_an_input_is_refused_as_a_whole() -> None:
    """No photograph is to blame, so none fails alone."""
    touch("a.jpg")

    with pytest.raises(InputError, match="report must not be a file that is read"):
        problems("a.jpg", Places("b.png"), report="a.jpg")


def test_a_problem_found_before_stays() -> None:
    """The first reason is the better one."""
    (job,) = guarded(
        [Job(Path("in"), Path("*"), Path("x.png"), problem="locked")], [Path("x.png")], None
    )

    assert job.problem == "locked"
