"""The interpreter: features of a picture to the opacity of each person in it.

The sheet `smpmat`, section 3, after Mask2Former.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from penumbra.systems.dfimat.synth.features import Features, Widths
from penumbra.systems.dfimat.synth.interpreter.alpha_head import AlphaHead, enlarged
from penumbra.systems.dfimat.synth.interpreter.config import Config
from penumbra.systems.dfimat.synth.interpreter.pixels import (
    PixelDecoder,
    Projection,
    channels_of,
    maps_of,
)
from penumbra.systems.dfimat.synth.interpreter.queries import Head, QueryDecoder
from penumbra.systems.dfimat.text.phrases import WIDTH as TEXT_WIDTH


class Answer(NamedTuple):
    """What N queries answer about a batch.

    Attributes:
        heads: Before the first layer and after each; the last is what counts.
        fine: (B, 16, H, W), embeddings of pixels; None where alpha is the mask, enlarged.
    """

    heads: tuple[Head, ...]
    fine: Tensor | None

    @property
    def human(self) -> Tensor:
        """Logits that each query shows a person, (B, N)."""
        return self.heads[-1].human

    @property
    def masks(self) -> Tensor:
        """Logits of stride 8, (B, N, H / 8, W / 8)."""
        return self.heads[-1].masks


class Interpreter(nn.Module):
    """Reads the features of one kind of source.

    Args:
        config: Sizes and parts.
        widths: Of the source.
    """

    def __init__(self, config: Config, widths: Widths) -> None:
        super().__init__()
        self.has_attention = config.has_attention
        width = config.width
        self.projection = Projection(channels_of(widths, config.has_attention), width)
        self.pixels = PixelDecoder(width, config.heads, config.grid_layers, config.grid_ffn)
        said = 0 if config.text == "none" else TEXT_WIDTH
        self.decoder = QueryDecoder(
            config.queries, width, config.heads, config.layers, config.ffn, said
        )
        detail = widths.detail if config.has_detail else {}
        self.alpha = AlphaHead(width, detail) if config.alpha_head == "full" else None

    def forward(self, features: Features, said: Tensor | None = None) -> Answer:
        """Read features.

        Args:
            features: Of the source.
            said: (B, 384) of the words that mean people, where queries know words.
        """
        read = self.pixels(self.projection(maps_of(features, self.has_attention)))
        fine = None if self.alpha is None else self.alpha(read.levels[-1], features.detail)
        return Answer(self.decoder(read, said), fine)

    def alphas(self, answer: Answer, queries: Tensor) -> Tensor:
        """Return logits of the alphas of some queries, (B, P, H, W); each is costly.

        Args:
            answer: Of the same network.
            queries: (B, P) int64, their numbers.
        """
        last = answer.heads[-1]
        masks, code = chosen(last.masks, queries), chosen(last.code, queries)
        if self.alpha is None or answer.fine is None:
            return enlarged(masks)
        return self.alpha.draw(masks, code, answer.fine)


def chosen(values: Tensor, queries: Tensor) -> Tensor:
    """Return values (B, N, ...) of some queries, (B, P, ...); queries: (B, P)."""
    images = torch.arange(len(values), device=values.device)[:, None]
    return values[images, queries]
