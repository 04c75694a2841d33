"""Runs of numbered files: what is of one, and what is there of it."""

import os
from pathlib import Path

import pytest

from penumbra.batch.guard import guarded
from penumbra.batch.inputs import Job, Places, plan_jobs
from penumbra.batch.numbered import files_there, numbered, run_at, run_of


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def touch(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def problems(inputs: str, output: str, report: str = "", **places: str) -> list[str | None]:
    wanted = Places(output, is_numbered=True, **places)  # type: ignore[arg-type]  # all are names
    jobs = plan_jobs(inputs.split(), wanted)
    found = guarded(jobs, [], Path(report) if report else None)
    return [job.problem for job in found]


def test_a_numbered_file_is_of_the_run_that_it_is_numbered_in() -> None:
    """Names with dots and dashes of their own, too."""
    for name in ("out/a.png", "a.b.webp", "a-1.png", "-.png"):
        path = Path(name)
        assert run_of(numbered(path, 12)) == run_at(path)


@pytest.mark.parametrize("name", ["a.png", "a-.png", "a-0.png", "a-01.png", "a-1b.png", "1.png"])
def test_other_files_are_of_no_run(name: str) -> None:
    assert run_of(Path(name)) is None


def test_what_is_there_is_found_as_it_would_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the file system has another spelling; each folder is listed once."""
    touch("out/p-1.png", "out/P-3.PNG", "out/p-2.jpg", "out/q-1.png", "out/p.png", "out/p-1")
    listed: list[Path] = []
    listing = os.listdir

    def listdir(folder: Path) -> list[str]:
        listed.append(folder)
        return sorted(listing(folder))

    monkeypatch.setattr(os, "listdir", listdir)
    p, q, gone = Path("out/p.png"), Path("out/q.png"), Path("gone/p.png")

    there = files_there([p, q, p, gone])

    assert {path: {it.name for it in found} for path, found in there.items()} == {
        p: {"p-1.png", "p-3.png"},
        q: {"q-1.png"},
        gone: set(),
    }
    assert sorted(folder.name for folder in listed) == ["gone", "out"]


def test_two_runs_that_cannot_meet_are_both_written() -> None:
    """A run of `a` ends in its number, so that of `a-1` has one more."""
    touch("in/a.jpg", "in/a-1.jpg", "in/a-2.png", "out/a-1.png")

    assert problems("in", "out") == [None, None, None]
    assert problems("in/a.jpg", "out/p.png", alpha="out/q.png") == [None]
    assert problems("in/a.jpg", "out/p.png", report="out/p.json") == [None]
    assert problems("in/a-2.png", "in/a-2.png") == [None], "that name itself is not written"


def test_two_runs_do_not_share_a_file() -> None:
    """Not by one name, not through links, be there anything behind them or not."""
    touch("a.jpg", "in/a/x.jpg", "in/b/x.jpg", "z")
    Path("out/a").mkdir(parents=True)
    Path("out/b").symlink_to("a", target_is_directory=True)
    twice = "output must not be written twice, got "

    assert problems("a.jpg", "p.png", alpha="./p.png") == [f"{twice}p-*.png"]
    assert problems("in", "out") == [None, f"{twice}x-*.png"]
    Path("q-2.png").symlink_to("p-5.png")  # which is not there yet
    assert problems("a.jpg", "p.png", alpha="q.png") == [f"{twice}q-*.png"]
    assert problems("a.jpg", "q.png", alpha="p.png") == [f"{twice}p-*.png"]
    for name in ("r-1.png", "s-1.png"):
        Path(name).symlink_to("z")
    assert problems("a.jpg", "r.png", alpha="s.png") == [f"{twice}s-*.png"]


def test_a_run_spares_what_is_read_and_the_report() -> None:
    """By name, by a link and by a second name of the same file."""
    touch("p-1.png", "a.jpg", "b.jpg")
    os.link("a.jpg", "hard-9.png")
    Path("soft-1.png").symlink_to("a.jpg")
    read = "output must not be a file that is read, got "

    assert problems("p-1.png", "p.png") == [f"{read}p-*.png"]
    assert problems("a.jpg", "hard.png") == [f"{read}hard-*.png"]
    assert problems("a.jpg b.jpg", ".", alpha="alphas") == [None, None]
    assert problems("b.jpg", "soft.png") == [None]
    assert problems("a.jpg", "soft.png") == [f"{read}soft-*.png"]
    twice = "output must not be written twice, got "
    assert problems("a.jpg", "t.png", report="t-4.png") == [f"{twice}t-*.png"]


def test_what_is_read_is_spared_in_a_folder_that_cannot_be_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It can be written to all the same; kept files are those of a background."""
    touch("p-1.png", "p-2.png", "a.jpg")

    def listdir(folder: Path) -> list[str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "listdir", listdir)
    read = "output must not be a file that is read, got p-*.png"
    (job,) = plan_jobs(["a.jpg"], Places("p.png", is_numbered=True))

    assert problems("p-1.png", "p.png") == [read]
    assert [it.problem for it in guarded([job], [Path("p-2.png")], None)] == [read]
    assert [it.problem for it in guarded([job], [], None)] == [None]


def test_single_files_with_numbers_are_no_run() -> None:
    """The everyday batch: 1.png and 2.png do not harm each other."""
    jobs = [Job(Path(f"in-{n}.jpg"), Path(f"in-{n}.jpg"), Path(f"out-{n}.png")) for n in (1, 2)]

    assert [job.problem for job in guarded(jobs, [], Path("out-3.png"))] == [None, None]
