"""The visual sampler: exact where it can be, and never outside."""

import pytest
import torch
from torch.nn.functional import grid_sample
from torch.testing import assert_close

from penumbra.systems.dfimat.iscn.points import PointKind
from penumbra.systems.dfimat.iscn.positions import grid_codes, sine_1d, sine_2d
from penumbra.systems.dfimat.iscn.prompts import Prompts
from penumbra.systems.dfimat.iscn.sampler import VisualSampler, pooled, sample
from tests.unit.systems.dfimat.iscn.networks import noise
from tests.unit.systems.dfimat.iscn.reference import at, code


def centres(height: int, width: int) -> torch.Tensor:
    """Of all cells, row by row, (1, H * W, 2)."""
    y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    return torch.stack([x / width, y / height], dim=-1).flatten(0, 1)[None]


def test_a_centre_has_its_cell_s_feature_exactly() -> None:
    """Where sizes match and are powers of two, to the bit; elsewhere to rounding."""
    plane = noise(1, 6, 16, 32)
    assert torch.equal(sample(plane, centres(16, 32)), plane.flatten(2).mT)
    odd = noise(1, 6, 12, 20)
    assert_close(sample(odd, centres(12, 20)), odd.flatten(2).mT, atol=1e-5, rtol=0)


def test_between_centres_features_are_mixed() -> None:
    """By hand and as torch, also beyond the outermost centres, where nothing is mixed in."""
    plane = noise(1, 3, 5, 7)
    places = torch.cat([noise(1, 40, 2, seed=3), torch.tensor([[[0.0, 0.0], [1.0, 1.0]]])], dim=1)

    found = sample(plane, places)[0]

    assert_close(found, torch.stack([at(plane[0], place) for place in places[0].tolist()]))
    theirs = grid_sample(plane, 2 * places[:, None] - 1, padding_mode="border", align_corners=False)
    assert_close(found, theirs[0, :, 0].mT, atol=1e-6, rtol=1e-5)
    assert_close(found[-2:], torch.stack([plane[0, :, 0, 0], plane[0, :, 4, 6]]))


def test_a_token_is_a_projected_feature_and_its_kind() -> None:
    """Each level has its own projection, without bias."""
    torch.manual_seed(0)
    sampler = VisualSampler(8)
    plane, places = noise(1, 8, 4, 4), centres(4, 4)
    kinds = torch.arange(16).remainder(len(PointKind))[None]
    with torch.no_grad():
        for number in range(3):
            (weight,) = sampler.project[number].parameters()
            expected = plane[0].flatten(1).mT @ weight.mT
            tokens = sampler(number, plane, places, kinds)[0]
            assert_close(tokens, expected + sampler.kinds.weight[kinds[0]])
    assert len(sampler.kinds.weight) == 7


def test_only_what_lies_on_or_off_the_person_is_pooled() -> None:
    """Corners and padding are not; without any point of a side it is zero."""
    plane = noise(1, 5, 4, 4)
    kinds = torch.tensor(
        [
            [
                PointKind.CLICK_ON,
                PointKind.SCRIBBLE_ON,
                PointKind.BOX_INSIDE,
                PointKind.BOX_TOP_LEFT,
                PointKind.BOX_BOTTOM_RIGHT,
                PointKind.SCRIBBLE_OFF,
                PointKind.CLICK_OFF,
                PointKind.CLICK_OFF,
            ]
        ]
    )
    padding = torch.tensor([[False] * 7 + [True]])
    places = centres(4, 4)[:, 3:11]
    cells = plane[0].flatten(1)[:, 3:11]

    on, off = pooled(plane, Prompts(places, kinds, padding))

    assert_close(on[0], cells[:, :3].mean(dim=1))
    assert_close(off[0], cells[:, 5:7].mean(dim=1))
    on, off = pooled(plane, Prompts(places[:, 5:], kinds[:, 5:]))
    assert not on.any()
    assert_close(off[0], cells[:, 5:].mean(dim=1))


@pytest.mark.parametrize("channels", [8, 96])
def test_codes_of_places_are_sines_and_cosines(channels: int) -> None:
    """Number by number; a point at a cell's centre has that cell's code."""
    places = noise(6, 2, seed=9)

    codes = sine_2d(places, channels)

    assert_close(codes, torch.stack([code(place, channels) for place in places.tolist()]))
    grid = grid_codes(3, 5, channels, places)
    assert_close(grid, sine_2d(centres(3, 5)[0], channels), atol=1e-5, rtol=0)


def test_codes_in_one_dimension_slow_down() -> None:
    """Vaswani et al., section 3.5."""
    expected = [0.8414710, 0.5403023, 0.0099998, 0.9999500]

    assert_close(sine_1d(torch.tensor(1.0), 4), torch.tensor(expected), atol=1e-6, rtol=0)
