"""Blur, noise and JPEG, each against something else that does the same."""

import cv2
import numpy as np
import pytest
import torch

from penumbra.training.degrade import box_blur, denoised, jpeg, noise
from tests.packs import picture


def as_batch(*pictures: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.stack(pictures).transpose(0, 3, 1, 2).copy())


def test_box_blur_is_opencvs() -> None:
    """Mirror image beyond the border; every sample its own window, even or odd, or none."""
    image = np.random.default_rng(0).random((40, 50, 3)).astype(np.float32)

    blurred = box_blur(as_batch(image, image, image), np.array([5, 8, 1]))

    for sample, size in zip(blurred, (5, 8, 1), strict=True):
        expected = cv2.blur(image, (size, size), borderType=cv2.BORDER_REFLECT_101)
        np.testing.assert_allclose(sample.permute(1, 2, 0), expected, atol=1e-5)


def test_a_window_larger_than_the_picture_is_fine() -> None:
    """Small crops with wide blurs: a constant stays constant."""
    flat = torch.full((1, 3, 12, 9), 0.25)

    torch.testing.assert_close(box_blur(flat, np.array([60])), flat)


def test_denoising_takes_most_of_the_noise_of_what_is_chosen() -> None:
    """From a flat grey; the other picture stays as it is."""
    rng = np.random.default_rng(0)
    noisy = (0.5 + rng.normal(0, 6 / 255, (48, 48, 3))).astype(np.float32)
    batch = as_batch(noisy, noisy)

    clean = denoised(batch, np.array([True, False]))

    assert clean[0].std() < 0.5 * batch[0].std()
    assert torch.equal(clean[1], batch[1])


def test_noise_is_standard_normal() -> None:
    """Mean, deviation, tails, and no likeness between neighbours or samples."""
    made = noise((2, 3, 128, 128), np.array([7, 8]), torch.device("cpu"))

    assert made.mean().item() == pytest.approx(0, abs=0.01)
    assert made.std().item() == pytest.approx(1, abs=0.01)
    assert (made.abs() > 1.96).float().mean().item() == pytest.approx(0.05, abs=0.005)
    neighbours = torch.stack([made[..., 1:].flatten(), made[..., :-1].flatten()])
    samples = made.flatten(1)
    assert torch.corrcoef(neighbours)[0, 1].abs() < 0.02
    assert torch.corrcoef(samples)[0, 1].abs() < 0.02


def test_noise_depends_on_the_key_alone() -> None:
    """Whatever else is in the batch: this is what makes samples reproducible."""
    alone = noise((1, 3, 8, 8), np.array([1 << 61]), torch.device("cpu"))
    beside = noise((2, 3, 8, 8), np.array([5, 1 << 61]), torch.device("cpu"))

    torch.testing.assert_close(beside[1:], alone, rtol=0, atol=0)


@pytest.mark.parametrize("quality", [30, 75, 95])
def test_jpeg_loses_what_a_real_encoder_loses(quality: int) -> None:
    """The same picture through OpenCV's encoder: the two results are much alike."""
    image = picture(3, 64, 80)
    image = np.clip(image + np.random.default_rng(0).normal(0, 0.08, image.shape), 0, 1)
    image = image.astype(np.float32)

    ours = jpeg(as_batch(image), np.array([quality]))[0].permute(1, 2, 0).numpy()

    settings = [cv2.IMWRITE_JPEG_QUALITY, quality]
    stored = cv2.imencode(".jpg", np.round(255 * image[:, :, ::-1]).astype(np.uint8), settings)[1]
    decoded = np.asarray(cv2.imdecode(stored, cv2.IMREAD_COLOR))
    theirs = decoded[:, :, ::-1].astype(np.float32) / 255
    lost = np.sqrt(np.mean((theirs - image) ** 2))
    assert np.sqrt(np.mean((ours - image) ** 2)) == pytest.approx(lost, rel=0.1)
    assert np.sqrt(np.mean((ours - theirs) ** 2)) < 0.35 * lost


def test_jpeg_takes_any_size() -> None:
    """Blocks beyond the border are cut off again, and the range holds."""
    image = torch.rand((2, 3, 33, 65), generator=torch.Generator().manual_seed(0))

    worn = jpeg(image, np.array([10, 100]))

    assert worn.shape == image.shape
    assert 0 <= worn.min() <= worn.max() <= 1
