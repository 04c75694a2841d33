"""`scripts/split_pack.py`."""

import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from penumbra.core.errors import InputError
from penumbra.data.pack import read_pack
from tests.packs import tiny_pack
from tests.script import load_script


@pytest.fixture
def script() -> ModuleType:
    """The script as a module."""
    return load_script("split_pack")


def test_parts_are_small_and_together_the_whole(script: ModuleType, tmp_path: Path) -> None:
    """Entry by entry, in order, and each part is a pack with the terms of what it holds."""
    pack = tiny_pack(tmp_path / "tiny.tar")
    largest = (tmp_path / "tiny.tar").stat().st_size * 2 // 3 + 20_000

    parts = script.split(pack, largest)

    assert len(parts) > 1
    found = []
    for number, data in enumerate(parts):
        assert len(data) <= largest
        (tmp_path / f"{number}.tar").write_bytes(data)
        part = read_pack(tmp_path / f"{number}.tar")
        assert {source.name for source in part.sources} == {it.source for it in part.entries}
        for entry in part.entries:
            found.append(entry)
            np.testing.assert_array_equal(part.load(entry)[0], pack.load(entry)[0])
    assert tuple(found) == pack.entries


def test_a_part_that_outgrows_its_limit_is_not_written(script: ModuleType, tmp_path: Path) -> None:
    """Captions are in the index, too."""
    pack = tiny_pack(tmp_path / "tiny.tar")
    talkative = tuple(replace(it, captions=("word " * 2000,)) for it in pack.entries[:3])

    with pytest.raises(InputError, match="limit must leave room for the index, got a part of"):
        script.split(replace(pack, entries=talkative), 32_000)


def test_a_limit_is_written_like_a_budget(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or nothing is read, and nothing written."""
    monkeypatch.setattr(sys, "argv", ["x", "a.tar", "much", str(tmp_path / "part")])

    with pytest.raises(InputError, match="limit must be like 60MB, got 'much'"):
        script.main()
