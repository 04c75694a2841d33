"""`scripts/group_scenes.py`."""

import sys
from functools import partial
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.errors import InputError
from penumbra.data.pack import Item, read_pack, write_pack
from penumbra.training.pool import Pool
from tests.packs import RESEARCH, picture
from tests.script import load_script

SIDE = 96


@pytest.fixture
def script() -> ModuleType:
    """The script as a module."""
    return load_script("group_scenes")


def bust(number: int, is_cut: bool = False) -> tuple[RGB, Alpha]:
    """A head on shoulders that the lower border cuts, all of one colour."""
    y, x = np.mgrid[:64, :56]
    head = (x - 28) ** 2 + (y - (0 if is_cut else 18)) ** 2 < 12**2
    colours = np.zeros((64, 56, 3), np.float32)
    colours[...] = (0.9, 0.1 * (number % 9), 0.1)
    shoulders = (np.abs(x - 28) < 24) & (y > (10 if is_cut else 28))
    return colours, (head | shoulders).astype(np.float32)


def place(number: int) -> tuple[RGB, None]:
    """A place without any red."""
    blue = picture(number) * np.array([0, 0.5, 0.5], np.float32)
    return blue + np.array([0, 0, 0.5], np.float32), None


def pack(path: Path, is_cut: bool = False) -> Path:
    people = [
        Item("foreground", f"p{n}", RESEARCH.name, partial(bust, n, is_cut), category="person")
        for n in range(12)
    ]
    places = [
        Item("background", f"b{n}", RESEARCH.name, partial(place, n), category="nothing")
        for n in range(4)
    ]
    write_pack(path, [*people, *places], [RESEARCH], budget=10_000_000)
    return path


def test_pictures_of_a_pack_hold_two_to_four_people(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alpha covers all of them; the new pack says where its pictures come from."""
    out = tmp_path / "groups.tar"
    given = ["group_scenes.py", str(pack(tmp_path / "people.tar")), str(out), "3", "--side", "96"]
    monkeypatch.setattr(sys, "argv", given)
    script.main()

    made = read_pack(out)
    assert [entry.role for entry in made.entries] == ["scene"] * 3
    assert {entry.category for entry in made.entries} == {"person"}
    assert made.sources[0].track == "research"
    assert RESEARCH.terms in made.sources[0].terms

    pool = Pool.load([tmp_path / "people.tar"])
    for image, alpha in script.composed(pool, 3, SIDE):
        assert image.shape == (SIDE, SIDE, 3)
        assert 0 <= alpha.min() < alpha.max() <= 1
        is_red = image[..., 0] > image[..., 2]  # as people are, and places are not
        assert (is_red & (alpha > 0.5)).sum() > 0.9 * is_red.sum() > 0


def test_the_same_pack_makes_the_same_pictures(script: ModuleType, tmp_path: Path) -> None:
    pool = Pool.load([pack(tmp_path / "people.tar")])
    first, again = (list(script.composed(pool, 2, SIDE)) for _ in range(2))
    for (image, alpha), (image2, alpha2) in zip(first, again, strict=True):
        np.testing.assert_array_equal(image, image2)
        np.testing.assert_array_equal(alpha, alpha2)


def test_people_without_a_head_make_no_group(script: ModuleType, tmp_path: Path) -> None:
    pool = Pool.load([pack(tmp_path / "people.tar", is_cut=True)])
    with pytest.raises(InputError, match="packs must hold people who fit together"):
        list(script.composed(pool, 1, SIDE))
