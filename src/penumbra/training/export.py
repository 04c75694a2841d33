"""From a trained network in torch to a graph that runs without it.

Height and width stay free, and the batch unless a graph says otherwise.  What torch exports must
agree closely with torch; what is written, whose weights are rounded to float16, must agree within
what an 8-bit matte can show.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import torch
from onnx import ModelProto
from torch import Tensor, nn

from penumbra.core.errors import WeightsError
from penumbra.io.writing import write_atomically
from penumbra.runtime.onnx import OnnxGraph
from penumbra.runtime.torch import TorchGraph
from penumbra.training.halving import halve, strip
from penumbra.training.parity import BATCHES, SHARE, Parity, Taken, compare

EXACT = 1e-4
"""How far float32 may be from torch: sums are taken in another order."""

ROUNDED = 2e-3
"""How far float16 weights may take an alpha; 8 bits show steps of 4e-3."""

_OPSET = 18  # the one that torch's exporter is written for; any other is converted from it
_TRACED_SIDE = 48  # at least; larger than what networks are trained to, smaller than a photograph


@dataclass(frozen=True)
class GraphInput:
    """What a graph takes, float32: mostly an image, matte or map.

    Attributes:
        name: Unique within the graph.
        channels: Their number.
        stride: Of (B, channels, H / stride, W / stride), for a picture of (H, W).
        size: Of (B, channels, *size) in its place: tokens, which are as many for any picture.
        values: The least and the largest that are compared with torch.
    """

    name: str
    channels: int
    stride: int = 1
    size: tuple[int, int] | None = None
    values: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True, eq=False)
class NamedGraph:
    """A part of a network that runs at inference.

    Attributes:
        name: Unique within the room: "matting".
        module: Takes the inputs in their order, all of one picture, and returns one tensor
            (B, C, H', W') or a tuple of them.
        inputs: What it takes.
        outputs: Names of what it returns.
        multiple: Height and width of the picture must be multiples of this, and it of every stride.
        is_sensitive: Weights stay in float32, which is compared within `ROUNDED`: little moves
            much where pools remember the places of their maxima, or logits are steep.
        is_single: It takes one picture at a time; how many is free otherwise.
    """

    name: str
    module: nn.Module
    inputs: tuple[GraphInput, ...]
    outputs: tuple[str, ...]
    multiple: int = 1
    is_sensitive: bool = False
    is_single: bool = False


@dataclass(frozen=True)
class ExportReport:
    """What was exported and how close it is.

    Attributes:
        name: Of the graph.
        sha256: Of the file, in hexadecimal.
        bytes: Size of the file.
        bytes_float32: What it would be with weights in float32 and nothing else changed.
        bytes_torch: What torch's own export would be.
        exact: float32 against torch, within `EXACT` (`ROUNDED` where the graph is sensitive).
        rounded: The file against torch, within `ROUNDED`.
    """

    name: str
    sha256: str
    bytes: int
    bytes_float32: int
    bytes_torch: int
    exact: tuple[Parity, ...]
    rounded: tuple[Parity, ...]


def export(graph: NamedGraph, path: Path | str) -> ExportReport:
    """Write a graph as ONNX; see `to_onnx`.

    Raises:
        OutputError: The file cannot be written.
    """
    data, report = to_onnx(graph)
    write_atomically(path, data)
    return report


def to_onnx(graph: NamedGraph) -> tuple[bytes, ExportReport]:
    """Return the ONNX file of a graph, with weights in float16, and how close it is to torch.

    Args:
        graph: Its module is copied, not changed.

    Raises:
        WeightsError: torch cannot export the module, or too many values of an output at one
            of the sizes that are compared are too far from torch.
    """
    module = deepcopy(graph.module).eval().cpu().float()
    exported = _traced(graph, module)
    single = strip(exported)
    written = single if graph.is_sensitive else halve(single)
    data = written.SerializeToString(deterministic=True)
    channels = {given.name: given.channels for given in graph.inputs}
    reference = TorchGraph(module, channels, graph.outputs)
    tolerances = (ROUNDED if graph.is_sensitive else EXACT, ROUNDED)
    taken = [Taken(it.channels, it.stride, it.size, it.values) for it in graph.inputs]
    batches = (1,) if graph.is_single else BATCHES
    rows = [
        compare(OnnxGraph(model), reference, taken, graph.multiple, tolerance, batches)
        for model, tolerance in zip((single.SerializeToString(), data), tolerances, strict=True)
    ]
    for parities, tolerance in zip(rows, tolerances, strict=True):
        _check(graph.name, parities, tolerance)
    exact, rounded = map(tuple, rows)
    sizes = len(data), single.ByteSize(), exported.ByteSize()
    return data, ExportReport(graph.name, sha256(data).hexdigest(), *sizes, exact, rounded)


def _traced(graph: NamedGraph, module: nn.Module) -> ModelProto:
    """What torch makes of the module, untouched."""
    # The sides differ, so that the exporter cannot take one for the other.
    height = -(-_TRACED_SIDE // graph.multiple) * graph.multiple
    width = height + 2 * graph.multiple
    batch, rows, columns = (torch.export.Dim(name) for name in ("batch", "rows", "columns"))
    free, arguments = [], []
    for given in graph.inputs:
        step = graph.multiple // given.stride
        is_fixed = given.size is not None
        sides = {} if is_fixed else {2: step * rows, 3: step * columns}
        free.append(sides if graph.is_single else {0: batch, **sides})
        size = given.size or (height // given.stride, width // given.stride)
        arguments.append(
            torch.empty(1 if graph.is_single else 2, given.channels, *size).uniform_(*given.values)
        )
    try:
        with _calm():
            program = torch.onnx.export(
                _Positional(module).eval(),
                tuple(arguments),
                dynamo=True,
                dynamic_shapes=(tuple(free),),
                input_names=[given.name for given in graph.inputs],
                output_names=list(graph.outputs),
                opset_version=_OPSET,
                verbose=False,
            )
    except Exception as error:  # the exporter raises whatever its many parts do
        reason = str(error).strip().split("\n")[0]
        raise WeightsError(f"graph {graph.name} must be exportable, got {reason}") from error
    assert program is not None, "the exporter returns a program unless it is given a file"
    return program.model_proto


class _Positional(nn.Module):
    """A module whose inputs have no names that an export could take over."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, *tensors: Tensor) -> Tensor | tuple[Tensor, ...]:
        return self.module(*tensors)


@contextmanager
def _calm() -> Iterator[None]:
    """Keep what the exporter's libraries tell each other from the user's terminal."""
    talkative = [logging.getLogger(name) for name in ("torch.onnx", "onnx_ir", "onnxscript")]
    levels = [logger.level for logger in talkative]
    with warnings.catch_warnings():
        for category in (DeprecationWarning, FutureWarning):
            for module in ("torch", "onnxscript", "onnx_ir", "copyreg"):
                warnings.filterwarnings("ignore", category=category, module=module)
        warnings.filterwarnings("ignore", message="# The axis name: ", category=UserWarning)
        for logger in talkative:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(talkative, levels, strict=True):
                logger.setLevel(level)


def _check(name: str, rows: list[Parity], tolerance: float) -> None:
    worst = min(rows, key=lambda row: row.share)
    if not worst.is_met:
        raise WeightsError(
            f"graph {name} must agree with torch within {tolerance} at {SHARE:.1%} of the pixels, "
            f"got {worst.share:.2%} of {worst.output} at {worst.height}x{worst.width}, batch "
            f"{worst.batch} (largest difference {worst.largest:.4f})"
        )
