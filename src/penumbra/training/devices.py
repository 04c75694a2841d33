"""The device and the other processes of a run."""

import os
from typing import Literal

import torch
from accelerate import Accelerator
from torch import Tensor

from penumbra.core.errors import InputError

Device = Literal["cpu", "cuda"]


def accelerator_for(device: Device | None, is_deterministic: bool) -> Accelerator:
    """Set torch up for a run; 16-bit floats on a GPU, 32-bit ones on a CPU.

    Args:
        device: None for the best there is.
        is_deterministic: Only kernels whose results do not depend on chance.

    Raises:
        InputError: There is no such device.
    """
    has_cuda = torch.cuda.is_available()
    if device == "cuda" and not has_cuda:
        raise InputError("device must be one of this machine, got 'cuda'")
    is_cuda = has_cuda and device != "cpu"
    torch.set_flush_denormal(True)
    torch.set_float32_matmul_precision("high" if is_cuda else "highest")
    # Where batches are of another size at every step (windows to refine), trying kernels for each
    # would take longer than it saves.
    torch.backends.cudnn.benchmark = False
    if is_deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(is_deterministic)
    return Accelerator(cpu=not is_cuda, mixed_precision="bf16" if is_cuda else "no")


class Readback:
    """Numbers on their way from the device, so that work can be queued behind them."""

    def __init__(self, numbers: Tensor) -> None:
        self._numbers = numbers.to("cpu", non_blocking=True)
        self._arrived = torch.cuda.Event() if numbers.is_cuda else None  # type: ignore[no-untyped-call]
        if self._arrived is not None:
            self._arrived.record()

    def wait(self) -> list[float]:
        """Return them once they are there."""
        if self._arrived is not None:
            self._arrived.synchronize()
        return self._numbers.tolist()


def mean_of_all(accelerator: Accelerator, value: float) -> float:
    """Return the mean of a number over all processes, the same in each."""
    if accelerator.num_processes == 1:
        return value
    number = torch.tensor(value, dtype=torch.float32, device=accelerator.device)
    return accelerator.reduce(number, "mean").item()


def step_seed(seed: int, step: int, process: int) -> int:
    """Return a seed of 63 bits, another one for every step of every process."""
    mixed = seed * 0x9E3779B97F4A7C15 + step * 0xBF58476D1CE4E5B9 + process * 0x94D049BB133111EB
    mixed %= 1 << 64
    return (mixed ^ (mixed >> 31)) >> 1
