"""Networks in torch behind the face of a graph: to compare with, and where only torch runs.

Imported on demand: nothing else of the runtime needs torch.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import nn

from penumbra.core.errors import InputError
from penumbra.runtime.graph import Device, Planes, check_arrays


class TorchGraph:
    """A network that is ready to run; as many threads as torch is told to use.

    Args:
        module: Takes the inputs in their order, and returns one tensor or a tuple of them.
            It is switched to evaluation and moved to the device.
        channels: Number of channels of every input, by name.
        outputs: Names of what the module returns.
        device: Where to compute.

    Raises:
        InputError: The device cannot be had.
    """

    def __init__(
        self,
        module: nn.Module,
        channels: Mapping[str, int],
        outputs: Sequence[str],
        device: Device = "cpu",
    ) -> None:
        if device == "cuda" and not torch.cuda.is_available():
            raise InputError("device must be cpu on this machine, got 'cuda'")
        self._device = torch.device(device)
        self._module = module.eval().to(self._device)
        # Channels last is what convolutions are fastest on; torch's stubs do not know the option.
        self._module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._channels = dict(channels)
        self.inputs = tuple(self._channels)
        self.outputs = tuple(outputs)

    def run(self, **arrays: Planes) -> dict[str, Planes]:
        """Compute every output; see `Graph.run`."""
        check_arrays(arrays, self._channels)
        # Copied, because torch would share the caller's memory.
        tensors = [
            torch.tensor(arrays[name], device=self._device).contiguous(
                memory_format=torch.channels_last
            )
            for name in self.inputs
        ]
        try:
            with torch.inference_mode():
                results = self._module(*tensors)
        except RuntimeError as error:
            shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
            reason = str(error).split("\n")[0]
            raise InputError(
                f"inputs must have a size that the graph can take, got {shapes}: {reason}"
            ) from error
        if isinstance(results, torch.Tensor):
            results = (results,)
        return {
            name: result.float().cpu().numpy()
            for name, result in zip(self.outputs, results, strict=True)
        }
