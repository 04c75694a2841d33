"""What of matting by clicks can be run again: both tables, and the figure of the uncertainty.

All on Composition-1k, its longer side 800 pixels: in table 1 with as many clicks as the paper
says, in table 2 and figure 3 without.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from penumbra.core.arrays import RGB
from penumbra.core.budget import Budget
from penumbra.core.frames import Resize
from penumbra.core.resample import resize_nearest
from penumbra.evaluation.composition import composition_1k_cases
from penumbra.evaluation.presets import CLICKS_TABLE1, CLICKS_TABLE2
from penumbra.evaluation.protocol import (
    Case,
    ClickTable,
    DoubtCurve,
    Printed,
    RefineTable,
    Truth,
    Way,
)

SIDE = 800
"""Longer side in pixels of pictures, mattes and trimaps."""

_PAPER = (
    'Wei, Huang, Zhao, Feng: "Improved image matting via real-time user clicks and uncertainty '
    'estimation", CVPR 2021'
)
_NEEDS = (
    "a copy of Composition-1k with its test set; also --backgrounds, the pictures of PASCAL VOC, "
    "where Test_set/merged or Test_set/bg do not hold them"
)


def smaller_cases(root: Path, backgrounds: Path | None = None) -> Sequence[Case]:
    """Find the test images of Composition-1k, the longer side of each made 800 pixels.

    Args:
        root: The copy, in the published layout.
        backgrounds: The folder of the pictures that the list names, those of PASCAL VOC.

    Raises:
        DatasetError: Something is missing; the message names it.
    """
    found = composition_1k_cases(root, backgrounds)
    return [
        replace(case, image=partial(_image, case), truth=partial(_truth, case)) for case in found
    ]


def _image(case: Case) -> RGB:
    image = case.image()
    return _frame(image.shape[:2]).plane(image)


def _truth(case: Case) -> Truth:
    alpha, trimap = case.truth()
    frame = _frame(alpha.shape)
    small = frame.plane(alpha).clip(0, 1)
    return Truth(small, resize_nearest(trimap, frame.new_height, frame.new_width))


def _frame(shape: tuple[int, ...]) -> Resize:
    scale = SIDE / max(shape)
    return Resize(*shape, *(max(1, round(side * scale)) for side in shape))


def _row(label: str, *numbers: float) -> Printed:
    labels = ("SAD", "MSE", "Grad", "Conn")
    return Printed(f"paper: {label}", dict(zip(labels, numbers, strict=True)), _ROWS)


_ROWS = "Rows of the paper: its tables; times are not comparable and left out."

TABLE1 = ClickTable(
    name="clicks-table1",
    needs=_NEEDS,
    source=(
        f"{_PAPER}, table 1, without local refinement. Chosen: clicks are the robot's; rows "
        "No-Hints and Hints-Train are measured with --set hints_test=false"
    ),
    benchmark=CLICKS_TABLE1,
    cases=smaller_cases,
    printed=(
        _row("CS", 6.38, 41.53, 71.57, 17.98),
        _row("Closed-form", 7.01, 45.37, 80.10, 24.72),
        _row("KNN", 7.79, 49.94, 86.26, 32.78),
        _row("Shared", 6.55, 41.77, 85.41, 69.02),
        _row("Global", 7.09, 43.92, 78.29, 25.12),
        _row("DIM", 1.93, 4.18, 14.20, 18.92),
        _row("CA", 1.62, 3.03, 8.90, 15.16),
        _row("GCA", 1.50, 3.19, 8.97, 13.81),
        _row("LF", 3.47, 11.69, 22.50, 35.74),
        _row("No-Hints", 2.26, 5.22, 13.87, 20.44),
        _row("Hints-Train", 2.17, 4.98, 12.96, 19.38),
        _row("Hints-TrainTest", 1.68, 3.06, 7.57, 14.17),
    ),
    clicks=0.56,
)

TABLE2 = RefineTable(
    name="clicks-table2",
    needs=_NEEDS,
    source=(
        f"{_PAPER}, table 2. Chosen: of mattes without clicks; the seconds are those of the "
        "refinement alone, and only their ratios compare with the paper's"
    ),
    benchmark=CLICKS_TABLE2,
    cases=smaller_cases,
    printed=(
        _row("w/o", 8.69, 0.0116, 5.79, 8.02),
        _row("global", 8.57, 0.0117, 5.81, 7.89),
        _row("local 4", 8.60, 0.0112, 5.68, 7.93),
        _row("local 8", 8.53, 0.0110, 5.61, 7.87),
        _row("local 16", 8.42, 0.0108, 5.51, 7.77),
        _row("local 24", 8.34, 0.0107, 5.45, 7.71),
        _row("local 32", 8.29, 0.0106, 5.42, 7.67),
    ),
    ways=(
        Way("w/o", Budget(0)),
        Way("global", Budget(1), ("refine=global",)),
        *(Way(f"local {count}", Budget(count)) for count in (4, 8, 16, 24, 32)),
    ),
)

FIGURE3 = DoubtCurve(
    name="clicks-sparsification",
    needs=_NEEDS,
    source=f"{_PAPER}, figure 3. Chosen: of mattes without clicks",
    cases=smaller_cases,
)

BENCHMARKS = (TABLE1, TABLE2, FIGURE3)
