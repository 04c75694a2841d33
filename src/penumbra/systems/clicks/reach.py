"""How far a click reaches: over what is near it and alike, not its disc alone.

An addition of ours to Wei et al., "Improved image matting via real-time user clicks and
uncertainty estimation", CVPR 2021; see `docs/decisions/0020-clicks-reach-what-is-alike.md`.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, max_pool2d, normalize

from penumbra.nn.layers import conv_bn_relu

_STRIDE = 8  # of the features, to which the answer is added
_ALIKE = 16  # channels in which cells are compared
_WIDTH = 16  # channels between
_SURE = 9  # pixels around a cell's corner that a disc must cover for the cell to speak for it
_NOWHERE = 1e4  # how unlike everything a cell is that was not clicked


class Reach(nn.Module):
    """Features and hints to what is added to the features.

    A click pulls cells to its side: wholly those that are like it in a learned embedding, in
    colour and in place, and less the less they are.  Of several clicks the one that pulls harder
    counts; both sides are told apart.  Whether there is any click at all is known everywhere.

    Args:
        channels: Of the features.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.alike = nn.Conv2d(channels, _ALIKE, 1, bias=False)
        # How fast the pull falls: with embeddings, colours, and distance as a share of the longer
        # side; squares of all.
        self.log_falls = nn.Parameter(torch.tensor([1.0, 2.0, 20.0]).log())
        self.layers = conv_bn_relu(4, _WIDTH, 3)
        self.last = nn.Conv2d(_WIDTH, channels, 1)

    def forward(self, features: Tensor, image: Tensor, hints: Tensor) -> Tensor:
        """Return (B, channels, H / 8, W / 8).

        Args:
            features: (B, channels, H / 8, W / 8), of the picture alone.
            image: (B, 3, H, W), normalised.
            hints: (B, 1, H, W) of -1, 0 and 1.
        """
        with torch.autocast(features.device.type, enabled=False):
            planes = self._planes(features.float(), image.float(), hints.float())
        return self.last(self.layers(planes.to(features.dtype)))

    def start_as_nothing(self) -> None:
        """Make the first answer zero, whatever is said."""
        for parameter in self.last.parameters():
            nn.init.zeros_(parameter)

    def _planes(self, features: Tensor, image: Tensor, hints: Tensor) -> Tensor:
        """Return pulls to either side, and whether anything is said of it, (B, 4, h, w)."""
        embedding, colour, place = (0.5 * self.log_falls).exp().unbind()
        cells = torch.cat(
            [
                embedding * normalize(self.alike(features), dim=1),
                colour * avg_pool2d(image, _STRIDE),
                place * _places(features),
            ],
            dim=1,
        )
        pulls, said = [], []
        for sign in (1, -1):
            there = (sign * hints).clamp(min=0)
            pulls.append((-_unlike(cells, _spoken(there))).exp())
            said.append(there.amax(dim=(2, 3), keepdim=True).expand_as(pulls[-1]))
        return torch.cat([*pulls, *said], dim=1)


def _places(features: Tensor) -> Tensor:
    """Return columns and rows of cells as shares of the longer side, (B, 2, h, w)."""
    batch, _, height, width = features.shape
    longer = max(height, width)
    rows = torch.arange(height, device=features.device)[None, None, :, None] / longer
    cols = torch.arange(width, device=features.device)[None, None, None, :] / longer
    shape = batch, 1, height, width
    return torch.cat([cols.expand(shape), rows.expand(shape)], dim=1)


def _spoken(there: Tensor) -> Tensor:
    """Return which cells lie in the middle of a disc, (B, 1, h, w) of 0 and 1."""
    return -max_pool2d(-there, _SURE, _STRIDE, _SURE // 2)


def _unlike(cells: Tensor, spoken: Tensor) -> Tensor:
    """Return squared distances of cells, (B, C, h, w), to the nearest that speaks, (B, 1, h, w).

    Of four neighbours that speak their mean does, so that there are fewer.
    """
    count = avg_pool2d(spoken, 2)
    keys = (avg_pool2d(cells * spoken, 2) / count.clamp(min=1e-6)).flatten(2)  # (B, C, M)
    away = (keys**2).sum(dim=1) + _NOWHERE * (count.flatten(1) == 0)
    asked = cells.flatten(2)  # (B, C, N)
    nearest = (away[:, None] - 2 * asked.transpose(1, 2) @ keys).amin(dim=2)
    squares = (asked**2).sum(dim=1)
    return torch.unflatten((squares + nearest).clamp(min=0), 1, cells.shape[2:])[:, None]
