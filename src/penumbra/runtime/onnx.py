"""Graphs on ONNX Runtime: the default, without torch.

How many threads a graph uses is, in this order: what the caller says, the environment variable
PENUMBRA_THREADS, the cores this process may use.  What it runs on is what the caller says, the
environment variable PENUMBRA_DEVICE, the CPU.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256 as hash_of
from pathlib import Path
from typing import get_args

import onnxruntime

from penumbra.core.errors import InputError, WeightsError
from penumbra.runtime.graph import Device, Planes, check_arrays

THREADS_VARIABLE = "PENUMBRA_THREADS"
DEVICE_VARIABLE = "PENUMBRA_DEVICE"

_PROVIDERS: dict[Device, str] = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
_frugal: ContextVar[bool] = ContextVar("frugal", default=False)

_ERRORS_ONLY = 3  # ONNX Runtime's levels count from verbose, 0, to fatal, 4


class OnnxGraph:
    """An ONNX model that is ready to run.

    Every input is a (B, C, H, W) float32 array with a fixed number of channels.  `sha256` is what
    the file's bytes hash to, in hexadecimal; None where they were not given.

    Args:
        model: The file's bytes, or where it lies.  It is not checked against anything:
            `penumbra.weights.load_graph` does that.
        threads: Cores to use for one operation; see above when omitted.
        device: "cuda" needs ONNX Runtime's build for it; see above when omitted.

    Raises:
        WeightsError: The model cannot be read, or has inputs of another kind.
        InputError: The number of threads or the device cannot be had.
    """

    def __init__(
        self, model: bytes | Path | str, threads: int | None = None, device: Device | None = None
    ) -> None:
        device = device or said_device()
        provider = _provider(device)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = thread_count(threads)
        # Threads that wait for more work by spinning take the cores from whatever comes next.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        source = model if isinstance(model, bytes) else os.fspath(model)
        self.sha256 = hash_of(model).hexdigest() if isinstance(model, bytes) else None
        try:
            self._session = onnxruntime.InferenceSession(source, options, providers=[provider])
        except Exception as error:  # its errors share no class of their own
            name = "model" if isinstance(model, bytes) else str(model)
            raise WeightsError(f"{name} must be a whole ONNX file, got {_reason(error)}") from error
        # Without its libraries CUDA is left out in silence, and everything is slow.
        if self._session.get_providers()[0] != provider:
            raise InputError(f"device must be usable, got {device!r}, which failed to start")
        self._channels = _channels(self._session)
        self.inputs = tuple(self._channels)
        self.outputs = tuple(output.name for output in self._session.get_outputs())

    def run(self, **arrays: Planes) -> dict[str, Planes]:
        """Compute every output; see `Graph.run`."""
        check_arrays(arrays, self._channels)
        try:
            results = self._session.run(list(self.outputs), arrays, _run_options())
        except Exception as error:  # as above
            shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
            raise InputError(
                f"inputs must have a size that the graph can take, got {shapes}: {_reason(error)}"
            ) from error
        return dict(zip(self.outputs, results, strict=True))


@contextmanager
def frugal() -> Iterator[None]:
    """Let graphs that run inside give memory back after every run.

    Otherwise they keep what they once needed, and where sizes change from run to run, more.

    Example:
        >>> with frugal():
        ...     pass
    """
    token = _frugal.set(True)
    try:
        yield
    finally:
        _frugal.reset(token)


def thread_count(threads: int | None = None) -> int:
    """Return how many threads a graph uses.

    Args:
        threads: What the caller says, at least 1, or None.

    Raises:
        InputError: What the caller or the environment says is not a count.

    Example:
        >>> thread_count(3)
        3
    """
    if threads is not None:
        said, name = str(threads), "threads"
    elif THREADS_VARIABLE in os.environ:
        said, name = os.environ[THREADS_VARIABLE], THREADS_VARIABLE
    else:
        return _cores()
    if not (said.isdecimal() and int(said) >= 1):
        raise InputError(f"{name} must be a whole number of at least 1, got {said!r}")
    return int(said)


def said_device() -> Device:
    """Return what the environment says that graphs run on.

    Raises:
        InputError: It says something that is no device.
    """
    said = os.environ.get(DEVICE_VARIABLE, "cpu")
    for device in get_args(Device):
        if said == device:
            return device
    names = " or ".join(get_args(Device))
    raise InputError(f"{DEVICE_VARIABLE} must be {names}, got {said!r}")


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _run_options() -> onnxruntime.RunOptions | None:
    if not _frugal.get():
        return None
    options = onnxruntime.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


def _provider(device: Device) -> str:
    here = [
        name
        for name, provider in _PROVIDERS.items()
        if provider in onnxruntime.get_available_providers()
    ]
    if device not in here:
        raise InputError(f"device must be one of {', '.join(here)} on this machine, got {device!r}")
    return _PROVIDERS[device]


def _channels(session: onnxruntime.InferenceSession) -> dict[str, int]:
    channels: dict[str, int] = {}
    for given in session.get_inputs():
        shape = given.shape
        if given.type != "tensor(float)" or len(shape) != 4 or not isinstance(shape[1], int):
            raise WeightsError(
                f"input {given.name} of the model must be float32 of shape (B, C, H, W) with a "
                f"fixed C, got {given.type} of shape {tuple(shape)}"
            )
        channels[given.name] = shape[1]
    return channels


def _reason(error: Exception) -> str:
    return str(error).strip().split("\n")[0]
