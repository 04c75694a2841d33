"""Attention of several heads, and the transformer layer of the pyramid."""

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention


class Attention(nn.Module):
    """Attention whose keys and values can be projected ahead, because both are linear.

    Args:
        channels: Of what goes in and out.
        heads: Among which they are shared out.
    """

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(channels, channels)
        self.key = nn.Linear(channels, channels)
        self.value = nn.Linear(channels, channels)
        self.out = nn.Linear(channels, channels)
        for layer in (self.query, self.key, self.value, self.out):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(
        self, queries: Tensor, keys: Tensor, values: Tensor, allowed: Tensor | None = None
    ) -> Tensor:
        """Return what each query reads, (B, Q, C).

        Args:
            queries: (B, Q, C).
            keys: (B, N, C).
            values: (B, N, C).
            allowed: (B, Q, N) bool, or shapes that spread to it; True where a query may read,
                once at least in each row.  Everywhere if omitted.
        """
        return self.read(queries, self.key(keys), self.value(values), allowed)

    def read(
        self, queries: Tensor, keys: Tensor, values: Tensor, allowed: Tensor | None = None
    ) -> Tensor:
        """Do the same with keys and values that are projected already."""
        where = None if allowed is None else allowed[:, None]
        query, key, value = (self._split(it) for it in (self.query(queries), keys, values))
        mixed = scaled_dot_product_attention(query, key, value, attn_mask=where)
        return self.out(mixed.transpose(1, 2).flatten(2))

    def _split(self, x: Tensor) -> Tensor:
        """Return (B, heads, N, C / heads)."""
        return torch.unflatten(x, 2, (self.heads, -1)).transpose(1, 2)


def feed_forward(channels: int, hidden: int) -> nn.Sequential:
    """Return two linear layers with ReLU between."""
    return nn.Sequential(nn.Linear(channels, hidden), nn.ReLU(), nn.Linear(hidden, channels))


class EncoderLayer(nn.Module):
    """Self-attention and a feed-forward part, each followed by its norm."""

    def __init__(self, channels: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.attention = Attention(channels, heads)
        self.attention_norm = nn.LayerNorm(channels)
        self.feed = feed_forward(channels, hidden)
        self.feed_norm = nn.LayerNorm(channels)

    def forward(self, x: Tensor, codes: Tensor) -> Tensor:
        """Return (B, N, C) of cells (B, N, C) and codes of their places, (N, C)."""
        placed = x + codes
        x = self.attention_norm(x + self.attention(placed, placed, x))
        return self.feed_norm(x + self.feed(x))
