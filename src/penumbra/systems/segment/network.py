"""Encoder and decoder that say, pixel by pixel, whether the object is there.

The encoder is MobileNetV2 (Sandler et al., CVPR 2018) at reduced width; the other rooms' small
networks start from its weights.  The decoder joins it stage by stage with skips, as SAFE-Net's
does (sheet `safe`, section 3.2), in separable convolutions.
"""

from torch import Tensor, nn
from torch.nn.functional import interpolate

from penumbra.nn.backbones.mobilenet import Features, MobileNetV2
from penumbra.nn.layers import Join, Normalise
from penumbra.systems.segment.config import Config


class Decoder(nn.Module):
    """From the encoder's features to one map at half the size of the image."""

    def __init__(self, channels: tuple[int, ...], widths: tuple[int, ...]) -> None:
        super().__init__()
        *skips, deepest = channels
        self.reduce = nn.Sequential(
            nn.Conv2d(deepest, widths[0], 1, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(inplace=True),
        )
        # What the whole picture shows, added everywhere.
        self.scene = nn.Conv2d(deepest, widths[0], 1)
        pairs = zip(widths[:-1], reversed(skips), widths[1:], strict=True)
        self.joins = nn.ModuleList(Join(*three) for three in pairs)
        self.head = nn.Conv2d(widths[-1], 1, 3, padding=1)

    def forward(self, features: Features) -> Tensor:
        """Return logits, (B, 1, H / 2, W / 2)."""
        mean = features.e5.mean(dim=(2, 3), keepdim=True)
        x = self.reduce(features.e5) + self.scene(mean)  # (B, 96, H / 32, W / 32)
        for join, skip in zip(self.joins, reversed(features[:-1]), strict=True):
            x = join(x, skip)
        return self.head(x)


class SegmentNetwork(nn.Module):
    """From a photograph to the log-odds that a pixel belongs to the object."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.normalise = Normalise()
        self.encoder = MobileNetV2(config.width, has_last=False)
        self.decoder = Decoder(self.encoder.channels, config.decoder)

    def forward(self, image: Tensor) -> Tensor:
        """Find the object.

        Args:
            image: (B, 3, H, W) in [0, 1]; H and W multiples of 32.

        Returns:
            (B, 1, H, W), unbounded.
        """
        logits = self.decoder(self.encoder(self.normalise(image)))
        return interpolate(logits, scale_factor=2.0, mode="bilinear", align_corners=False)


class Probability(nn.Module):
    """The network as it runs at inference."""

    def __init__(self, network: SegmentNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> Tensor:
        """Return the probability of the object, (B, 1, H, W), of an image as above."""
        return self.network(image).sigmoid()
