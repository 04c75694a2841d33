"""What of a dataset goes into a pack, and as what."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from penumbra.core.arrays import Alpha
from penumbra.core.errors import DatasetError
from penumbra.data.outlines import Outline
from penumbra.data.pack import Item
from penumbra.data.packing import (
    beside,
    instances_of,
    items_beside,
    items_of,
    items_of_instances,
    items_with_strands,
    procedural_items,
)
from penumbra.data.procedural.families import FAMILIES
from penumbra.data.sample import Sample
from tests.portraits import SKIN, portrait
from tests.scenes import photograph, soft_disk

TRUTH = soft_disk(48, radius=15.0, edge=6.0)
SCENE = photograph(TRUTH)


def save(path: Path, *planes: np.ndarray) -> Path:
    """Write planes of [0, 1], colours first, as 8-bit PNG."""
    stacked = np.dstack(planes)
    if stacked.shape[2] >= 3:
        stacked[:, :, :3] = stacked[:, :, 2::-1].copy()
    cv2.imwrite(str(path), np.round(255 * stacked).astype(np.uint8))
    return path


def loaded(sample: Sample, role: str, mattes: Path | None = None) -> tuple[np.ndarray, Alpha]:
    (item,) = items_of(role, "drawn", [sample], mattes)  # type: ignore[arg-type]
    rgb, alpha = item.load()
    assert alpha is not None
    return rgb, alpha


def test_a_scene_takes_the_matte_or_the_mask(tmp_path: Path) -> None:
    """Soft where it is known to be, else binary."""
    image = save(tmp_path / "i.png", SCENE.image)
    matte = save(tmp_path / "a.png", TRUTH)

    _, alpha = loaded(Sample("one", image=image, alpha=matte), "scene")
    _, mask = loaded(Sample("one", image=image, mask=matte), "scene")

    np.testing.assert_allclose(alpha, TRUTH, atol=0.5 / 255)
    np.testing.assert_array_equal(mask, np.round(255 * TRUTH) / 255 >= 0.5)


def test_instances_that_are_small_beside_the_largest_are_left_out(tmp_path: Path) -> None:
    """A map of ids: 1 covers half the picture, 2 a third, 3 a corner."""
    ids = np.zeros((12, 12), np.float32)
    ids[:, :6], ids[:, 8:], ids[0, 7] = 1 / 255, 2 / 255, 3 / 255
    image = save(tmp_path / "i.png", np.full((12, 12, 3), 0.5))
    sample = Sample("one", image=image, instances=(save(tmp_path / "n.png", ids),))

    _, alpha = loaded(sample, "scene")

    np.testing.assert_array_equal(alpha, (ids > 0) & (ids < 2.5 / 255))


def test_outlines_are_drawn(tmp_path: Path) -> None:
    """Datasets that write polygons."""
    image = save(tmp_path / "i.png", np.full((6, 8, 3), 0.5))
    outline = Outline(6, 8, [[2, 1, 6, 1, 6, 5, 2, 5]])

    _, alpha = loaded(Sample("one", image=image, outlines=(outline,)), "scene")

    assert alpha[1:5, 2:6].all()
    assert alpha.sum() == 16


def test_colours_of_a_foreground_are_its_own(tmp_path: Path) -> None:
    """Estimated from photograph and matte: nearer to the truth than the photograph is."""
    image, matte = save(tmp_path / "i.png", SCENE.image), save(tmp_path / "a.png", TRUTH)
    mixed = (TRUTH > 0.1) & (TRUTH < 0.9)

    rgb, alpha = loaded(Sample("one", image=image, alpha=matte), "foreground")

    np.testing.assert_allclose(alpha, TRUTH, atol=0.5 / 255)
    error = np.abs(rgb - SCENE.foreground)[mixed].mean()
    assert error < 0.25 * np.abs(SCENE.image - SCENE.foreground)[mixed].mean()


def test_a_file_with_transparency_is_foreground_and_alpha(tmp_path: Path) -> None:
    """Its colours spread a little way beyond what is visible."""
    red = np.zeros((48, 48, 3))
    red[TRUTH > 0] = (1, 0, 0)
    path = save(tmp_path / "c.png", red, TRUTH)

    rgb, alpha = loaded(Sample("one", foreground=path, alpha=path), "foreground")

    np.testing.assert_allclose(alpha, TRUTH, atol=0.5 / 255)
    beyond = cv2.dilate((TRUTH > 0).astype(np.uint8), np.ones((9, 9))) > 0
    np.testing.assert_array_equal(rgb[beyond], np.broadcast_to([1, 0, 0], (beyond.sum(), 3)))


def test_layers_in_two_files_are_read_as_they_are(tmp_path: Path) -> None:
    """Composition-1k's way."""
    sample = Sample(
        "one",
        foreground=save(tmp_path / "f.png", SCENE.foreground),
        alpha=save(tmp_path / "a.png", TRUTH),
    )

    rgb, alpha = loaded(sample, "foreground")

    np.testing.assert_allclose(rgb[TRUTH > 0], SCENE.foreground[TRUTH > 0], atol=0.5 / 255)
    np.testing.assert_allclose(alpha, TRUTH, atol=0.5 / 255)


