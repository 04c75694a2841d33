"""Files that are damaged, dishonest or not there, and disks that are full."""

import errno
import io
import os
import struct
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from penumbra.core.cutout import Cutout
from penumbra.core.errors import ImageError, OutputError
from penumbra.core.matte import Matte
from penumbra.io import load_image, read_photograph, save_alpha, save_cutout, save_image
from penumbra.io.tiff import encode_tiff
from tests.unit.io.files import PNG_RGB, encode, noise, outcome, png, png_chunk, tiff, with_tags

pytestmark = pytest.mark.hostile


def whole_files() -> dict[str, bytes]:
    """A sound file of every kind and of every way we decode it."""
    flat = noise(64, 64, 3)
    deep = noise(64, 64, 3, dtype=np.uint16)
    files = {kind: encode(flat, kind) for kind in ("JPEG", "PNG", "AVIF", "BMP", "TIFF")}
    files["WebP"] = encode(flat, "WebP", lossless=True)
    files["TIFF lzw"] = encode(flat, "TIFF", compression="tiff_lzw")
    files["PNG 16"] = png(deep, PNG_RGB)
    files["TIFF 16"] = tiff(deep, rowsperstrip=8)
    files["TIFF 16 deflated"] = encode_tiff(deep, None)
    files["TIFF 16 lzw"] = _by_opencv(deep)
    return files


def _by_opencv(samples: np.ndarray[Any, np.dtype[np.uint16]]) -> bytes:
    file = cv2.imencode(".tif", samples, [cv2.IMWRITE_TIFF_COMPRESSION, 5])[1]
    data: bytes = file.tobytes()
    return data


WHOLE = whole_files()


@pytest.mark.parametrize("kind", WHOLE)
def test_a_truncated_file_is_refused_or_complete(kind: str) -> None:
    """A download that broke off must never become a picture that is grey below.

    What a few last bytes hold (a checksum, metadata) may be missing: then every pixel is there.
    """
    whole = WHOLE[kind]
    rgb = load_image(whole)
    refused = 0

    for end in np.linspace(0, len(whole) - 1, 40).astype(int):
        partial = outcome(whole[:end])
        if isinstance(partial, str):
            refused += 1
        else:
            assert_array_equal(partial, rgb, err_msg=f"{end} of {len(whole)} bytes")

    assert refused >= 35


