"""Progressive refinement, with arrays and with tensors: the same, and what the sheet says."""

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.testing import assert_close

from penumbra.systems.dfimat.mrn.progressive import WIDTHS, dilate, fuse
from penumbra.systems.dfimat.mrn.refinement import (
    fused,
    guidance,
    guided,
    random_widths,
    usual_widths,
)
from penumbra.training.trimaps import dilate as dilate_tensors

Plane = NDArray[np.float32]


def mattes(seed: int, count: int = 3) -> list[Plane]:
    """Blobs with soft edges, mostly 0 and 1, some values right at the limits of 8 bits."""
    rng = np.random.default_rng(seed)
    planes = []
    for _ in range(count):
        noise = cv2.GaussianBlur(rng.standard_normal((48, 64)).astype(np.float32), (0, 0), 5)
        plane = np.clip(0.5 + 8 * noise, 0, 1).astype(np.float32)
        plane.flat[rng.integers(0, plane.size, 8)] = np.float32(1 / 255)
        plane.flat[rng.integers(0, plane.size, 8)] = np.float32(1 - 1 / 255)
        planes.append(plane)
    return planes


def tensors(planes: list[Plane]) -> tuple[Tensor, ...]:
    return tuple(torch.from_numpy(plane)[None, None] for plane in planes)


def by_the_formula(planes: list[Plane], widths: tuple[int, ...]) -> list[NDArray[np.float64]]:
    """Section 5.2 as it is printed: products with a dilated indicator."""
    bars = [planes[0].astype(np.float64)]
    for plane, width in zip(planes[1:], widths, strict=True):
        bar = bars[-1].astype(np.float32)
        unsure = ((bar > np.float32(1 / 255)) & (bar < np.float32(1 - 1 / 255))).astype(np.uint8)
        ellipse = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
        g = cv2.dilate(unsure, ellipse).astype(np.float64)
        bars.append(g * plane + (1 - g) * bars[-1])
    return bars


@pytest.mark.parametrize("widths", [WIDTHS, (1, 1), (29, 14), (8, 3), (2, 12)])
def test_both_twins_follow_the_formula(widths: tuple[int, int]) -> None:
    """To the last bit, for even and odd kernels."""
    for seed in range(4):
        planes = mattes(seed)
        bars = by_the_formula(planes, widths)
        wholes = fused(tensors(planes), np.array(widths)[:, None])

        for whole, bar in zip(wholes, bars, strict=True):
            assert np.array_equal(whole[0, 0].numpy(), bar.astype(np.float32))
        assert np.array_equal(fuse(planes, widths), wholes[-1][0, 0].numpy())


def test_every_sample_has_its_own_widths() -> None:
    """A batch is what its samples are one by one."""
    widths = random_widths(5, np.random.default_rng(2))
    batch = [mattes(seed) for seed in range(5)]
    stacked = tuple(torch.cat(each) for each in zip(*map(tensors, batch), strict=True))

    wholes = fused(stacked, widths)

    for number, planes in enumerate(batch):
        alone = fuse(planes, widths[:, number].tolist())
        assert np.array_equal(wholes[-1][number, 0].numpy(), alone)


@pytest.mark.parametrize("width", range(1, 31))
def test_dilation_is_opencv_s(width: int) -> None:
    """By an ellipse of any width, up to the border; arrays and tensors alike."""
    mask = np.random.default_rng(width).random((40, 70)) < 0.01
    mask[0, 0] = mask[-1, -1] = True
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    expected = cv2.dilate(mask.astype(np.uint8), kernel) > 0

    found = dilate_tensors(torch.from_numpy(mask)[None, None], np.array([width]))

    assert np.array_equal(dilate(mask, width), expected)
    assert np.array_equal(found[0, 0].numpy(), expected)


