"""What is known of a run: the code, the machine, the versions."""

import os
import platform
import subprocess
from pathlib import Path

import accelerate
import numpy as np
import torch

from penumbra.core.version import __version__


def commit() -> str:
    """Return the commit of the code, with "-dirty" if it was changed since; or "unknown"."""
    folder = Path(__file__).parent
    # A package installed somewhere inside another repository is not that repository's.
    for words in (
        ["ls-files", "--error-unmatch", Path(__file__).parents[1] / "__init__.py"],
        ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
    ):
        try:
            done = subprocess.run(
                ["git", "-C", folder, *words], capture_output=True, text=True, check=True
            )
        except (OSError, subprocess.CalledProcessError):
            return "unknown"
    return done.stdout.strip()


def hardware(device: torch.device, processes: int) -> str:
    """Return the machine in words, such as "1 x NVIDIA H200" or "AMD EPYC 7B13, 2 threads"."""
    if device.type == "cuda":
        return f"{processes} x {torch.cuda.get_device_name(device)}"
    return f"{_processor()}, {processes * torch.get_num_threads()} threads"


def versions() -> dict[str, str]:
    """Return the versions that shape the numbers."""
    return {
        "penumbra": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "accelerate": accelerate.__version__,
        "numpy": np.__version__,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else f"{platform.machine()} with {os.cpu_count()} cores"
