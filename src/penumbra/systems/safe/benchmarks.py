"""What of SAFE-Net can be run again: its tables of people, and of Distinctions-646.

Neither test set is public in whole: table 1 takes any folder of people with mattes, table 2
composes the foregrounds of Distinctions-646, as far as they are at hand, over photographs of yours.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from penumbra.core import trimap
from penumbra.core.arrays import RGB
from penumbra.core.errors import DatasetError
from penumbra.data.readers import read
from penumbra.data.sample import Sample
from penumbra.evaluation.folders import PICTURES
from penumbra.evaluation.offline import compose_offline
from penumbra.evaluation.presets import SAFE, SAFE_D646
from penumbra.evaluation.protocol import Case, Printed, Table, Truth
from penumbra.io import load_alpha, load_image

BACKGROUNDS = 20
"""Of each foreground of Distinctions-646, as its authors compose them."""

_PAPER = "Sun et al., semantic human matting with iterative flaw removal (SAFE-Net)"
_UNIT = "Its unit of SAD cannot be what it says; ours is inferred from its columns."
_RADIUS = 10.0  # pixels; the tables count whole pictures, so the band is for models that need one


def people_cases(root: Path, backgrounds: Path | None = None) -> Sequence[Case]:
    """Find photographs of people with their mattes: `images` and `alphas`.

    Args:
        root: The folder.
        backgrounds: There are none: the photographs are whole.

    Raises:
        DatasetError: Something is missing; the message names it.
    """
    samples = read("pairs", root, "all")
    if without := [sample.name for sample in samples if sample.alpha is None]:
        raise DatasetError(f"{root} must hold alphas, got masks of {len(without)} pictures")
    return [
        Case(sample.name, sample.name, partial(_picture, sample), partial(_truth, sample))
        for sample in samples
    ]


def d646_cases(root: Path, backgrounds: Path | None = None) -> Sequence[Case]:
    """Compose the test foregrounds of Distinctions-646 over 20 backgrounds each.

    Which foreground meets which background is not published; here the next twenty in the order of
    their names, from the first again after the last.

    Args:
        root: The copy, in the published layout.
        backgrounds: A folder of photographs.

    Raises:
        DatasetError: Something is missing; the message names it.
    """
    samples = read("distinctions-646", root, "test")
    if backgrounds is None or not backgrounds.is_dir():
        raise DatasetError(f"backgrounds must be a folder of photographs, got {backgrounds}")
    files = sorted(it for it in backgrounds.iterdir() if it.suffix.lower() in PICTURES)
    if not files:
        raise DatasetError(f"{backgrounds} must hold at least one picture, got none")
    cases = []
    for number, sample in enumerate(samples):
        for k in range(BACKGROUNDS):
            behind = files[(number * BACKGROUNDS + k) % len(files)]
            picture, truth = partial(_composite, sample, behind), partial(_truth, sample)
            cases.append(Case(f"{sample.name}_{k}", sample.name, picture, truth))
    return cases


def _picture(sample: Sample) -> RGB:
    assert sample.image is not None  # readers say what is missing
    return load_image(sample.image)


def _composite(sample: Sample, behind: Path) -> RGB:
    assert sample.foreground is not None
    assert sample.alpha is not None
    layers = load_image(sample.foreground), load_image(behind), load_alpha(sample.alpha)
    return np.divide(compose_offline(*map(_bytes, layers)), 255, dtype=np.float32)


def _truth(sample: Sample) -> Truth:
    assert sample.alpha is not None
    alpha = load_alpha(sample.alpha)
    return Truth(alpha, trimap.from_alpha(alpha, _RADIUS))


def _bytes(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.rint(values * np.float32(255)).astype(np.uint8)


def _row(label: str, labels: tuple[str, ...], *numbers: float) -> Printed:
    return Printed(f"paper: {label}", dict(zip(labels, numbers, strict=True)), f"{_ROWS} {_UNIT}")


_ROWS = "Rows of the paper: its tables."
_FOUR = ("MSE", "SAD", "Grad", "Conn")
_TWO = ("MSE", "SAD")

PEOPLE_TABLE = Table(
    name="safe-table1",
    needs=(
        "people: images and alphas of the same names; the paper's own 2,350 composites are not "
        "public"
    ),
    source=f"{_PAPER}, tables 1 and 4",
    benchmark=SAFE,
    cases=people_cases,
    printed=(
        _row("CF, trimap", _FOUR, 72.51, 42.81, 33.45, 14.77),
        _row("SHM", _FOUR, 68.58, 31.98, 25.15, 10.37),
        _row("BSHM", _FOUR, 53.18, 19.50, 15.57, 6.812),
        _row("HATT", _FOUR, 33.85, 15.08, 15.18, 5.203),
        _row("DIM, trimap", _FOUR, 28.36, 14.23, 15.85, 4.916),
        _row("backbone", _FOUR, 41.18, 18.42, 18.03, 6.782),
        _row("with SAM", _TWO, 37.64, 15.25),
        _row("with SAM and FEM*", _TWO, 37.29, 15.07),
        _row("SAFE", _FOUR, 28.81, 12.06, 11.90, 4.280),
    ),
    has_trimap=False,
)

D646_TABLE = Table(
    name="safe-d646",
    needs="a copy of Distinctions-646 with its test set; also --backgrounds, any photographs",
    source=f"{_PAPER}, tables 2 and 3; rows of rounds are measured with --set rounds=1 and so on",
    benchmark=SAFE_D646,
    cases=d646_cases,
    printed=(
        _row("HATT", _TWO, 32.19, 9.93),
        _row("BSHM", _TWO, 23.34, 8.22),
        _row("SAFE, one round", _TWO, 12.46, 5.17),
        _row("SAFE, two rounds", _TWO, 11.98, 5.01),
        _row("SAFE, three rounds", _TWO, 11.93, 5.00),
    ),
    has_trimap=False,
)

BENCHMARKS = (PEOPLE_TABLE, D646_TABLE)
