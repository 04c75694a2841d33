"""The small first stage: an encoder-decoder at half the size of the image.

The paper's stage made small and quick: skips beside the decoder in place of kept pool indices,
batch normalisation, no layer at full size.  And before the first layer the network is told the
colours that are known near each pixel, on the object and off it, and where the pixel's own
colour lies between the two: what the sampling methods before deep learning began with.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

from penumbra.nn.layers import Normalise
from penumbra.systems.dim.coarse import Coarse
from penumbra.systems.dim.solve import solve

WIDTHS = (16, 48, 96, 160)
"""Channels at strides 2, 4, 8 and 16."""

DECODER = (64, 32, 16)
"""Channels at strides 8, 4 and 2."""

LOOKS = 2
"""Channels of the alpha that known colours suggest: at first and at second look."""

CELL = 4  # pixels: the finest windows in which known colours are summed

_FAITH = 0.05  # share of known pixels at which a cell counts as much as the next larger one
_SECOND_LOOK = 0.3  # weight of a pixel that the first look is sure of, beside a known one
_NOISE = 1e-4  # variance of every colour besides what is seen
_EPSILON = 1e-3
_SCALE = 1e9  # of products of four variances, to be compared with _EPSILON


class KnownColours(nn.Module):
    """Colours known near every pixel, and what they say of its own colour; no parameters.

    The colours of both sides are taken for two clouds with a common spread.  Fisher's
    discriminant is the direction that tells them apart best: along it 0 is the middle of the
    background's cloud and 1 that of the object's.  A second look takes what the first one found
    all but certain as known, with less weight.
    """

    CHANNELS = 10 + LOOKS

    def forward(self, image: Tensor, trimap: Tensor) -> Tensor:
        """Look around every pixel.

        Args:
            image: (B, 3, H, W) in [0, 1]; H and W multiples of 32.
            trimap: (B, 1, H, W): 0, unknown, 1.

        Returns:
            (B, 12, H, W): what is certainly object, what certainly is not, the mean colour
            nearby of the object and of the background (3 channels each), how near those are
            (1 each), and where the pixel lies between the two at first and at second look.
        """
        sides = torch.cat([(trimap > 0.9).float(), (trimap < 0.1).float()], dim=1)
        pairs = torch.cat([image * image, image * image.roll(1, dims=1)], dim=1)
        # From here on in blocks of 2 x 2 pixels, for the sake of speed.
        moments = avg_pool2d(torch.cat([image, pairs], dim=1), 2)  # (B, 9, H / 2, W / 2)
        is_object, is_background = torch.split((avg_pool2d(sides, 2) > 0.9).float(), 1, dim=1)
        first = _between(image, _spread(moments, is_object), _spread(moments, is_background))
        look = avg_pool2d(first, 2)
        is_open = _SECOND_LOOK * (1 - is_object - is_background)
        likely_object = is_object + is_open * ((look - 0.6) / 0.4).clamp(0, 1)
        likely_background = is_background + is_open * ((0.4 - look) / 0.4).clamp(0, 1)
        ours, others = _spread(moments, likely_object), _spread(moments, likely_background)
        second = _between(image, ours, others)
        near = _full_size(
            torch.cat([ours[:, :3], others[:, :3], ours[:, 9:], others[:, 9:]], dim=1)
        )
        return torch.cat([sides, near, first, second], dim=1)


def _spread(moments: Tensor, mask: Tensor) -> Tensor:
    """Carry means under a mask, (B, 9 and 1, H / 2, W / 2), to where there is none.

    Sums over cells of 4, 8, 16 and 32 pixels, and over 5 x 5 of the last; from coarse to fine,
    each cell mixes its own mean with that of the larger cells around it, the more of its own the
    more of it is known.

    Returns:
        (B, 10, H / 4, W / 4): the nine means, and in the last channel 1 where the cell itself is
        known, falling to 0 where nothing is.
    """
    sums = [avg_pool2d(torch.cat([moments * mask, mask], dim=1), CELL // 2)]
    for _ in range(3):
        sums.append(avg_pool2d(sums[-1], 2))
    total = avg_pool2d(sums[-1], 5, stride=1, padding=2)
    mean = total[:, :9] / (total[:, 9:] + _EPSILON)
    faith = total[:, 9:] / (total[:, 9:] + _FAITH)
    for level in reversed(sums):
        if level is not sums[-1]:
            larger = torch.cat([mean, faith], dim=1)
            larger = interpolate(larger, scale_factor=2.0, mode="bilinear", align_corners=False)
            mean, faith = larger[:, :9], larger[:, 9:]
        borrowed = _FAITH * faith
        weight = level[:, 9:] + borrowed
        mean = (level[:, :9] + borrowed * mean) / (weight + _EPSILON * _FAITH)
        faith = weight / (level[:, 9:] + _FAITH)
    return torch.cat([mean, faith], dim=1)


def _between(image: Tensor, ours: Tensor, others: Tensor) -> Tensor:
    """Return where each pixel lies between two clouds, (B, 1, H, W) in [0, 1].

    Where nothing is known of one of them it counts as black, which leaves what resembles the
    other where that is; the network is told (`near`) how far to believe it.

    Args:
        image: (B, 3, H, W).
        ours: (B, 10, H / 4, W / 4) means of the object as `_spread` returns them: red, green,
            blue, their squares, and red with blue, green with red, blue with green.
        others: Those of the background.
    """
    spread = 0.5 * (_covariance(ours) + _covariance(others))
    noise = torch.tensor([_NOISE] * 3 + [0.0] * 3).to(image)[:, None, None]
    axis = ours[:, :3] - others[:, :3]
    turned, determinant = solve(spread + noise, axis)
    # Never negative but for rounding.
    length = (turned * axis).sum(dim=1, keepdim=True).clamp(min=0)
    scale = _SCALE * determinant
    turned = scale * turned / (scale * length + _EPSILON)
    offset = (turned * others[:, :3]).sum(dim=1, keepdim=True)
    both = _full_size(torch.cat([turned, offset], dim=1))
    return ((both[:, :3] * image).sum(dim=1, keepdim=True) - both[:, 3:]).clamp(0, 1)


def _covariance(means: Tensor) -> Tensor:
    """Return how colours vary and covary, (B, 6, H / 4, W / 4)."""
    colour = means[:, :3]
    return means[:, 3:9] - torch.cat([colour * colour, colour * colour.roll(1, dims=1)], dim=1)


def _full_size(x: Tensor) -> Tensor:
    return interpolate(x, scale_factor=float(CELL), mode="bilinear", align_corners=False)


class Down(nn.Module):
    """Half the size, then a residual convolution."""

    def __init__(self, channels: int, new_channels: int, residuals: int = 1) -> None:
        super().__init__()
        self.first = _conv(channels, new_channels, stride=2)
        self.rest = nn.ModuleList(_conv(new_channels, new_channels) for _ in range(residuals))

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, new_channels, H / 2, W / 2)."""
        x = self.first(x)
        for layer in self.rest:
            x = x + layer(x)
        return x