def test_made_mattes_take_the_place_of_masks(tmp_path: Path) -> None:
    """Those that the gate kept; the others are left out, and none at all is an error."""
    (tmp_path / "made").mkdir()
    save(tmp_path / "made" / "one.png", SCENE.foreground, TRUTH)
    mask = save(tmp_path / "m.png", TRUTH)
    samples = [Sample(name, image=mask, mask=mask) for name in ("one", "two")]

    items = items_of("foreground", "drawn", samples, tmp_path / "made")

    assert [item.name for item in items] == ["one"]
    np.testing.assert_allclose(
        loaded(samples[0], "foreground", tmp_path / "made")[1], TRUTH, atol=0.01
    )
    with pytest.raises(DatasetError, match="must hold mattes of drawn, got none"):
        items_of("foreground", "drawn", samples[1:], tmp_path / "made")


def test_mattes_of_instances_are_foregrounds_of_their_own(tmp_path: Path) -> None:
    """Numbered from 1 in the order of the labels, which are their categories."""
    (tmp_path / "made").mkdir()
    for name in ("one-2", "one-3", "two"):
        save(tmp_path / "made" / f"{name}.png", SCENE.foreground, TRUTH)
    sample = Sample("one", instances=(tmp_path / "ids.png",), labels=("cup", "dog", "cup"))

    items = items_of("foreground", "drawn", [sample], tmp_path / "made")

    assert [(item.name, item.category) for item in items] == [("one-2", "dog"), ("one-3", "cup")]


def test_instances_are_read_from_maps_files_and_outlines(tmp_path: Path) -> None:
    """One that a map lacks is empty, so that numbers go on fitting labels."""
    left, right = np.zeros((4, 6), np.float32), np.zeros((4, 6), np.float32)
    left[:, :2], right[:, 4:] = 1, 1
    ids = save(tmp_path / "ids.png", (left + 3 * right) / 255)
    files = save(tmp_path / "left.png", left), save(tmp_path / "right.png", right)
    outline = Outline(4, 6, [[4, 0, 6, 0, 6, 4, 4, 4]])

    mapped = instances_of(Sample("one", instances=(ids,), labels=("a", "b", "c")))

    np.testing.assert_array_equal(mapped, [left > 0, np.zeros((4, 6), bool), right > 0])
    np.testing.assert_array_equal(instances_of(Sample("one", instances=files)), [left, right])
    np.testing.assert_array_equal(instances_of(Sample("one", outlines=(outline,))), [right])


def test_each_instance_that_is_not_small_is_a_scene(tmp_path: Path) -> None:
    """The photograph with the mask of that one alone; one of nine pixels of a thousand is small."""
    ids = np.zeros((30, 40), np.float32)
    ids[:, :10], ids[:, 30:], ids[3:6, 20:23] = 1, 3, 2
    image = np.random.default_rng(0).random((30, 40, 3))
    files = save(tmp_path / "i.png", image), save(tmp_path / "ids.png", ids / 255)
    sample = Sample("one", image=files[0], instances=files[1:], labels=("cat", "ball"))

    items = items_of_instances("drawn", [sample])

    assert [(it.role, it.name, it.category) for it in items] == [
        ("scene", "one-1", "cat"),
        ("scene", "one-3", ""),
    ]
    np.testing.assert_array_equal(items[0].load()[1], ids == 1)
    np.testing.assert_array_equal(items[1].load()[1], ids == 3)
    with pytest.raises(DatasetError, match="with instances"):
        items_of_instances("drawn", [replace(sample, instances=())])


def test_beside_an_object_is_a_background_without_one(tmp_path: Path) -> None:
    """The widest strip; a photograph that the object fills has none."""
    mask = np.zeros((200, 400), np.float32)
    mask[60:150, 80:180] = 1
    image = np.random.default_rng(0).random((200, 400, 3))
    sample = Sample(
        "one", image=save(tmp_path / "i.png", image), mask=save(tmp_path / "m.png", mask)
    )
    full = replace(sample, name="two", mask=save(tmp_path / "f.png", np.ones((200, 400))))

    (item,) = items_beside("drawn", [sample, full])

    assert (item.role, item.name, item.category) == ("background", "one", "nothing")
    rgb, alpha = item.load()
    assert alpha is None
    np.testing.assert_allclose(rgb, image[:, 188:], atol=0.5 / 255)  # 2 % of 400 from the object


