"""A tiny copy of the test set of Composition-1k: three objects on two backgrounds each."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.scenes import glass, soft_disk, strands, trimap_of

OBJECTS: dict[str, Callable[[], NDArray[np.float32]]] = {
    "wisp": strands,
    "ball": soft_disk,
    "pane": glass,
}
"""In the order of the list, which is not that of the alphabet."""

LICENSED = Path("Test_set/Adobe-licensed images")
SIZE = 32


def names(count: int = 2) -> list[str]:
    """The samples in their order."""
    return [f"{stem}_{k}" for stem in OBJECTS for k in range(count)]


def write_copy(root: Path, has_merged: bool = False) -> Path:
    """Make the files in `root` and return it; the backgrounds lie in `root/../voc`."""
    for part in ("fg", "alpha", "trimaps"):
        (root / LICENSED / part).mkdir(parents=True)
    for number, (stem, draw) in enumerate(OBJECTS.items()):
        alpha = draw()
        save(root / LICENSED / f"fg/{stem}.png", drawn_colours(number))
        save(root / LICENSED / f"alpha/{stem}.png", np.rint(alpha * 255))
        for k in range(2):
            trimap = trimap_of(alpha, band=1 + k)
            codes = np.select([trimap == 0, trimap == 1], [0, 255], 128)
            save(root / LICENSED / f"trimaps/{stem}_{k}.png", codes)
    lists = {"fg": [f"{stem}.png" for stem in OBJECTS], "bg": background_files()}
    for part, files in lists.items():
        (root / f"Test_set/test_{part}_names.txt").write_text("\n".join(files) + "\n")
    voc = root.parent / "voc"
    voc.mkdir(exist_ok=True)
    for number, file in enumerate(background_files()):
        save(voc / file, drawn_background(number))
    if has_merged:
        (root / "Test_set/merged").mkdir()
        for name in names():
            save(root / f"Test_set/merged/{name}.png", drawn_colours(7))
    return root


def background_files() -> list[str]:
    """The list of backgrounds, which is not in the order of the alphabet."""
    return [f"2009_{9 - number}.png" for number in range(6)]


def drawn_colours(number: int) -> NDArray[np.uint8]:
    """Warm colours that change from object to object, (32, 32, 3)."""
    row, col = np.mgrid[:SIZE, :SIZE]
    return np.stack([200 + row, 60 + 2 * col + 10 * number, 40 + row % 8], -1).astype(np.uint8)


def drawn_background(number: int) -> NDArray[np.uint8]:
    """Cold colours of another size each, smaller and larger than the objects."""
    height, width = 24 + 6 * number, 40 - 3 * number
    row, col = np.mgrid[:height, :width]
    return np.stack([10 * number + row % 16, 90 + col, 190 + row], -1).astype(np.uint8)


def save(path: Path, values: NDArray[np.generic]) -> None:
    """Write a grey or a colour picture."""
    Image.fromarray(np.asarray(values).astype(np.uint8)).save(path)
