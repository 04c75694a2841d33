"""How conflicts reach the features."""

import pytest
import torch
from torch.nn.functional import conv2d, interpolate
from torch.testing import assert_close

from penumbra.systems.dfimat.iscn.reasoning import Reasoning, spread, spread_cells
from tests.unit.systems.dfimat.iscn.networks import noise


def one_click() -> torch.Tensor:
    """Five pixels missed and one spilled, of 64 x 64."""
    conflicts = torch.zeros(1, 1, 64, 64, dtype=torch.uint8)
    conflicts[0, 0, 33, 30:35] = 1
    conflicts[0, 0, 5, 60] = 2
    return conflicts


@pytest.mark.parametrize("stride", [4, 8, 16, 32])
def test_a_click_survives_every_stride(stride: int) -> None:
    """Each cell that has any of its pixels, wholly; others not at all."""
    shares = Reasoning(8, "max").shares(one_click(), stride)

    assert shares.shape == (1, 2, 64 // stride, 64 // stride)
    missed = {(33 // stride, column // stride) for column in range(30, 35)}
    assert {tuple(it) for it in shares[0, 0].nonzero().tolist()} == missed
    assert shares[0, 1].nonzero().tolist() == [[5 // stride, 60 // stride]]
    assert shares.sum() == len(missed) + 1


def test_a_bilinear_resize_is_that_of_the_embedding() -> None:
    """The paper's words: a convolution of 1x1 on one-hot values, whose result is resized."""
    torch.manual_seed(0)
    reasoning = Reasoning(8, "bilinear")
    table = torch.randn(2, 8)
    conflicts = (3 * noise(1, 1, 64, 64)).byte()
    planes = torch.cat([conflicts == kind for kind in (0, 1, 2)], dim=1).float()
    weight = torch.cat([torch.zeros(1, 8), table]).mT[:, :, None, None]

    literal = interpolate(conv2d(planes, weight), (16, 16), mode="bilinear", align_corners=False)

    assert_close(spread(reasoning.shares(conflicts, 4), table), literal)


def test_vectors_start_as_zeros() -> None:
    """Two tables, for levels and for embeddings of pixels."""
    reasoning = Reasoning(8, "max")

    assert {name: tuple(it.shape) for name, it in reasoning.named_parameters()} == {
        "levels": (2, 8),
        "pixel": (2, 8),
    }
    assert not any(it.any() for it in reasoning.parameters())


def test_two_vectors_are_projected_in_place_of_all_cells() -> None:
    """The same as projecting what was spread."""
    torch.manual_seed(0)
    shares, table, weight = noise(2, 2, 4, 6), torch.randn(2, 8), torch.randn(8, 8)

    whole = spread(shares, table).flatten(2).mT @ weight.mT

    assert_close(spread_cells(shares, table, weight), whole)
