"""Which file of hints belongs to which photograph."""

from pathlib import Path, PurePath

import pytest

from penumbra.batch.hint_files import hint_files
from penumbra.core.errors import HintError


def folder(tmp_path: Path, *names: str) -> Path:
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def test_one_file_is_for_the_one_photograph(tmp_path: Path) -> None:
    """Whatever it is called."""
    root = folder(tmp_path, "t.png") / "t.png"

    assert hint_files("trimap", root, is_several=False).find(PurePath("cat.jpg")) == root


def test_a_folder_is_matched_by_place_and_stem(tmp_path: Path) -> None:
    """The file that carries the whole name goes before the one that shares its stem."""
    names = ["cat.png", "sub/cat.TIF", "sub/cat.txt", "dog.jpg.png", "dog.png", "a.b.png"]
    files = hint_files("mask", folder(tmp_path, *names), is_several=True)

    found = {
        name: files.find(PurePath(name)).relative_to(tmp_path).as_posix()
        for name in ("cat.jpg", "sub/cat.jpg", "dog.jpg", "dog.tif", "a.b.jpg")
    }

    assert found == {
        "cat.jpg": "cat.png",
        "sub/cat.jpg": "sub/cat.TIF",
        "dog.jpg": "dog.jpg.png",
        "dog.tif": "dog.png",
        "a.b.jpg": "a.b.png",
    }


def test_none_and_several_are_refused(tmp_path: Path) -> None:
    """Guessing would cut out by another picture's hint."""
    files = hint_files("scribbles", folder(tmp_path, "cat.png", "cat.tif"), is_several=True)

    with pytest.raises(HintError, match=r"one file cat\.\* in .*, got cat\.png, cat\.tif"):
        files.find(PurePath("cat.jpg"))
    with pytest.raises(HintError, match=r"one file dog\.\* in .*, got none"):
        files.find(PurePath("dog.jpg"))


def test_one_file_for_several_photographs_is_refused(tmp_path: Path) -> None:
    """A trimap fits one picture."""
    root = folder(tmp_path, "t.png") / "t.png"

    with pytest.raises(HintError, match="trimap must be a folder for several inputs"):
        hint_files("trimap", root, is_several=True)
    with pytest.raises(HintError, match="which does not exist"):
        hint_files("trimap", tmp_path / "gone.png", is_several=False)
