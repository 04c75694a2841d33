"""Packs: what goes in comes out, and damage is noticed."""

import io
import json
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from penumbra.core.errors import DatasetError, InputError, OutputError
from penumbra.data.pack import Item, read_pack, write_pack
from tests.packs import OPEN, items, picture, tiny_pack
from tests.scenes import soft_disk


def test_pictures_come_back_nearly_as_they_were(tmp_path: Path) -> None:
    """Opacity survives to the last bit of 8; colours lose what JPEG takes."""
    pack = tiny_pack(tmp_path / "tiny.tar")

    rgb, alpha = pack.load(pack.entries[0])

    assert alpha is not None
    np.testing.assert_array_equal(alpha, np.round(255 * soft_disk(40, 12.0, 6.0)))
    np.testing.assert_allclose(rgb / 255, picture(0, 40, 40), atol=0.03)


def test_a_background_has_no_alpha(tmp_path: Path) -> None:
    """Its role says so, and a reader can rely on it."""
    pack = tiny_pack(tmp_path / "tiny.tar")
    entry = next(entry for entry in pack.entries if entry.role == "background")

    rgb, alpha = pack.load(entry)

    assert (rgb.shape, alpha) == ((48, 40, 3), None)


def test_what_is_known_of_a_picture_comes_along(tmp_path: Path) -> None:
    """Captions, category and kind are what language and type-wise training need."""
    item = replace(items(1)[0], kind="NS", category="net", captions=("a net", "fishing"))

    entry = write_pack(tmp_path / "p.tar", [item], [OPEN], 1_000_000).entries[0]

    assert (entry.kind, entry.category, entry.captions) == ("NS", "net", ("a net", "fishing"))
    assert read_pack(tmp_path / "p.tar").sources == (OPEN,)


def test_a_budget_shrinks_the_pictures(tmp_path: Path) -> None:
    """A pack has to fit a transfer; the shape of a picture stays."""
    noisy = np.random.default_rng(0).random((400, 200, 3)).astype(np.float32)
    item = Item("background", "noise", OPEN.name, lambda: (noisy, None))

    pack = write_pack(tmp_path / "p.tar", [item], [OPEN], budget=30_000)

    assert (tmp_path / "p.tar").stat().st_size <= 30_000
    assert 64 <= pack.entries[0].height < 400
    assert pack.entries[0].height == pytest.approx(2 * pack.entries[0].width, abs=1)


def test_a_budget_nothing_fits_is_refused(tmp_path: Path) -> None:
    """Thumbnails would train nothing; and no file may stay."""
    with pytest.raises(InputError, match="budget must hold 9 pictures of 64 pixels, got 20000"):
        write_pack(tmp_path / "p.tar", items(3), [OPEN], budget=20_000)

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ([], "items must hold at least one picture"),
        ([replace(items(1)[0], source="elsewhere")], "source must be one of"),
        ([replace(items(1)[0], role="ground")], "role must be one of"),  # type: ignore[arg-type]
        ([items(1)[0], items(1)[0]], "names must be unique, got two of foreground 'f0'"),
        ([replace(items(1)[2], role="scene")], "scene 'b0' must have an alpha"),
    ],
    ids=["none", "source", "role", "twice", "no-alpha"],
)
def test_items_that_make_no_sense_are_refused(
    tmp_path: Path, change: list[Item], message: str
) -> None:
    """Before hours of training, not after."""
    with pytest.raises(InputError, match=message):
        write_pack(tmp_path / "p.tar", change, [OPEN], 1_000_000)


def test_a_place_that_cannot_be_written_is_our_error(tmp_path: Path) -> None:
    """The folder is missing."""
    with pytest.raises(OutputError, match="must be writable"):
        tiny_pack(tmp_path / "nowhere" / "p.tar")


def test_damage_is_told_by_the_picture(tmp_path: Path) -> None:
    """One flipped bit inside a picture: the index is fine, the picture is not."""
    pack = tiny_pack(tmp_path / "p.tar")
    stored = pack.members[pack.entries[0].colour]
    data = (tmp_path / "p.tar").read_bytes()
    place = data.index(stored) + len(stored) // 2
    (tmp_path / "p.tar").write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])

    damaged = read_pack(tmp_path / "p.tar")

    with pytest.raises(DatasetError, match=r"picture 'f0' must be whole, got damaged data"):
        damaged.load(damaged.entries[0])


