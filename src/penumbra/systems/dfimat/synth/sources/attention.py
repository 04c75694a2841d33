"""From the scores of layers that look at words to maps of a fixed number.

The sheet `smpmat`, section 2.1.
"""

from collections.abc import Sequence
from math import isqrt
from typing import Literal

import torch
from torch import Tensor

from penumbra.systems.dfimat.synth.features import Tokens
from penumbra.systems.dfimat.synth.sources.captions import Caption
from penumbra.systems.dfimat.synth.sources.words import MAPS

Kind = Literal["words", "full"]
"""The mean over heads, of a caption's own words; or each head, of all there is in the row."""


def attention_width(heads: Sequence[int], length: int, kind: Kind) -> int:
    """Return how many maps layers make.

    Args:
        heads: Of each layer.
        length: Of the row of words.
        kind: Of the maps.
    """
    return len(heads) * MAPS if kind == "words" else sum(heads) * length


def attention_maps(layers: Sequence[Tensor], captions: Sequence[Caption], kind: Kind) -> Tensor:
    """Return the maps of layers, one behind the other, (B, A, side, side), float32.

    Args:
        layers: (B, heads, side * side, L) each.
        captions: Of each picture.
        kind: Of the maps.  Of "words" there are `MAPS` for each layer, zeros where a caption has
            fewer; of "full" there are L for each head of each layer.  The order is that of
            `tokens_of`.
    """
    places = [places_of(caption, kind) for caption in captions]
    count = MAPS if kind == "words" else layers[0].shape[3]
    padded = [[*row, *[0] * (count - len(row))] for row in places]
    index = torch.tensor(padded, device=layers[0].device)[:, None, :, None]  # (B, 1, T, 1)
    is_there = torch.arange(count) < torch.tensor([len(row) for row in places])[:, None]
    shown = is_there.to(layers[0].device)[:, None, :, None]
    maps = []
    for scores in layers:
        by_word = scores.float().mT  # (B, heads, L, cells)
        if kind == "words":
            by_word = by_word.mean(dim=1, keepdim=True)
        shape = (*by_word.shape[:2], count, by_word.shape[3])
        columns = by_word.gather(2, index.expand(shape)) * shown
        side = isqrt(by_word.shape[3])
        maps.append(torch.unflatten(columns.flatten(1, 2), 2, (side, side)))
    return torch.cat(maps, dim=1)


def tokens_of(caption: Caption, kind: Kind) -> Tokens:
    """Return the words of a caption in the order of its maps."""
    return caption.tokens(places_of(caption, kind))


def places_of(caption: Caption, kind: Kind) -> tuple[int, ...]:
    """Return the places in a row in the order of its maps: people, other words, then the rest."""
    if kind == "words":
        return caption.order[:MAPS]
    own = set(caption.order)
    rest = (place for place in range(len(caption.pieces)) if place not in own)
    return (*caption.order, *rest)
