"""Colours, shadows and the noise of one camera."""

import io

import numpy as np
import pytest
from PIL import Image
from skimage.color import rgb2lab

from penumbra.data.harmonise import contact_shadow, matched, noisy


def muted(seed: int, low: float, high: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Noise of a range of values, (40, 30, 3), whose channels differ."""
    image = np.random.default_rng(seed).uniform(low, high, (40, 30, 3))
    return (image * [1.0, 0.9, 0.8]).astype(np.float32)


def test_full_matching_takes_on_mean_and_deviation() -> None:
    """In Lab, as scikit-image computes it."""
    person, scenery = muted(0, 0.35, 0.6), muted(1, 0.45, 0.7)

    lab = rgb2lab(matched(person, np.ones((40, 30), np.float32), scenery, 1.0)).reshape(-1, 3)

    wanted = rgb2lab(scenery).reshape(-1, 3)
    np.testing.assert_allclose(lab.mean(axis=0), wanted.mean(axis=0), atol=0.1)
    np.testing.assert_allclose(lab.std(axis=0), wanted.std(axis=0), atol=0.1)


def test_half_matching_goes_half_way() -> None:
    """In every pixel; nothing changes at 0."""
    person, scenery = muted(0, 0.35, 0.6), muted(1, 0.45, 0.7)
    alpha = np.ones((40, 30), np.float32)

    none, half, full = (matched(person, alpha, scenery, share) for share in (0.0, 0.5, 1.0))

    np.testing.assert_array_equal(none, person)
    middle = (rgb2lab(person) + rgb2lab(full)) / 2
    np.testing.assert_allclose(rgb2lab(half), middle, atol=0.2)  # OpenCV interpolates Lab


def test_only_what_is_opaque_counts() -> None:
    """Colours under alpha 0 are anything."""
    person, scenery = muted(0, 0.35, 0.6), muted(1, 0.45, 0.7)
    alpha = np.zeros((40, 30), np.float32)
    alpha[:20] = 1
    strange = person.copy()
    strange[20:] = 1

    plain, other = (matched(colours, alpha, scenery)[:20] for colours in (person, strange))

    np.testing.assert_allclose(plain, other, atol=1e-5)


def test_flat_colours_are_not_blown_up() -> None:
    """A deviation is at most doubled."""
    flat, scenery = muted(0, 0.5, 0.51), muted(1, 0.0, 1.0)

    lab = rgb2lab(matched(flat, np.ones((40, 30), np.float32), scenery, 1.0)).reshape(-1, 3)

    np.testing.assert_allclose(lab.std(axis=0), 2 * rgb2lab(flat).reshape(-1, 3).std(axis=0), 0.05)


def test_shadows_are_darkest_at_the_ground() -> None:
    """Under each foot, symmetric about the ground line, gone a little farther away."""
    alpha = np.zeros((120, 80), np.float32)
    alpha[10:100, 20:30] = alpha[10:100, 50:60] = 1

    shadow = contact_shadow(alpha, 100, 90)

    assert shadow.max() == 1
    assert abs(np.unravel_index(int(shadow.argmax()), shadow.shape)[0] - 99.5) <= 1
    assert min(shadow[99, 25], shadow[99, 55]) > 0.9
    assert shadow[99, 40] < 0.1
    assert shadow[:90].max() == shadow[110:].max() == 0
    assert not contact_shadow(0 * alpha, 100, 90).any()
    assert not contact_shadow(alpha, -5, 90).any()


def test_noise_has_its_deviation() -> None:
    """Around the picture; none is none."""
    grey = np.full((100, 100, 3), 0.5, np.float32)

    grainy = noisy(grey, 0.05, None, np.random.default_rng(0))

    assert (grainy - grey).std() == pytest.approx(0.05, rel=0.03)
    assert abs(float((grainy - grey).mean())) < 0.002
    np.testing.assert_array_equal(noisy(grey, 0, None, np.random.default_rng(0)), grey)


def test_jpeg_loses_little_and_keeps_the_order_of_channels() -> None:
    """The better the quality the less; red stays red. Pillow loses about as much."""
    ramp = np.linspace(0, 1, 64, dtype=np.float32)
    image = np.stack([*np.meshgrid(ramp, ramp), np.full((64, 64), 0.2, np.float32)], axis=2)
    rng = np.random.default_rng(0)

    good, bad = (np.abs(noisy(image, 0, quality, rng) - image).mean() for quality in (95, 20))

    assert good < 0.01 < bad < 0.05
    levels = np.rint(255 * image).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, "JPEG", quality=20)
    other = np.asarray(Image.open(buffer), np.float32) / 255
    assert bad == pytest.approx(np.abs(other - image).mean(), rel=0.2)
