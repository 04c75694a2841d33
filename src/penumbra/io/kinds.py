"""Which kind of picture a file holds, told by its first bytes and never by its name."""

from typing import Literal

from penumbra.core.errors import ImageError

Kind = Literal["JPEG", "PNG", "WebP", "TIFF", "AVIF", "BMP", "HEIC", "PSD", "EXR", "GIF"]

SUPPORTED = "JPEG, PNG, WebP, TIFF, AVIF, BMP, HEIC, PSD or EXR"

READABLE = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff"}
    | {".avif", ".bmp", ".heic", ".heif", ".hif", ".psd", ".exr"}
)
"""The suffixes, in small letters, by which pictures are known in a folder."""

_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


def kind_of(data: bytes, name: str) -> Kind:
    """Return the kind of the file, or raise `ImageError` naming what is supported.

    GIF is recognised so that it can be refused by its name: see `decoded.check_single`.
    """
    if not data:
        raise ImageError(f"{name} must be a {SUPPORTED} file, got an empty one")
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):  # the last two are BigTIFF
        return "TIFF"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WebP"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data.startswith(b"8BPS"):
        return "PSD"
    if data.startswith(b"\x76\x2f\x31\x01"):
        return "EXR"
    if data.startswith(b"BM"):
        return "BMP"
    brands = _brands(data)
    if brands & _AVIF_BRANDS:
        return "AVIF"
    if brands & _HEIC_BRANDS:
        return "HEIC"
    raise ImageError(f"{name} must be a {SUPPORTED} file, got one that begins with {data[:8]!r}")


def _brands(data: bytes) -> frozenset[bytes]:
    """The brands an ISO media file claims (ISO 14496-12, section 4.3); empty for other files."""
    if data[4:8] != b"ftyp":
        return frozenset()
    end = int.from_bytes(data[:4], "big")
    return frozenset(data[start : start + 4] for start in range(8, min(end, 256), 4))