@pytest.mark.parametrize("kind", WHOLE)
def test_a_file_cut_in_half_is_called_damaged(kind: str) -> None:
    """Its kind is known, so the message does not talk of other formats."""
    whole = WHOLE[kind]

    with pytest.raises(ImageError, match=r"^photo must be a whole \w+ file, got [^\n]+$"):
        read_photograph(whole[: len(whole) // 2], name="photo")


@pytest.mark.parametrize("kind", WHOLE)
def test_flipped_bits_raise_nothing_else(kind: str) -> None:
    """A bad disk: the picture may be wrong where nothing checks it, but no bug may surface."""
    rng = np.random.default_rng(0)
    for _ in range(60):
        damaged = bytearray(WHOLE[kind])
        for place in rng.integers(0, min(len(damaged), 600), 3):
            damaged[place] ^= 1 << rng.integers(8)
        outcome(bytes(damaged))


@pytest.mark.parametrize("data", [b"", b"not a picture at all", b"\x89PNG", b"MZ\x90\0", b"GIF"])
def test_what_is_no_picture_is_refused_with_what_is_supported(data: bytes) -> None:
    """Zero bytes and wrong magic."""
    with pytest.raises(
        ImageError, match=r"^f must be a JPEG, PNG, WebP, TIFF, AVIF, BMP, HEIC, PSD or EXR"
    ):
        read_photograph(data, name="f")


def test_a_wrong_suffix_does_not_matter(tmp_path: Path) -> None:
    """The first bytes decide."""
    path = tmp_path / "photo.jpg"
    path.write_bytes(WHOLE["PNG"])

    assert load_image(path).shape == (64, 64, 3)


@pytest.mark.parametrize("size", [(100_000, 100_000), (2**31 - 1, 1), (1, 2**31 - 1)])
@pytest.mark.parametrize("bits", [8, 16])
def test_a_png_bomb_costs_nothing(size: tuple[int, int], bits: int) -> None:
    """A few bytes that claim ten billion pixels are refused by their header."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", *size, bits, 2, 0, 0, 0))
    pixels = png_chunk(b"IDAT", zlib.compress(bytes(1000)))
    bomb = b"\x89PNG\r\n\x1a\n" + header + pixels + png_chunk(b"IEND", b"")

    with (
        _little_memory(),
        pytest.raises(ImageError, match=f"at most 200,000,000 pixels, got {size[0]}x"),
    ):
        read_photograph(bomb)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_huge_tiff_costs_nothing(dtype: type[np.uint8] | type[np.uint16]) -> None:
    """The same with a header of tags."""
    small = tiff(noise(4, 4, 3, dtype=dtype), compression="zlib")
    bomb = with_tags(small, ImageWidth=1_000_000, ImageLength=1_000_000)

    with _little_memory(), pytest.raises(ImageError, match="must have at most 200,000,000 pixels"):
        read_photograph(bomb)


def test_a_picture_without_pixels_is_refused() -> None:
    """Zero by zero."""
    empty = png(np.zeros((1, 1, 3), np.uint8), PNG_RGB)
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 0, 0, 8, 2, 0, 0, 0))

    with pytest.raises(ImageError, match=r"must be a whole PNG|must hold at least one"):
        read_photograph(empty[:8] + header + empty[8 + 25 :])


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WebP", "AVIF"])
def test_animations_are_refused_by_name(kind: str) -> None:
    """Nobody wants the first frame only without being told."""
    frames = [Image.new("RGB", (16, 16), (50 * k, 0, 0)) for k in range(3)]
    data = encode(frames[0], kind, save_all=True, append_images=frames[1:])

    with pytest.raises(ImageError, match=r"^f must be a single picture, got an animation of 3 fr"):
        read_photograph(data, name="f")


def test_a_gif_of_one_frame_is_not_supported_either() -> None:
    """It has 256 colours and transparency without degrees."""
    with pytest.raises(ImageError, match=r"must be a JPEG, .* or EXR file, got GIF$"):
        load_image(encode(Image.new("P", (4, 4)), "GIF"))


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    """The path, and the reason of the system."""
    with pytest.raises(ImageError, match=r"none\.png must be a readable file, got 'No such file"):
        load_image(tmp_path / "none.png")
    with pytest.raises(ImageError, match=r"must be a readable file, got 'Is a directory'"):
        load_image(tmp_path)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ImageError, match=r"must be a readable file, got 'Not a directory'"):
        load_image(tmp_path / "file" / "photo.png")


def test_a_file_one_may_not_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulated, because the superuser may read everything."""

    def deny(_: Path) -> bytes:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "read_bytes", deny)

    with pytest.raises(ImageError, match="secret must be a readable file, got 'Permission denied'"):
        load_image("secret")


def test_a_stream_that_breaks_off_is_named() -> None:
    """Standard input may fail as well."""

    class Broken(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise OSError("connection lost")

    with pytest.raises(ImageError, match=r"standard input must be a readable .*'connection lost'"):
        read_photograph(Broken(), name="standard input")


OUTPUT = np.zeros((4, 4, 3), np.float32)
SAVES: list[Callable[[Path], None]] = [
    lambda path: save_image(path, OUTPUT),
    lambda path: save_alpha(path, OUTPUT[:, :, 0]),
    lambda path: save_cutout(path, Cutout(OUTPUT, OUTPUT[:, :, 0], OUTPUT, Matte(OUTPUT[:, :, 0]))),
]


class _FullDisk(io.FileIO):
    """A file on a disk with room for eight bytes."""

    def write(self, data: Any) -> int:  # noqa: ANN401
        super().write(bytes(data)[:8])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("save", SAVES)
@pytest.mark.parametrize("is_there_before", [False, True])
def test_a_full_disk_leaves_nothing_half_written(
    save: Callable[[Path], None],
    is_there_before: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither a torn file nor the temporary one, and the old file as it was."""
    path = tmp_path / "out.png"
    if is_there_before:
        path.write_bytes(b"precious")
    monkeypatch.setattr(Path, "open", lambda path, mode: _FullDisk(path, mode.replace("b", "")))

    with pytest.raises(OutputError, match=r"out\.png must be writable, got 'No space left on dev"):
        save(path)

    monkeypatch.undo()
    assert os.listdir(tmp_path) == (["out.png"] if is_there_before else [])
    assert not is_there_before or path.read_bytes() == b"precious"


@pytest.mark.parametrize("save", SAVES)
def test_a_folder_that_cannot_be_written_is_named(
    save: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without permission (simulated: the superuser may write everywhere), or not a folder."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="must be writable, got 'Not a directory'"):
        save(tmp_path / "file" / "out.png")
    with pytest.raises(OutputError, match="must be writable, got 'No such file or directory'"):
        save(tmp_path / "missing" / "out.png")

    def deny(*_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "open", deny)
    with pytest.raises(OutputError, match="must be writable, got 'Permission denied'"):
        save(tmp_path / "out.png")
    assert os.listdir(tmp_path) == ["file"]


@contextmanager
def _little_memory() -> Iterator[None]:
    """Fail if more than 20 MB are allocated, of the memory Python and NumPy know of."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
