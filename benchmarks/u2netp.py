"""A network of the size and shape of U^2-Netp, with random weights, to be timed beside ours.

Source:
    Qin et al., "U^2-Net: Going Deeper with Nested U-Structure for Salient Object Detection",
    Pattern Recognition 2020: 1.13 million parameters, seen at 320 x 320 pixels.
"""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

SIDE = 320
INNER, OUTER = 16, 64


class Unit(nn.Sequential):
    """Convolution, normalisation, ReLU."""

    def __init__(self, inputs: int, outputs: int, dilation: int = 1) -> None:
        convolution = nn.Conv2d(inputs, outputs, 3, padding=dilation, dilation=dilation)
        super().__init__(convolution, nn.BatchNorm2d(outputs), nn.ReLU())


class Block(nn.Module):
    """A residual U of some height; the flat one dilates instead of pooling."""

    def __init__(self, inputs: int, height: int, is_flat: bool = False) -> None:
        super().__init__()
        self.is_flat = is_flat
        self.first = Unit(inputs, OUTER)
        rates = [2**level if is_flat else 1 for level in range(height - 1)]
        self.down = nn.ModuleList(
            Unit(OUTER if level == 0 else INNER, INNER, rate) for level, rate in enumerate(rates)
        )
        self.bottom = Unit(INNER, INNER, 2 ** (height - 1) if is_flat else 2)
        self.up = nn.ModuleList(
            Unit(2 * INNER, OUTER if level == 0 else INNER, rate)
            for level, rate in enumerate(rates)
        )

    def forward(self, image: Tensor) -> Tensor:
        """Planes in, as many outer channels out."""
        first = self.first(image)
        kept, found = [], first
        for level, unit in enumerate(self.down):
            found = unit(found if self.is_flat or level == 0 else halved(found))
            kept.append(found)
        found = self.bottom(found)
        for level in reversed(range(len(kept))):
            found = self.up[level](torch.cat((like(found, kept[level]), kept[level]), dim=1))
        return found + first


class U2Netp(nn.Module):
    """Six encoders, five decoders, an answer of each joined into one."""

    def __init__(self) -> None:
        super().__init__()
        heights = ((7, False), (6, False), (5, False), (4, False), (4, True), (4, True))
        self.encoders = nn.ModuleList(
            Block(3 if level == 0 else OUTER, *height) for level, height in enumerate(heights)
        )
        self.decoders = nn.ModuleList(Block(2 * OUTER, *height) for height in heights[:-1])
        self.sides = nn.ModuleList(nn.Conv2d(OUTER, 1, 3, padding=1) for _ in heights)
        self.last = nn.Conv2d(len(heights), 1, 1)

    def forward(self, image: Tensor) -> Tensor:
        """Image in, probability out."""
        kept, found = [], image
        for level, encoder in enumerate(self.encoders):
            found = encoder(found if level == 0 else halved(found))
            kept.append(found)
        answers = [found]
        for level in reversed(range(len(self.decoders))):
            found = self.decoders[level](torch.cat((like(found, kept[level]), kept[level]), dim=1))
            answers.insert(0, found)
        maps = [like(side(it), image) for side, it in zip(self.sides, answers, strict=True)]
        return torch.sigmoid(self.last(torch.cat(maps, dim=1)))


def halved(planes: Tensor) -> Tensor:
    return nn.functional.max_pool2d(planes, 2, 2, ceil_mode=True)


def like(planes: Tensor, other: Tensor) -> Tensor:
    return interpolate(planes, other.shape[-2:], mode="bilinear", align_corners=False)


def write_graph(path: Path) -> None:
    """Export it for pictures of 320 x 320 pixels, (1, 3, 320, 320) to (1, 1, 320, 320)."""
    torch.manual_seed(0)
    network = U2Netp().eval()
    seen = torch.zeros(1, 3, SIDE, SIDE)
    torch.onnx.export(network, (seen,), path, input_names=["image"], dynamo=True, verbose=False)
