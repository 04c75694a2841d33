# ruff: noqa: D102, methods are those of libgimp
"""What the plug-in uses of GIMP 3, as small as that, with arrays for pixels.

Names and signatures are those of libgimp 3.0 through GObject introspection.
"""

import sys
from dataclasses import dataclass, field
from enum import Enum, auto
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow


@dataclass
class Layer:
    """A layer of RGBA bytes, (H, W, 4)."""

    pixels: NDArray[np.uint8]
    name: str = "photo"
    offsets: tuple[int, int] = (0, 0)
    mask: NDArray[np.uint8] | None = None

    def get_width(self) -> int:
        return self.pixels.shape[1]

    def get_height(self) -> int:
        return self.pixels.shape[0]

    def get_name(self) -> str:
        return self.name

    def set_name(self, name: str) -> None:
        self.name = name

    def get_parent(self) -> None:
        return None

    def get_offsets(self) -> tuple[bool, int, int]:
        return True, *self.offsets

    def set_offsets(self, x: int, y: int) -> None:
        self.offsets = x, y

    def get_buffer(self) -> "Layer":
        return self

    def get(self, area: tuple[int, ...], scale: float, kind: str, beyond: object) -> bytes:
        assert (scale, kind) == (1.0, "R'G'B'A u8")
        x, y, width, height = area
        return self.pixels[y : y + height, x : x + width].tobytes()

    def create_mask(self, kind: object) -> NDArray[np.uint8]:
        assert kind == "alpha transfer"
        return self.pixels[:, :, 3].copy()

    def add_mask(self, mask: NDArray[np.uint8]) -> None:
        self.mask, self.pixels[:, :, 3] = mask, 255


@dataclass
class Image:
    """A picture, whose layers are listed from above to below."""

    layers: list[Layer]
    selection: tuple[int, int, int, int] | None = None
    undo: list[str] = field(default_factory=list)

    def insert_layer(self, layer: Layer, parent: None, position: int) -> None:
        self.layers.insert(position, layer)

    def get_item_position(self, layer: Layer) -> int:
        return next(at for at, it in enumerate(self.layers) if it is layer)

    def undo_group_start(self) -> None:
        self.undo.append("start")

    def undo_group_end(self) -> None:
        self.undo.append("end")


class Status(Enum):
    """Of procedures."""

    SUCCESS = auto()
    EXECUTION_ERROR = auto()


class Procedure(SimpleNamespace):
    """Remembers what is said of it."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return lambda *values: setattr(self, name, values)

    @staticmethod
    def new_return_values(status: Status, error: str) -> tuple[Status, str]:
        return status, error


def _bounds(image: Image) -> tuple[bool, bool, int, int, int, int]:
    box = image.selection
    return (True, False, 0, 0, 0, 0) if box is None else (True, True, *box)


def _load(mode: object, image: Image, path: str) -> Layer:
    with Pillow.open(path) as picture:
        return Layer(np.array(picture.convert("RGBA")))


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `from gi.repository import Gimp` find these."""
    gimp = SimpleNamespace(
        PlugIn=object,
        Layer=Layer,
        PDBProcType=SimpleNamespace(PLUGIN="plugin"),
        PDBStatusType=Status,
        RunMode=SimpleNamespace(NONINTERACTIVE="noninteractive"),
        AddMaskType=SimpleNamespace(ALPHA_TRANSFER="alpha transfer"),
        ProcedureSensitivityMask=SimpleNamespace(DRAWABLE="drawable"),
        ImageProcedure=SimpleNamespace(new=lambda *said: Procedure(said=said)),
        Selection=SimpleNamespace(bounds=_bounds),
        file_load_layer=_load,
        displays_flush=lambda: None,
    )
    gegl = SimpleNamespace(
        Rectangle=SimpleNamespace(new=lambda *area: area),
        AbyssPolicy=SimpleNamespace(NONE="none"),
    )
    gi, repository = ModuleType("gi"), ModuleType("gi.repository")
    gi.__dict__["require_version"] = lambda name, version: None
    repository.__dict__.update(
        Gimp=gimp,
        Gegl=gegl,
        Gio=SimpleNamespace(File=SimpleNamespace(new_for_path=lambda path: path)),
        GLib=SimpleNamespace(Error=lambda text="": text),
    )
    monkeypatch.setitem(sys.modules, "gi", gi)
    monkeypatch.setitem(sys.modules, "gi.repository", repository)
