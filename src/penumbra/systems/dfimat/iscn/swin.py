"""Swin-T as an encoder of four stages.

Liu et al., "Swin Transformer: hierarchical vision transformer using shifted windows", ICCV 2021,
section 3; every stage's output is normalised, as for detection.  Names of parameters follow the
authors' code, so that its files fit.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import pad, scaled_dot_product_attention

from penumbra.nn.weights import foreign_tensor, read_foreign

WINDOW = 7
"""Side of the windows in which tokens read each other."""

_CHANNELS = (96, 192, 384, 768)
_DEPTHS = (2, 2, 6, 2)
_HEADS = (3, 6, 12, 24)
_RATIO = 4  # hidden channels of the feed-forward parts


class SwinT(nn.Module):
    """The encoder, without the classifier and without stochastic depth."""

    channels: tuple[int, ...] = _CHANNELS

    def __init__(self) -> None:
        super().__init__()
        self.patch_embed = _PatchEmbed(_CHANNELS[0])
        sizes = zip(_CHANNELS, _DEPTHS, _HEADS, strict=True)
        last = len(_CHANNELS) - 1
        self.layers = nn.ModuleList(
            _Stage(*size, is_last=number == last) for number, size in enumerate(sizes)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(count) for count in _CHANNELS)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return features at strides 4, 8, 16 and 32.

        Args:
            image: (B, 3, H, W), normalised; H and W multiples of 32.
        """
        x = self.patch_embed(image)
        maps = []
        for stage, norm in zip(self.layers, self.norms, strict=True):
            whole, x = stage(x)
            maps.append(norm(whole).permute(0, 3, 1, 2))
        c4, c8, c16, c32 = maps
        return c4, c8, c16, c32


def start_from_swin(network: SwinT, path: Path | str) -> None:
    """Start from a Swin-T that knows ImageNet; norms of the outputs stay as they are.

    Args:
        network: Changed in place.
        path: Safetensors with the authors' names, with or without the classifier.

    Raises:
        WeightsError: The file is missing or damaged, lacks a layer, or has one of another shape.
    """
    tensors = read_foreign(path)
    wanted: Mapping[str, Tensor] = network.state_dict()
    for name, tensor in wanted.items():
        if not name.startswith("norms."):
            tensor.copy_(foreign_tensor(tensors, name, tuple(tensor.shape), path))


