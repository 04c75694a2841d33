"""What a predictor sees of a trained network: named arrays in, named arrays out."""

from collections.abc import Mapping
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from penumbra.core.errors import InputError

Planes = NDArray[np.float32]
"""(B, C, H, W): a batch of images, mattes or features, channels first."""

Device = Literal["cpu", "cuda"]


class Graph(Protocol):
    """A network that is ready to run, whatever runs it."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the arrays that `run` takes."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the arrays that `run` returns."""

    def run(self, **arrays: Planes) -> dict[str, Planes]:
        """Compute every output.

        Args:
            **arrays: One (B, C, H, W) float32 array for each of `inputs`.

        Returns:
            One array for each of `outputs`.

        Raises:
            InputError: A name, kind, rank or number of channels is not the graph's, or the
                graph cannot take the size.
        """


def check_arrays(arrays: Mapping[str, Planes], channels: Mapping[str, int]) -> None:
    """Raise `InputError` unless the arrays are what a graph takes.

    Args:
        arrays: What was given to `run`.
        channels: Number of channels of every input, by name.
    """
    if arrays.keys() != channels.keys():
        wanted, given = ", ".join(channels), ", ".join(arrays) or "none"
        raise InputError(f"inputs of the graph must be {wanted}, got {given}")
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray) or array.dtype != np.float32:
            kind = getattr(array, "dtype", type(array).__name__)
            raise InputError(f"{name} must be an array of float32, got {kind}")
        if array.ndim != 4 or array.shape[1] != channels[name] or 0 in array.shape:
            raise InputError(
                f"{name} must have shape (B, {channels[name]}, H, W) and hold something, "
                f"got {array.shape}"
            )
