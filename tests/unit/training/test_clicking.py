"""Simulated clicks: how many, where, and what they paint."""

import pytest
import torch
from torch import Tensor

from penumbra.core.errors import InputError
from penumbra.training.clicking import Clicking, painted, random_clicks


def scene(batch: int = 1) -> tuple[Tensor, Tensor]:
    """An object on the left, a second one that does not belong on the right, in 48 x 64."""
    alpha, distractor = torch.zeros(2, batch, 1, 48, 64)
    alpha[..., 8:40, 4:28], distractor[..., 8:40, 44:60] = 1, 1
    return alpha, distractor


def said(clicks: Tensor) -> Tensor:
    """Those that were clicked, (N, 3)."""
    return clicks[clicks[:, :, 2] != 0]


def test_a_disc_of_radius_15_has_709_pixels() -> None:
    """Sheet, section 2.1: a filled disc around the clicked pixel, its rim included."""
    hints = painted(torch.tensor([[[40, 40, 1]]]), 15, 80, 80)

    assert (hints == 1).sum() == 709
    assert (hints == -1).sum() == 0


def test_discs_are_cut_off_at_the_border() -> None:
    """A quarter and the two half axes."""
    hints = painted(torch.tensor([[[0, 0, -1]]]), 15, 80, 80)

    assert (hints == -1).sum() == (709 - 4 * 15 - 1) // 4 + 2 * 15 + 1


def test_a_later_click_covers_an_earlier_one() -> None:
    """Also where it says the opposite."""
    clicks = torch.tensor([[[20, 20, 1], [20, 20, -1], [0, 0, 0]]])

    hints = painted(clicks, 4, 40, 40)

    assert hints[0, 0, 20, 20] == -1
    assert (hints == 1).sum() == 0


def test_numbers_of_clicks_are_geometric_from_none_on() -> None:
    """Mean 5, none in a sixth of the cases (sheet, section 13); the cap shortens the tail."""
    torch.manual_seed(0)
    alpha = torch.zeros(20_000, 1, 2, 2)

    clicks = random_clicks(alpha, torch.zeros_like(alpha), Clicking(most=200))

    counts = (clicks[:, :, 2] != 0).sum(dim=1).float()
    assert counts.mean().item() == pytest.approx(5, abs=0.1)
    assert (counts == 0).float().mean().item() == pytest.approx(1 / 6, abs=0.01)


def test_clicks_say_what_lies_under_them() -> None:
    """Half of them on the object; half of those off it on what does not belong."""
    torch.manual_seed(1)
    alpha, distractor = scene(500)

    clicks = random_clicks(alpha, distractor, Clicking(most=8))

    column, row, label = said(clicks).T
    assert (alpha[0, 0, row, column] == (label == 1)).all()
    assert (label == 1).float().mean().item() == pytest.approx(0.5, abs=0.04)
    on_other = distractor[0, 0, row, column][label == -1].mean().item()
    outside = 48 * 64 - 32 * 24
    expected = 0.5 + 0.5 * 32 * 16 / outside
    assert on_other == pytest.approx(expected, abs=0.06)


def test_where_all_are_excluding_none_is_on_the_object() -> None:
    """And of a share of the samples the others are clicked as ever."""
    torch.manual_seed(6)
    alpha, distractor = scene(400)

    none, half = (
        random_clicks(alpha, distractor, Clicking(most=8, excluding=share)) for share in (1.0, 0.5)
    )

    assert (said(none)[:, 2] == -1).all()
    assert (said(half)[:, 2] == 1).float().mean().item() == pytest.approx(0.25, abs=0.05)


def test_nobody_clicks_on_the_rim() -> None:
    """Three pixels from it, since a click there says little."""
    torch.manual_seed(2)
    alpha, distractor = scene(200)

    column, row, _ = said(random_clicks(alpha, 0 * distractor, Clicking())).T

    is_near = (column - 27.5).abs() < 3
    assert not (is_near & (row > 8) & (row < 40)).any()


def test_where_one_kind_is_missing_the_other_is_clicked() -> None:
    """An object that fills the picture; and one that is nowhere clear gets no click."""
    torch.manual_seed(3)
    full, glass = torch.ones(50, 1, 32, 32), torch.full((50, 1, 32, 32), 0.5)

    on_full = random_clicks(full, 0 * full, Clicking())
    on_glass = random_clicks(glass, 0 * glass, Clicking())

    assert (said(on_full)[:, 2] == 1).all()
    assert len(said(on_full)) > 50
    assert len(said(on_glass)) == 0


def test_clicks_keep_their_distance() -> None:
    """As in FGI-Matting, where it is asked for."""
    torch.manual_seed(4)
    alpha, distractor = scene(20)

    clicks = random_clicks(alpha, distractor, Clicking(stop=0.05, distance=10))

    for sample in clicks:
        points = sample[sample[:, 2] != 0][:, :2].double()
        apart = torch.cdist(points, points) + 99 * torch.eye(len(points))
        assert len(points) < 2 or apart.min() > 10


def test_without_hints_nothing_is_painted() -> None:
    """The row No-Hints."""
    alpha, distractor = scene(9)

    clicks = random_clicks(alpha, distractor, Clicking(has_hints=False))

    assert painted(clicks, 15, 48, 64).abs().sum() == 0


@pytest.mark.parametrize("stop", [0.0, 1.5])
def test_a_probability_is_one(stop: float) -> None:
    """It would never stop."""
    with pytest.raises(InputError, match="stop must be above 0 and at most 1"):
        Clicking(stop=stop)
