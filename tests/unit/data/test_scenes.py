"""Scenes of several people; the sheet `smpmat`, section 8."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.errors import ImageError, InputError
from penumbra.data.arranging import Arrangement, Layout, Place
from penumbra.data.persons import Person
from penumbra.data.scenes import (
    MOST,
    Scene,
    SceneOptions,
    flattened,
    make_scene,
    visible_alphas,
)

COLOURS = [(0.9, 0.1, 0.1), (0.1, 0.8, 0.2), (0.2, 0.2, 0.9), (0.8, 0.8, 0.1), (0.7, 0.2, 0.7)]
LAYOUTS: list[Layout] = ["random", "scene"]


def soft_body(height: int = 90, width: int = 40, legs: bool = True) -> Alpha:
    """A head, a trunk and, if asked for, two legs; edges a little soft."""
    rows, cols = np.indices((height, width)) + 0.5
    x, y = np.abs(cols / width - 0.5), rows / height
    head = 0.12 - np.hypot(x * width / height, y - 0.13)
    trunk = 0.33 - np.hypot(x, 1.2 * (y - 0.42)) if legs else 0.35 * (y > 0.25) - x
    leg = np.minimum(0.07 - np.abs(x - 0.2), np.minimum(y - 0.5, 0.98 - y))
    inside = np.maximum(head, trunk)
    inside = np.maximum(inside, leg) if legs else inside
    return np.clip(0.5 + 20 * inside, 0, 1).astype(np.float32)


def person(number: int = 0, legs: bool = True) -> Person:
    """A person of one colour."""
    alpha = soft_body(legs=legs)
    return Person(np.full((*alpha.shape, 3), COLOURS[number % 5], np.float32), alpha)


def crowd(count: int, legs: bool = True) -> list[Person]:
    """People of different colours."""
    return [person(number, legs) for number in range(count)]


def background(seed: int = 0) -> RGB:
    """Noise."""
    return np.random.default_rng(seed).random((150, 170, 3), np.float32)


def options(layout: Layout = "scene", plain: bool = False) -> SceneOptions:
    """Small pictures; plain ones are nothing but the sum."""
    arrangement = Arrangement(layout=layout)
    if plain:
        return SceneOptions((96, 128), arrangement, matching=0, shadow=0, noise=0, jpeg=0)
    return SceneOptions((96, 128), arrangement)


def scene(count: int, seed: int, how: SceneOptions, legs: bool = True) -> Scene:
    """A scene of a seed."""
    return make_scene(crowd(count, legs), background(), np.random.default_rng(seed), how)


def test_visible_alphas_are_those_of_the_over_operator() -> None:
    """Against pasting one after the other, far to near, in float64."""
    rng = np.random.default_rng(1)
    alphas = rng.random((5, 20, 30), np.float32)
    colours = rng.random((5, 20, 30, 3), np.float32)
    behind = rng.random((20, 30, 3), np.float32)
    order = (3, 0, 4, 1, 2)
    pasted, seen = behind.astype(np.float64), np.zeros((5, 20, 30))
    for number in order:
        alpha = alphas[number].astype(np.float64)
        pasted = alpha[..., None] * colours[number] + (1 - alpha[..., None]) * pasted
        seen *= 1 - alpha
        seen[number] = alpha

    visible = visible_alphas(list(alphas), order)

    np.testing.assert_allclose(visible, seen, rtol=0, atol=1e-6)
    np.testing.assert_allclose(flattened(list(colours), visible, behind), pasted, atol=6e-6)


def test_visible_alphas_never_exceed_one_together() -> None:
    """Exactly, in the worst rounding: many layers, many values."""
    alphas = np.random.default_rng(2).random((6, 200, 200), np.float32)
    alphas[:, :50] = np.float32(1) - np.float32(2**-24)
    alphas[2, 50:60] = 1

    visible = visible_alphas(list(alphas), range(6))

    assert float(visible.sum(axis=0).max()) <= 1
    assert float(visible.sum(axis=0, dtype=np.float64).max()) <= 1
    assert float(visible[::-1].sum(axis=0).max()) <= 1
    whole = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(visible_alphas([whole, whole], (0, 1)), [0 * whole, whole])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("count", [1, 2, 4, MOST])
def test_the_image_is_the_stated_sum(layout: Layout, count: int) -> None:
    """Of people in one colour and a background that is grey all over."""
    grey = np.full((100, 140, 3), 0.4, np.float32)
    people = crowd(count)

    made = make_scene(people, grey, np.random.default_rng(count), options(layout, plain=True))

    assert made.image.shape == (96, 128, 3)
    assert made.alphas.shape == (count, 96, 128)
    total = 0.4 * (1 - made.alphas.sum(axis=0, dtype=np.float64))[..., None]
    for each, alpha in zip(people, made.alphas, strict=True):
        total = total + alpha[..., None] * each.colours[0, 0]
    np.testing.assert_allclose(made.image, total, rtol=0, atol=2e-5)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_scenes_keep_their_promises(layout: Layout) -> None:
    """Sums, ranges, boxes, order; all people are seen."""
    for seed in range(12):
        count = seed % MOST + 1
        made = scene(count, seed, options(layout))

        assert float(made.alphas.sum(axis=0).max()) <= 1
        assert made.image.dtype == made.alphas.dtype == np.float32
        assert 0 <= made.image.min() <= made.image.max() <= 1
        assert sorted(made.order) == list(range(count))
        for alpha, (x0, y0, x1, y1) in zip(made.alphas, made.boxes, strict=True):
            rows, cols = np.nonzero(alpha > 0.5)
            expected = (cols.min(), rows.min(), cols.max() + 1, rows.max() + 1)
            assert (x0, y0, x1, y1) == expected


def test_who_is_later_in_the_order_is_in_front() -> None:
    """Of two who overlap the nearer keeps its outline, which is symmetric, and its colour."""
    arrangement = Arrangement(perspective=0, overlap=(0.5, 0.5))
    how = SceneOptions((96, 64), arrangement, matching=0, shadow=0, noise=0, jpeg=0)
    orders, hidden = set(), 0
    for seed in range(10):
        people = crowd(2)
        made = make_scene(people, background(), np.random.default_rng(seed), how)
        far, near = made.order
        orders.add(made.order)

        whole, bitten = (_asymmetry(made.alphas[it], made.boxes[it]) for it in (near, far))
        assert whole < 0.05
        hidden += bitten > 0.1
        seen = made.image[made.alphas[near] == 1]
        np.testing.assert_allclose(seen, np.broadcast_to(COLOURS[near], seen.shape), atol=1e-4)
    assert len(orders) == 2
    assert hidden >= 5  # the others stand apart


def _asymmetry(alpha: Alpha, box: NDArray[np.int64]) -> float:
    """How much a matte differs from its mirror image, within its box."""
    x0, y0, x1, y1 = box
    cut = alpha[y0:y1, x0:x1] > 0.5
    return float((cut != cut[:, ::-1]).mean())


def test_a_seed_makes_a_scene() -> None:
    """The same again, or another one."""
    one, again, other = (scene(3, seed, options()) for seed in (5, 5, 6))

    np.testing.assert_array_equal(one.image, again.image)
    np.testing.assert_array_equal(one.alphas, again.alphas)
    assert one.order == again.order
    assert np.abs(one.image - other.image).max() > 0.1


def test_people_and_background_are_left_as_they_are() -> None:
    """Inputs are never modified."""
    people, behind = crowd(3), background()
    copies = [(it.colours.copy(), it.alpha.copy()) for it in people]

    make_scene(people, behind, np.random.default_rng(0), options())

    np.testing.assert_array_equal(behind, background())
    for each, (colours, alpha) in zip(people, copies, strict=True):
        np.testing.assert_array_equal(each.colours, colours)
        np.testing.assert_array_equal(each.alpha, alpha)


def test_only_scenes_are_harmonised() -> None:
    """Random layouts paste colours as they are; scenes move them half way to the background's."""
    dark = np.full((100, 140, 3), 0.1, np.float32)
    means = {}
    for layout in LAYOUTS:
        how = SceneOptions((96, 128), Arrangement(layout=layout), noise=0, jpeg=0)
        made = make_scene([person(3)], dark, np.random.default_rng(0), how)
        means[layout] = made.image[made.alphas[0] == 1].mean(axis=0)

    np.testing.assert_allclose(means["random"], COLOURS[3], atol=1e-4)
    assert means["scene"].mean() < means["random"].mean() - 0.1


