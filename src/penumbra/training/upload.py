"""Numbers from the host to the device, without waiting for what the device is doing."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def upload(array: NDArray[Any], device: torch.device) -> Tensor:
    """Return an array as a tensor on a device; the copy of a graphics card queues behind its work.

    Args:
        array: Of any shape; torch keeps its dtype.
        device: Where the tensor goes.
    """
    tensor = torch.from_numpy(np.ascontiguousarray(array))
    if device.type != "cuda":
        return tensor.to(device)
    # Only from pinned memory does a copy not wait; torch keeps the memory until it is done.
    return tensor.pin_memory().to(device, non_blocking=True)
