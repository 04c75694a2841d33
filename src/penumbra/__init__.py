"""Image matting: a photograph and a hint go in, a clean cut-out comes out.

The names below are the public surface.  Each is imported when it is first used, so that
`import penumbra` costs nothing (docs/decisions/0001-lazy-public-surface.md).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from penumbra.core.version import __version__ as __version__

if TYPE_CHECKING:
    from penumbra.core.cutout import Cutout
    from penumbra.core.errors import (
        ConvergenceError,
        DatasetError,
        HintError,
        ImageError,
        InputError,
        MatteError,
        OutputError,
        TrimapError,
        WeightsError,
    )
    from penumbra.core.hints import Box, Click, Hints, Scribble
    from penumbra.core.matte import Matte
    from penumbra.core.people import FoundPerson, PersonCutout
    from penumbra.io import load_image, save_cutout
    from penumbra.session.cutout import cut_out, cut_out_each
    from penumbra.session.session import Session
    from penumbra.systems.registry import load_predictor

__all__ = [
    "Box",
    "Click",
    "ConvergenceError",
    "Cutout",
    "DatasetError",
    "FoundPerson",
    "HintError",
    "Hints",
    "ImageError",
    "InputError",
    "Matte",
    "MatteError",
    "OutputError",
    "PersonCutout",
    "Scribble",
    "Session",
    "TrimapError",
    "WeightsError",
    "cut_out",
    "cut_out_each",
    "load_image",
    "load_predictor",
    "save_cutout",
]

_HOMES = {
    "penumbra.core.cutout": ("Cutout",),
    "penumbra.core.errors": (
        "ConvergenceError",
        "DatasetError",
        "HintError",
        "ImageError",
        "InputError",
        "MatteError",
        "OutputError",
        "TrimapError",
        "WeightsError",
    ),
    "penumbra.core.hints": ("Box", "Click", "Hints", "Scribble"),
    "penumbra.core.matte": ("Matte",),
    "penumbra.core.people": ("FoundPerson", "PersonCutout"),
    "penumbra.io": ("load_image", "save_cutout"),
    "penumbra.session.cutout": ("cut_out", "cut_out_each"),
    "penumbra.session.session": ("Session",),
    "penumbra.systems.registry": ("load_predictor",),
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562: any public name
    for home, names in _HOMES.items():
        if name in names:
            value = getattr(import_module(home), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module 'penumbra' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
