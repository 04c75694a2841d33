"""What of a paper can be run again: its tables and its curves, beside the numbers it printed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from penumbra.core.arrays import RGB, Alpha, Trimap
from penumbra.core.budget import Budget
from penumbra.evaluation.benchmark import Benchmark


class Truth(NamedTuple):
    """What an answer is compared with.

    Attributes:
        alpha: True matte, (H, W) in [0, 1].
        trimap: What the model is given, if it is given one, (H, W).
    """

    alpha: Alpha
    trimap: Trimap


@dataclass(frozen=True, eq=False)
class Case:
    """One image of a test set; nothing is read before it is wanted.

    Attributes:
        name: Unique within the set, and fit for a file.
        group: What it shares with other images of the set: the object.
        image: Reads or composes the picture, (H, W, 3).
        truth: Reads what belongs to it.
        kinds: What kinds of image it is one of, by what they are kinds of: "type" to "SO".
    """

    name: str
    group: str
    image: Callable[[], RGB]
    truth: Callable[[], Truth]
    kinds: Mapping[str, str] = field(default_factory=dict)


Cases = Callable[[Path, Path | None], Sequence[Case]]
"""Finds the test set in a copy; the second folder, if given, holds backgrounds.

Raises `DatasetError`, naming what is missing.
"""


@dataclass(frozen=True)
class Printed:
    """A row of a paper's table.

    Attributes:
        label: What the row is called, the paper said.
        numbers: Label of a score to the number, in the unit of the benchmark.
        source: Where the numbers were read.
        means: Of the benchmark's first score, by kind of image, for each way in which `Case.kinds`
            tells them apart.
    """

    label: str
    numbers: Mapping[str, float]
    source: str
    means: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """A table that any model can be entered into which needs no more than it gives.

    Attributes:
        name: "comp1k".
        needs: What must lie in the folder of data.
        source: Which table of which paper.
        benchmark: What is measured, and how.
        cases: Finds the images.
        printed: The rows of the paper, best last.
        has_trimap: Whether models are given a trimap; otherwise only those that need one are.
    """

    name: str
    needs: str
    source: str
    benchmark: Benchmark
    cases: Cases
    printed: tuple[Printed, ...]
    has_trimap: bool = True


@dataclass(frozen=True)
class Curve:
    """An error over the width of the unknown region; see `evaluation.sensitivity`.

    Attributes:
        name: "trimap-sensitivity".
        needs: What must lie in the folder of data.
        source: Which figure of which paper, and what was chosen where it leaves a choice.
        cases: Finds the images; the first of each group is used.
        distances: By how many pixels the truth is dilated.
    """

    name: str
    needs: str
    source: str
    cases: Cases
    distances: tuple[int, ...]


@dataclass(frozen=True)
class ClickTable:
    """A table of mattes that a robot corrects with clicks; see `evaluation.clicked`.

    Attributes:
        name: "clicks-table1".
        needs: What must lie in the folder of data.
        source: Which table of which paper, and what was chosen where it leaves a choice.
        benchmark: What is measured, and how; it has a score "MAD".
        cases: Finds the images.
        printed: The rows of the paper.
        clicks: An image, on average.
        most: Clicks of one image.
    """

    name: str
    needs: str
    source: str
    benchmark: Benchmark
    cases: Cases
    printed: tuple[Printed, ...]
    clicks: float
    most: int = 5


@dataclass(frozen=True)
class Way:
    """One way to refine a matte.

    Attributes:
        label: What its row is called.
        budget: What it may cost.
        settings: "name=value" for the options of the model.
    """

    label: str
    budget: Budget
    settings: tuple[str, ...] = ()


@dataclass(frozen=True)
class RefineTable:
    """A table of one matte refined in several ways; see `evaluation.refined`.

    Attributes:
        name: "clicks-table2".
        needs: What must lie in the folder of data.
        source: Which table of which paper, and what was chosen where it leaves a choice.
        benchmark: What is measured, and how.
        cases: Finds the images.
        printed: The rows of the paper.
        ways: How mattes are refined; the first is none at all.
    """

    name: str
    needs: str
    source: str
    benchmark: Benchmark
    cases: Cases
    printed: tuple[Printed, ...]
    ways: tuple[Way, ...]


@dataclass(frozen=True)
class DoubtCurve:
    """The error that is left without the most uncertain pixels; see `evaluation.doubted`.

    Attributes:
        name: "clicks-sparsification".
        needs: What must lie in the folder of data.
        source: Which figure of which paper, and what was chosen where it leaves a choice.
        cases: Finds the images.
    """

    name: str
    needs: str
    source: str
    cases: Cases


Published = Table | Curve | ClickTable | RefineTable | DoubtCurve


def first_of_each(cases: Sequence[Case]) -> list[Case]:
    """Keep the first image of every group, in the order of the groups."""
    first: dict[str, Case] = {}
    for case in cases:
        first.setdefault(case.group, case)
    return list(first.values())
