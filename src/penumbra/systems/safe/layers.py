"""Small parts of the networks.

Sun et al., semantic human matting with iterative flaw removal; the sheet `safe`, sections 3 to 5.
"""

from torch import Tensor, nn
from torch.nn.functional import interpolate, pixel_shuffle, pixel_unshuffle


class Halves(nn.Module):
    """Photographs of [0, 1] to [-1, 1], as MODNet has them."""

    def forward(self, image: Tensor) -> Tensor:
        """Return (B, 3, H, W) of an image (B, 3, H, W) in [0, 1]."""
        return 2 * image - 1


def conv(channels: int, new_channels: int, is_separable: bool = False) -> nn.Module:
    """Return a 3x3 convolution with bias; a separable one filters every channel first."""
    if not is_separable:
        return nn.Conv2d(channels, new_channels, 3, padding=1)
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False),
        nn.Conv2d(channels, new_channels, 1),
    )


def larger(x: Tensor) -> Tensor:
    """Return (B, C, 2H, 2W) of (B, C, H, W)."""
    return interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def folded(x: Tensor, stride: int) -> Tensor:
    """Make the pixels of each block channels: (B, C, H, W) to (B, C s s, H / s, W / s)."""
    return x if stride == 1 else pixel_unshuffle(x, stride)


def unfolded(x: Tensor, stride: int) -> Tensor:
    """Undo `folded`."""
    return x if stride == 1 else pixel_shuffle(x, stride)
