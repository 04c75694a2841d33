"""How far a click reaches."""

import torch
from torch import Tensor
from torch.testing import assert_close

from penumbra.systems.clicks.reach import Reach
from penumbra.training.clicking import painted

HEIGHT, WIDTH = 64, 96
CHANNELS = 6


def made() -> Reach:
    """Return one that has learned something, always the same."""
    torch.manual_seed(0)
    return Reach(CHANNELS).eval()


def halves() -> tuple[Tensor, Tensor]:
    """Return features (1, C, 8, 12) and a picture whose left and right halves differ."""
    torch.manual_seed(1)
    left, right = torch.randn(2, CHANNELS)
    features = torch.where(torch.arange(12) < 6, left[:, None, None], right[:, None, None])
    image = torch.where(torch.arange(WIDTH) < WIDTH // 2, -1.0, 1.0).expand(1, 3, HEIGHT, WIDTH)
    return features.expand(1, CHANNELS, 8, 12), image


def hints(*clicks: tuple[int, int, int]) -> Tensor:
    """Return the map of (column, row, sign)."""
    return painted(torch.tensor([clicks or [(0, 0, 0)]]), 15.0, HEIGHT, WIDTH)


@torch.no_grad()
def test_a_click_pulls_what_is_alike_and_little_else() -> None:
    """Of the other half not even the cells beside it are told that they belong to the click."""
    features, image = halves()
    on, off, is_on, is_off = made()._planes(features, image, hints((24, 32, 1)))[0]
    assert float(on[4, 3]) > 0.9
    assert float(on[:, :6].min()) > 5 * float(on[:, 6:].max())
    assert not off.any()
    assert bool((is_on == 1).all())
    assert not is_off.any()


@torch.no_grad()
def test_sides_are_told_apart_and_the_nearest_click_counts() -> None:
    """A click off the object pulls to its own side; a second one takes nothing from the first."""
    features, image = halves()
    one = made()._planes(features, image, hints((24, 32, 1)))[0]
    both = made()._planes(features, image, hints((24, 32, 1), (72, 32, -1)))[0]
    assert_close(both[0], one[0])
    assert float(both[1, 4, 9]) > 0.9
    turned = made()._planes(features, image, hints((24, 32, -1), (72, 32, 1)))[0]
    assert_close(turned[[1, 0, 3, 2]], both)


@torch.no_grad()
def test_whether_anything_is_said_is_known_everywhere() -> None:
    """Far from every click, too: what is not clicked on in a clicked picture is another matter."""
    features, image = halves()
    reach = made()
    silent, said = reach(features, image, hints()), reach(features, image, hints((24, 32, 1)))
    assert float((silent - said).abs().amax(dim=1).min()) > 0
    assert not reach._planes(features, image, hints()).any()


def test_it_starts_as_nothing_and_learns_all_of_its_parts() -> None:
    """Older weights go on as they were; no part is left without a gradient."""
    features, image = halves()
    reach = made().train()
    reach.start_as_nothing()
    assert not reach(features, image, hints((24, 32, 1))).any()
    learned = made().train()
    learned(
        features + 0.1 * torch.randn(2, CHANNELS, 8, 12),
        image.expand(2, -1, -1, -1),
        hints((24, 32, 1)).expand(2, -1, -1, -1),
    ).square().sum().backward()
    for name, parameter in learned.named_parameters():
        assert parameter.grad is not None, name
        assert bool(parameter.grad.any()), name
