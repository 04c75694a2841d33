"""Masks that training perturbs: as OpenCV would, as often as the sheet says, always the same."""

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from penumbra.core.errors import InputError
from penumbra.systems.dfimat.mrn.perturb import (
    CLOSE,
    DILATE,
    ERODE,
    OPEN,
    Perturbation,
    Plan,
    carried_out,
    morphed,
    perturbed,
    planned,
)

_OPENCV = {
    ERODE: cv2.MORPH_ERODE,
    DILATE: cv2.MORPH_DILATE,
    OPEN: cv2.MORPH_OPEN,
    CLOSE: cv2.MORPH_CLOSE,
}


def alpha_of(count: int, height: int = 64, width: int = 96) -> torch.Tensor:
    """Soft discs of various sizes."""
    rows, columns = torch.arange(height)[:, None], torch.arange(width)[None]
    distance = ((rows - height / 2) ** 2 + (columns - width / 2) ** 2).sqrt()
    radii = torch.linspace(12, 30, count)[:, None, None, None]
    return ((radii - distance) / 12 + 0.5).clamp(0, 1)


def plan_of(alpha: torch.Tensor, **parts: NDArray[np.generic]) -> Plan:
    """Cut at a half, and nothing else, but for what is said."""
    count = len(alpha)
    ones = np.ones(count, np.int64)
    cuts = np.full(count, 0.5)
    plan = Plan(cuts, 0 * ones, ones, ones < 0, np.zeros((count, 6), np.int64))
    return plan._replace(**parts)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [ERODE, DILATE, OPEN, CLOSE])
def test_masks_are_morphed_as_opencv_does(kind: int) -> None:
    """By ellipses of all widths from 1 to 30, also along the border."""
    widths = np.arange(1, 31)
    rng = np.random.default_rng(kind)
    noise = rng.standard_normal((30, 60, 50)).astype(np.float32)
    planes = np.stack([cv2.GaussianBlur(plane, (0, 0), 6) > 0 for plane in noise])

    found = morphed(torch.from_numpy(planes)[:, None], np.full(30, kind), widths)

    for plane, width, mask in zip(planes, widths, found[:, 0].numpy(), strict=True):
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (int(width), int(width)))
        expected = cv2.morphologyEx(plane.astype(np.uint8), _OPENCV[kind], kernel)
        assert np.array_equal(mask, expected > 0), width


def test_samples_of_a_batch_do_not_mix() -> None:
    """Different kinds and widths side by side."""
    mask = alpha_of(8) > 0.5
    kinds, widths = np.arange(8) % 4, np.arange(3, 27, 3)

    both = morphed(mask, kinds, widths)

    for number in range(8):
        part = slice(number, number + 1)
        assert torch.equal(both[part], morphed(mask[part], kinds[part], widths[part]))


def test_mattes_are_cut_where_the_plan_says() -> None:
    """At the opacity itself a pixel belongs."""
    alpha = alpha_of(3)
    cuts = np.array([0.01, 0.5, 1.0])

    mask = carried_out(plan_of(alpha, cuts=cuts), alpha)

    for plane, cut, found in zip(alpha, cuts, mask, strict=True):
        assert torch.equal(found, (plane >= np.float32(cut)).float())


@pytest.mark.parametrize(
    ("place", "source"), [((10, 15), (22, 33)), ((22, 33), (10, 15)), ((20, 30), (22, 34))]
)
def test_a_rectangle_is_pasted_over_another(
    place: tuple[int, int], source: tuple[int, int]
) -> None:
    """Of what was there before, also where both overlap; other samples stay."""
    alpha = alpha_of(2)
    rectangles = np.array(2 * [[20, 30, *place, *source]])
    is_pasted = np.array([True, False])

    mask = carried_out(plan_of(alpha, rectangles=rectangles, is_pasted=is_pasted), alpha)

    before = (alpha >= 0.5).float().numpy()
    expected = before[0, 0].copy()
    for row in range(20):
        for column in range(30):
            expected[place[0] + row, place[1] + column] = before[
                0, 0, source[0] + row, source[1] + column
            ]
    assert np.array_equal(mask[0, 0].numpy(), expected)
    assert not np.array_equal(expected, before[0, 0])
    assert np.array_equal(mask[1].numpy(), before[1])