@pytest.mark.parametrize("widths", [WIDTHS, (1, 1), (29, 14)])
def test_what_is_sure_at_first_stays(widths: tuple[int, int]) -> None:
    """Sheet, section 13, test 7: nothing finer is heard where stride 8 says 0 or 1 everywhere."""
    first, *rest = mattes(1)
    binary = (first > 0.5).astype(np.float32)

    assert np.array_equal(fuse([binary, *rest], widths), binary)
    assert torch.equal(
        fused(tensors([binary, *rest]), np.array(widths)[:, None])[-1][0, 0],
        torch.from_numpy(binary),
    )


def test_constants_stay_whole_at_any_width() -> None:
    """An unsure plane gives way everywhere, a sure one nowhere."""
    half, sure, low = (np.full((20, 30), value, np.float32) for value in (0.5, 1.0, 0.25))

    for widths in ((15, 7), (1, 1), (29, 14)):
        assert np.array_equal(fuse([half, sure, low], widths), sure)
        assert np.array_equal(fuse([half, low, sure], widths), sure)
        assert np.array_equal(fuse([sure, half, low], widths), sure)


def test_one_unsure_pixel_opens_an_ellipse() -> None:
    """Of 15 pixels for stride 4, then one of 7 around what that leaves unsure."""
    first, second, third = (np.full((41, 41), value, np.float32) for value in (0, 1, 0.3))
    first[20, 20], second[20, 27] = 0.5, 0.5

    whole = fuse([first, second, third])

    wide, narrow = (cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (w, w)) for w in (15, 7))
    expected = np.zeros((41, 41), np.float32)
    expected[13:28, 13:28] = wide
    expected[17:24, 24:31][narrow > 0] = 0.3
    assert WIDTHS == (15, 7)
    assert np.array_equal(whole, expected)


def test_one_matte_alone_is_the_answer() -> None:
    """Where the network was built without the others."""
    (plane,) = mattes(3, 1)

    assert np.array_equal(fuse([plane]), plane)
    assert torch.equal(fused(tensors([plane]), usual_widths(1))[0], tensors([plane])[0])


def test_where_to_look_is_not_learned() -> None:
    """Each matte has a gradient where it counts, and only there."""
    planes = tuple(plane.clone().requires_grad_() for plane in tensors(mattes(5)))

    *_, whole = fused(planes, usual_widths(1))
    gradients = torch.autograd.grad(whole.sum(), planes)

    assert all(gradient.any() for gradient in gradients)
    assert all(((gradient == 0) | (gradient == 1)).all() for gradient in gradients)
    assert_close(torch.stack(gradients).sum(dim=0), torch.ones_like(whole))
    counted = sum(gradient * plane for gradient, plane in zip(gradients, planes, strict=True))
    assert_close(counted, whole)


def test_trimaps_guide_at_first() -> None:
    """All of the unknown region is the finest matte's, and nothing else."""
    first, second, third = tensors(mattes(6))
    unknown = torch.zeros(1, 1, 48, 64, dtype=torch.bool)
    unknown[..., 10:30, 20:40] = True

    wholes = guided((first, second, third), unknown)

    for whole, alpha in zip(wholes[1:], (second, third), strict=True):
        assert torch.equal(whole, torch.where(unknown, alpha, first))
    shares = [guidance(progress) for progress in (0, 0.049, 0.05, 0.149, 0.15, 1)]
    assert shares == [1, 1, 0.5, 0.5, 0, 0]


def test_widths_are_drawn_as_the_sheet_says() -> None:
    """From 1 to 29 and from 1 to 14, all as likely; the same again from the same seed."""
    widths = random_widths(20_000, np.random.default_rng(1))

    assert widths.shape == (2, 20_000)
    for row, most in zip(widths, (29, 14), strict=True):
        counts = np.bincount(row, minlength=most + 1)
        assert counts[0] == 0
        assert len(counts) == most + 1
        assert counts[1:] == pytest.approx(20_000 / most, rel=0.2)
    assert np.array_equal(widths, random_widths(20_000, np.random.default_rng(1)))
    assert usual_widths(3).tolist() == [[15, 15, 15], [7, 7, 7]]
