"""Folders of masks to folders of mattes, whatever happens on the way."""

import multiprocessing
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from penumbra.core.arrays import Alpha, Mask
from penumbra.core.errors import ConvergenceError, DatasetError, InputError, OutputError
from penumbra.data import mattes_job
from penumbra.data.mattes_job import find_tasks, run_tasks, usable_cores
from penumbra.data.mattes_report import REPORT, Line, read_lines
from penumbra.data.pseudo import SETTINGS, Settings
from penumbra.io import read_photograph
from tests.scenes import object_mask, photograph, soft_disk

FINE = SETTINGS["fine"]


class Folders:
    """Pictures, masks, and where the results go."""

    def __init__(self, root: Path) -> None:
        self.images, self.masks, self.output = root / "images", root / "masks", root / "out"
        self.images.mkdir()
        self.masks.mkdir()

    def add(self, name: str, alpha: Alpha | None = None, mask: Mask | None = None) -> None:
        """Draw a scene and a mask of it; without a matte a soft disk."""
        alpha = soft_disk(64, 20, 4) if alpha is None else alpha
        mask = object_mask(alpha) if mask is None else mask
        image = np.rint(photograph(alpha).image * 255).astype(np.uint8)
        Image.fromarray(image).save(self.images / name)
        Image.fromarray(mask).convert("L").save(self.masks / f"{Path(name).stem}.png")

    def run(self, settings: Settings = FINE, workers: int = 1) -> list[Line]:
        """Run the job; what was done in this run."""
        done: list[Line] = []
        tasks = find_tasks(self.images, self.masks, self.output)
        run_tasks(tasks, self.output, settings, workers, lambda line, left: done.append(line))
        return done

    def lines(self) -> dict[str, Line]:
        """What the report says of each picture."""
        return {line.image: line for line in read_lines(self.output)}


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """Three pictures that are kept."""
    folders = Folders(tmp_path)
    for name in ("a.png", "b.png", "c.jpg"):
        folders.add(name)
    return folders


def test_every_good_picture_becomes_a_cutout(folders: Folders) -> None:
    """Soft alpha, and colours even where nothing is seen: training resamples them."""
    done = folders.run()

    assert [line.output for line in done] == ["a.png", "b.png", "c.png"]
    cutout = read_photograph(folders.output / "a.png")
    assert cutout.alpha is not None
    assert ((cutout.alpha > 0.1) & (cutout.alpha < 0.9)).sum() > 100
    assert cutout.rgb[:, :, 0].min() > 0.5  # warm everywhere: neither black nor the cold wall


def test_the_sums_say_what_was_kept_and_why_not(folders: Folders) -> None:
    folders.add("small.png", mask=np.eye(64, dtype=np.bool_))
    tasks = find_tasks(folders.images, folders.masks, folders.output)

    summary = run_tasks(tasks, folders.output, FINE)

    assert (summary["pictures"], summary["kept"], summary["rejected"]) == (4, 3, 1)
    assert summary["rejected_by_reason"] == {"area": 1}
    assert summary["settings"]["narrow"] == FINE.narrow
    assert "numpy" in summary["versions"]
    numbers = folders.lines()["small.png"].numbers
    assert numbers is not None
    assert numbers["area"] == pytest.approx(1 / 64, abs=1e-4)
    assert not (folders.output / "small.png").exists()


def test_what_is_done_is_not_done_again(folders: Folders) -> None:
    """The promise of going on, for kept and rejected ones alike."""
    folders.add("empty.png", mask=np.zeros((64, 64), np.bool_))
    folders.run()
    folders.add("d.png")

    assert [line.image for line in folders.run()] == ["d.png"]
    assert folders.run() == []


def test_a_torn_line_and_a_lost_cutout_are_done_again(folders: Folders) -> None:
    """What a job leaves that was killed in the middle of a line, or a user who tidied up."""
    folders.run()
    report = folders.output / REPORT
    report.write_bytes(report.read_bytes()[:-9])
    (folders.output / "a.png").unlink()

    assert [line.image for line in folders.run()] == ["a.png", "c.jpg"]
    assert [line.image for line in folders.run()] == []


def test_leftovers_of_a_killed_job_are_removed(folders: Folders) -> None:
    folders.output.mkdir()
    leftover = folders.output / ".penumbra-0123456789abcdef.part"
    leftover.write_bytes(b"half a picture")

    folders.run()

    assert not leftover.exists()


def test_other_settings_need_another_folder(folders: Folders) -> None:
    """Half of the mattes with one band and half with another is nobody's wish."""
    folders.run()

    with pytest.raises(InputError, match=r"setting wide must be 0\.045 as when .*, got 0\.09"):
        folders.run(replace(FINE, wide=0.09))


def test_other_pictures_need_another_folder(folders: Folders, tmp_path: Path) -> None:
    """Their names may be the same; they would count as done."""
    folders.run()
    folders.images = folders.images.rename(tmp_path / "others")

    with pytest.raises(InputError, match="setting images must be"):
        folders.run()


