"""What `penumbra doctor` looks at.

A broken installation is what is looked for, so everything that may be missing is imported
inside the check that is about it.
"""

import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from penumbra.core.arrays import RGB, Alpha, Trimap
    from penumbra.weights import Entry

OLDEST_PYTHON = (3, 11)

MODULES = {
    "numpy": "numpy",
    "scipy": "scipy",
    "pillow": "PIL",
    "opencv-python-headless": "cv2",
    "tifffile": "tifffile",
    "onnxruntime": "onnxruntime",
    "click": "click",
    "rich": "rich",
}
"""What the kit cannot work without: the module of each distribution."""

EXTRAS = {
    "heic": "pillow_heif",
    "layers": "psd_tools",
    "bench": "pymatting",
    "train": "torch",
    "serve": "fastapi",
    "ray": "ray",
    "text": "tokenizers",
    "synth": "diffusers",
}
"""A module that shows that an extra is there."""

_SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "TIFF": ".tif", "WebP": ".webp", "AVIF": ".avif"}
"""How the kinds that are written are asked for."""

_SIDE = 32  # of the pictures made here, in pixels
_LARGEST_ERROR = 0.02

_REINSTALL = "install again, in an environment of its own: pip install --force-reinstall penumbra"


@dataclass(frozen=True)
class Check:
    """One finding.

    Attributes:
        name: What was looked at.
        is_fine: Whether it works.
        found: What was found, or how it failed.
        is_required: Whether the kit cannot work without it.
        advice: What to do if it does not work.
    """

    name: str
    is_fine: bool
    found: str
    is_required: bool = True
    advice: str = _REINSTALL


def run_checks() -> list[Check]:
    """Look everything over; what others need comes first."""
    return [
        _python(),
        Check("processor", True, f"{_cores()} cores, {platform.machine()}"),
        *(_module(distribution, module) for distribution, module in MODULES.items()),
        *(_format(kind) for kind in ("JPEG", "PNG", "TIFF", "BMP", "WebP", "AVIF", "HEIC")),
        *(_extra(extra, module) for extra, module in EXTRAS.items()),
        *_weights(),
        _attempt("self-test", _cut_out_a_disk),
    ]


def _python() -> Check:
    needed = ".".join(map(str, OLDEST_PYTHON))
    advice = f"make an environment with Python {needed} or newer"
    is_fine = sys.version_info >= OLDEST_PYTHON
    return Check("python", is_fine, platform.python_version(), advice=advice)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _module(distribution: str, module: str) -> Check:
    def look() -> str:
        import_module(module)
        try:
            return version(distribution)
        except PackageNotFoundError:  # such as another build of OpenCV
            return f"{module} is there, but not from {distribution}"

    return _attempt(distribution, look)


def _extra(extra: str, module: str) -> Check:
    is_there = find_spec(module) is not None
    found = f"{module} is there" if is_there else f"pip install 'penumbra[{extra}]' would add it"
    return Check(f"extra {extra}", is_there, found, is_required=False)


def _format(kind: str) -> Check:
    def look() -> str:
        if kind == "HEIC":
            import_module("pillow_heif")
            return "read"
        if kind == "BMP":
            _read(_drawn_by_pillow(kind))
            return "read"
        _read(_written(_SUFFIXES[kind]))
        return "read, write"

    return _attempt(kind, look, is_required=kind in ("JPEG", "PNG", "TIFF", "BMP"))


def _weights() -> list[Check]:
    """Every file must be what the manifest says, and must open."""
    from penumbra.weights import entries, load_graph

    try:
        shipped = entries()
    except Exception as error:  # as in `_attempt`
        return [Check("weights", False, f"{type(error).__name__}: {error}")]

    def look(entry: "Entry") -> str:
        load_graph(entry.file, threads=1)
        numbers = "".join(f", {name} {number:.4g}" for name, number in entry.numbers.items())
        trained = f"{entry.bytes / 1e6:.1f} MB, {entry.minutes:.0f} minutes of training"
        return f"{entry.licence}, {trained}{numbers}"

    return [_attempt(f"weights {entry.name}", partial(look, entry)) for entry in shipped]


def _attempt(name: str, look: Callable[[], str], is_required: bool = True) -> Check:
    try:
        return Check(name, True, look(), is_required)
    except Exception as error:  # whatever a broken library raises is the finding
        found = f"{type(error).__name__}: {error}"
        return Check(name, False, found, is_required)


def _drawn_by_pillow(kind: str) -> bytes:
    from PIL import Image

    file = BytesIO()
    Image.new("RGB", (_SIDE, _SIDE), "orange").save(file, kind)
    return file.getvalue()


def _written(suffix: str) -> bytes:
    from penumbra.io import encode_image

    return encode_image(_disk()[0], suffix)


def _read(data: bytes) -> None:
    from penumbra.io import read_photograph

    height, width = read_photograph(data).rgb.shape[:2]
    if (height, width) != (_SIDE, _SIDE):
        raise ValueError(f"picture must come back as {_SIDE}x{_SIDE}, got {width}x{height}")


def _cut_out_a_disk() -> str:
    """Give closed-form a disk whose matte is known, and look at the error."""
    import numpy as np

    from penumbra.core.hints import Hints
    from penumbra.session.cutout import cut_out
    from penumbra.systems.registry import load_predictor

    image, alpha_true, trimap = _disk()
    cutout = cut_out(image, Hints(trimap=trimap), load_predictor("closed-form"))
    error = float(np.abs(cutout.alpha - alpha_true).mean())
    if error > _LARGEST_ERROR:
        raise ValueError(f"mean error of a disk must be at most {_LARGEST_ERROR}, got {error:.3f}")
    return f"a disk was cut out with a mean error of {error:.4f}"


def _disk() -> "tuple[RGB, Alpha, Trimap]":
    """A soft orange disk before blue: picture, matte, trimap."""
    import numpy as np

    y, x = np.indices((_SIDE, _SIDE)) + 0.5
    depth = _SIDE / 4 - np.hypot(x - _SIDE / 2, y - _SIDE / 2)
    alpha = np.clip(depth / 4 + 0.5, 0, 1).astype(np.float32)
    orange, blue = np.array([1, 0.5, 0], np.float32), np.array([0, 0.2, 0.6], np.float32)
    image = alpha[:, :, None] * orange + (1 - alpha[:, :, None]) * blue
    trimap = np.select([depth > 4, depth < -4], [1.0, 0.0], 0.5).astype(np.float32)
    return image, alpha, trimap
