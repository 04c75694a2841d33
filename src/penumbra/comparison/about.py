"""What a run was made with: machine, versions, weights."""

import os
import platform
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from penumbra.core.errors import InputError
from penumbra.core.version import __version__
from penumbra.runtime.onnx import thread_count
from penumbra.weights import entries

PACKAGES = ("numpy", "scipy", "onnxruntime", "opencv-python-headless", "pillow", "pymatting")


def hardware() -> dict[str, Any]:
    """Return model and number of cores, threads of a network, and memory in bytes (or None)."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "threads": thread_count(),
        "memory": _memory(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def versions() -> dict[str, str]:
    """Return the version of the kit, of Python, and of what is installed of `PACKAGES`."""
    found = {"penumbra": __version__, "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def weights() -> dict[str, str]:
    """Return every shipped graph with the sha256 of its file.

    Raises:
        WeightsError: The manifest is broken.
    """
    return {entry.file: entry.sha256 for entry in entries()}


def hash_of_file(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal.

    Raises:
        InputError: It cannot be read.
    """
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"{path} must be readable, got {error.strerror!r}") from error


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None
