"""OpenEXR: linear light in half floats, alpha premultiplied.

"Technical Introduction to OpenEXR", openexr.com.  The package OpenEXR (extra `layers`) reads and
writes the files.  They hold no ICC profile: colours are converted through it to the primaries of
sRGB (Rec. 709), which is what programs assume.
"""

import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.composite import linear_to_srgb
from penumbra.core.errors import ImageError, OutputError
from penumbra.io.decoded import Decoded, check_size, decoding
from penumbra.io.light import to_light

REC709 = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)
"""Chromaticities x, y of red, green, blue and white: ITU-R BT.709."""

_INSTALL = "with the extra 'layers' (pip install 'penumbra[layers]')"

# How the eye goes from one white to another: Bradford, as of ICC.1 appendix E.
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)

CUT = "light brighter than white, or of colours that sRGB does not have, is cut"
"""Said of a file that holds such."""

_BRIGHTEST = 65504.0  # of half floats
_SAME = 1e-3  # chromaticities or light that differ by less do not


class Window(NamedTuple):
    """A part of the plane that an EXR file lies in, half-open."""

    top: int
    left: int
    bottom: int
    right: int


def encode_exr(image: RGB, alpha: Alpha | None, icc_profile: bytes | None) -> bytes:
    """Encode a picture as light, channels R, G, B and perhaps A, compressed by ZIP.

    Args:
        image: (H, W, 3) in [0, 1], straight.
        alpha: (H, W) in [0, 1], or None for an opaque picture.
        icc_profile: That the colours are in; None means sRGB.

    Raises:
        OutputError: The package OpenEXR is missing.
    """
    try:
        import OpenEXR
    except ImportError as error:
        raise OutputError(f"output must be written {_INSTALL}, got EXR without it") from error
    light = to_light(image, icc_profile)
    name, samples = "RGB", light
    if alpha is not None:
        name = "RGBA"
        samples = np.dstack([light * alpha[:, :, None], alpha])
    header = {
        "compression": OpenEXR.ZIP_COMPRESSION,
        "type": OpenEXR.scanlineimage,
        "chromaticities": REC709,
    }
    # The package writes to a path alone.
    with tempfile.TemporaryDirectory(prefix="penumbra-") as folder:
        path = Path(folder, "picture.exr")
        OpenEXR.File(header, {name: np.ascontiguousarray(samples, np.float16)}).write(str(path))
        return path.read_bytes()


def read_exr(data: bytes, name: str, max_pixels: int) -> Decoded:
    """Decode a picture of light to sRGB values, straight; its display window, nothing else.

    Light brighter than white, or of a colour outside sRGB, is cut to what sRGB holds, and a note
    says so.

    Args:
        data: The file.
        name: What to call the file in an error.
        max_pixels: Refuse larger pictures before decoding them.

    Raises:
        ImageError: Damaged, too large, of several parts or deep, without R, G and B (or Y), not
            finite, or the package OpenEXR is missing.
    """
    try:
        import OpenEXR
    except ImportError as error:
        raise ImageError(f"{name} must be opened {_INSTALL}, got EXR without it") from error
    with decoding("EXR", name):
        with OpenEXR.File(BytesIO(data), header_only=True) as file:
            header = dict(file.header())  # which is emptied when the file is closed
            window, whole = _windows(header, len(file.parts), name, max_pixels)
        with OpenEXR.File(BytesIO(data), separate_channels=True) as file:
            if not file.parts:  # the package leaves out what it cannot read
                raise ValueError("pixel data is damaged or cut short")
            planes = {key: it.pixels for key, it in file.channels().items()}
        shape = window.bottom - window.top, window.right - window.left
        names = "YYY" if "Y" in planes and "R" not in planes else "RGB"
        if any(key not in planes or planes[key].shape != shape for key in names):
            came = ", ".join(sorted(planes))
            raise ImageError(f"{name} must have the channels R, G, B or Y at full size, got {came}")
        light = np.dstack([planes[key].astype(np.float32) for key in names])
        alpha = planes.get("A")
        if alpha is None and window != whole:
            alpha = np.ones(shape, np.float32)
        if np.isnan(light).any():
            raise ImageError(f"{name} must hold numbers, got NaN")
        light = light.clip(-_BRIGHTEST, _BRIGHTEST)  # infinity, which cannot be mixed
        if alpha is not None:
            alpha = alpha.astype(np.float32).clip(0, 1)
            seen = np.maximum(alpha, np.finfo(np.float16).tiny)[:, :, None]
            light = np.where(alpha[:, :, None] > 0, light / seen, 0)
        primaries = np.array(header.get("chromaticities", REC709))
        if np.abs(primaries - REC709).max() > _SAME:
            light = light @ _into_rec709(primaries).T
        is_cut = bool((np.abs(light - 0.5) > 0.5 + _SAME).any())
        samples = linear_to_srgb(light.clip(0, 1)).astype(np.float32, copy=False)
        if alpha is not None:
            samples = np.dstack([samples, alpha])
        notes = (CUT,) if is_cut else ()
        return Decoded(_placed(samples, window, whole), None, None, notes)


def _windows(
    header: dict[str, Any], parts: int, name: str, max_pixels: int
) -> tuple[Window, Window]:
    """Return the data window and the display window of a file that can be read."""
    kind = str(header["type"]).rpartition(".")[2]
    if parts > 1 or "deep" in kind:
        raise ImageError(f"{name} must be a single flat picture, got {parts} parts of {kind}")
    windows = []
    for key in ("dataWindow", "displayWindow"):
        (left, top), (right, bottom) = (map(int, corner) for corner in header[key])
        check_size(right + 1 - left, bottom + 1 - top, name, max_pixels)
        windows.append(Window(top, left, bottom + 1, right + 1))
    return windows[0], windows[1]


def _placed(samples: NDArray[np.float32], window: Window, whole: Window) -> NDArray[np.float32]:
    """Return what the display window shows; nothing, where there is no data."""
    if window == whole:
        return samples
    rows = np.arange(whole.top, whole.bottom) - window.top
    cols = np.arange(whole.left, whole.right) - window.left
    height, width = samples.shape[:2]
    shown = samples[np.ix_(rows.clip(0, height - 1), cols.clip(0, width - 1))]
    shown[(rows < 0) | (rows >= height)] = 0
    shown[:, (cols < 0) | (cols >= width)] = 0
    return shown


def _into_rec709(chromaticities: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the matrix from light in some primaries to that in ours."""
    matrix = np.linalg.solve(_to_xyz(np.array(REC709)), _to_xyz(chromaticities))
    return matrix.astype(np.float32)


def _to_xyz(chromaticities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the matrix from light in some primaries to XYZ in which their white is D65.

    Source:
        SMPTE RP 177; from one white to the other by Bradford, as ICC.1 appendix E says.
    """
    xyz = [np.array([x / y, 1, (1 - x - y) / y]) for x, y in np.reshape(chromaticities, (4, 2))]
    primaries, white = np.stack(xyz[:3], axis=1), xyz[3]
    matrix = primaries * np.linalg.solve(primaries, white)
    x, y = REC709[6:]
    into, come = _BRADFORD @ [x / y, 1, (1 - x - y) / y], _BRADFORD @ white
    adapted: NDArray[np.float64] = np.linalg.solve(_BRADFORD, np.diag(into / come) @ _BRADFORD)
    return adapted @ matrix
