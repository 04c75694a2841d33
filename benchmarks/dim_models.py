"""Classical methods for `benchmarks/dim.py`, whose mattes are kept.

A classical matte takes seconds to minutes and never changes, so it is kept as a 16-bit file
named after its scene and the SHA-256 of image and trimap.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from dim_scenes import Scene

from penumbra.core.arrays import RGB, Alpha, Trimap
from penumbra.core.matte import Matte
from penumbra.io import load_alpha, save_alpha
from penumbra.solvers.closed_form import estimate_alpha_closed_form
from penumbra.solvers.knn import estimate_alpha_knn
from penumbra.solvers.shared import estimate_alpha_shared

Model = Callable[[Scene], Matte | None]
"""None where the answer is not at hand."""

SOLVERS: dict[str, Callable[[RGB, Trimap], Alpha]] = {
    "closed-form": estimate_alpha_closed_form,
    "shared": estimate_alpha_shared,
    "knn": estimate_alpha_knn,
}
"""Quickest first."""


@dataclass(frozen=True)
class Kept:
    """A classical method that solves nothing twice.

    Attributes:
        name: Key of `SOLVERS`.
        folder: Of the mattes of all methods.
        is_solving: Whether what is not there is solved; otherwise it is left out.
    """

    name: str
    folder: Path
    is_solving: bool = True

    def __call__(self, scene: Scene) -> Matte | None:
        """Return the matte, solving if need be."""
        digest = sha256(scene.image.tobytes() + scene.trimap.tobytes()).hexdigest()[:16]
        path = self.folder / self.name / f"{scene.name}-{digest}.png"
        if not path.exists():
            if not self.is_solving:
                return None
            start = time.perf_counter()
            alpha = SOLVERS[self.name](scene.image, scene.trimap)
            seconds = round(time.perf_counter() - start, 2)
            path.parent.mkdir(parents=True, exist_ok=True)
            save_alpha(path, alpha, 16)
            print(json.dumps({"solved": scene.name, "model": self.name, "s": seconds}), flush=True)
        # 16 bits miss exact trimap values by nothing, and others by less than any number shown.
        return Matte(load_alpha(path), scene.trimap)


def classical(folder: Path, is_solving: bool = True) -> dict[str, Model]:
    """Return the classical methods by name."""
    return {name: Kept(name, folder, is_solving) for name in SOLVERS}
