"""The transformer's parts, against others that do the same, and by hand."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d
from torch.testing import assert_close

from penumbra.systems.dfimat.mrn.attention import (
    Block,
    GlobalBranch,
    MixMlp,
    ReducedAttention,
    map_of,
    tokens_of,
)
from penumbra.systems.dfimat.mrn.config import LAYOUTS

HEIGHT, WIDTH = 4, 6


def tokens(channels: int) -> Tensor:
    generator = torch.Generator().manual_seed(channels)
    return torch.randn(2, HEIGHT * WIDTH, channels, generator=generator)


def test_without_reduction_it_is_the_usual_attention() -> None:
    """That of torch, given the same weights."""
    torch.manual_seed(0)
    ours, theirs = ReducedAttention(8, 2, 1), nn.MultiheadAttention(8, 2, batch_first=True)
    x = tokens(8)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([ours.query.weight, ours.key_value.weight]))
        theirs.in_proj_bias.copy_(torch.cat([ours.query.bias, ours.key_value.bias]))
        theirs.out_proj.load_state_dict(ours.mix.state_dict())

        assert_close(ours(x, HEIGHT, WIDTH), theirs(x, x, x)[0], atol=1e-5, rtol=1e-5)


def test_keys_and_values_are_those_of_a_smaller_map() -> None:
    """Written out token by token, head by head."""
    torch.manual_seed(1)
    attention: Any = ReducedAttention(4, 2, 2)
    x = tokens(4)

    with torch.no_grad():
        plane = x.reshape(2, HEIGHT, WIDTH, 4)
        cells = []
        for row in range(0, HEIGHT, 2):
            for column in range(0, WIDTH, 2):
                patch = plane[:, row : row + 2, column : column + 2]  # (B, 2, 2, C)
                kernel = attention.reduce.weight  # (C', C, 2, 2)
                cell = torch.einsum("bijc,dcij->bd", patch, kernel) + attention.reduce.bias
                cells.append(attention.norm(cell))
        both = attention.key_value(torch.stack(cells, dim=1))
        query = attention.query(x)
        heads = []
        for number in range(2):
            part = slice(2 * number, 2 * number + 2)
            scores = query[..., part] @ both[..., :4][..., part].mT / math.sqrt(2)
            heads.append(scores.softmax(dim=-1) @ both[..., 4:][..., part])
        expected = attention.mix(torch.cat(heads, dim=-1))

        assert both.shape == (2, 6, 8)
        assert_close(attention(x, HEIGHT, WIDTH), expected, atol=1e-5, rtol=1e-5)


def test_the_mlp_looks_at_neighbours_of_each_channel() -> None:
    """A 3x3 convolution of every hidden channel by itself, before the exact GELU."""
    torch.manual_seed(2)
    mlp = MixMlp(3, 2)
    x = tokens(3)

    with torch.no_grad():
        hidden = mlp.first(x).mT.reshape(2, 6, HEIGHT, WIDTH)
        rows = [
            conv2d(hidden[:, c : c + 1], mlp.around.weight[c : c + 1], padding=1) for c in range(6)
        ]
        bias = mlp.around.bias
        assert bias is not None
        hidden = torch.cat(rows, dim=1) + bias[:, None, None]
        hidden = hidden * (1 + torch.erf(hidden / math.sqrt(2))) / 2
        expected = mlp.second(hidden.flatten(2).mT)

        assert_close(mlp(x, HEIGHT, WIDTH), expected, atol=1e-5, rtol=1e-5)


def test_a_block_adds_both_parts_to_what_it_is_given() -> None:
    """Each of what is normalised."""
    torch.manual_seed(3)
    block = Block(8, 2, 2, 2)
    x = tokens(8)

    with torch.no_grad():
        between = x + block.attention(block.norm1(x), HEIGHT, WIDTH)
        expected = between + block.mlp(block.norm2(between), HEIGHT, WIDTH)

        assert_close(block(x, HEIGHT, WIDTH), expected)
        assert (block(x, HEIGHT, WIDTH) - x).abs().max() > 0.01


def test_tokens_are_read_row_by_row() -> None:
    """And lead back to their map."""
    plane = torch.arange(24.0).reshape(1, 2, 3, 4)

    assert tokens_of(plane)[0, 5].tolist() == [5, 17]
    assert_close(map_of(tokens_of(plane), 3, 4), plane)


@pytest.mark.parametrize("size", ["s", "m"])
def test_the_branch_has_four_maps(size: Any) -> None:  # noqa: ANN401 - a word of the config
    """Of the sheet's channels and strides; all keys end at stride 32."""
    layout = LAYOUTS[size]
    torch.manual_seed(4)
    branch = GlobalBranch(layout)
    branch.initialise()

    with torch.no_grad():
        maps = branch(branch.stem(torch.rand(1, 4, 64, 96)))

    for found, stride, channels in zip(maps, (4, 8, 16, 32), layout.stages, strict=True):
        assert found.shape == (1, channels, 64 // stride, 96 // stride)
        # Normalised by the last layer of its stage.
        assert found.mean(dim=1).abs().max() < 1e-4
    parts = [part for part in branch.modules() if isinstance(part, ReducedAttention)]
    reductions = [1 if part.reduce is None else part.reduce.stride[0] for part in parts]
    depths = layout.depths
    assert reductions == [8] * depths[0] + [4] * depths[1] + [2] * depths[2] + [1] * depths[3]
