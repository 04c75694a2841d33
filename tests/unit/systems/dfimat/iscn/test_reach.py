"""How far a correction reaches."""

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from penumbra.systems.dfimat.iscn.points import PointKind
from penumbra.systems.dfimat.iscn.reach import Marks, Reach
from tests.unit.systems.dfimat.iscn.networks import noise

ON, OFF, INSIDE = PointKind.CLICK_ON, PointKind.SCRIBBLE_OFF, PointKind.BOX_INSIDE
HEIGHT, WIDTH = 16, 24


def made() -> Reach:
    torch.manual_seed(0)
    return Reach(8)


def marks(*said: tuple[int, int, PointKind]) -> Marks:
    """Points in the middles of cells (row, column)."""
    places = [((column + 0.5) / WIDTH, (row + 0.5) / HEIGHT) for row, column, _ in said]
    kinds = torch.tensor([[int(kind) for _, _, kind in said]])
    return Marks(torch.tensor([places]), kinds, torch.ones_like(kinds, dtype=torch.bool))


def halves() -> tuple[Tensor, Tensor]:
    """Embeddings and colours of a picture whose left half is one thing, its right half another."""
    pixel, colour = torch.zeros(1, 8, HEIGHT, WIDTH), torch.zeros(1, 3, HEIGHT, WIDTH)
    pixel[:, 0, :, :12], pixel[:, 1, :, 12:] = 1, 1
    colour[..., 12:] = 0.5
    return pixel, colour


@pytest.mark.parametrize(("kind", "before"), [(ON, -9.0), (OFF, 9.0)])
def test_a_mark_is_followed_where_it_was_made_and_on_what_is_alike(
    kind: PointKind, before: float
) -> None:
    """However sure the mask was; beyond the edge of the thing it says nothing."""
    mask = torch.full((1, 1, HEIGHT, WIDTH), before)

    shown = made()(mask, *halves(), marks((8, 10, kind)))[0, 0].detach()

    assert shown[8, 10] == pytest.approx(-8 if before > 0 else 8)
    assert (shown[8, 9] > 0) == (before < 0)
    assert shown[8, 12:].sign().unique().tolist() == [1 if before > 0 else -1]
    assert shown[0, 0] == pytest.approx(before, abs=0.5)


def test_what_is_near_follows_more() -> None:
    """Of cells that look the same."""
    mask, plain = torch.full((1, 1, HEIGHT, WIDTH), -4.0), torch.zeros(1, 3, HEIGHT, WIDTH)

    shown = made()(mask, torch.ones(1, 8, HEIGHT, WIDTH), plain, marks((8, 0, ON)))[0, 0, 8]
    shown = shown.detach()

    assert (shown[:12].diff() < 0).all()
    assert (shown.diff() <= 0).all()


def test_of_two_marks_the_nearer_counts() -> None:
    """Each is followed in its half, with nothing else to tell halves apart."""
    mask, plain = noise(1, 1, HEIGHT, WIDTH) - 0.5, torch.zeros(1, 3, HEIGHT, WIDTH)
    said = marks((8, 4, ON), (8, 19, OFF))

    shown = made()(mask, torch.ones(1, 8, HEIGHT, WIDTH), plain, said)[0, 0, 8]

    assert (shown[:9] > 0).all()
    assert (shown[15:] < 0).all()


def test_order_does_not_matter_and_padding_says_nothing() -> None:
    """Nor do points of a box, which lie on no side."""
    reach = made()
    for parameter in reach.last.parameters():
        torch.nn.init.normal_(parameter)
    mask, (pixel, colour) = noise(1, 1, HEIGHT, WIDTH) - 0.5, halves()
    said = ((3, 4, ON), (9, 20, OFF), (12, 7, ON))
    with torch.no_grad():
        shown = reach(mask, pixel, colour, marks(*said))
        turned = reach(mask, pixel, colour, marks(*said[::-1]))
        boxed = reach(mask, pixel, colour, marks(*said, (8, 8, INSIDE)))
        padded = marks(*said, (8, 8, ON))
        padded.is_point[0, -1] = False
        behind = reach(mask, pixel, colour, padded)

    for other in (turned, boxed, behind):
        assert_close(other, shown)


def test_a_mask_stays_where_nothing_was_marked() -> None:
    """Until something is learned."""
    mask, (pixel, colour) = noise(1, 1, HEIGHT, WIDTH) - 0.5, halves()

    assert_close(made()(mask, pixel, colour, marks((8, 8, INSIDE))), mask)


def test_everything_learns() -> None:
    """Once the last convolution is not zero."""
    reach = made()
    for parameter in reach.last.parameters():
        torch.nn.init.normal_(parameter)
    pixel = noise(1, 8, HEIGHT, WIDTH).requires_grad_()
    mask, colour = noise(1, 1, HEIGHT, WIDTH) - 0.5, noise(1, 3, HEIGHT, WIDTH, seed=2)

    reach(mask, pixel, colour, marks((8, 10, ON), (3, 20, OFF))).square().mean().backward()

    assert pixel.grad is not None
    assert pixel.grad.any()
    for name, parameter in reach.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.any(), name
