"""The manifest: what it lists comes back, and what it must not hold is named."""

import json
import os
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from penumbra.core.errors import OutputError, WeightsError
from penumbra.weights import MANIFEST, Source, add_entries, entries
from penumbra.weights.manifest import read_manifest
from tests.unit.weights.entries import make_entry


def stated(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any value of JSON
    """What JSON holds for an ordinary entry, with changes; None takes a key away."""
    fields = json.loads(json.dumps(asdict(make_entry()))) | changes
    del fields["file"]
    return {key: value for key, value in fields.items() if value is not None}


def write(folder: Path, listed: object) -> None:
    (folder / MANIFEST).write_text(json.dumps(listed))


def test_entries_come_back_in_the_order_of_their_names(tmp_path: Path) -> None:
    """With every field, and nothing else in the folder."""
    second = make_entry(file="b.onnx", data=(Source("one", "free"), Source("two", "ask")))
    first = make_entry(file="a.onnx", licence="research", minutes=3)

    add_entries(tmp_path, [second, first])

    assert read_manifest(tmp_path) == (first, second)
    assert os.listdir(tmp_path) == [MANIFEST]


def test_an_entry_of_the_same_file_is_replaced(tmp_path: Path) -> None:
    """And no other is lost."""
    old, other = make_entry(), make_entry(file="other.onnx")
    add_entries(tmp_path, [old, other])
    new = replace(old, minutes=99.0)

    add_entries(tmp_path, [new])

    assert read_manifest(tmp_path) == (other, new)


def test_a_folder_without_a_manifest_lists_nothing(tmp_path: Path) -> None:
    """Nothing was exported to it yet."""
    assert read_manifest(tmp_path) == ()


def test_what_ships_can_be_read() -> None:
    """The manifest of the package itself."""
    for entry in entries():
        assert entry.licence in ("open", "research")
        assert entry.data


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": "red"}, "key must be one of bytes, commit, .*, variant, got 'colour'"),
        ({"commit": None, "data": None}, "must say commit, data, got nothing"),
        ({"bytes": "many"}, 'bytes must be of type int, got "many"'),
        ({"bytes": True}, "bytes must be of type int, got true"),
        ({"bytes": -1}, "bytes must be at least 0, got -1"),
        ({"minutes": float("nan")}, "minutes must be at least 0, got nan"),
        ({"minutes": "70"}, 'minutes must be of type int or float, got "70"'),
        ({"room": 3}, "room must be of type str, got 3"),
        ({"config": []}, r"config must be of type dict, got \[\]"),
        ({"licence": "free"}, "licence must be open or research, got 'free'"),
        ({"sha256": "abc"}, "sha256 must be 64 hexadecimal digits, got 'abc'"),
        ({"date": "yesterday"}, "date must be a date such as .*, got 'yesterday'"),
        ({"numbers": {"iou": "high"}}, "number 'iou' must be finite, got \"high\""),
        ({"numbers": {"iou": float("inf")}}, "number 'iou' must be finite, got Infinity"),
        ({"data": ["portraits"]}, 'data must be an object, got "portraits"'),
        ({"data": [{"name": "portraits"}]}, "data must say terms, got nothing"),
        ({"data": [{"name": "portraits", "terms": 3}]}, "data: terms must be of type str, got 3"),
        (
            {"data": [{"name": "x", "terms": "y", "url": "z"}]},
            "data: key must be one of name, terms, got 'url'",
        ),
    ],
)
def test_an_entry_that_is_not_as_it_must_be_is_refused(
    change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    """With the manifest, the file and the key."""
    write(tmp_path, {"files": {"toy-s.onnx": stated(**change)}})

    with pytest.raises(WeightsError, match=f"{MANIFEST}: toy-s.onnx.*{message}"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        ([], r"must hold the key 'files' alone, got \[\]"),
        ({"files": {}, "version": 2}, "must hold the key 'files' alone"),
        ({"files": []}, r"files must be an object, got \[\]"),
        ({"files": {"x.onnx": 3}}, "x.onnx must be an object, got 3"),
        ({"files": {"../x.onnx": stated()}}, "must be a plain name that ends in .onnx"),
        ({"files": {"x.pth": stated()}}, "must be a plain name that ends in .onnx, got 'x.pth'"),
    ],
)
def test_a_manifest_that_is_none_is_refused(listed: object, message: str, tmp_path: Path) -> None:
    """A name with a folder in it could lead anywhere."""
    write(tmp_path, listed)

    with pytest.raises(WeightsError, match=message):
        read_manifest(tmp_path)


def test_a_manifest_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    """It is never taken for an empty one, which the next export would overwrite."""
    add_entries(tmp_path, [make_entry()])
    path = tmp_path / MANIFEST
    path.write_bytes(path.read_bytes()[:-20])

    with pytest.raises(WeightsError, match=f"{re.escape(str(path))} must be JSON"):
        add_entries(tmp_path, [make_entry(file="other.onnx")])


def test_a_manifest_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """In our own error."""
    (tmp_path / MANIFEST).mkdir()

    with pytest.raises(WeightsError, match="must be readable"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("wrong", [{"sha256": ""}, {"file": "a/b.onnx"}, {"licence": "free"}])
def test_an_entry_is_checked_before_it_is_written(wrong: dict[str, Any], tmp_path: Path) -> None:
    """What is written can be read."""
    with pytest.raises(WeightsError):
        add_entries(tmp_path, [make_entry(**wrong)])

    assert os.listdir(tmp_path) == []


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """Of ours."""
    with pytest.raises(OutputError):
        add_entries(tmp_path / "gone", [make_entry()])
