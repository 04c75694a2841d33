"""A job killed at random moments, as machines do it."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from penumbra.cli.main import main
from penumbra.systems.dfimat.synth.journal import REPORT, read_account
from tests.made_sets import LOOSE_WORDS, files_below, people_pack

COUNT = 30


def line(root: Path, pack: Path) -> list[str]:
    """The command: a set of small composites."""
    words = f"synth people {root} --pack {pack} --count {COUNT} --seed 5 {LOOSE_WORDS}"
    return words.split()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_a_job_killed_three_times_ends_as_if_it_never_was(tmp_path: Path) -> None:
    """Byte for byte: nothing doubled, nothing half-written, no temporary file."""
    pack = people_pack(tmp_path / "people.tar")
    assert CliRunner().invoke(main, line(tmp_path / "whole", pack)).exit_code == 0
    root, seen = tmp_path / "killed", [0]
    chance = random.Random(os.getpid())

    for share in (0.15, 0.4, 0.7):
        command = [sys.executable, "-m", "penumbra", *line(root, pack)]
        job = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        wait_for_lines(root, max(int(share * COUNT), seen[-1] + 1))
        time.sleep(chance.uniform(0, 0.03))
        job.kill()
        assert job.wait() == -signal.SIGKILL
        seen.append(len(read_account(root).lines))
    again = CliRunner().invoke(main, line(root, pack))

    assert seen == sorted(set(seen))
    assert seen[-1] < len(read_account(tmp_path / "whole").lines)
    assert f"kept {COUNT} of" in again.stderr
    numbers = [it.number for it in read_account(root).lines]
    assert numbers == list(range(len(numbers)))
    assert files_below(root) == files_below(tmp_path / "whole")


def wait_for_lines(root: Path, count: int) -> None:
    """Look until the account has some lines; half a minute is for machines under load."""
    end = time.monotonic() + 30
    path = root / REPORT
    while not (path.exists() and path.read_bytes().count(b"\n") >= count):
        assert time.monotonic() < end
        time.sleep(0.002)
