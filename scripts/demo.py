"""Cut the person and the cat out of scikit-image's photographs, and look at them.

    python scripts/demo.py demo

A box comes first; then clicks tell the person, with the helmet she holds, from the table whose
black is that of the helmet.  For each round the folder holds the cut-out (transparent), and the
cut-out on white, on black and on another photograph; one sheet shows all side by side.
"""

import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from skimage import data

from penumbra import Box, Click, Cutout, Hints, Session, load_predictor, save_cutout
from penumbra.core.arrays import RGB
from penumbra.core.resample import resize
from penumbra.io import save_image
from penumbra.session.backdrop import cover
from penumbra.session.cutout import lift

ROUNDS = {
    "astronaut": (
        Hints(box=Box(18, 12, 511, 512)),
        Hints(
            box=Box(18, 12, 511, 512),
            clicks=tuple(
                Click(x, y, is_foreground=False) for x, y in ((430, 310), (495, 400), (368, 290))
            ),
        ),
    ),
    "chelsea": (Hints(box=Box(0, 0, 400, 300)),),
}
"""The hints of every round, in pixels of the photographs that come with scikit-image."""

PANEL_HEIGHT = 360
CAPTION_HEIGHT = 24


def main(folder: Path) -> None:
    """Write everything into `folder`, and say what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    predictor = load_predictor("classical")
    rows = []
    for name, rounds in ROUNDS.items():
        photograph = photograph_of(name)
        session = Session(predictor, photograph)
        for number, hints in enumerate(rounds, start=1):
            began = time.perf_counter()
            cutout = lift(photograph, session.apply(hints))
            print(f"{name}, round {number}: {time.perf_counter() - began:.1f} s")
            stem = name if number == 1 else f"{name}-round-{number}"
            panels = {"photograph and hints": with_hints(photograph, hints)}
            panels["alpha"] = np.repeat(cutout.alpha[:, :, None], 3, axis=2)
            panels["transparent"] = cutout.over(checkers(cutout))
            save_cutout(folder / f"{stem}.png", cutout)
            say(folder / f"{stem}.png")
            for scene, picture in composites(cutout).items():
                panels[f"on {scene}"] = picture
                save_image(folder / f"{stem}-on-{scene}.png", picture)
                say(folder / f"{stem}-on-{scene}.png")
            rows.append(row(panels))
    sheet(rows).save(folder / "contact-sheet.png")
    say(folder / "contact-sheet.png")


def composites(cutout: Cutout) -> dict[str, RGB]:
    """Lay a cut-out over white, over black and over a photograph taken at dusk."""
    dusk = cover(photograph_of("rocket"), *cutout.alpha.shape)
    white = np.ones(3, np.float32)
    return {
        "white": cutout.over(white),
        "black": cutout.over(np.zeros_like(white)),
        "photo": cutout.over(dusk),
    }


def photograph_of(name: str) -> RGB:
    """Return a photograph that comes with scikit-image, (H, W, 3) in [0, 1]."""
    samples: NDArray[np.uint8] = getattr(data, name)()
    return samples.astype(np.float32) / np.float32(255)


def checkers(cutout: Cutout, side: int = 12) -> RGB:
    """Return the grey squares that stand for transparency, as large as the cut-out."""
    y, x = np.indices(cutout.alpha.shape)
    is_dark = (x // side + y // side) % 2 == 1
    return np.where(is_dark[:, :, None], 0.6, 0.8).astype(np.float32).repeat(3, axis=2)


def with_hints(photograph: RGB, hints: Hints, line: int = 2, dot: int = 6) -> RGB:
    """Return the photograph with a green box and with red dots for clicks off the object."""
    drawn = photograph.copy()
    if (box := hints.box) is not None:
        x0, y0, x1, y1 = (round(side) for side in (box.x0, box.y0, box.x1, box.y1))
        drawn[y0:y1, x0:x1] = (0, 1, 0)
        inner = np.s_[y0 + line : y1 - line, x0 + line : x1 - line]
        drawn[inner] = photograph[inner]
    for click in hints.clicks:
        row, col = click.pixel
        drawn[row - dot : row + dot, col - dot : col + dot] = (1, 0, 0)
    return drawn


def row(panels: dict[str, RGB]) -> Image.Image:
    """Set panels side by side at one height, each under its caption."""
    pictures = []
    for caption, panel in panels.items():
        width = round(panel.shape[1] * PANEL_HEIGHT / panel.shape[0])
        scaled = np.clip(resize(panel, PANEL_HEIGHT, width), 0, 1)
        samples = np.rint(scaled * 255).astype(np.uint8)
        picture = Image.new("RGB", (width, CAPTION_HEIGHT + PANEL_HEIGHT), "white")
        picture.paste(Image.fromarray(samples), (0, CAPTION_HEIGHT))
        ImageDraw.Draw(picture).text((4, 6), caption, fill="black")
        pictures.append(picture)
    return Image.fromarray(np.hstack([np.asarray(picture) for picture in pictures]))


def sheet(rows: list[Image.Image]) -> Image.Image:
    """Set rows under each other."""
    width, height = max(row.width for row in rows), sum(row.height for row in rows)
    joined = Image.new("RGB", (width, height), "white")
    top = 0
    for each in rows:
        joined.paste(each, (0, top))
        top += each.height
    return joined


def say(path: Path) -> None:
    """Say that a file was written."""
    print(f"wrote {path}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
