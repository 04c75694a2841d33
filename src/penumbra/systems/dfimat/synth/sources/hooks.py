"""What is read of a U-Net and a decoder while they run: activations, and what looks at which word.

The sheet `smpmat`, section 2.1.  Hooks and processors are there for one run and gone after it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn

from penumbra.core.errors import WeightsError
from penumbra.systems.dfimat.synth.features import DETAIL, STRIDES

if TYPE_CHECKING:
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from diffusers.models.attention_processor import Attention

LEVELS = len(STRIDES)
"""Of the U-Net, and of the decoder."""

_CROSS = "attn2"  # in the name of a layer that looks at words


class Tap(NamedTuple):
    """A part of a network whose answer is kept.

    Attributes:
        stride: Of what it answers.
        part: The module.
        channels: Of what it answers.
    """

    stride: int
    part: nn.Module
    channels: int


class Layer(NamedTuple):
    """A layer that looks at words.

    Attributes:
        name: Of its processor.
        stride: Of its cells.
        heads: Of its attention.
    """

    name: str
    stride: int
    heads: int


class Record(NamedTuple):
    """What a U-Net did, by stride, in the order in which it did it.

    Attributes:
        maps: (B, C, h, w) each.
        scores: (B, heads, h w, L) each, how much each cell looks at each word; they sum to 1 over
            the words.
    """

    maps: Mapping[int, list[Tensor]]
    scores: Mapping[int, list[Tensor]]


def unet_taps(unet: "UNet2DConditionModel") -> list[Tap]:
    """Return the parts of a U-Net that are kept, in the order in which they run.

    Raises:
        WeightsError: It has other levels than SD-1.x has.
    """
    _check_levels(unet)
    taps = [Tap(STRIDES[0], unet.conv_in, unet.conv_in.out_channels)]
    for stride, block in zip(STRIDES, unet.down_blocks, strict=True):
        taps += _block_taps(block, stride, block.downsamplers, 2 * stride)
    last = unet.down_blocks[-1].resnets[-1].out_channels
    taps.append(Tap(STRIDES[-1], unet.mid_block, last))
    for stride, block in zip(STRIDES[::-1], unet.up_blocks, strict=True):
        taps += _block_taps(block, stride, block.upsamplers, stride // 2)
    return taps


def cross_layers(unet: "UNet2DConditionModel") -> list[Layer]:
    """Return the layers of a U-Net that look at words."""
    layers = []
    for name in unet.attn_processors:
        if _CROSS in name:
            part = unet.get_submodule(name.removesuffix(".processor"))
            layers.append(Layer(name, _stride_of(name), int(part.heads)))
    return layers


def decoder_taps(vae: "AutoencoderKL") -> list[Tap]:
    """Return the parts of a decoder that are kept: before each enlargement, and the last.

    Raises:
        WeightsError: It does not enlarge by 8.
    """
    blocks = vae.decoder.up_blocks
    if len(blocks) != LEVELS:
        raise WeightsError(f"VAE must have {LEVELS} levels, as SD-1.x has, got {len(blocks)}")
    parts = [block.resnets[-1] for block in blocks[-len(DETAIL) :]]
    return [
        Tap(stride, part, part.out_channels)
        for stride, part in zip(DETAIL[::-1], parts, strict=True)
    ]


@contextmanager
def recorded(unet: "UNet2DConditionModel") -> Iterator[Record]:
    """Keep what a U-Net does inside of the block."""
    scores: defaultdict[int, list[Tensor]] = defaultdict(list)
    before = unet.attn_processors
    processors: dict[str, Any] = dict(before)
    for layer in cross_layers(unet):
        processors[layer.name] = RecordingAttention(scores[layer.stride])
    unet.set_attn_processor(processors)
    try:
        with tapped(unet_taps(unet)) as maps:
            yield Record(maps, scores)
    finally:
        unet.set_attn_processor(before)


@contextmanager
def tapped(taps: list[Tap]) -> Iterator[Mapping[int, list[Tensor]]]:
    """Keep what parts answer inside of the block, by stride."""
    kept: dict[int, list[Tensor]] = {tap.stride: [] for tap in taps}

    def keeper(stride: int) -> Any:  # noqa: ANN401 - as torch calls it
        def keep(part: nn.Module, given: object, answer: Any) -> None:  # noqa: ANN401
            kept[stride].append(answer[0] if isinstance(answer, tuple) else answer)

        return keep

    handles = [tap.part.register_forward_hook(keeper(tap.stride)) for tap in taps]
    try:
        yield kept
    finally:
        for handle in handles:
            handle.remove()


class RecordingAttention:
    """Attention step by step, because a fused kernel never has the scores.

    Args:
        scores: Where they go, (B, heads, cells, words) each time.
    """

    def __init__(self, scores: list[Tensor]) -> None:
        self._scores = scores

    def __call__(
        self,
        attn: "Attention",
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        temb: Tensor | None = None,
    ) -> Tensor:
        """Return (B, cells, C) of cells (B, cells, C) and words (B, L, C')."""
        assert encoder_hidden_states is not None
        assert attention_mask is None
        queries = attn.head_to_batch_dim(attn.to_q(hidden_states))  # (B heads, cells, C / heads)
        keys = attn.head_to_batch_dim(attn.to_k(encoder_hidden_states))
        values = attn.head_to_batch_dim(attn.to_v(encoder_hidden_states))
        scores = attn.get_attention_scores(queries, keys)  # (B heads, cells, L)
        self._scores.append(scores.unflatten(0, (-1, attn.heads)))
        seen = attn.batch_to_head_dim(torch.bmm(scores, values))
        projection, dropout = attn.to_out
        return dropout(projection(seen)) / attn.rescale_output_factor


def _block_taps(
    block: Any,  # noqa: ANN401 - of many classes
    stride: int,
    samplers: Any,  # noqa: ANN401 - a list, or none
    beside: int,
) -> list[Tap]:
    """Return the taps of a block: each residual part, after its attention where there is one."""
    residuals = list(block.resnets)
    parts = list(getattr(block, "attentions", None) or residuals)
    taps = [
        Tap(stride, part, residual.out_channels)
        for part, residual in zip(parts, residuals, strict=True)
    ]
    return taps + [Tap(beside, sampler, sampler.out_channels) for sampler in samplers or ()]


def _stride_of(name: str) -> int:
    kind, level, *_ = name.split(".")
    if kind == "mid_block":
        return STRIDES[-1]
    return STRIDES[int(level)] if kind == "down_blocks" else STRIDES[-1 - int(level)]


def _check_levels(unet: "UNet2DConditionModel") -> None:
    levels = len(unet.down_blocks), len(unet.up_blocks)
    if levels != (LEVELS, LEVELS) or unet.mid_block is None:
        raise WeightsError(f"U-Net must have {LEVELS} levels, as SD-1.x has, got {levels[0]}")
