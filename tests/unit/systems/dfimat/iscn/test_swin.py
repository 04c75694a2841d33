"""Swin-T: who reads whom, and whose files fit."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.testing import assert_close

from penumbra.core.errors import WeightsError
from penumbra.systems.dfimat.iscn.swin import SwinBlock, SwinT, start_from_swin
from tests.unit.systems.dfimat.iscn.networks import noise


def readers(
    block: SwinBlock, height: int, width: int, row: int, column: int
) -> set[tuple[int, int]]:
    """Where the output changes if one token does."""
    x = noise(1, height, width, 8)
    changed = x.clone()
    changed[0, row, column] += torch.arange(8)
    with torch.no_grad():
        difference = (block(changed) - block(x))[0].abs().amax(dim=2)
    return {(r, c) for r, c in (difference > 1e-7).nonzero().tolist()}


def empty() -> SwinT:
    """An encoder whose numbers are whatever was there."""
    with torch.device("meta"):
        network = SwinT()
    return network.to_empty(device="cpu")


def cells(rows: range, columns: range) -> set[tuple[int, int]]:
    """A rectangle."""
    return {(row, column) for row in rows for column in columns}


def test_tokens_read_their_window() -> None:
    """Of 7 x 7, from the top left; what is padded is cut off again."""
    block = SwinBlock(8, 2, is_shifted=False)

    assert readers(block, 14, 21, 8, 15) == cells(range(7, 14), range(14, 21))
    assert readers(block, 10, 16, 9, 15) == cells(range(7, 10), range(14, 16))


@pytest.mark.parametrize(
    ("place", "rows", "columns"),
    [
        ((5, 5), range(3, 10), range(3, 10)),
        ((0, 0), range(3), range(3)),  # not with what the roll brings beside it
        ((2, 12), range(3), range(10, 17)),
        ((13, 20), range(10, 14), range(17, 21)),
        ((12, 6), range(10, 14), range(3, 10)),
    ],
)
def test_shifted_windows_do_not_reach_around_the_edge(
    place: tuple[int, int], rows: range, columns: range
) -> None:
    """The first whole one begins at the fourth token; edges have smaller ones."""
    block = SwinBlock(8, 2, is_shifted=True)

    assert readers(block, 14, 21, *place) == cells(rows, columns)


def test_a_map_that_fits_into_a_window_is_not_shifted() -> None:
    """All tokens read each other."""
    assert readers(SwinBlock(8, 2, is_shifted=True), 5, 7, 0, 0) == cells(range(5), range(7))


def test_attention_knows_distances() -> None:
    """Slowly: softmax of products and the bias of each pair's distance, head by head."""
    torch.manual_seed(1)
    attention = SwinBlock(8, 2, is_shifted=False).attn
    with torch.no_grad():
        attention.relative_position_bias_table.normal_()
        x = noise(1, 1, 49, 8)
        ours = attention(x, None)[0, 0]
        query, key, value = attention.qkv(x[0, 0]).split(8, dim=1)
        mixed: list[Tensor] = []
        for head in range(2):
            cut = slice(4 * head, 4 * head + 4)
            scores = query[:, cut] @ key[:, cut].T / 2
            for one in range(49):
                for other in range(49):
                    down, across = one // 7 - other // 7, one % 7 - other % 7
                    number = (down + 6) * 13 + across + 6
                    scores[one, other] += attention.relative_position_bias_table[number, head]
            mixed.append(scores.softmax(dim=1) @ value[:, cut])

        assert_close(ours, attention.proj(torch.cat(mixed, dim=1)), atol=1e-5, rtol=1e-5)


def test_stages_have_the_sizes_of_the_paper() -> None:
    """96 to 768 channels at strides 4 to 32."""
    with torch.device("meta"):
        maps = SwinT()(torch.rand(2, 3, 96, 160))

    assert [tuple(it.shape) for it in maps] == [
        (2, 96, 24, 40),
        (2, 192, 12, 20),
        (2, 384, 6, 10),
        (2, 768, 3, 5),
    ]


def test_files_with_the_authors_names_fit(tmp_path: Path) -> None:
    """The classifier is passed over; a layer that lacks is named."""
    with torch.device("meta"):
        shapes = {name: tensor.shape for name, tensor in SwinT().state_dict().items()}
    theirs = {
        name: torch.full(shape, float(number))
        for number, (name, shape) in enumerate(shapes.items())
        if not name.startswith("norms.")
    }
    names = ("patch_embed.proj.weight", "layers.2.blocks.5.attn.qkv.weight")
    assert [tuple(theirs[name].shape) for name in names] == [(96, 3, 4, 4), (1152, 384)]
    assert theirs["layers.0.downsample.reduction.weight"].shape == (192, 384)
    path = tmp_path / "swin.safetensors"
    save_file(theirs | {"head.weight": torch.zeros(1000, 768)}, path)
    network = empty()

    start_from_swin(network, path)

    ours = network.state_dict()
    assert all(torch.equal(ours[name], tensor) for name, tensor in theirs.items())
    del theirs["layers.3.blocks.1.mlp.fc2.bias"]
    save_file(theirs, path)
    with pytest.raises(WeightsError, match=r"layers\.3\.blocks\.1\.mlp\.fc2\.bias"):
        start_from_swin(network, path)
