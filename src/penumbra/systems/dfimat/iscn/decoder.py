"""The decoder: queries read pixels where their masks were, then read each other and the prompts.

Equations 2 to 4 of Jiao et al., "DFIMat", ACCV 2024; the sheet `dfimat`, section 4.4.  Equation 3
is printed with pixels as queries; as in X-Decoder and SEEM, which it follows, queries read pixels.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from penumbra.systems.dfimat.iscn.attention import Attention, feed_forward
from penumbra.systems.dfimat.iscn.config import IscnConfig
from penumbra.systems.dfimat.iscn.families import Block, Family, allowed_attention
from penumbra.systems.dfimat.iscn.heads import Codes, Heads
from penumbra.systems.dfimat.iscn.positions import grid_codes, sine_2d
from penumbra.systems.dfimat.iscn.prompts import TextProjection
from penumbra.systems.dfimat.iscn.pyramid import Levels
from penumbra.systems.dfimat.iscn.sampler import LEVELS, VisualSampler


class Pixels(NamedTuple):
    """What there is to read of an image.

    Attributes:
        levels: Coarsest first.
        pixel: F_m, (B, d, H / 4, W / 4).
        colour: (B, 3, H / 4, W / 4) in [0, 1], the image made smaller.
        keys: Of each layer of the decoder, (B, cells of its level, d).
        values: Likewise.
    """

    levels: Levels
    pixel: Tensor
    colour: Tensor
    keys: tuple[Tensor, ...]
    values: tuple[Tensor, ...]


class Stream(NamedTuple):
    """The tokens that one run of the decoder computes, and those that they only read.

    Attributes:
        rows: Blocks of queries, in the order object, text, visual, memory.
        words: P_t, (B, L, d), which are computed, too.
        is_word: (B, L) bool.
        points: (B, N, 2) as in `Prompts`.
        kinds: (B, N).
        is_point: (B, N) bool.
        objects: States of object queries that are read but not computed, (B, objects, d) for
            each layer; none where they are rows themselves.
        remembered: (B, 1, H / 4, W / 4), logits of the previous mask, where there is memory.
    """

    rows: tuple[Block, ...]
    words: Tensor | None = None
    is_word: Tensor | None = None
    points: Tensor | None = None
    kinds: Tensor | None = None
    is_point: Tensor | None = None
    objects: tuple[Tensor, ...] = ()
    remembered: Tensor | None = None

    @property
    def is_prompted(self) -> bool:
        """Whether anything is said."""
        return self.words is not None or self.points is not None


class Steps(NamedTuple):
    """What a run found.

    Attributes:
        states: Of the queries in each layer after they read pixels, (B, rows, d).
        codes: What all queries but memory answer, before the first layer and after each.
    """

    states: tuple[Tensor, ...]
    codes: tuple[Codes, ...]


class Queries(nn.Module):
    """Queries of one family, learned: what they are at first, and their places."""

    def __init__(self, count: int, width: int) -> None:
        super().__init__()
        self.content = nn.Parameter(torch.randn(count, width))
        self.codes = nn.Parameter(torch.randn(count, width))


class DecoderLayer(nn.Module):
    """One layer; every part is followed by its norm."""

    def __init__(self, width: int, heads: int, hidden: int, is_two_way: bool) -> None:
        super().__init__()
        self.cross = Attention(width, heads)
        self.cross_norm = nn.LayerNorm(width)
        self.mutual = Attention(width, heads)
        self.mutual_norm = nn.LayerNorm(width)
        self.feed = feed_forward(width, hidden)
        self.feed_norm = nn.LayerNorm(width)
        self.back: Attention | None = None
        if is_two_way:
            self.back = Attention(width, heads)
            self.back_norm = nn.LayerNorm(width)

    def look(
        self, x: Tensor, codes: Tensor, keys: Tensor, values: Tensor, allowed: Tensor | None
    ) -> Tensor:
        """Let queries (B, Q, d) read cells whose keys and values are projected already."""
        return self.cross_norm(x + self.cross.read(x + codes, keys, values, allowed))

    def talk(
        self, x: Tensor, codes: Tensor, context: Tensor, context_codes: Tensor, allowed: Tensor
    ) -> Tensor:
        """Let tokens (B, Q, d) read tokens (B, N, d)."""
        read = self.mutual(x + codes, context + context_codes, context, allowed)
        x = self.mutual_norm(x + read)
        return self.feed_norm(x + self.feed(x))


class Decoder(nn.Module):
    """All layers, with the queries, the heads and the tokens of prompts."""

    def __init__(self, config: IscnConfig) -> None:
        super().__init__()
        width = config.width
        self.is_masked = config.masked_attn
        self.is_full = config.joint_full
        counts = {
            "object": config.objects,
            "text": config.k_t,
            "visual": config.k_v,
            "memory": config.memories if config.memory else 0,
        }
        self.queries = nn.ModuleDict(
            {family: Queries(count, width) for family, count in counts.items() if count}
        )
        self.words = TextProjection(config.text_width, width)
        self.sampler = VisualSampler(width)
        self.level_codes = nn.Parameter(torch.randn(LEVELS, width))
        size = width, config.heads, config.ffn
        self.layers = nn.ModuleList(
            DecoderLayer(*size, config.two_way) for _ in range(config.layers)
        )
        self.heads = Heads(width, config.class_width, config.class_head)

    def layer(self, i: int) -> DecoderLayer:
        """Return layer i."""
        layer = self.layers[i]
        assert isinstance(layer, DecoderLayer)
        return layer

    def family(self, family: Family) -> Queries:
        """Return the queries of a family."""
        queries = self.queries[family]
        assert isinstance(queries, Queries)
        return queries

    def pixels(self, levels: Levels, pixel: Tensor, colour: Tensor) -> Pixels:
        """Return what there is to read, with the keys and values of every layer."""
        pairs = [self._projected(i, levels[i % LEVELS]) for i in range(len(self.layers))]
        keys, values = zip(*pairs, strict=True)
        return Pixels(levels, pixel, colour, keys, values)

    def forward(self, pixels: Pixels, stream: Stream) -> Steps:
        """Run all layers."""
        levels = list(pixels.levels)
        # A mask on smaller embeddings is the mask made smaller: both steps are linear.
        small = [_resized(pixels.pixel.detach(), level) for level in levels]
        before = stream.remembered
        remembered = [None if before is None else _resized(before, level) for level in levels]
        x, codes = self._tokens(stream)
        count = sum(block.is_present.shape[1] for block in stream.rows)
        kept = sum(b.is_present.shape[1] for b in stream.rows if b.family != "memory")
        blocks, columns = self._blocks(stream)
        allowed = allowed_attention(blocks, columns, self.is_full)
        found, states = [self.heads(x[:, :kept])], []
        for i in range(len(self.layers)):
            layer, at = self.layer(i), i % LEVELS
            keys, values = pixels.keys[i], pixels.values[i]
            fresh = self._fresh(at, levels[at], stream)
            if layer.back is not None and stream.is_prompted:
                context, places = self._context(i, x, codes, fresh, stream)
                levels[at] = self._back(i, levels[at], context, places, columns)
                keys, values = self._projected(i, levels[at])
            visible = self._visible(found[-1].mask_code, small[at], remembered[at], count - kept)
            queries = layer.look(x[:, :count], codes[:, :count], keys, values, visible)
            states.append(queries)
            x = torch.cat([queries, x[:, count:]], dim=1)
            context, places = self._context(i, x, codes, fresh, stream)
            x = layer.talk(x, codes, context, places, allowed)
            found.append(self.heads(x[:, :kept]))
        return Steps(tuple(states), tuple(found))

    def _tokens(self, stream: Stream) -> tuple[Tensor, Tensor]:
        """Return what is computed, (B, rows and words, d), and the codes of its places."""
        batch = len(stream.rows[0].is_present)
        queries = [self.family(block.family) for block in stream.rows]
        x, codes = (
            torch.cat([getattr(it, name) for it in queries]).expand(batch, -1, -1)
            for name in ("content", "codes")
        )
        if stream.words is None:
            return x, codes
        # Words carry their places already.
        nowhere = torch.zeros_like(stream.words)
        return torch.cat([x, stream.words], dim=1), torch.cat([codes, nowhere], dim=1)

    def _blocks(self, stream: Stream) -> tuple[list[Block], list[Block]]:
        """Return what is computed and what is read, the latter as `_context` puts it."""
        blocks = list(stream.rows)
        if stream.is_word is not None:
            blocks.append(Block("word", stream.is_word))
        columns = list(blocks)
        if stream.objects:
            some = stream.objects[0]
            there = torch.ones(some.shape[:2], dtype=torch.bool, device=some.device)
            columns.insert(0, Block("object", there))
        if stream.is_point is not None:
            columns.append(Block("point", stream.is_point))
        return blocks, columns

    def _fresh(self, at: int, level: Tensor, stream: Stream) -> tuple[Tensor, Tensor] | None:
        """Return P_v of a level and the codes of its places, each (B, N, d).

        They are read anew on every level, so what they would read themselves is never used, and
        not computed.
        """
        if stream.points is None or stream.kinds is None:
            return None
        tokens = self.sampler(at, level, stream.points, stream.kinds)
        return tokens, sine_2d(stream.points, tokens.shape[2])

    def _context(
        self,
        i: int,
        x: Tensor,
        codes: Tensor,
        fresh: tuple[Tensor, Tensor] | None,
        stream: Stream,
    ) -> tuple[Tensor, Tensor]:
        """Return all that can be read in layer i and the codes of its places, (B, columns, d)."""
        parts = [(x, codes)]
        if stream.objects:
            state = stream.objects[i]
            parts.insert(0, (state, self.family("object").codes.expand_as(state)))
        if fresh is not None:
            parts.append(fresh)
        return torch.cat([it for it, _ in parts], dim=1), torch.cat([it for _, it in parts], dim=1)

    def _projected(self, i: int, level: Tensor) -> tuple[Tensor, Tensor]:
        """Return keys and values of a level as layer i reads them, (B, cells, d)."""
        cross = self.layer(i).cross
        cells = level.flatten(2).mT + self.level_codes[i % LEVELS]
        return cross.key(cells + _codes(level)), cross.value(cells)

    def _visible(
        self, mask_code: Tensor, small: Tensor, remembered: Tensor | None, memories: int
    ) -> Tensor | None:
        """Return which cells each query may read, (B, rows, cells) bool; None for all of them."""
        if not (self.is_masked or memories):
            return None
        logits = mask_code.detach() @ small.flatten(2)
        visible = logits >= 0 if self.is_masked else torch.ones_like(logits, dtype=torch.bool)
        if memories:
            assert remembered is not None
            there = (remembered.flatten(2) >= 0).expand(-1, memories, -1)
            visible = torch.cat([visible, there], dim=1)
        return visible | ~visible.any(dim=2, keepdim=True)

    def _back(
        self, i: int, level: Tensor, context: Tensor, places: Tensor, columns: list[Block]
    ) -> Tensor:
        """Let pixels read every token there is, and return their level."""
        layer = self.layer(i)
        assert layer.back is not None, "asked for only where there is one"
        there = torch.cat([block.is_present for block in columns], dim=1)[:, None]
        cells = level.flatten(2).mT
        placed = cells + self.level_codes[i % LEVELS] + _codes(level)
        read = layer.back(placed, context + places, context, there)
        return torch.unflatten(layer.back_norm(cells + read).mT, 2, level.shape[2:])


def _codes(level: Tensor) -> Tensor:
    """Return the codes of a level's cells, (cells, d)."""
    return grid_codes(level.shape[2], level.shape[3], level.shape[1], level)


def _resized(plane: Tensor, like: Tensor) -> Tensor:
    return interpolate(plane, like.shape[2:], mode="bilinear", align_corners=False)
