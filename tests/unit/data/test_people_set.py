"""Sets of pictures of people on a disk."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from penumbra.core.errors import DatasetError
from penumbra.data.people_set import (
    QUARANTINE,
    difference,
    hashes_of,
    quarantine,
    read_people,
    remove_parts,
    splits_of,
)
from penumbra.data.readers import read
from penumbra.io import save_alpha
from tests.made_sets import LEVELS, files_below, meta, photo, write


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """Picture and mattes to the level, and the sentences that mean one person alone."""
    write(tmp_path)
    write(tmp_path, "000000", "val", ".jpg")

    one, other = read_people(tmp_path)

    assert (one.name, one.split, other.name, other.split) == ("000001", "train", "000000", "val")
    np.testing.assert_allclose(one.image, photo(), atol=0.51 / 255)
    np.testing.assert_array_equal(np.rint(one.alphas * 255), LEVELS)
    assert one.texts == (("the person on the left",), ())
    assert one.meta["caption"] == "two people"
    assert splits_of(tmp_path) == ["train", "val"]
    assert [it.name for it in read_people(tmp_path, ["val"])] == ["000000"]


def test_the_catalogue_reads_it_too(tmp_path: Path) -> None:
    """As any copy of SMPMat, so that benchmarks and packs take it."""
    write(tmp_path)

    (sample,) = read("smpmat", tmp_path, "train")

    assert sample.captions == ("two people",)
    assert sample.sentences == (("the person on the left",), ())
    assert [path.name for path in sample.instances] == ["00.png", "01.png"]


def test_writing_again_replaces_everything(tmp_path: Path) -> None:
    """Nothing of an earlier picture of the name stays among its mattes."""
    write(tmp_path)
    (tmp_path / "alphas/train/000001/02.png").write_bytes(b"left over")
    before = files_below(tmp_path)

    write(tmp_path)

    del before["alphas/train/000001/02.png"]
    assert files_below(tmp_path) == before


def test_parts_of_a_killed_writer_are_removed(tmp_path: Path) -> None:
    """Files and folders under temporary names."""
    write(tmp_path)
    before = files_below(tmp_path)
    (tmp_path / "images/train/.penumbra-00.part").write_bytes(b"half")
    (tmp_path / "alphas/train/.penumbra-01.part").mkdir()
    (tmp_path / "alphas/train/.penumbra-01.part/00.png").write_bytes(b"half")
    (tmp_path / ".penumbra-02.part").write_bytes(b"half")

    remove_parts(tmp_path)

    assert files_below(tmp_path) == before
    assert not list((tmp_path / "alphas/train").glob(".*"))


def test_a_changed_file_and_a_lost_one_differ(tmp_path: Path) -> None:
    """A hash of each file tells."""
    write(tmp_path)
    files = {
        path: data for path, data in files_below(tmp_path).items() if not path.endswith(".json")
    }
    hashes = hashes_of(files)
    assert difference(tmp_path, hashes) is None

    (tmp_path / "alphas/train/000001/01.png").write_bytes(b"something else")
    assert str(difference(tmp_path, hashes)).startswith("alphas/train/000001/01.png must have sha")
    (tmp_path / "alphas/train/000001/01.png").unlink()
    assert "01.png must be there" in str(difference(tmp_path, hashes))


def spoil_meta(**changes: Any) -> Callable[[Path], object]:  # noqa: ANN401
    """What writes another `meta.json`."""
    data = json.dumps(meta(**changes))
    return lambda root: (root / "alphas/train/000001/meta.json").write_text(data)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "the picture is cut short": lambda root: (root / "images/train/000001.png").write_bytes(
        (root / "images/train/000001.png").read_bytes()[:200]
    ),
    "the picture is gone": lambda root: (root / "images/train/000001.png").unlink(),
    "a matte is gone": lambda root: (root / "alphas/train/000001/00.png").unlink(),
    "a matte is no picture": lambda root: (root / "alphas/train/000001/00.png").write_bytes(b"0"),
    "a matte has another size": lambda root: save_alpha(
        root / "alphas/train/000001/00.png", np.ones((8, 8), np.float32)
    ),
    "mattes exceed one": lambda root: save_alpha(
        root / "alphas/train/000001/00.png", np.maximum(LEVELS[0] / np.float32(255), 0.4)
    ),
    "somebody is not to be seen": lambda root: save_alpha(
        root / "alphas/train/000001/00.png", np.zeros((64, 64), np.float32)
    ),
    "meta is no JSON": lambda root: (root / "alphas/train/000001/meta.json").write_text("{"),
    "meta is a list": lambda root: (root / "alphas/train/000001/meta.json").write_text("[]"),
    "meta is gone": lambda root: (root / "alphas/train/000001/meta.json").unlink(),
    "another number of people": spoil_meta(n=3),
    "texts of one person": spoil_meta(texts=[[]]),
    "texts without words": spoil_meta(texts=[[{}], []]),
    "other boxes": spoil_meta(boxes=[[0, 0, 1, 1], [0, 0, 1, 1]]),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_picture_is_refused_or_moved_away(damage: str, tmp_path: Path) -> None:
    """With its name in the message; or it lies in quarantine with the reason, and others go on."""
    write(tmp_path)
    write(tmp_path, "000002")
    DAMAGE[damage](tmp_path)

    with pytest.raises(DatasetError, match="picture 000001 must be whole"):
        list(read_people(tmp_path))

    assert [it.name for it in read_people(tmp_path, is_quarantining=True)] == ["000002"]
    assert (tmp_path / QUARANTINE / "000001/reason.txt").read_text().strip()
    assert not list(tmp_path.glob("*/train/000001*"))
    assert [it.name for it in read_people(tmp_path)] == ["000002"]


def test_a_second_quarantine_has_a_place_of_its_own(tmp_path: Path) -> None:
    """Nothing in the first is written over."""
    for number in range(2):
        (tmp_path / "a.png").write_bytes(bytes([number]))
        quarantine(tmp_path, "a", ["a.png", "gone.png"], "because")

    assert (tmp_path / QUARANTINE / "a/a.png").read_bytes() == b"\0"
    assert (tmp_path / QUARANTINE / "a-2/a.png").read_bytes() == b"\1"


def test_a_folder_without_a_set_is_refused(tmp_path: Path) -> None:
    """Whole, or one of its parts."""
    with pytest.raises(DatasetError, match="must hold images and alphas"):
        list(read_people(tmp_path))
    write(tmp_path)
    with pytest.raises(DatasetError, match="must hold held"):
        list(read_people(tmp_path, ["held"]))
