"""Whether a training pack holds what is measured on."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from penumbra.comparison.leaks import LIMIT, check_leaks, perceptual_hash
from penumbra.comparison.scenes import Case, Scene
from penumbra.core.arrays import RGB, Alpha
from penumbra.core.resample import resize
from penumbra.data.pack import Item, Role, write_pack
from penumbra.data.procedural.families import draw_foreground
from tests.packs import OPEN
from tests.scenes import soft_disk


def photograph(seed: int, height: int = 120, width: int = 160) -> RGB:
    """Large patches of random colours, (height, width, 3)."""
    coarse = np.random.default_rng(seed).uniform(0, 1, (9, 12, 3)).astype(np.float32)
    return np.clip(resize(coarse, height, width), 0, 1)


def case(picture: str, image: RGB, origin: str = "") -> Case:
    scene = Scene(image, soft_disk(120))
    return Case("cats", picture, "cat", False, origin or f"cats/{picture}", lambda: scene)


def pack(path: Path, role: Role, name: str, image: RGB, alpha: Alpha | None) -> Path:
    """Write a pack of one picture, at half the size and as JPEG, beside one that is unlike."""
    others: list[tuple[Role, str, RGB, Alpha | None]] = [
        ("background", "other", photograph(99), None),
        (role, name, image, alpha),
    ]
    items = [
        Item(each, called, OPEN.name, partial(_same, colours, opacity))
        for each, called, colours, opacity in others
    ]
    write_pack(path, items, [OPEN], budget=10_000_000, side=max(image.shape[:2]) // 2)
    return path


def _same(colours: RGB, opacity: Alpha | None) -> tuple[RGB, Alpha | None]:
    return colours, opacity


@pytest.mark.parametrize("is_mirrored", [False, True])
def test_a_copy_is_found(tmp_path: Path, is_mirrored: bool) -> None:
    """As JPEG, at half the size, and mirrored as augmentation does."""
    shown = photograph(1)[:, ::-1] if is_mirrored else photograph(1)
    file = pack(tmp_path / "a.tar", "background", "copy", shown, None)

    found = check_leaks([case("a", photograph(1)), case("b", photograph(2))], [file])

    assert [(leak.picture, leak.entry) for leak in found.leaks] == [
        ("a", "drawn/copy (background)")
    ]
    assert found.leaks[0].distance is not None
    assert found.leaks[0].distance <= LIMIT
    assert found.to_json()["leaks"][0]["group"] == "cats"
    assert (found.pictures, found.entries) == (2, 2)


def test_different_pictures_are_no_copies() -> None:
    """Of twelve drawn patchworks no two come near the limit."""
    hashes = [perceptual_hash(photograph(seed)) for seed in range(12)]

    distances = [int((one != other).sum()) for i, one in enumerate(hashes) for other in hashes[:i]]

    assert min(distances) > LIMIT


def test_an_object_is_found_whatever_it_was_laid_over(tmp_path: Path) -> None:
    """A composite over another place is no copy of the cut-out, but its object is."""
    drawn = draw_foreground("leaves", 5, 160, 160)
    file = pack(tmp_path / "a.tar", "foreground", "leaf", drawn.foreground, drawn.alpha)
    scene = Scene(photograph(3, 160, 160), drawn.alpha, None, drawn.foreground)
    composed = Case("composites", "c", "", False, "procedural/c", lambda: scene)

    found = check_leaks([composed], [file])

    assert [leak.entry for leak in found.leaks] == ["drawn/leaf (foreground)"]


def test_a_name_is_found_where_the_picture_was_changed(tmp_path: Path) -> None:
    """Cropped pictures keep their names; so do people with strands."""
    alpha = np.pad(soft_disk(100), ((10, 10), (30, 30)))
    file = pack(tmp_path / "a.tar", "scene", "cat-7+strands", photograph(4), alpha)

    found = check_leaks([case("7", photograph(5), "drawn/cat-7")], [file])

    assert [(leak.picture, leak.distance) for leak in found.leaks] == [("7", None)]


def test_without_packs_nothing_was_checked() -> None:
    found = check_leaks([case("a", photograph(1))], [])

    assert found.to_json()["is_checked"] is False
    assert found.pictures == 0