class Up(nn.Module):
    """Twice the size, a skip beside it, one convolution."""

    def __init__(self, channels: int, skip: int, new_channels: int) -> None:
        super().__init__()
        self.layer = _conv(channels + skip, new_channels)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        """Return (B, new_channels, 2H, 2W) from x (B, channels, H, W) and a skip of that size."""
        x = interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        return self.layer(torch.cat([x, skip], dim=1))


class SmallMatting(nn.Module):
    """The first stage.

    Args:
        features: Channels made for the second stage, which also gets both looks at the colours;
            0 for no second stage.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.normalise = Normalise()
        self.known = KnownColours()
        channels = (3 + KnownColours.CHANNELS, *WIDTHS)
        pairs = zip(channels[:-1], WIDTHS, (1, 1, 1, 2), strict=True)
        self.encoder = nn.ModuleList(Down(*three) for three in pairs)
        deeper = (WIDTHS[-1], *DECODER)
        skips = WIDTHS[-2::-1]
        self.decoder = nn.ModuleList(
            Up(*three) for three in zip(deeper[:-1], skips, DECODER, strict=True)
        )
        self.has_features = features > 0
        self.head = nn.Conv2d(DECODER[-1], 1 + features, 3, padding=1)

    def forward(self, image: Tensor, trimap: Tensor) -> Coarse:
        """Estimate.

        Args:
            image: (B, 3, H, W) in [0, 1]; H and W multiples of 32.
            trimap: (B, 1, H, W): 0, unknown, 1.
        """
        known = self.known(image, trimap)
        x = torch.cat([self.normalise(image), known], dim=1)  # (B, 15, H, W)
        skips = []
        for down in self.encoder:
            x = down(x)
            skips.append(x)
        for up, skip in zip(self.decoder, skips[-2::-1], strict=True):
            x = up(x, skip)
        x = self.head(x)
        logits = interpolate(x[:, :1], scale_factor=2.0, mode="bilinear", align_corners=False)
        return Coarse(logits, x[:, 1:], known[:, -LOOKS:]) if self.has_features else Coarse(logits)


def _conv(channels: int, new_channels: int, stride: int = 1) -> nn.Sequential:
    layer = nn.Conv2d(channels, new_channels, 3, stride, padding=1, bias=False)
    nn.init.kaiming_normal_(layer.weight, mode="fan_out")
    return nn.Sequential(layer, nn.BatchNorm2d(new_channels), nn.ReLU(inplace=True))
