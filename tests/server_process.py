"""`penumbra serve` as users start it."""

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Process:
    """A server of its own.

    Attributes:
        address: Where it listens, without a slash at the end.
        process: It.
    """

    address: str
    process: subprocess.Popen[str]

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()

    def stop(self) -> None:
        """End it as Ctrl-C would, if it still runs."""
        self.process.terminate()
        self.process.communicate(timeout=30)


def start_server(state: Path) -> Process:
    """Start a server at any free port; what is asked before it is ready waits."""
    command = [sys.executable, "-m", "penumbra", "serve", "--port", "0", "--state", str(state)]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"}
    )
    assert process.stderr is not None
    announced = process.stderr.readline()
    found = re.fullmatch(r"Penumbra on (http://127\.0\.0\.1:\d+)/\n", announced)
    assert found is not None, announced
    return Process(found[1], process)
