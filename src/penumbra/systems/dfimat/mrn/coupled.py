"""Alpha straight from the net that finds the person, without a net of its own.

The row "coupled net" of the paper's table 4 (the switch `decouple=none`); the head is the sheet's,
`dfimat`, section 8.3.
"""

import torch
from torch import Tensor, nn

from penumbra.nn.layers import conv_bn_relu
from penumbra.systems.dfimat.mrn.layers import head, initialise, larger

_WIDTHS = (64, 32, 16)  # at strides 4, 2 and 1


class CoupledHead(nn.Module):
    """Pixel embeddings and mask at stride 4, and the image, to alpha.

    Args:
        channels: Of the pixel embeddings.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        at4, at2, at1 = _WIDTHS
        self.at4 = conv_bn_relu(channels + 1, at4, 3)
        self.at2 = conv_bn_relu(at4, at2, 3)
        self.last = head(at2 + 3, at1)
        initialise(self)

    def forward(self, embedding: Tensor, logits: Tensor, image: Tensor) -> Tensor:
        """Return alpha, (B, 1, H, W) in [0, 1].

        Args:
            embedding: (B, channels, H / 4, W / 4).
            logits: (B, 1, H / 4, W / 4) of the mask that was chosen.
            image: (B, 3, H, W), normalised.
        """
        x = larger(self.at4(torch.cat([embedding, logits], dim=1)))
        x = larger(self.at2(x))
        return self.last(torch.cat([x, image], dim=1)).float().sigmoid()