@pytest.mark.parametrize("share", [0.0, 0.2, 0.9])
def test_a_pack_cut_short_is_refused(tmp_path: Path, share: float) -> None:
    """A broken transfer: at its start, in a picture, near its end."""
    tiny_pack(tmp_path / "p.tar")
    data = (tmp_path / "p.tar").read_bytes()
    end = data.rstrip(b"\0")
    (tmp_path / "p.tar").write_bytes(data[: int(share * len(end))])

    with pytest.raises(DatasetError):
        read_pack(tmp_path / "p.tar")


def test_a_missing_member_is_named(tmp_path: Path) -> None:
    """An index that promises more than the file holds."""
    pack = tiny_pack(tmp_path / "p.tar", 1)
    with tarfile.open(tmp_path / "p.tar") as archive, tarfile.open(tmp_path / "q.tar", "w") as new:
        for member in archive:
            if member.name != pack.entries[0].colour:
                new.addfile(member, archive.extractfile(member))

    with pytest.raises(DatasetError, match=r"got none of 000000\.jpg"):
        read_pack(tmp_path / "q.tar")


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ({"format": 2, "sources": [], "entries": []}, "must be a pack of format 1, got 2"),
        ({"format": 1, "sources": [{"what": 1}], "entries": []}, "must hold a valid index.json"),
        ({"format": 1}, "must hold a valid index.json"),
        ([], "must hold a valid index.json"),
    ],
)
def test_a_strange_index_is_refused(tmp_path: Path, index: object, message: str) -> None:
    """Of another version, or made by another program."""
    (tmp_path / "index.json").write_text(json.dumps(index))
    with tarfile.open(tmp_path / "p.tar", "w") as archive:
        archive.add(tmp_path / "index.json", "index.json")

    with pytest.raises(DatasetError, match=message):
        read_pack(tmp_path / "p.tar")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("role", "fore"),
        ("kind", "XX"),
        ("source", "elsewhere"),
        ("height", "40"),
        ("height", 10**7),
        ("width", 0),
        ("colour", 5),
        ("captions", [1]),
        ("alpha", None),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused(tmp_path: Path, field: str, value: object) -> None:
    """When the pack is opened: a misspelt role would never be drawn, and nobody would know."""
    tiny_pack(tmp_path / "p.tar", 1)
    rewritten(tmp_path / "p.tar", lambda index: index["entries"][0].update({field: value}))

    with pytest.raises(DatasetError, match="must hold a valid index"):
        read_pack(tmp_path / "p.tar")


@pytest.mark.parametrize("change", [{"track": "banana"}, {"terms": "none", "name": "x"}])
def test_sources_are_checked(tmp_path: Path, change: dict[str, str]) -> None:
    """An unknown track would count as open or not by chance; entries need their sources."""
    tiny_pack(tmp_path / "p.tar", 1)
    rewritten(tmp_path / "p.tar", lambda index: index["sources"][0].update(change))

    with pytest.raises(DatasetError, match="must hold a valid index"):
        read_pack(tmp_path / "p.tar")


def test_a_picture_of_another_size_than_the_index_says_is_refused(tmp_path: Path) -> None:
    """Its hash is right, but where it would go is too small."""
    tiny_pack(tmp_path / "p.tar", 1)
    rewritten(tmp_path / "p.tar", lambda index: index["entries"][0].update({"height": 39}))

    pack = read_pack(tmp_path / "p.tar")

    with pytest.raises(DatasetError, match=r"'f0' must be one of 39x40 .*, got 40x40"):
        pack.load(pack.entries[0])


@pytest.mark.parametrize("side", [0, 63, 5000])
def test_a_side_out_of_range_is_refused(tmp_path: Path, side: int) -> None:
    """In pixels."""
    with pytest.raises(InputError, match=f"side must be in 64 to 4096 pixels, got {side}"):
        write_pack(tmp_path / "p.tar", items(1), [OPEN], 1_000_000, side)


def rewritten(path: Path, change: Callable[[Any], None]) -> None:
    """Change the index of a pack."""
    with tarfile.open(path) as archive:
        members = {m.name: (archive.extractfile(m) or io.BytesIO()).read() for m in archive}
    index = json.loads(members["index.json"])
    change(index)
    members["index.json"] = json.dumps(index).encode()
    with tarfile.open(path, "w") as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


def test_a_missing_pack_is_refused(tmp_path: Path) -> None:
    """By its name."""
    with pytest.raises(DatasetError, match=r"none\.tar must be a whole pack"):
        read_pack(tmp_path / "none.tar")
