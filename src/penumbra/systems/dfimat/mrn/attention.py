"""The global branch: a transformer whose keys and values come from a smaller map.

Xie et al., "SegFormer: simple and efficient design for semantic segmentation with
transformers", NeurIPS 2021, section 3.1; Wang et al., "PVT v2: improved baselines with pyramid
vision transformer", CVMJ 2022; sizes are those of the sheet `dfimat`, section 5.1.
"""

import itertools

from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

from penumbra.systems.dfimat.mrn.config import Layout
from penumbra.systems.dfimat.mrn.layers import SplitConv

_REDUCTIONS = (8, 4, 2, 1)  # of keys and values at strides 4, 8, 16 and 32: all end at 32
_EPSILON = 1e-6  # of all normalisations
_DEVIATION = 0.02  # of first weights


class ReducedAttention(nn.Module):
    """Multi-head attention; keys and values are those of a map that a convolution made smaller.

    Args:
        channels: Of the map.
        heads: They divide the channels.
        reduction: By which keys and values are smaller, kernel and stride of the convolution;
            1 for no convolution.
    """

    def __init__(self, channels: int, heads: int, reduction: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(channels, channels)
        self.key_value = nn.Linear(channels, 2 * channels)
        self.mix = nn.Linear(channels, channels)
        self.reduce: nn.Conv2d | None = None
        if reduction > 1:
            self.reduce = nn.Conv2d(channels, channels, reduction, reduction)
            self.norm = nn.LayerNorm(channels, eps=_EPSILON)

    def forward(self, x: Tensor, height: int, width: int) -> Tensor:
        """Return (B, H * W, C) of tokens of that shape, row by row; both sides fit the reduction.

        Args:
            x: (B, H * W, C).
            height: H.
            width: W.
        """
        batch, count, channels = x.shape
        read = x
        if self.reduce is not None:
            read = self.norm(tokens_of(self.reduce(map_of(x, height, width))))
        query = self.query(x).reshape(batch, count, self.heads, -1).transpose(1, 2)
        both = self.key_value(read).reshape(batch, -1, 2, self.heads, channels // self.heads)
        key, value = both.permute(2, 0, 3, 1, 4).unbind(0)  # (B, heads, H * W / r^2, C / heads)
        answer = scaled_dot_product_attention(query, key, value)
        return self.mix(answer.transpose(1, 2).reshape(batch, count, channels))


class MixMlp(nn.Module):
    """Two linear layers, between them a 3x3 convolution of each channel and GELU.

    Args:
        channels: Of the map.
        ratio: What the hidden channels are a multiple of them by.
    """

    def __init__(self, channels: int, ratio: int) -> None:
        super().__init__()
        hidden = ratio * channels
        self.first = nn.Linear(channels, hidden)
        self.around = nn.Conv2d(hidden, hidden, 3, padding=1, groups=hidden)
        self.second = nn.Linear(hidden, channels)

    def forward(self, x: Tensor, height: int, width: int) -> Tensor:
        """Return (B, H * W, C) of tokens of that shape; arguments as of the attention."""
        x = self.around(map_of(self.first(x), height, width))
        return self.second(gelu(tokens_of(x)))


class Block(nn.Module):
    """x + attention(norm(x)), then x + MLP(norm(x)); arguments as of the parts."""

    def __init__(self, channels: int, heads: int, reduction: int, ratio: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(channels, eps=_EPSILON)
        self.attention = ReducedAttention(channels, heads, reduction)
        self.norm2 = nn.LayerNorm(channels, eps=_EPSILON)
        self.mlp = MixMlp(channels, ratio)

    def forward(self, x: Tensor, height: int, width: int) -> Tensor:
        """Return (B, H * W, C) of tokens of that shape; arguments as of the attention."""
        x = x + self.attention(self.norm1(x), height, width)
        return x + self.mlp(self.norm2(x), height, width)


class _Stage(nn.Module):
    """Blocks at one stride, on patches that a convolution has already embedded."""

    def __init__(self, channels: int, depth: int, heads: int, reduction: int, ratio: int) -> None:
        super().__init__()
        self.before = nn.LayerNorm(channels, eps=_EPSILON)
        self.blocks = nn.ModuleList(Block(channels, heads, reduction, ratio) for _ in range(depth))
        self.after = nn.LayerNorm(channels, eps=_EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, C, H, W) of a map of that shape."""
        height, width = x.shape[2:]
        x = self.before(tokens_of(x))
        for block in self.blocks:
            x = block(x, height, width)
        return map_of(self.after(x), height, width)


class GlobalBranch(nn.Module):
    """Image and mask to maps at strides 4, 8, 16 and 32.

    Patches overlap: 7x7 pixels with a step of 4, then 3x3 with a step of 2.

    Args:
        layout: Of the network.
    """

    def __init__(self, layout: Layout) -> None:
        super().__init__()
        stages = layout.stages
        self.stem = SplitConv(stages[0], 7, 4, bias=True)
        self.embeds = nn.ModuleList(
            nn.Conv2d(before, after, 3, 2, 1) for before, after in itertools.pairwise(stages)
        )
        sizes = zip(stages, layout.depths, layout.heads, _REDUCTIONS, strict=True)
        self.stages = nn.ModuleList(_Stage(*size, layout.ratio) for size in sizes)

    def forward(self, first: Tensor) -> list[Tensor]:
        """Return all four maps, finest first, of what the stem made of image and mask."""
        maps = [self.stages[0](first)]
        for embed, stage in zip(self.embeds, list(self.stages)[1:], strict=True):
            maps.append(stage(embed(maps[-1])))
        return maps

    def initialise(self) -> None:
        """Draw first weights as SegFormer does: normal ones, biases 0."""
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=_DEVIATION)
                nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Conv2d):
                places = module.weight[0, 0].numel()
                reached = places * module.out_channels // module.groups
                nn.init.normal_(module.weight, std=(2 / reached) ** 0.5)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)


def tokens_of(x: Tensor) -> Tensor:
    """Return a map (B, C, H, W) as tokens (B, H * W, C), row by row."""
    return x.flatten(2).mT


def map_of(x: Tensor, height: int, width: int) -> Tensor:
    """Return tokens (B, H * W, C) as a map (B, C, H, W)."""
    return x.mT.reshape(x.shape[0], x.shape[2], height, width)
