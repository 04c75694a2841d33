"""The encoder and decoder of the paper's size.

Wei et al., CVPR 2021, section 3; the sheet `clicks`, section 3.2, where widths are
decided.
"""

from torch import Tensor, nn

from penumbra.nn.layers import Residual, conv_bn_relu
from penumbra.systems.clicks.layers import LargerResidual, stage, transposed

Maps = tuple[Tensor, ...]
"""Features, finest first."""


class PaperEncoder(nn.Module):
    """The encoder.

    Args:
        channels: Of what goes in: colours, and early hints.
    """

    widths = (32, 32, 64, 128, 256, 512)
    """Channels at strides 1, 2, 4, 8, 16 and 32."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.e0 = conv_bn_relu(channels, 32, 3)
        self.e1 = conv_bn_relu(32, 32, 3, 2)
        self.e2 = nn.Sequential(conv_bn_relu(32, 64, 3, 2), stage(64, 64, 3, 1))
        self.e3 = stage(64, 128, 4, 2)
        self.e4 = stage(128, 256, 4, 2)
        self.e5 = stage(256, 512, 2, 2)

    def look(self, x: Tensor) -> Maps:
        """Return maps at strides 1, 2, 4 and 8."""
        e0 = self.e0(x)  # (B, 32, H, W)
        e1 = self.e1(e0)  # (B, 32, H / 2, W / 2)
        e2 = self.e2(e1)  # (B, 64, H / 4, W / 4)
        return e0, e1, e2, self.e3(e2)

    def think(self, x: Tensor) -> Maps:
        """Return maps at strides 8, 16 and 32 of one at stride 8."""
        e4 = self.e4(x)
        return x, e4, self.e5(e4)


class PaperDecoder(nn.Module):
    """From all maps to one plane; each decoder has skip adaptors of its own."""

    def __init__(self) -> None:
        super().__init__()
        widths = PaperEncoder.widths[-2::-1]  # of strides 16, 8, 4, 2 and 1
        self.adaptors = nn.ModuleList(
            nn.Sequential(conv_bn_relu(width, width, 3), conv_bn_relu(width, width, 3))
            for width in widths
        )
        rest = (1, 2, 2, 1)  # residual blocks that follow one that doubles the size: 2, 3, 3, 2
        pairs = zip((512, *widths), widths[:4], rest, strict=False)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                LargerResidual(before, width), *(Residual(width, width) for _ in range(count))
            )
            for before, width, count in pairs
        )
        self.last = transposed(32, 32)
        self.head = nn.Conv2d(32, 1, 3, padding=1)

    def forward(self, image: Tensor, maps: Maps) -> Tensor:
        """Return one plane, (B, 1, H, W), neither bounded nor positive.

        Args:
            image: Not looked at again.
            maps: At strides 1 to 32.
        """
        x = maps[-1]
        skips = maps[-2::-1]
        for block, adaptor, skip in zip(
            (*self.blocks, self.last), self.adaptors, skips, strict=True
        ):
            x = block(x) + adaptor(skip)
        return self.head(x)
