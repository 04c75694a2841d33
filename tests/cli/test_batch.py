"""`penumbra batch`: what it writes, how it goes on, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
from click.testing import Result
from PIL import Image

from tests.batch_folders import tree
from tests.cli.conftest import Draw

Run = Callable[..., Result]


def summary(output: str = "out") -> dict[str, Any]:
    held: dict[str, Any] = json.loads(Path(output, "summary.json").read_bytes())
    return held


def test_a_tree_is_cut_out_and_the_same_again_does_nothing(penumbra: Run, draw: Draw) -> None:
    """What became of every input is said in a report, and in sums."""
    draw("in/a/cat.png", size=(20, 10))
    draw("in/a/cat.bmp", size=(20, 10))
    Path("in/bad.jpg").write_bytes(b"no picture")

    first = penumbra("batch in out --alpha --workers 2")
    whole, sums = tree(Path("out")), summary()
    second = penumbra("batch in out --alpha")

    assert first.exit_code == 3
    assert "quarantined: bad.jpg must be a " in first.stderr
    assert first.stderr.endswith("Error: 1 of 3 inputs are in quarantine\n")
    assert {name.split("/", 1)[1] for name in whole} == {
        "a/cat.png.png",
        "a/cat.bmp.png",
        "bad.json",
    }
    assert (sums["inputs"], sums["quarantine"], sums["not_done"]) == (3, 1, 0)
    assert sums["ok"] + sums["review"] == 2
    assert sums["failures"] == {"ImageError": 1}
    assert (sums["run"]["worked"], sums["run"]["workers"]) == (3, 2)
    lines = [json.loads(line) for line in Path("out/report.jsonl").read_text().splitlines()]
    assert [line["key"] for line in lines] == ["a/cat.bmp", "a/cat.png", "bad.jpg"]
    assert second.exit_code == 3
    assert "3 inputs are done already, 0 are to be done" in second.stderr
    assert (summary()["run"]["worked"], summary()["run"]["kept"]) == (0, 3)
    assert tree(Path("out")) == whole


def test_other_options_are_refused_unless_everything_is_done_anew(
    penumbra: Run, draw: Draw
) -> None:
    """Half of a tree on red and half on blue is nobody's wish."""
    draw("in/a.png", size=(20, 10))
    draw("in/b.png", size=(20, 10))

    assert penumbra("batch in out --background red --workers 1").exit_code == 0
    before = tree(Path("out"))
    refused = penumbra("batch in out --background blue")
    again = penumbra("batch in out --background blue --again --workers 1")

    assert refused.exit_code == 2
    assert "options background must be 'red' as when " in refused.stderr
    assert "--again does everything anew" in refused.stderr
    assert again.exit_code == 0
    assert set(tree(Path("out"))) == set(before)
    assert tree(Path("out")) != before
    assert penumbra("batch in out --background blue").exit_code == 0
    assert summary()["run"]["worked"] == 0


def test_cut_outs_have_the_looks_and_the_format_asked_for(penumbra: Run, draw: Draw) -> None:
    """Shops want JPEGs on white, cut to the object; files of another format do not stay behind."""
    draw("in/a.png", size=(40, 20))
    trimap = Image.new("L", (40, 20))
    trimap.paste(255, (10, 5, 20, 15))
    Path("trimaps").mkdir()
    trimap.save("trimaps/a.png")
    looks = "--trimap trimaps --background white --crop 0px --format"

    first = penumbra(f"batch in out {looks} jpg --alpha --workers 1")
    (written,) = (name for name in tree(Path("out")) if name.endswith(".jpg"))
    with Image.open(Path("out", written)) as picture:
        kind, size = picture.format, picture.size
    again = penumbra(f"batch in out {looks} webp --alpha --again --workers 1")

    assert (first.exit_code, again.exit_code) == (0, 0)
    assert kind == "JPEG"
    assert size == (10, 10)
    folder = written.split("/")[0]
    assert set(tree(Path("out"))) == {f"{folder}/a.webp", "alpha/a.png"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("batch in out --format jpg", "output.jpg must end in .png, "),
        ("batch in out --square", "--square needs --crop"),
        ("batch gone out", "input must be a folder, a list (.txt), a Parquet file (.parquet)"),
        ("batch empty out", "input must hold at least one photograph, got empty"),
        ("batch in in", "input must not be the folder of results"),
        ("batch in s3://bucket/out", "output must be a folder of this machine, got "),
        ("batch in full", "must be empty or a batch's folder, got mine.txt in it"),
        ("batch in out --model no-such", "model must be one of "),
        ("batch in out --refine 300ms", "refine must be a number or a share for a batch"),
        ("batch in out --trimap t --mask m", "only one of --trimap and --mask can be given"),
    ],
)
def test_what_cannot_be_done_is_refused_before_any_work(
    penumbra: Run, draw: Draw, line: str, reason: str
) -> None:
    """In one line, with exit status 2, and nothing is made."""
    draw("in/a.png")
    for folder in ("empty", "full"):
        Path(folder).mkdir()
    Path("full/mine.txt").touch()

    result = penumbra(line)

    assert result.exit_code == 2
    assert reason in result.stderr
    assert not Path("out").exists()


