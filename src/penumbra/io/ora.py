"""OpenRaster: layers as PNG files in a ZIP archive.

"OpenRaster Specification", freedesktop.org, baseline 0.0.6.  It has no layer masks, so the matte of
the object is the alpha of its layer.
"""

import zipfile
from io import BytesIO
from xml.sax.saxutils import quoteattr

import numpy as np
from PIL import Image

from penumbra.io.png16 import encode_png
from penumbra.io.samples import Integers

_THUMBNAIL = 256  # pixels of the longer side
_THEN = (1980, 1, 1, 0, 0, 0)  # the same picture gives the same bytes, whenever it is written


def encode_ora(
    layers: dict[str, Integers],
    hidden: frozenset[str],
    merged: Integers,
    icc_profile: bytes | None,
) -> bytes:
    """Encode layers that are all as large as the picture.

    Args:
        layers: By their names, from above to below: (H, W, 3), or (H, W, 4) with straight alpha.
        hidden: Names of those that are not shown.
        merged: What programs show that know no layers.
        icc_profile: Embedded in every PNG, as it is.

    Raises:
        OutputError: A side is too long for a PNG.
    """
    height, width = merged.shape[:2]
    files = {f"data/{name.lower()}.png": encode_png(it, icc_profile) for name, it in layers.items()}
    stack = "".join(
        f'<layer name={quoteattr(name)} src="data/{name.lower()}.png" x="0" y="0" opacity="1.0"'
        f' visibility="{"hidden" if name in hidden else "visible"}" composite-op="svg:src-over"/>'
        for name in layers
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    image = f'<image version="0.0.6" w="{width}" h="{height}" xres="72" yres="72">'
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        # First and not compressed, so that the kind of file can be told by its first bytes.
        _add(archive, "mimetype", b"image/openraster")
        _add(archive, "stack.xml", f"{head}{image}<stack>{stack}</stack></image>".encode())
        for name, data in files.items():
            _add(archive, name, data)
        _add(archive, "mergedimage.png", encode_png(merged, icc_profile))
        _add(archive, "Thumbnails/thumbnail.png", _thumbnail(merged))
    return file.getvalue()


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, _THEN)
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, data)


def _thumbnail(merged: Integers) -> bytes:
    """Return a small PNG of 8 bits."""
    small = merged if merged.dtype == np.uint8 else (merged >> 8).astype(np.uint8)
    image = Image.fromarray(small)
    image.thumbnail((_THUMBNAIL, _THUMBNAIL))
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