def test_shadows_lie_under_feet_and_nowhere_else() -> None:
    """Of people with feet, on the background; portraits have none."""
    white = np.ones((100, 140, 3), np.float32)
    how = SceneOptions((96, 128), Arrangement(ground=(0.8, 0.8)), matching=0, noise=0, jpeg=0)

    made = make_scene([person()], white, np.random.default_rng(3), how)
    portrait = make_scene([person(legs=False)], white, np.random.default_rng(3), how)

    behind = np.where(made.alphas[0] == 0, made.image[..., 2], 1)
    rows, _ = np.nonzero(behind < 0.95)
    assert rows.size > 10
    assert abs(np.median(rows) - made.boxes[0, 3]) <= 3
    assert behind.min() >= 0.5 - 1e-5
    np.testing.assert_allclose(portrait.image[portrait.alphas[0] == 0], 1, atol=1e-6)


def test_portraits_stand_on_the_lower_border() -> None:
    """Nothing of the background is seen below them."""
    for seed in range(10):
        made = scene(3, seed, options(), legs=False)
        assert (made.boxes[:, 3] == 96).all()
        assert (made.alphas[:, -1].max(axis=1) > 0.99).all()


def test_backgrounds_cover_the_picture_undistorted() -> None:
    """A wide one is cut at the sides, a small one enlarged: its columns keep their colours."""
    ramp = np.linspace(0, 1, 200, dtype=np.float32)
    wide = np.repeat(np.repeat(ramp[None, :, None], 20, axis=0), 3, axis=2)

    made = make_scene([person()], wide, np.random.default_rng(0), options(plain=True))

    free = made.alphas[0, 0] == 0
    steps = np.diff(made.image[0, :, 0])[free[1:] & free[:-1]]
    assert np.median(steps) == pytest.approx((ramp[1] - ramp[0]) * 20 / 96, rel=0.02)


