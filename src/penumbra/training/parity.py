"""Whether two graphs say the same, over odd sizes, small and large batches."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penumbra.core.frames import Pad
from penumbra.core.resample import resize
from penumbra.runtime.graph import Graph, Planes

SIZES = ((33, 65), (65, 33), (97, 41), (127, 129), (161, 95))
"""Of the images that are compared, before they are padded to what the graph can take."""

BATCHES = (1, 3)

SHARE = 0.999
"""Of the pixels that must agree: ties of un-pooling may fall either way."""


@dataclass(frozen=True)
class Taken:
    """What one input of a graph is like.

    Attributes:
        channels: Their number.
        stride: By what it is smaller than the picture.
        size: Height and width of what does not depend on the picture's, such as tokens.
        values: The least and the largest that it is compared with.
    """

    channels: int
    stride: int = 1
    size: tuple[int, int] | None = None
    values: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True)
class Parity:
    """How far apart one output was at one size.

    Attributes:
        output: Its name.
        height: Of the images, before padding.
        width: As `height`.
        batch: Number of images.
        largest: Largest absolute difference.
        share: Part of the values that lie within the tolerance, in [0, 1].
    """

    output: str
    height: int
    width: int
    batch: int
    largest: float
    share: float

    @property
    def is_met(self) -> bool:
        """Whether enough of the values agree."""
        return self.share >= SHARE


def compare(
    graph: Graph,
    reference: Graph,
    taken: Sequence[Taken],
    multiple: int,
    tolerance: float,
    batches: Sequence[int] = BATCHES,
) -> list[Parity]:
    """Run both on the same images and return how far apart they are.

    Args:
        graph: What is looked at.
        reference: What is believed; its inputs and outputs have the same names.
        taken: What every input is like.
        multiple: The sides that both can take are multiples of this.
        tolerance: Of an output in [-1, 1].  One that leaves it (features, logits) may be off in
            proportion to its largest value.
        batches: Numbers of images.

    Returns:
        One row for each output, size and number of images.
    """
    rows = []
    for height, width in SIZES:
        pad = Pad(height, width, multiple)
        images = {
            name: _drawn(max(batches), each, pad, seed)
            for seed, (name, each) in enumerate(zip(graph.inputs, taken, strict=True))
        }
        for batch in batches:
            arrays = {name: image[:batch] for name, image in images.items()}
            found, believed = graph.run(**arrays), reference.run(**arrays)
            for output in graph.outputs:
                ours, theirs = (_unpadded(each[output], pad) for each in (found, believed))
                rows.append(_parity(output, height, width, ours, theirs, tolerance))
    return rows


def _drawn(batch: int, taken: Taken, pad: Pad, seed: int) -> Planes:
    """What an input is compared with: noise where it has a size of its own, else blobs."""
    low, high = taken.values
    if taken.size is None:
        planes = _images(batch, taken.channels, pad, seed, taken.stride)
    else:
        rng = np.random.default_rng((seed, pad.height, pad.width))
        planes = rng.random((batch, taken.channels, *taken.size), np.float32)
    return low + np.float32(high - low) * planes


def _images(batch: int, channels: int, pad: Pad, seed: int, stride: int) -> Planes:
    """Soft blobs with some grain, (batch, channels, H / stride, W / stride) in [0, 1], padded.

    A map of features is one of the padded picture.
    """
    if stride > 1:
        height, width = pad.new_size
        pad = Pad(height // stride, width // stride, 1)
    rng = np.random.default_rng((seed, pad.height, pad.width))
    blobs = rng.random((4, 5, batch * channels), np.float32)
    grain = rng.random((pad.height, pad.width, batch * channels), np.float32)
    image = 0.9 * resize(blobs, pad.height, pad.width) + 0.1 * grain
    planes = pad.plane(np.clip(image, 0, 1)).transpose(2, 0, 1)
    return np.ascontiguousarray(planes.reshape(batch, channels, *pad.new_size), np.float32)


def _unpadded(planes: Planes, pad: Pad) -> Planes:
    """Cut the padding off an output of full size; leave any other whole."""
    if planes.shape[2:] != pad.new_size:
        return planes
    return pad.back(planes.transpose(2, 3, 0, 1)).transpose(2, 3, 0, 1)


def _parity(
    output: str, height: int, width: int, ours: Planes, theirs: Planes, tolerance: float
) -> Parity:
    batch = len(theirs)
    if ours.shape != theirs.shape:
        return Parity(output, height, width, batch, float("inf"), 0.0)
    difference = np.abs(ours.astype(np.float64) - theirs)
    scale = max(1.0, float(np.abs(theirs).max()))
    # Written so that what is not a number does not agree.
    share = float((difference <= tolerance * scale).mean())
    return Parity(output, height, width, batch, float(difference.max()), share)
