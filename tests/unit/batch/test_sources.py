"""What a batch is to do, wherever that is said and wherever it lies."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from penumbra.batch import addresses
from penumbra.batch.addresses import read_bytes
from penumbra.batch.sources import Item, list_items
from penumbra.core.errors import ImageError, InputError
from tests.batch_folders import paint

Write = Callable[[Path, dict[str, list[Any]]], Path]
"""Writes columns to a Parquet file, two rows a group."""


class Bucket(Protocol):
    """What these tests do with an object store; paths begin with the name of a bucket."""

    def pipe(self, path: str, data: bytes) -> None:
        """Write an object."""

    def put(self, file: str, path: str) -> None:
        """Write a file."""

    def rm(self, path: str) -> None:
        """Remove an object."""

    def invalidate_cache(self) -> None:
        """Forget what was listed."""


def keys(source: Path | str, output: Path = Path("out")) -> list[str]:
    return [item.key for item in list_items(str(source), output)]


def test_a_folder_is_walked_and_its_results_are_not(tmp_path: Path) -> None:
    """Hidden files, other files and OUTPUT, which may lie inside, are left out."""
    for name in ("b.png", "a/c.JPG", "a/.d.png", "out/ok/e.png"):
        paint(tmp_path / name) if name.endswith("png") else (tmp_path / "a").mkdir()
    (tmp_path / "a" / "c.JPG").touch()
    (tmp_path / "notes.txt").touch()

    assert keys(tmp_path, tmp_path / "out") == ["a/c.JPG", "b.png"]


def test_a_list_names_files_from_where_it_lies(tmp_path: Path) -> None:
    """Windows' ends of lines, a mark of the order of bytes, empty lines, and the same twice."""
    listing = tmp_path / "sub" / "list.txt"
    listing.parent.mkdir()
    text = "\ufeffa.jpg\r\n\r\n../b.jpg\r\nmore/./c.jpg\n/else/where.jpg\na.jpg\ns3://bucket/d.jpg"
    listing.write_bytes(text.encode())

    items = list_items(str(listing), tmp_path / "out")

    above = str(tmp_path).strip("/")
    assert [item.key for item in items] == [
        "a.jpg",
        f"{above}/b.jpg",
        "more/c.jpg",
        "else/where.jpg",
        "bucket/d.jpg",
    ]
    assert items[1].address == str(tmp_path / "b.jpg")


def test_two_addresses_with_one_key_are_numbered(tmp_path: Path) -> None:
    """The key is what the journal knows an input by."""
    listing = tmp_path / "list.txt"
    listing.write_text("/x/a.jpg\ns3://x/a.jpg\n")

    assert keys(listing) == ["x/a.jpg", "x/a-2.jpg"]


@pytest.mark.parametrize("name", ["gone", "gone.txt", "gone.parquet", "there.jpg", "s4://a/b"])
def test_what_is_no_input_is_refused(tmp_path: Path, name: str) -> None:
    """Before any work."""
    (tmp_path / "there.jpg").touch()
    source = name if "://" in name else str(tmp_path / name)

    with pytest.raises(InputError, match="must be"):
        list_items(source, tmp_path / "out")


def test_results_are_no_input(tmp_path: Path) -> None:
    """The folder of results would be read while it is written."""
    with pytest.raises(InputError, match="must not be the folder of results"):
        list_items(str(tmp_path), tmp_path)


def test_items_survive_being_lines(tmp_path: Path) -> None:
    """Names need not be Unicode on every file system."""
    item = Item(b"\xff.jpg".decode("utf-8", "surrogateescape"), "/a\n.jpg", "1-2", "ä.png")

    assert Item.from_json(item.to_json()) == item
    assert item.to_json().isascii()


def test_missing_files_and_folders_are_lasting_faults(tmp_path: Path) -> None:
    """Nobody waits for them."""
    for path in (tmp_path, tmp_path / "gone", tmp_path / ("x" * 300)):
        with pytest.raises(ImageError, match=r"a.jpg must be readable, got .*") as caught:
            read_bytes(str(path), "a.jpg", pauses=(1000.0,))
        assert isinstance(caught.value.__cause__, OSError)


