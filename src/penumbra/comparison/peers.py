"""What is compared with and is no part of the kit, behind the same two methods as a model.

PyMatting is imported when it is asked; it is no dependency, and it compiles itself then.
"""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.card import ModelCard
from penumbra.core.errors import ConvergenceError, InputError, WeightsError
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.io import load_alpha
from penumbra.runtime.onnx import thread_count

Triple = tuple[float, float, float]

PYMATTING = {
    "closed-form": "estimate_alpha_cf",
    "knn": "estimate_alpha_knn",
    "lbdm": "estimate_alpha_lbdm",
    "lkm": "estimate_alpha_lkm",
    "random-walk": "estimate_alpha_rw",
}
"""Its solvers, by our names where we have the method, too."""

IMAGENET: tuple[Triple, Triple] = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""Mean and deviation that most networks for salient objects expect."""

FLEXIBLE_SIDE = 1024
"""Pixels at which a network sees a picture if it takes any size."""


@dataclass(frozen=True)
class PymattingSolver:
    """One solver of PyMatting with its default settings.

    Args:
        method: Key of `PYMATTING`.
    """

    method: str

    @property
    def card(self) -> ModelCard:
        """It takes a trimap and nothing else."""
        trimap: frozenset[Any] = frozenset({"trimap"})
        return ModelCard(self.method, "PyMatting", "none", trimap, trimap)

    def encode(self, image: RGB) -> RGB:
        """Pass the picture on."""
        return image

    def decode(self, encoded: RGB, hints: Hints, previous: Matte | None = None) -> Matte:
        """Solve.

        Raises:
            ConvergenceError: It refuses the trimap, or finds no answer.
        """
        solve = getattr(import_module("pymatting"), PYMATTING[self.method])
        assert hints.trimap is not None
        try:
            alpha = solve(encoded.astype(np.float64), hints.trimap.astype(np.float64))
        except ValueError as error:
            raise ConvergenceError(f"trimap must suit PyMatting, got {str(error)!r}") from error
        return Matte(np.clip(alpha, 0, 1).astype(np.float32))


class OnnxNetwork:
    """A network for salient objects as rembg runs them: (1, 3, S, S) in, a map out.

    The picture is resized to S x S with Lanczos, divided by its largest value, less `mean`, by
    `deviation`; the first channel of the first output is stretched to [0, 1] and resized back.

    Args:
        path: The file.
        mean: By channel.
        deviation: By channel.

    Raises:
        WeightsError: It cannot be read, or takes something else.
    """

    card = ModelCard("onnx", "A network that was supplied", "none", frozenset())

    def __init__(self, path: Path, mean: Triple, deviation: Triple) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = thread_count()
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # its errors share no class of their own
            reason = str(error).splitlines()[0]
            raise WeightsError(f"{path} must be a whole ONNX file, got {reason}") from error
        shapes = [each.shape for each in self._session.get_inputs()]
        if len(shapes) != 1 or len(shapes[0]) != 4 or shapes[0][1] not in (3, None):
            raise WeightsError(f"{path} must take one (1, 3, S, S), got {shapes}")
        self._name = self._session.get_inputs()[0].name
        rows, cols = (it if isinstance(it, int) else FLEXIBLE_SIDE for it in shapes[0][2:])
        self._size = cols, rows
        self._mean = np.array(mean, np.float32)
        self._deviation = np.array(deviation, np.float32)

    def encode(self, image: RGB) -> RGB:
        """Pass the picture on."""
        return image

    def decode(self, encoded: RGB, hints: Hints, previous: Matte | None = None) -> Matte:
        """Ask the network.

        Raises:
            WeightsError: It does not answer with a map.
        """
        picture = Image.fromarray(np.rint(encoded * 255).astype(np.uint8))
        small = np.asarray(picture.resize(self._size, Image.Resampling.LANCZOS), np.float32)
        seen = (small / max(float(small.max()), 1e-6) - self._mean) / self._deviation
        planes = np.ascontiguousarray(seen.transpose(2, 0, 1)[None], np.float32)
        try:
            answer = np.asarray(self._session.run(None, {self._name: planes})[0])
        except Exception as error:  # as above
            reason = str(error).splitlines()[0]
            raise WeightsError(f"network must take {planes.shape}, got {reason}") from error
        if answer.ndim != 4:
            raise WeightsError(f"network must answer (1, 1, S, S), got {answer.shape}")
        found = answer[0, 0].astype(np.float32)
        low, high = float(found.min()), float(found.max())
        stretched = (found - low) / (high - low) if high > low else np.zeros_like(found)
        grey = Image.fromarray((stretched * 255).astype(np.uint8))
        back = grey.resize((encoded.shape[1], encoded.shape[0]), Image.Resampling.LANCZOS)
        return Matte(np.asarray(back, np.float32) / np.float32(255))


def ready_made(folder: Path, group: str, picture: str) -> Alpha:
    """Return a matte that somebody else made: FOLDER/GROUP/PICTURE.png or FOLDER/PICTURE.png.

    Raises:
        InputError: There is none, or it cannot be read.
    """
    for file in (folder / group / f"{picture}.png", folder / f"{picture}.png"):
        if file.is_file():
            return load_alpha(file)
    raise InputError(f"{folder} must hold {group}/{picture}.png, got none")
