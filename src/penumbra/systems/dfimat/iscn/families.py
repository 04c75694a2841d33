"""Who reads whom: the table of allowed attention among tokens.

The sheet `dfimat`, section 4.4.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import torch
from torch import Tensor

Family = Literal["object", "text", "visual", "memory", "word", "point"]
"""Queries Q_o, Q_t and Q_v, memory tokens, and the tokens P_t and P_v of the prompts."""

FAMILIES: tuple[Family, ...] = ("object", "text", "visual", "memory", "word", "point")

READS: dict[Family, tuple[Family, ...]] = {
    "object": ("object",),
    "text": FAMILIES,
    "visual": FAMILIES,
    "memory": ("visual", "memory", "point"),
    "word": ("text", "word"),
    "point": ("visual", "point"),
}
"""Objects read no prompt, so their whole stream depends on the image alone."""


class Block(NamedTuple):
    """Tokens of one family that stand side by side.

    Attributes:
        family: Theirs.
        is_present: (B, count) bool; padding, and what an image lacks, is not.
    """

    family: Family
    is_present: Tensor


def allowed_attention(rows: Sequence[Block], columns: Sequence[Block], is_full: bool) -> Tensor:
    """Return which column each row may read, (B, rows, columns) bool.

    A token reads itself whether it is present or not, so that no row is without anything to read.

    Args:
        rows: In their order; each stands among the columns, too.
        columns: In their order.
        is_full: Whether the table is left aside, and whatever is present is read.
    """
    row, column = _families(rows), _families(columns)
    is_present = torch.cat([block.is_present for block in columns], dim=1)
    allowed = is_present[:, None].expand(-1, len(row), -1)
    if not is_full:
        table = torch.tensor(
            [[other in READS[one] for other in FAMILIES] for one in FAMILIES], device=row.device
        )
        allowed = allowed & table[row][:, column]
    return allowed | (_places(rows, row)[:, None] == _places(columns, column))


def _families(blocks: Sequence[Block]) -> Tensor:
    """Return the index of each token's family, (tokens,) int64."""
    return torch.cat(
        [
            torch.full_like(block.is_present[0], FAMILIES.index(block.family), dtype=torch.int64)
            for block in blocks
        ]
    )


def _places(blocks: Sequence[Block], family: Tensor) -> Tensor:
    """Return a number for each token that no other has, (tokens,) int64."""
    within = [torch.ones_like(block.is_present[0], dtype=torch.int64) for block in blocks]
    return torch.cat([ones.cumsum(0) for ones in within]) * len(FAMILIES) + family
