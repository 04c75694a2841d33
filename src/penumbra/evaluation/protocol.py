"""What of a paper can be run again: its tables and its curves, beside the numbers it printed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from penumbra.core.arrays import RGB, Alpha, Trimap
from penumbra.core.budget import Budget
from penumbra.core.hints import HintKind
from penumbra.evaluation.benchmark import Benchmark

if TYPE_CHECKING:  # users draw with OpenCV, which lists of what there is do without
    from penumbra.data.users import ProtocolName, Target


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


@dataclass(frozen=True, eq=False)
class PersonCase:
    """One person of a test set; nothing is read before it is wanted.

    Attributes:
        name: Unique within the set.
        picture: Name of the picture.
        number: Of the person among those of the picture, from 0.
        image: Reads the picture, (H, W, 3).
        target: Reads whom a simulated user wants.
    """

    name: str
    picture: str
    number: int
    image: Callable[[], RGB]
    target: Callable[[], "Target"]


PersonCases = Callable[[Path, Path | None], Sequence[PersonCase]]
"""Finds the people of a copy, those of a picture together; otherwise as `Cases`."""


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


@dataclass(frozen=True)
class Talk:
    """How a simulated user says whom they want; see `evaluation.conversing`.

    Attributes:
        label: What its row or curve is called.
        first: The protocol of the first round.
        later: Of each other round; the same if omitted.
        is_single: Whether of clicks and of scribbles only the first of a round is made.
    """

    label: str
    first: "ProtocolName"
    later: "ProtocolName | None" = None
    is_single: bool = False

    @property
    def kinds(self) -> frozenset[HintKind]:
        """What a model must take."""
        kinds: set[HintKind] = set()
        for protocol in (self.first, self.later or self.first):
            if protocol == "mixed":
                kinds |= {"click", "scribble", "box", "text"}
            else:
                kinds.add(protocol)
        return frozenset(kinds)


@dataclass(frozen=True)
class Input:
    """Rows of a table that tell how well people are found who are talked about in one way.

    Attributes:
        talk: How.
        printed: The rows of the paper.
    """

    talk: Talk
    printed: tuple[Printed, ...]


@dataclass(frozen=True)
class PersonTable:
    """A table of people whom simulated users want, in rounds; see `evaluation.spoken`.

    Attributes:
        name: "dfimat-table3-him2k".
        needs: What must lie in the folder of data.
        source: Which table of which paper, and what was chosen where it leaves a choice.
        benchmark: What is measured after the last round, and how.
        cases: Finds the people.
        inputs: How they are talked about.
        has_effort: Whether it is also counted how many clicks alone it takes to find them.
    """

    name: str
    needs: str
    source: str
    benchmark: Benchmark
    cases: PersonCases
    inputs: tuple[Input, ...]
    has_effort: bool = False


@dataclass(frozen=True)
class PersonCurve:
    """Errors over the rounds of users who want a person; see `evaluation.rounds`.

    Attributes:
        name: "dfimat-figure5".
        needs: What must lie in the folder of data.
        source: Which figure of which paper, and what was chosen where it leaves a choice.
        benchmark: What is measured after every round, and how.
        cases: Finds the people.
        talks: How they are talked about: a curve each.
        rounds: How many.
    """

    name: str
    needs: str
    source: str
    benchmark: Benchmark
    cases: PersonCases
    talks: tuple[Talk, ...]
    rounds: int = 5


OfImages = Table | Curve | ClickTable | RefineTable | DoubtCurve
OfPeople = PersonTable | PersonCurve
Published = OfImages | OfPeople


def first_of_each(cases: Sequence[Case]) -> list[Case]:
    """Keep the first image of every group, in the order of the groups."""
    first: dict[str, Case] = {}
    for case in cases:
        first.setdefault(case.group, case)
    return list(first.values())
