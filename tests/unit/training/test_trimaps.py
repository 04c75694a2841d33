"""Trimaps of a batch, against OpenCV's morphology."""

import cv2
import numpy as np
import torch

from penumbra.training.trimaps import dilate, dilated_trimap_of, trimap_of
from tests.scenes import soft_disk


def test_dilation_is_opencvs_with_its_elliptic_kernels() -> None:
    """For every size up to 41, even ones included, each sample by its own kernel."""
    sizes = np.arange(1, 42)
    mask = torch.from_numpy(np.random.default_rng(0).random((41, 1, 40, 51)) < 0.01)

    grown = dilate(mask, sizes)

    for size, before, after in zip(sizes.tolist(), mask.numpy(), grown.numpy(), strict=True):
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
        expected = cv2.dilate(before[0].astype(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT)
        np.testing.assert_array_equal(after[0], expected.astype(bool), err_msg=str(size))


def test_kernels_larger_than_the_picture_are_fine() -> None:
    """A tiny crop with a wide band is unknown all over."""
    mask = torch.zeros((1, 1, 5, 4), dtype=torch.bool)
    mask[0, 0, 2, 1] = True

    assert dilate(mask, np.array([29])).all()


def test_trimap_erodes_the_opaque_and_dilates_the_visible() -> None:
    """As OpenCV does it on one picture, with different kernels for the two sides."""
    alpha = soft_disk(48, radius=16.0, edge=4.0)

    trimap = trimap_of(torch.from_numpy(alpha)[None, None], np.array([7]), np.array([4]))

    opaque, visible = (alpha >= 1).astype(np.uint8), (alpha > 0).astype(np.uint8)
    kept = cv2.erode(opaque, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7)))
    near = cv2.dilate(visible, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (4, 4)))
    np.testing.assert_array_equal(trimap[0, 0], np.where(kept, 1, np.where(near, 0.5, 0)))


def test_kernels_of_one_pixel_leave_unknown_what_is_mixed() -> None:
    """Nothing more."""
    alpha = torch.from_numpy(soft_disk())[None, None]

    trimap = trimap_of(alpha, np.array([1]), np.array([1]))

    assert ((trimap == 0.5) == ((alpha > 0) & (alpha < 1))).all()


def test_dilating_alone_is_opencvs_step_by_step() -> None:
    """A cross, as often as asked; what is opaque stays certain, each sample by its own number."""
    alpha = soft_disk(48, radius=12.0, edge=4.0)
    steps = np.array([1, 6, 19])

    trimaps = dilated_trimap_of(torch.from_numpy(alpha).expand(3, 1, 48, 48), steps)

    mixed = ((alpha > 0) & (alpha < 1)).astype(np.uint8)
    cross = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    for count, trimap in zip(steps.tolist(), trimaps[:, 0], strict=True):
        near = cv2.dilate(mixed, cross, iterations=count, borderType=cv2.BORDER_CONSTANT)
        expected = np.where(alpha >= 1, 1, np.where(near, 0.5, 0))
        np.testing.assert_array_equal(trimap, expected, err_msg=str(count))
