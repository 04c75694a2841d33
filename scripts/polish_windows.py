"""Collect windows of what `clicks` answers, from which `scripts/polish_clicks.py` learns to polish.

    python scripts/polish_windows.py runs/windows/a.npz --pack clicks.tar --minutes 14 --seed 1
    python scripts/polish_windows.py runs/windows/b.npz --minutes 16 --seed 2 \
        --backgrounds ../shared/data/bg

As shipped, with colours and all: the third stage of the recipe knows the network's alpha alone, at
sizes that fit into a batch.  With packs the pictures are those of the recipe, seen at 512, 256 or
160 pixels; without, drawn objects of up to 2048 pixels, two to eight times as large as what is
seen, over photographs of BACKGROUNDS, enlarged, or drawn ones.  Of each these are the answers
without a click and after one to six corrective ones; of each answer the windows that are doubted
most, some that are most wrong, and some anywhere.  OUT holds, for N windows with their halo,
`image` (N, 84, 84, 3) uint8, `alpha` as answered, float16, `alpha_true` uint8, and the `picture`
and `zoom` (pixels to one that is seen) of each.
"""

import argparse
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.composite import composite
from penumbra.core.matte import softness
from penumbra.core.patches import SIZE, Corner, choose
from penumbra.core.resample import resize
from penumbra.data.procedural.backgrounds import draw_background
from penumbra.data.procedural.families import FAMILIES
from penumbra.data.readers import read
from penumbra.evaluation.robot import play
from penumbra.io import load_image
from penumbra.systems.clicks.recipe import RECIPES
from penumbra.systems.clicks.refine import REACH
from penumbra.systems.clicks.system import load_networks
from penumbra.training.compose import Composer
from penumbra.training.pool import Pool

SEEN = (512, 512, 512, 256, 160)
"""Longer sides of what the networks see of pictures of packs, all as likely."""

SHAPES = (448, 512, 576, 640, 704)  # longer sides of those pictures
CLICKS = 6  # at most
DOUBTED, WRONG, ANYWHERE = 10, 3, 1  # windows of an answer; of drawn pictures twice as many
HOPELESS = 0.3  # from which on an error is no worse: some windows are wrong through and through
LARGEST = 2048  # longer side of what is drawn
VISIBLE = 0.02  # share of a picture that an object must have


@dataclass(frozen=True)
class Drawn:
    """A picture with its truth.

    Attributes:
        image: (H, W, 3).
        alpha: (H, W).
        seen: Longer side of what the networks see of it, pixels.
    """

    image: RGB
    alpha: Alpha
    seen: int


