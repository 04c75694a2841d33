"""Processes that die, and what they were at."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from penumbra.batch import engine
from penumbra.batch.engine import Rules
from penumbra.batch.folder import JobFolder
from penumbra.batch.journal import Record
from penumbra.batch.runner import DIED, LocalRunner
from penumbra.batch.stop import Stop
from tests.batch_folders import DEADLY, Bench, paint, tree


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Eight pictures."""
    monkeypatch.setattr(engine, "PAUSE", 0.0)
    bench = Bench(tmp_path)
    for number in range(8):
        paint(bench.source / f"{number}.png", (30 * number, 9, 9))
    return bench


def local(bench: Bench, workers: int = 2) -> LocalRunner:
    return LocalRunner(bench.settings(), workers, bench.stop)


def test_processes_write_what_one_would(bench: Bench) -> None:
    """Byte for byte, however many there are."""
    other = Bench(bench.root / "other")
    for path in bench.source.iterdir():
        paint(other.source / path.name, (30 * int(path.stem), 9, 9))
    other.run()

    bench.run(runner=local(bench))

    assert len(tree(bench.output)) == 8
    assert tree(bench.output) == tree(other.output)


def test_the_input_that_kills_is_found_and_no_other_is_charged(bench: Bench) -> None:
    """It is quarantined after two tries; all that were under way with it are written."""
    paint(bench.source / "3-deadly.png", DEADLY)

    records = bench.run(runner=local(bench))

    died = records.pop("3-deadly.png")
    assert (died.verdict, died.kind, died.tries) == ("quarantine", DIED, 2)
    assert {record.verdict for record in records.values()} <= {"ok", "review"}
    assert {record.tries for record in records.values()} == {1}
    assert len(records) == 8


def test_asked_to_stop_it_finishes_what_is_under_way(bench: Bench) -> None:
    """Nothing is half there, and the next run does the rest."""

    def stop(record: Record) -> None:
        bench.stop.signal = signal.SIGINT

    bench.run(runner=local(bench, 1), tell=stop)
    done = JobFolder(bench.output).records()

    assert 1 <= len(done) <= 3
    assert {it.outputs["output"] for it in done.values()} == set(tree(bench.output))

    bench.stop.signal = None
    bench.run(runner=local(bench))

    assert bench.looks == 8


def test_a_second_signal_ends_at_once() -> None:
    """Whoever presses Ctrl-C twice means it."""
    stop = Stop()
    stop.ask(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        stop.ask(signal.SIGINT)


PROGRAM = """
import sys
from pathlib import Path
from penumbra.batch.journal import Record
from penumbra.batch.runner import LocalRunner
from tests.batch_folders import Bench
if __name__ == "__main__":
    bench = Bench(Path(sys.argv[1]))
    runner = LocalRunner(bench.settings(), 2, bench.stop)
    bench.run(runner=runner, tell=lambda record: print(record.key, flush=True))
"""


def test_the_driver_may_be_killed_and_its_workers_end_with_it(bench: Bench) -> None:
    """Nobody is left to write into a folder that another batch goes on with."""
    program = bench.root / "program.py"
    program.write_text(PROGRAM)
    here = Path(__file__).parents[3]
    child = subprocess.Popen(
        [sys.executable, str(program), str(bench.root)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=here,
        env={**os.environ, "PYTHONPATH": f"{here / 'src'}:{here}"},
    )
    assert child.stdout is not None
    with child.stdout:
        child.stdout.readline()
        workers = children_of(child.pid)
        child.kill()
        child.wait()

    assert len(workers) >= 2
    until = time.monotonic() + 20
    while (left := [pid for pid in workers if is_alive(pid)]) and time.monotonic() < until:
        time.sleep(0.05)
    assert left == []
    assert len(JobFolder(bench.output).records()) >= 1

    bench.run(runner=local(bench))
    whole = tree(bench.output)

    assert len(whole) == 8
    bench.run(Rules(generation=1))
    assert tree(bench.output) == whole


def children_of(pid: int) -> list[int]:
    """Processes that a process began."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in listed.split()]


def is_alive(pid: int) -> bool:
    """Whether a process is there, and not only its exit status."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