@pytest.mark.parametrize(
    ("box", "window"),
    [
        ((120, 0, 200, 400), (slice(0, 112), slice(0, 400))),
        ((0, 0, 80, 400), (slice(88, 200), slice(0, 400))),
        ((0, 250, 200, 400), (slice(0, 200), slice(0, 242))),
        ((50, 60, 150, 340), None),
        ((0, 0, 0, 0), (slice(0, 200), slice(0, 400))),
    ],
)
def test_the_widest_strip_is_taken(
    box: tuple[int, int, int, int], window: tuple[slice, slice] | None
) -> None:
    """On whatever side it is; without an object it is all."""
    mask = np.zeros((200, 400), np.bool_)
    mask[box[0] : box[2], box[1] : box[3]] = True

    assert beside(mask) == window


def test_a_background_has_colours_alone(tmp_path: Path) -> None:
    """Of the photograph, or of the layer where the dataset has one."""
    image = save(tmp_path / "i.png", SCENE.image)
    layer = save(tmp_path / "b.png", SCENE.background)

    (whole, under) = items_of(
        "background",
        "d",
        [Sample("one", image=image), Sample("two", image=image, background=layer)],
    )

    np.testing.assert_allclose(whole.load()[0], SCENE.image, atol=0.5 / 255)
    np.testing.assert_allclose(under.load()[0], SCENE.background, atol=0.5 / 255)
    assert whole.load()[1] is None


@pytest.mark.parametrize(
    ("role", "sample", "message"),
    [
        ("scene", Sample("one", image=Path("i")), "scene 'one' must have a photograph with"),
        ("foreground", Sample("one", image=Path("i"), mask=Path("m")), "make mattes of masks with"),
        ("background", Sample("one", alpha=Path("a")), "background 'one' must have a photograph"),
    ],
)
def test_what_a_role_needs_is_said(role: str, sample: Sample, message: str) -> None:
    """Before anything is read."""
    with pytest.raises(DatasetError, match=message):
        items_of(role, "d", [sample])  # type: ignore[arg-type]


def test_a_transparency_that_is_missing_is_named(tmp_path: Path) -> None:
    """A folder of mattes that holds something else."""
    path = save(tmp_path / "one.png", SCENE.image)

    with pytest.raises(DatasetError, match=r"one\.png must have an alpha channel, got none"):
        loaded(Sample("one"), "foreground", tmp_path)
    assert path.is_file()


def test_procedures_draw_every_family_and_backgrounds() -> None:
    """As many as asked for, each different, and the same again for the same seed."""
    drawn = list(procedural_items("foreground", 2, 64, seed=3))
    grounds = list(procedural_items("background", 3, 64, seed=3))

    assert len(drawn) == 2 * len(FAMILIES)
    assert {item.category for item in drawn} == set(FAMILIES)
    assert [item.name for item in grounds] == ["0", "1", "2"]
    first, again = grounds[0].load(), next(procedural_items("background", 1, 64, seed=3)).load()
    np.testing.assert_array_equal(first[0], again[0])
    assert np.abs(first[0] - grounds[1].load()[0]).max() > 0.01
    rgb, alpha = drawn[0].load()
    assert alpha is not None
    assert rgb.shape == (64, 64, 3)
    assert alpha.max() > 0.5


def test_people_get_second_versions_with_strands() -> None:
    """Chosen by name, not by place; only foregrounds of people whose hair is seen."""
    people = [Item("foreground", f"{k}", "d", portrait, "SO", "person", ("A.",)) for k in range(60)]
    others = [
        Item("foreground", "x", "d", lambda: portrait(hair=SKIN), category="person"),
        Item("foreground", "y", "d", portrait, category="cat"),
        Item("scene", "z", "d", portrait, category="person"),
    ]

    half = list(items_with_strands([*people, *others], 0.5, seed=3))
    turned = list(items_with_strands([*others, *people[::-1]], 0.5, seed=3))
    everyone = list(items_with_strands([*people, *others], 1.0, seed=3))

    assert 15 <= len(half) <= 45
    assert {item.name for item in half} == {item.name for item in turned}
    assert [item.name for item in everyone] == [f"{k}+strands" for k in range(60)]
    assert {(it.role, it.source, it.kind, it.category, it.captions) for it in half} == {
        ("foreground", "d", "SO", "person", ("A.",))
    }
    assert not list(items_with_strands(people, 0.0, seed=3))
    (first, _), (again, _), (other, _) = (it.load() for it in (half[0], half[0], half[1]))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.05


def test_pictures_larger_than_strands_are_drawn_on_are_shrunk_first() -> None:
    """Of the version with strands alone: 2048 pixels are more than a pack keeps of most."""
    item = Item("foreground", "a", "d", lambda: portrait(2200), category="person")

    (made,) = items_with_strands([item], 1.0, seed=0)

    assert made.load()[0].shape == (2048, 1792, 3)
