"""Telling files apart by their first bytes."""

import numpy as np
import pytest

from penumbra.core.errors import ImageError
from penumbra.io.kinds import kind_of
from tests.unit.io.files import encode


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP", "TIFF", "AVIF", "BMP", "GIF"])
def test_a_file_is_what_it_holds_and_not_what_it_is_called(kind: str) -> None:
    """Photographs from the net often bear the wrong suffix."""
    data = encode(np.zeros((16, 16, 3), np.uint8), kind)

    assert kind_of(data, "picture.txt") == kind


def test_big_tiff_is_tiff() -> None:
    """Scans beyond 4 GB begin otherwise."""
    data = encode(np.zeros((2, 2), np.uint8), "TIFF", big_tiff=True)

    assert kind_of(data, "scan") == "TIFF"


@pytest.mark.parametrize(
    ("brands", "kind"),
    [(b"heic\0\0\0\0mif1heic", "HEIC"), (b"mif1\0\0\0\0mif1avif", "AVIF")],
)
def test_a_container_is_known_by_any_of_its_brands(brands: bytes, kind: str) -> None:
    """HEIC and AVIF share their container, and may name each other's general brand first."""
    data = (8 + len(brands)).to_bytes(4, "big") + b"ftyp" + brands

    assert kind_of(data, "photo") == kind


@pytest.mark.parametrize(
    "data",
    [b"%PDF-1.7 and more", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", b"RIFF\0\0\0\0WAVE", b"x"],
)
def test_other_files_are_refused_with_what_is_supported(data: bytes) -> None:
    """The message must help to choose another format."""
    with pytest.raises(ImageError, match=r"^it must be a JPEG, PNG.* or EXR file, got one that"):
        kind_of(data, "it")


def test_an_empty_file_is_named_as_such() -> None:
    """The usual remains of a download that failed."""
    with pytest.raises(ImageError, match="got an empty one"):
        kind_of(b"", "photo.jpg")