def test_noise_and_jpeg_come_last() -> None:
    """They change the picture, and the mattes not."""
    grainy = SceneOptions((96, 128), Arrangement("random"), 0, 0, noise=0.1, jpeg=1)
    grey = np.full((100, 140, 3), 0.4, np.float32)
    plain, made = (
        make_scene(crowd(2), grey, np.random.default_rng(4), how)
        for how in (options("random", plain=True), grainy)
    )

    np.testing.assert_array_equal(made.alphas, plain.alphas)
    assert 0.005 < np.abs(made.image - plain.image).mean() < 0.1


def test_nobody_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrangements that hide somebody are drawn again; where all do, that is said."""
    tries = []

    def stacked(*_: object) -> tuple[tuple[Place, ...], tuple[int, ...]]:
        tries.append(0)
        apart = 20.0 if len(tries) == 3 else 0.0
        return (Place(0.9, 50, 90, False), Place(0.9, 50 + apart, 90, False)), (0, 1)

    monkeypatch.setattr("penumbra.data.scenes.arranged", stacked)
    made = make_scene(crowd(2), background(), np.random.default_rng(0), options())
    assert len(tries) == 3
    assert made.boxes[1, 0] - made.boxes[0, 0] == 20

    with pytest.raises(InputError, match="people must all be seen"):
        make_scene(crowd(2), background(), np.random.default_rng(0), options())


def test_too_many_none_and_nonsense_are_refused() -> None:
    """One to six people, images that are images, options that make sense."""
    rng = np.random.default_rng(0)
    for count in (0, MOST + 1):
        with pytest.raises(InputError, match="people must be 1 to 6"):
            make_scene(crowd(count), background(), rng)
    with pytest.raises(ImageError, match="background"):
        make_scene(crowd(1), background()[:, :, :2], rng)
    wrong: dict[str, Any]
    for wrong in (
        {"size": (8, 100)},
        {"matching": 2},
        {"shadow": -1},
        {"noise": -1},
        {"jpeg": 2},
        {"quality": (0, 50)},
    ):
        with pytest.raises(InputError, match=next(iter(wrong))):
            SceneOptions(**wrong)
