"""Convolutional blocks of the refinement network.

The sheet `clicks`, section 3.1, to which the sheet `dfimat`, section 5.1, refers.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, interpolate

from penumbra.nn.layers import Residual, conv_bn_relu


class SplitConv(nn.Conv2d):
    """A convolution of an image with a mask behind it.

    It is linear, so the image's part of the answer can be kept while masks come and go.

    Args:
        channels: Of the answer.
        size: Of the kernel.
        stride: Of the answer.
        bias: Whether there is one; it belongs to the image's part.
    """

    def __init__(self, channels: int, size: int, stride: int, bias: bool) -> None:
        super().__init__(3 + 1, channels, size, stride, size // 2, bias=bias)

    def of_image(self, image: Tensor) -> Tensor:
        """Return the image's part, (B, channels, H / stride, W / stride), of (B, 3, H, W)."""
        return conv2d(image, self.weight[:, :3], self.bias, self.stride, self.padding)

    def of_mask(self, mask: Tensor) -> Tensor:
        """Return the mask's part, to be added to the image's, of (B, 1, H, W)."""
        return conv2d(mask, self.weight[:, 3:], None, self.stride, self.padding)


class Fusion(nn.Module):
    """One level of fusion: one 3x3 convolution of a map and what is beside it, then twice the size.

    Args:
        channels: Of all that goes in.
        new_channels: Of what comes out.
    """

    def __init__(self, channels: int, new_channels: int) -> None:
        super().__init__()
        self.layers = conv_bn_relu(channels, new_channels, 3)

    def forward(self, *maps: Tensor) -> Tensor:
        """Return (B, new_channels, 2H, 2W) of maps (B, ., H, W)."""
        return larger(self.layers(torch.cat(maps, dim=1)))


def stage(channels: int, new_channels: int, count: int) -> nn.Sequential:
    """Return residual blocks, of which the first halves the size and changes the channels."""
    rest = (Residual(new_channels, new_channels) for _ in range(count - 1))
    return nn.Sequential(Residual(channels, new_channels, 2), *rest)


def head(channels: int, hidden: int) -> nn.Sequential:
    """Return what makes one plane, the logit of alpha, of a map: two 3x3 convolutions."""
    return nn.Sequential(conv_bn_relu(channels, hidden, 3), nn.Conv2d(hidden, 1, 3, padding=1))


def larger(x: Tensor, by: int = 2) -> Tensor:
    """Return (B, C, by H, by W) of (B, C, H, W), bilinearly."""
    return interpolate(x, scale_factor=float(by), mode="bilinear", align_corners=False)


def initialise(network: nn.Module) -> None:
    """Draw first weights of convolutions: Xavier's, and residual blocks start as shortcuts."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    for module in network.modules():
        if isinstance(module, Residual):
            last = module.body[-1]
            assert isinstance(last, nn.BatchNorm2d)
            nn.init.zeros_(last.weight)