def test_unusable_pictures_are_lines_of_the_report(folders: Folders) -> None:
    """Never the end of the job."""
    folders.add("twice.png")
    folders.add("TWICE.jpg")
    folders.add("two_masks.png")
    Image.new("L", (64, 64), 255).save(folders.masks / "two_masks.bmp")
    folders.add("lone.png")
    (folders.masks / "lone.png").unlink()
    folders.add("broken.png")
    (folders.images / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nand then nothing")
    folders.add("colour.png")
    Image.new("RGB", (64, 64), "red").save(folders.masks / "colour.png")
    folders.add("large.png")
    Image.new("L", (65, 64), 255).save(folders.masks / "large.png")

    folders.run()

    lines = folders.lines()
    for name in ("twice.png", "TWICE.jpg", "two_masks.png"):
        assert lines[name].reason == "same stem"
    assert lines["lone.png"].reason == "no mask"
    assert lines["broken.png"].reason == lines["colour.png"].reason == "unreadable"
    assert "broken.png must" in str(lines["broken.png"].detail)
    assert lines["large.png"].reason == "sizes differ"
    assert lines["large.png"].detail == "picture and mask have 64x64 and 65x64 pixels"
    assert lines["a.png"].is_kept


@pytest.mark.parametrize(
    ("error", "reason", "is_done"),
    [
        (ConvergenceError("no answer"), "solver", True),
        (MemoryError(), "memory", False),
        (ZeroDivisionError("division by zero"), "bug", False),
    ],
)
def test_failures_are_told_apart(
    folders: Folders,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    reason: str,
    is_done: bool,
) -> None:
    """What is not the picture's own fault is tried again next time."""

    def fail(*arguments: object) -> Any:  # noqa: ANN401
        raise error

    monkeypatch.setattr(mattes_job, "soften_mask", fail)
    assert {line.reason for line in folders.run()} == {reason}

    monkeypatch.undo()
    assert len(folders.run()) == (0 if is_done else 3)


def test_several_workers_make_the_same_files(folders: Folders, tmp_path: Path) -> None:
    """And leave nothing running."""
    folders.run()
    files = {path.name: path.read_bytes() for path in folders.output.glob("*.png")}
    folders.output = tmp_path / "again"

    done = folders.run(workers=2)

    assert sorted(line.image for line in done) == ["a.png", "b.png", "c.jpg"]
    assert {path.name: path.read_bytes() for path in folders.output.glob("*.png")} == files
    assert multiprocessing.active_children() == []


def test_a_worker_that_dies_ends_the_job_with_a_reason(folders: Folders) -> None:
    """For want of memory, mostly; what was done stays done."""
    for name in "defghijklmnopq":
        folders.add(f"{name}.png")
    tasks = find_tasks(folders.images, folders.masks, folders.output)

    def kill_workers(line: Line, left: int) -> None:
        for child in multiprocessing.active_children():
            child.kill()

    with pytest.raises(InputError, match="one of 2 that died: start again with fewer"):
        run_tasks(tasks, folders.output, FINE, 2, kill_workers)

    assert 1 <= len(folders.lines()) < len(tasks)


@pytest.mark.skipif(shutil.which("ps") is None, reason="needs a list of processes")
def test_a_job_killed_half_way_goes_on(tmp_path: Path) -> None:
    """Kill -9 of the command leaves whole files only, no worker, and no work to do twice."""
    folders = Folders(tmp_path)
    for number in range(16):
        folders.add(f"{number:02d}.png", soft_disk(240, 80, 4))
    places = [str(place) for place in (folders.images, folders.masks, folders.output)]
    command = [sys.executable, "-m", "penumbra", "data", "mattes", *places, "--workers", "2"]
    job = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    report = folders.output / REPORT
    _wait_for(lambda: report.exists() and report.read_bytes().count(b"\n") >= 3)
    workers = _children_of(job.pid)

    job.kill()
    job.wait()

    assert workers
    _wait_for(lambda: not any(_is_alive(pid) for pid in workers))
    before = folders.lines()
    assert 3 <= len(before) < 16
    after = folders.run()
    assert {line.image for line in after}.isdisjoint(before)
    assert len(folders.lines()) == 16
    for path in folders.output.glob("*.png"):
        read_photograph(path)
    assert not list(folders.output.glob(".penumbra-*"))


def test_pictures_without_any_mask_are_refused(folders: Folders) -> None:
    """Somebody named the wrong folder."""
    for mask in folders.masks.iterdir():
        mask.rename(folders.masks / f"{mask.stem}_mask.png")

    with pytest.raises(DatasetError, match="got 3 masks for 3 pictures and no match"):
        folders.run()

    assert not folders.output.exists()


@pytest.mark.parametrize("place", ["images", "masks"])
def test_results_never_land_on_what_is_read(folders: Folders, place: str) -> None:
    """The masks' own names are those of the results."""
    folders.output = getattr(folders, place)
    before = {path: path.read_bytes() for path in folders.masks.iterdir()}

    with pytest.raises(OutputError, match="must not be a folder that is read"):
        folders.run()

    assert {path: path.read_bytes() for path in folders.masks.iterdir()} == before


def test_a_missing_folder_is_named(folders: Folders, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="nowhere must be a readable folder"):
        find_tasks(tmp_path / "nowhere", folders.masks, folders.output)


def test_files_that_are_no_pictures_are_passed_over(folders: Folders) -> None:
    (folders.images / "notes.txt").write_text("a.png is the best")
    (folders.images / ".hidden.png").write_bytes(b"")

    tasks = find_tasks(folders.images, folders.masks, folders.output)

    assert [task.image.name for task in tasks] == ["a.png", "b.png", "c.jpg"]


def test_there_is_a_core_to_work_on() -> None:
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)


def _wait_for(condition: Callable[[], bool]) -> None:
    """Look until it holds; half a minute is for machines under load."""
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def _children_of(parent: int) -> list[int]:
    listing = subprocess.run(["ps", "-eo", "pid,ppid"], capture_output=True, text=True, check=True)
    rows = [row.split() for row in listing.stdout.splitlines()[1:]]
    return [int(pid) for pid, above in rows if int(above) == parent]


def _is_alive(pid: int) -> bool:
    """Whether a process is there, other than as a name that waits to be collected."""
    listing = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    state = listing.stdout.strip()
    return bool(state) and not state.startswith("Z")
