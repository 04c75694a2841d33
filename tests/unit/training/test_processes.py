"""Training killed from outside, and in two processes."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch

from penumbra.nn.weights import read_weights
from penumbra.training.loop import train
from tests.tiny_run import QUIET, RESUMED, TinySource, recipe, records, same_bits

ROOT = Path(__file__).parents[3]
PATIENCE = 60  # seconds


def start(out: Path, pause: float, **settings: str) -> "subprocess.Popen[str]":
    """Start the tiny run as a program."""
    places = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    words = [sys.executable, "-m", "tests.tiny_program", str(out), str(pause)]
    return subprocess.Popen(
        words,
        env=os.environ | {"PYTHONPATH": places, "ACCELERATE_USE_CPU": "true"} | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_lines(out: Path, count: int) -> None:
    """Wait until the log has some lines."""
    log, patience = out / "metrics.jsonl", time.monotonic() + PATIENCE
    while not (log.exists() and log.read_text().count("\n") >= count):
        assert time.monotonic() < patience, f"{log} never had {count} lines"
        time.sleep(0.01)


def test_a_run_that_is_killed_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    """`kill -9` leaves no time to tidy up; the moment differs from test to test."""
    train(recipe(), TinySource(), tmp_path / "whole", QUIET)
    moment = random.Random()
    process = start(tmp_path / "parts", pause=0.04)

    wait_for_lines(tmp_path / "parts", moment.randint(1, 20))
    time.sleep(moment.uniform(0, 0.05))
    process.send_signal(signal.SIGKILL)
    process.communicate()

    assert process.returncode == -signal.SIGKILL
    assert train(recipe(), TinySource(), tmp_path / "parts", RESUMED).step == 24
    same_bits(tmp_path / "whole", tmp_path / "parts")
    assert records(tmp_path / "whole") == records(tmp_path / "parts")


def test_sigterm_writes_a_checkpoint_and_ends_without_an_error(tmp_path: Path) -> None:
    """Machines that are lent send it some seconds before they vanish."""
    train(recipe(), TinySource(), tmp_path / "whole", QUIET)
    process = start(tmp_path / "parts", pause=0.1)

    wait_for_lines(tmp_path / "parts", 3)
    process.terminate()
    output, errors = process.communicate()

    assert process.returncode == 0, errors
    assert "Outcome(is_finished=False" in output
    train(recipe(), TinySource(), tmp_path / "parts", RESUMED)
    same_bits(tmp_path / "whole", tmp_path / "parts")


def test_two_processes_do_what_one_does_with_twice_the_batch(tmp_path: Path) -> None:
    """Each takes its own half of the samples; gradients are averaged."""
    plain = recipe(has_noise=False)
    stages = tuple(replace(stage, batch_size=4) for stage in plain.stages)
    train(replace(plain, stages=stages), TinySource(), tmp_path / "one", QUIET)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    group = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "PLAIN": "1"}

    processes = [
        start(tmp_path / "two", 0, RANK=rank, LOCAL_RANK=rank, **group) for rank in ("0", "1")
    ]
    ends = [process.communicate(timeout=PATIENCE) for process in processes]

    assert [process.returncode for process in processes] == [0, 0], ends
    one, _ = read_weights(tmp_path / "one" / "checkpoint" / "weights.safetensors")
    two, header = read_weights(tmp_path / "two" / "checkpoint" / "weights.safetensors")
    assert header.recipe["stages"][0]["batch_size"] == 2
    torch.testing.assert_close(two, one, rtol=0, atol=1e-5)
    for line, other in zip(records(tmp_path / "two"), records(tmp_path / "one"), strict=True):
        torch.testing.assert_close(line["losses"], other["losses"], rtol=0, atol=1e-5)
        torch.testing.assert_close(
            line["gradient_norm"], other["gradient_norm"], rtol=1e-4, atol=1e-5
        )