def test_no_mask_is_perturbed_to_nothing() -> None:
    """Of which no network is ever asked: then the matte is cut at a half."""
    alpha = alpha_of(2)
    erased = plan_of(alpha, widths=np.array([30, 30]))  # discs of 12 and 30 pixels' radius

    mask = carried_out(erased, alpha)

    assert torch.equal(mask[0], (alpha[0] > 0.5).float())
    assert 16 <= mask[1].sum() < (alpha[1] > 0.5).sum() / 2
    nothing = torch.zeros(1, 1, 32, 32)
    assert carried_out(plan_of(nothing), nothing).sum() == 0


def test_plans_are_drawn_as_the_sheet_says() -> None:
    """Cuts from 0.01 to 1, four kinds, widths to 30, a quarter pasted, sides of 1/4 to 1/2."""
    plan = planned(20_000, 64, 97, np.random.default_rng(4))

    assert plan.cuts.min() == pytest.approx(0.01, abs=1e-3)
    assert plan.cuts.max() == pytest.approx(1, abs=1e-3)
    assert plan.cuts.mean() == pytest.approx(0.505, abs=0.01)
    assert np.bincount(plan.kinds) == pytest.approx(5000, rel=0.1)
    assert np.bincount(plan.widths)[1:] == pytest.approx(20_000 / 30, rel=0.2)
    assert plan.widths.max() == 30
    assert plan.is_pasted.mean() == pytest.approx(0.25, abs=0.02)
    rows, columns, row, column, from_row, from_column = plan.rectangles.T
    assert (rows.min(), rows.max()) == (16, 32)
    assert (columns.min(), columns.max()) == (24, 48)
    for places, sides, length in (
        (row, rows, 64),
        (column, columns, 97),
        (from_row, rows, 64),
        (from_column, columns, 97),
    ):
        assert places.min() == 0
        assert (places + sides).max() == length
    assert abs(np.corrcoef(row, from_row)[0, 1]) < 0.3


def test_the_same_seed_gives_the_same_masks() -> None:
    """Also of the first samples, when others follow; and another seed others."""
    alpha = alpha_of(6)

    masks = [perturbed(alpha, np.random.default_rng(seed)) for seed in (1, 1, 2)]

    assert masks[0].shape == alpha.shape
    assert set(masks[0].flatten().tolist()) == {0.0, 1.0}
    assert torch.equal(masks[0], masks[1])
    assert not torch.equal(masks[0], masks[2])
    assert torch.equal(masks[0][:4], perturbed(alpha[:4], np.random.default_rng(1)))


def test_masks_stay_near_their_matte() -> None:
    """A perturbed mask is wrong, but of the same person."""
    alpha = alpha_of(40, 128, 128)
    true = alpha > 0.5
    how = Perturbation(largest=6, pasted=0)

    masks = perturbed(alpha, np.random.default_rng(3), how) > 0.5

    both = (masks & true).flatten(1).sum(dim=1) / (masks | true).flatten(1).sum(dim=1)
    assert both.min() > 0.2
    assert both.max() < 1.001
    assert both.mean() < 0.95
    kept = perturbed(alpha, np.random.default_rng(3), Perturbation(1, 1, 0)) > 0.5
    expected = alpha >= 1
    is_left = expected.sum(dim=(1, 2, 3), keepdim=True) >= 16
    assert torch.equal(kept, torch.where(is_left, expected, true))


@pytest.mark.parametrize(
    ("name", "value"), [("lowest", 0.0), ("lowest", 1.5), ("largest", 0), ("pasted", 1.5)]
)
def test_numbers_out_of_range_are_refused(name: str, value: float) -> None:
    """By their names."""
    with pytest.raises(InputError, match=f"{name} must be"):
        Perturbation(**{name: value})  # type: ignore[arg-type]