def test_a_cluster_that_is_not_there_is_refused(penumbra: Run, draw: Draw) -> None:
    """At once; Ray would go on trying."""
    pytest.importorskip("ray", reason="needs the extra `ray`")
    draw("in/a.png")

    result = penumbra("batch in out --ray 127.0.0.1:1")

    assert result.exit_code == 2
    assert "ray must be the address of a cluster, got 127.0.0.1:1: Connection re" in result.stderr


def test_a_device_that_is_not_there_ends_the_batch(penumbra: Run, draw: Draw) -> None:
    """No input is to blame, so none is quarantined."""
    draw("in/a.png")
    draw("in/b.png")

    result = penumbra("batch in out --device cuda --workers 1")

    assert result.exit_code == 2
    assert "device must be" in result.stderr
    assert summary()["not_done"] == 2
    assert tree(Path("out")) == {}


def test_trimaps_are_found_by_place_and_name(penumbra: Run, draw: Draw) -> None:
    """As for `cut`; an input without one is quarantined with that reason."""
    draw("in/a/x.png", size=(20, 10))
    draw("in/b.png", size=(20, 10))
    draw("t/a/x.png", (128,), size=(20, 10))

    result = penumbra("batch in out --trimap t --workers 1")

    assert result.exit_code == 3
    told = json.loads(Path("out/quarantine/b.json").read_bytes())
    assert told["kind"] == "HintError"
    manifest = json.loads(Path("out/.penumbra/manifest.json").read_bytes())
    assert manifest["model"] == "ensemble-trimap"
    assert set(manifest["weights"]) == {"dim-s.onnx"}

    draw("t/b.png", (255,), size=(20, 10))
    draw("t/a/x.png", (0,), size=(20, 10))
    assert penumbra("batch in out --trimap t --workers 1").exit_code == 0
    assert summary()["run"]["worked"] == 2  # another hint is another input


@contextmanager
def started(line: str) -> Iterator[tuple["subprocess.Popen[str]", IO[str]]]:
    """Run a command line beside this process; its words are read from its stderr."""
    command = [sys.executable, "-m", "penumbra", *line.split()]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as child:
        assert child.stderr is not None
        try:
            yield child, child.stderr
        finally:
            child.kill()


def wait_until(is_so: Callable[[], bool], seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.05)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_it_cleanly_and_it_goes_on(
    penumbra: Run, draw: Draw, here: Path, number: signal.Signals, status: int
) -> None:
    """What was under way is finished and written down; the rest is done later."""
    for each in range(40):
        draw(f"in/{each}.png", size=(300, 300))
    journal = here / "out/.penumbra/journal.jsonl"

    with started("batch in out --workers 1") as (child, words):
        wait_until(lambda: journal.exists() and journal.stat().st_size > 0)
        os.kill(child.pid, number)
        said = words.read()
        child.wait()

    assert child.returncode == status
    assert said.splitlines()[-1] == "interrupted"
    sums = summary()
    assert sums["run"]["is_interrupted"]
    assert 0 < sums["not_done"] < 40
    assert len(tree(here / "out")) == 40 - sums["not_done"]
    assert not list(here.glob("out/**/.penumbra-*.part"))

    assert penumbra("batch in out --workers 1").exit_code == 0
    assert summary()["run"]["worked"] == sums["not_done"]


def test_a_drop_folder_is_watched_and_no_second_batch_comes_in(
    penumbra: Run, draw: Draw, here: Path
) -> None:
    """What arrives is done a moment later, until Ctrl-C."""
    draw("in/a.png", size=(20, 10))

    def is_done(count: int) -> Callable[[], bool]:
        return lambda: len(tree(here / "out")) == count and Path("out/summary.json").exists()

    with started("batch in out --workers 1 --watch") as (child, words):
        wait_until(is_done(1))
        draw("in/sub/b.png", size=(20, 10))
        wait_until(is_done(2))
        second = penumbra("batch in out")
        os.kill(child.pid, signal.SIGINT)
        words.read()
        child.wait()

    assert child.returncode == 130
    assert second.exit_code == 2
    assert "must be free of batches, got one that is at work" in second.stderr
    assert penumbra("batch in out").exit_code == 0
    assert summary()["run"]["worked"] == 0