def test_passing_faults_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A share that does not answer for a moment costs no picture."""
    faults: list[Exception] = [TimeoutError("late"), ConnectionResetError(104, "reset")]
    waited: list[float] = []

    def read(address: str) -> bytes:
        if faults:
            raise faults.pop()
        return b"there"

    monkeypatch.setattr(addresses, "_read", read)
    monkeypatch.setattr("penumbra.batch.addresses.time.sleep", waited.append)

    assert read_bytes("a", "a", pauses=(1.0, 2.0)) == b"there"
    assert waited == [1.0, 2.0]

    faults[:] = [TimeoutError("late")] * 3
    with pytest.raises(ImageError, match="a must be readable, got late"):
        read_bytes("a", "a", pauses=(1.0, 2.0))


@pytest.fixture
def parquet() -> Write:
    """What writes Parquet files."""
    pytest.importorskip("pyarrow", reason="needs the extra `batch`")
    import pyarrow
    import pyarrow.parquet

    def write(path: Path, columns: dict[str, list[Any]]) -> Path:
        pyarrow.parquet.write_table(pyarrow.table(columns), path, row_group_size=2)
        return path

    return write


def test_parquet_of_paths(tmp_path: Path, parquet: Write) -> None:
    """They are relative to where the file lies."""
    file = parquet(tmp_path / "set.parquet", {"path": ["a.jpg", "b/c.jpg"], "other": [1, 2]})

    assert [(it.key, it.address) for it in list_items(str(file), tmp_path / "out")] == [
        ("a.jpg", str(tmp_path / "a.jpg")),
        ("b/c.jpg", str(tmp_path / "b" / "c.jpg")),
    ]


def test_parquet_of_bytes(tmp_path: Path, parquet: Write) -> None:
    """Rows are read from their groups; names may repeat, and lead nowhere else."""
    names = ["a.jpg", "a.jpg", "../../b.jpg", "c\0.jpg", ""]
    data = [bytes([number]) for number in range(5)]
    file = parquet(tmp_path / "set.parquet", {"name": names, "bytes": data})

    items = list_items(str(file), tmp_path / "out")

    assert [it.key for it in items] == ["a.jpg", "a-2.jpg", "b.jpg", "c_.jpg", "input"]
    assert [read_bytes(it.address, it.key) for it in items] == data


def test_parquet_without_the_columns_is_refused(tmp_path: Path, parquet: Write) -> None:
    """And a row without bytes is a failure of that input alone."""
    file = parquet(tmp_path / "set.parquet", {"url": ["a"]})
    with pytest.raises(InputError, match="must have a column path, or bytes and name, got url"):
        list_items(str(file), tmp_path / "out")

    file = parquet(tmp_path / "set.parquet", {"name": ["a", "b"], "bytes": [None, b"x"]})
    first, second = list_items(str(file), tmp_path / "out")
    with pytest.raises(ImageError, match="must hold a file in each row"):
        read_bytes(first.address, first.key, pauses=())
    assert read_bytes(second.address, second.key) == b"x"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A bucket of an object store on this machine."""
    for name in ("moto", "s3fs", "flask"):
        pytest.importorskip(name, reason="needs the extras `s3` and `dev`")
    import s3fs
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3fs.S3FileSystem.clear_instance_cache()
    files = s3fs.S3FileSystem()
    files.makedirs("photographs", exist_ok=True)
    yield files
    s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


def test_an_object_store_is_read_like_a_folder(bucket: Bucket, tmp_path: Path) -> None:
    """Objects are photographs by their ending, and a new version has another stamp."""
    data = paint(tmp_path / "a.png").read_bytes()
    for name in ("a.png", "sub/b.png", ".hidden/c.png", "notes.txt"):
        bucket.pipe(f"photographs/in/{name}", data)

    first, second = list_items("s3://photographs/in", tmp_path / "out")

    assert (first.key, second.key) == ("a.png", "sub/b.png")
    assert second.address == "s3://photographs/in/sub/b.png"
    assert read_bytes(second.address, second.key) == data

    bucket.pipe("photographs/in/a.png", data[:-1])
    bucket.invalidate_cache()
    changed = list_items("s3://photographs/in", tmp_path / "out")[0]
    assert changed.stamp not in (None, first.stamp)

    bucket.rm("photographs/in/a.png")
    with pytest.raises(ImageError, match=r"a.png must be readable"):
        read_bytes(first.address, first.key, pauses=(1000.0,))


def test_lists_and_parquet_may_lie_in_an_object_store(
    bucket: Bucket, parquet: Write, tmp_path: Path
) -> None:
    """What they name is relative to where they lie."""
    file = parquet(tmp_path / "set.parquet", {"name": ["a.jpg"], "bytes": [b"1"]})
    bucket.put(str(file), "photographs/set.parquet")
    bucket.pipe("photographs/list.txt", b"in/a.png\n")

    row = list_items("s3://photographs/set.parquet", tmp_path / "out")[0]
    line = list_items("s3://photographs/list.txt", tmp_path / "out")[0]

    assert read_bytes(row.address, row.key) == b"1"
    assert (line.key, line.address) == ("in/a.png", "s3://photographs/in/a.png")


def test_other_addresses_of_this_machine(tmp_path: Path) -> None:
    """`file://` is a folder, too."""
    pytest.importorskip("fsspec", reason="needs the extra `batch`")
    path = paint(tmp_path / "in" / "a.png")

    item = list_items(f"file://{path.parent}", tmp_path / "out")[0]

    assert item.key == "a.png"
    assert read_bytes(item.address, item.key) == path.read_bytes()
    before = item.stamp
    os.utime(path, (1, 1))
    assert list_items(f"file://{path.parent}", tmp_path / "out")[0].stamp not in (None, before)