def main() -> None:
    """Answer to pictures, write windows."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--pack", type=Path, action="append", default=[])
    parser.add_argument("--backgrounds", type=Path, help="folder with photographs, without packs")
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    rng = np.random.default_rng(arguments.seed)
    packed = arguments.pack
    pictures = (
        of_packs(packed, rng, arguments.seed) if packed else drawn_large(rng, arguments.backgrounds)
    )
    model, end = load_networks(), time.monotonic() + 60 * arguments.minutes
    found: dict[str, list[NDArray[np.generic]]] = {}
    for number, picture in enumerate(pictures):
        options = replace(model.options, work_long_side=picture.seen)
        rounds = list(
            play(
                replace(model, options=options),
                picture.image,
                picture.alpha,
                int(rng.integers(1, CLICKS + 1)),
            )
        )
        more = 1 if packed else 2
        shown_twice = {len(each.clicks): each.matte.alpha for each in (rounds[0], rounds[-1])}
        for shown in shown_twice.values():
            corners = corners_of(shown, picture.alpha, more, rng)
            zoom = max(1.0, max(shown.shape) / picture.seen)
            for image, alpha, alpha_true in zip(
                windows(picture.image, corners),
                windows(shown, corners),
                windows(picture.alpha, corners),
                strict=True,
            ):
                row = {
                    "image": np.rint(255 * image).astype(np.uint8),
                    "alpha": alpha.astype(np.float16),
                    "alpha_true": np.rint(255 * alpha_true).astype(np.uint8),
                    "picture": np.int64(number),
                    "zoom": np.float32(zoom),
                }
                for name, value in row.items():
                    found.setdefault(name, []).append(np.asarray(value))
        if time.monotonic() > end:
            break
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    stacked = {name: np.stack(each) for name, each in found.items()}
    np.savez(arguments.out, allow_pickle=False, **stacked)
    print(f"{len(found['zoom'])} windows of {number + 1} pictures in {arguments.out}")


def of_packs(packs: list[Path], rng: np.random.Generator, seed: int) -> Iterator[Drawn]:
    """Yield samples of the recipe's last stage, cut to pictures of any shape."""
    stage = RECIPES["s"].stages[-1]
    composer, number = Composer(Pool.load(packs)), 0
    while True:
        side = int(rng.choice(SHAPES))
        batch = composer.batch(replace(stage, size=side, batch_size=1), seed, number, 1)
        number += 1
        height, width = rng.permutation([side, round(side * rng.uniform(0.7, 1))]).tolist()
        rows, cols = (slice((side - it) // 2, (side - it) // 2 + it) for it in (height, width))
        image = batch.image[0].permute(1, 2, 0).numpy()[rows, cols]
        alpha = batch.alpha[0, 0].numpy()[rows, cols]
        if alpha.mean() >= VISIBLE:
            yield Drawn(_rounded(image), alpha.copy(), int(rng.choice(SEEN)))


def drawn_large(rng: np.random.Generator, folder: Path | None) -> Iterator[Drawn]:
    """Yield drawn objects over photographs or drawn backgrounds, large beside what is seen."""
    found = [] if folder is None else read("bg", folder, "train")
    photographs = [it.background for it in found if it.background is not None]
    while True:
        for family in FAMILIES.values():
            seen = int(rng.choice((256, 512)))
            side = round(seen * rng.uniform(2, LARGEST / seen))
            height, width = rng.permutation([side, round(side * rng.uniform(0.7, 1))]).tolist()
            drawn = family.draw(rng, height, width)
            alpha = _rounded(drawn.alpha)
            if photographs and rng.random() < 0.7:
                photograph = load_image(photographs[int(rng.integers(len(photographs)))])
                behind = covering(photograph, height, width)
            else:
                behind = draw_background(rng, height, width)
            image = composite(drawn.foreground, behind, alpha)
            image += rng.uniform(0, 0.015) * rng.standard_normal(image.shape, np.float32)
            yield Drawn(_rounded(image), alpha, seen)


def covering(photograph: RGB, height: int, width: int) -> RGB:
    """Return the middle of a photograph, enlarged where it must be."""
    scale = max(1.0, height / photograph.shape[0], width / photograph.shape[1])
    rows, cols = (math.ceil(scale * side) for side in photograph.shape[:2])
    top, left = (rows - height) // 2, (cols - width) // 2
    return resize(photograph, rows, cols)[top : top + height, left : left + width]


def corners_of(
    shown: Alpha, alpha_true: Alpha, more: int, rng: np.random.Generator
) -> list[Corner]:
    """Return windows of an answer."""
    height, width = shown.shape
    doubted = choose(softness(shown), 4 * DOUBTED * more)
    if more > 1:
        doubted = [doubted[place] for place in rng.permutation(len(doubted))]
    wrong = choose(np.minimum(np.abs(shown - alpha_true), HOPELESS), WRONG * more)
    limits = height - SIZE + 1, width - SIZE + 1
    anywhere = rng.integers(0, limits, (ANYWHERE * more, 2)).tolist()
    return [*doubted[: DOUBTED * more], *wrong, *((row, col) for row, col in anywhere)]


def windows(plane: NDArray[np.float32], corners: list[Corner]) -> list[NDArray[np.float32]]:
    """Return windows with their halo, reflected at the border of the picture."""
    wide = np.pad(plane, [(REACH, REACH), (REACH, REACH), (0, 0)][: plane.ndim], "reflect")
    side = SIZE + 2 * REACH
    return [wide[row : row + side, col : col + side] for row, col in corners]


def _rounded(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what a file of eight bits would hold."""
    return np.rint(np.clip(plane, 0, 1) * np.float32(255)) / np.float32(255)


if __name__ == "__main__":
    main()