class _PatchEmbed(nn.Module):
    """Patches of 4 x 4 pixels as tokens, (B, H / 4, W / 4, C)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, channels, 4, 4)
        self.norm = nn.LayerNorm(channels)

    def forward(self, image: Tensor) -> Tensor:
        return self.norm(self.proj(image).permute(0, 2, 3, 1))


class _Stage(nn.Module):
    """Blocks whose windows are shifted in turn; what it answers, whole and for the next stage."""

    def __init__(self, channels: int, depth: int, heads: int, is_last: bool) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            SwinBlock(channels, heads, is_shifted=number % 2 == 1) for number in range(depth)
        )
        self.downsample = None if is_last else _PatchMerging(channels)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        for block in self.blocks:
            x = block(x)
        return x, x if self.downsample is None else self.downsample(x)


class _PatchMerging(nn.Module):
    """Half the size: 2 x 2 tokens become one of twice the channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(4 * channels)
        self.reduction = nn.Linear(4 * channels, 2 * channels, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        corners = [x[:, row::2, column::2] for column in (0, 1) for row in (0, 1)]
        return self.reduction(self.norm(torch.cat(corners, dim=-1)))


class SwinBlock(nn.Module):
    """Attention within windows and a feed-forward part, each after its norm.

    Args:
        channels: Of the tokens.
        heads: Of the attention.
        is_shifted: Whether windows begin half a window to the top left.
    """

    def __init__(self, channels: int, heads: int, is_shifted: bool) -> None:
        super().__init__()
        self.is_shifted = is_shifted
        self.norm1 = nn.LayerNorm(channels)
        self.attn = _WindowAttention(channels, heads)
        self.norm2 = nn.LayerNorm(channels)
        self.mlp = _Mlp(channels)

    def forward(self, x: Tensor) -> Tensor:
        """Return tokens (B, H, W, C) of tokens (B, H, W, C)."""
        _, height, width, _ = x.shape
        below, beside = -height % WINDOW, -width % WINDOW
        tall, wide = height + below, width + beside
        # An axis that fits into one window is not shifted.
        by = [(WINDOW // 2 if self.is_shifted and side > WINDOW else 0) for side in (tall, wide)]
        padded = pad(self.norm1(x), (0, 0, 0, beside, 0, below))
        shifted = padded.roll((-by[0], -by[1]), (1, 2))
        rows, columns = (
            _parts(side, shift, x.device) for side, shift in zip((tall, wide), by, strict=True)
        )
        # Beyond the seam of the roll lie tokens of the other edge.
        parts = _windows((rows[:, None] * 3 + columns)[None, ..., None])[0, ..., 0]
        is_together = parts[:, :, None] == parts[:, None]
        mixed = self.attn(_windows(shifted), is_together if any(by) else None)
        whole = _unwindowed(mixed, tall, wide).roll((by[0], by[1]), (1, 2))
        x = x + whole[:, :height, :width]
        return x + self.mlp(self.norm2(x))


class _WindowAttention(nn.Module):
    """Attention of the tokens of a window, with a bias by their distance."""

    places: Tensor

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(channels, 3 * channels)
        self.proj = nn.Linear(channels, channels)
        reach = 2 * WINDOW - 1
        self.relative_position_bias_table = nn.Parameter(torch.zeros(reach * reach, heads))
        nn.init.trunc_normal_(self.relative_position_bias_table, std=0.02)
        place = torch.arange(WINDOW * WINDOW)
        row, column = place // WINDOW, place % WINDOW
        down = row[:, None] - row + WINDOW - 1
        across = column[:, None] - column + WINDOW - 1
        self.register_buffer("places", down * reach + across, persistent=False)

    def forward(self, x: Tensor, is_together: Tensor | None) -> Tensor:
        """Return (B, windows, 49, C) of such tokens; is_together: (windows, 49, 49)."""
        parts = torch.unflatten(self.qkv(x), 3, (3, self.heads, -1)).permute(3, 0, 1, 4, 2, 5)
        bias = self.relative_position_bias_table[self.places].permute(2, 0, 1)
        if is_together is not None:
            bias = bias.masked_fill(~is_together[:, None], -torch.inf)  # (windows, heads, 49, 49)
        query, key, value = parts.unbind(0)  # (B, windows, heads, 49, C / heads)
        mixed = scaled_dot_product_attention(query, key, value, attn_mask=bias.to(query.dtype))
        return self.proj(mixed.transpose(2, 3).flatten(3))


class _Mlp(nn.Module):
    """Two linear layers with GELU between."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(channels, _RATIO * channels)
        self.act = nn.GELU()
        self.fc2 = nn.Linear(_RATIO * channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(self.act(self.fc1(x)))


def _parts(side: int, shift: int, device: torch.device) -> Tensor:
    """Return which of three parts each row of a rolled map is from, (side,)."""
    place = torch.arange(side, device=device)
    if shift == 0:
        return torch.zeros_like(place)
    return (place >= side - WINDOW).long() + (place >= side - shift).long()


def _windows(x: Tensor) -> Tensor:
    """Return (B, windows, 49, C) of (B, H, W, C)."""
    x = torch.unflatten(torch.unflatten(x, 2, (-1, WINDOW)), 1, (-1, WINDOW))
    return x.transpose(2, 3).flatten(3, 4).flatten(1, 2)


def _unwindowed(x: Tensor, height: int, width: int) -> Tensor:
    """Undo `_windows`."""
    x = torch.unflatten(x, 2, (WINDOW, WINDOW))
    x = torch.unflatten(x, 1, (height // WINDOW, width // WINDOW))
    return x.transpose(2, 3).flatten(3, 4).flatten(1, 2)
