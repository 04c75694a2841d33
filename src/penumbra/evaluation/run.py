"""From pairs of mattes to rows of numbers, and the mean over images."""

import math
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from penumbra.core.arrays import Trimap, as_trimap
from penumbra.core.errors import DatasetError, InputError, TrimapError
from penumbra.core.resample import resize, resize_nearest
from penumbra.evaluation.benchmark import Benchmark, Quantise, Score
from penumbra.metrics.pair import AnyAlpha, Floats, as_floats, check_pair, count, count_outside

CODES = {"unknown": 0.5, "foreground": 1.0, "background": 0.0}
"""The parts of a trimap."""


@dataclass(frozen=True, eq=False)
class Sample:
    """One image of a test set.

    Attributes:
        name: What rows and errors call it.
        alpha: Estimated matte, (H, W) in [0, 1]; what lies outside is clipped and counted.
        alpha_true: True matte, (H, W) in [0, 1].
        trimap: (H, W), or None where there is none.
    """

    name: str
    alpha: AnyAlpha
    alpha_true: AnyAlpha
    trimap: Trimap | None = None


@dataclass(frozen=True)
class Row:
    """The numbers of one image.

    Attributes:
        name: Of the image.
        height: Of the mattes as they were compared, after any resizing the benchmark asks for.
        width: As `height`.
        pixels: Number of pixels of each part of the trimap; empty without one.
        clipped: Number of estimated values that lay outside [0, 1].
        raw: Label of the score to the number before scaling; NaN where it is undefined.
    """

    name: str
    height: int
    width: int
    pixels: dict[str, int]
    clipped: int
    raw: dict[str, float]

    @property
    def megapixels(self) -> float:
        """Millions of pixels compared."""
        return self.height * self.width / 1e6


@dataclass(frozen=True)
class Failure:
    """An image for which there are no numbers.

    Attributes:
        name: Of the image.
        reason: What had to hold, and what came.
        is_bug: Whether the reason is a mistake of ours rather than of the input.
    """

    name: str
    reason: str
    is_bug: bool = False


@dataclass(frozen=True)
class Mean:
    """A score over a set of images, each weighing the same.

    Attributes:
        raw: Mean before scaling; NaN if no image defines it.
        scaled: What the table prints.
        images: How many images it is the mean of.
        undefined: How many were left out because nothing could be measured in them.
    """

    raw: float
    scaled: float
    images: int
    undefined: int


@dataclass(frozen=True)
class Report:
    """What came of a benchmark.

    Attributes:
        benchmark: The rules.
        scores: The columns; without trimaps, those that need one are missing.
        rows: One for each image, in the order of the samples.
        extra: Names of estimates for which there is no truth.
        failed: Images that could not be measured and are in no mean.
    """

    benchmark: Benchmark
    scores: tuple[Score, ...]
    rows: tuple[Row, ...]
    extra: tuple[str, ...] = ()
    failed: tuple[Failure, ...] = ()

    def mean(self, score: Score) -> Mean:
        """Average one column over the images that define it."""
        values = [row.raw[score.label] for row in self.rows]
        defined = [value for value in values if not math.isnan(value)]
        raw = math.fsum(defined) / len(defined) if defined else math.nan
        return Mean(raw, raw * score.scale, len(defined), len(values) - len(defined))


def evaluate_pairs(samples: Iterable[Sample], benchmark: Benchmark) -> Report:
    """Measure every sample by the rules of the benchmark.

    Args:
        samples: One image after the other; only one is held at a time.
        benchmark: What to measure, and how.

    Raises:
        DatasetError: There is no sample, or some have a trimap and others none.
        ImageError: The mattes of a sample cannot be compared; the message names it.
        TrimapError: A trimap is missing that the benchmark needs, or does not fit.
    """
    return gather([measure(sample, benchmark) for sample in samples], benchmark)


def gather(rows: Sequence[Row], benchmark: Benchmark) -> Report:
    """Make a report of rows that `measure` made by the same rules; raises as `evaluate_pairs`."""
    if not rows:
        raise DatasetError("benchmark must be run on at least one image, got none")
    labels = set(rows[0].raw)
    if any(set(row.raw) != labels for row in rows):
        raise DatasetError("trimaps must be given for all images or for none, got some")
    if clipped := sum(row.clipped for row in rows):
        warnings.warn(f"alpha must lie in [0, 1], clipped {clipped} pixels", stacklevel=2)
    scores = tuple(score for score in benchmark.scores if score.label in labels)
    return Report(benchmark, scores, tuple(rows))


def measure(sample: Sample, benchmark: Benchmark) -> Row:
    """Measure one image by the rules of the benchmark; raises as `evaluate_pairs`."""
    try:
        return _row(sample, benchmark)
    except InputError as error:
        raise type(error)(f"{sample.name}: {error}") from error


def _row(sample: Sample, benchmark: Benchmark) -> Row:
    estimate = as_floats(sample.alpha, "alpha")
    clipped = count_outside(estimate)
    estimate, truth = check_pair(np.clip(estimate, 0, 1), sample.alpha_true)
    trimap = sample.trimap
    if trimap is not None:
        trimap = as_trimap(trimap)
        if trimap.shape != truth.shape:
            raise TrimapError(f"trimap must have shape {truth.shape}, got {trimap.shape}")
    elif benchmark.needs_trimaps:
        raise TrimapError(f"{benchmark.name} must be given a trimap for each image, got none")
    estimate = _quantised(estimate, benchmark.quantise)
    if benchmark.size is not None:
        estimate, truth = resize(estimate, *benchmark.size), resize(truth, *benchmark.size)
        trimap = None if trimap is None else resize_nearest(trimap, *benchmark.size)
    if benchmark.is_trimap_fixed and trimap is not None:
        estimate = _fixed(estimate, trimap)
    parts = {} if trimap is None else {part: trimap == code for part, code in CODES.items()}
    return Row(
        name=sample.name,
        height=truth.shape[0],
        width=truth.shape[1],
        pixels={part: count(mask, truth.shape) for part, mask in parts.items()},
        clipped=clipped,
        raw={
            score.label: _measure(score, estimate, truth, trimap)
            for score in benchmark.scores
            if score.region == "image" or trimap is not None
        },
    )


def _quantised(alpha: Floats, how: Quantise) -> Floats:
    if how == "round":
        return np.floor(alpha * 255 + 0.5) / 255
    if how == "floor":
        return np.floor(alpha * 255) / 255
    return alpha


def _fixed(alpha: Floats, trimap: Trimap) -> Floats:
    """Set the estimate to 0 and 1 where the trimap is."""
    return np.where(trimap == CODES["unknown"], alpha, trimap)


def _measure(score: Score, estimate: Floats, truth: Floats, trimap: Trimap | None) -> float:
    region = counted = None
    if trimap is not None and score.region == "tran":
        estimate, counted = _fixed(estimate, trimap), trimap == CODES["unknown"]
    elif trimap is not None and score.region != "image":
        region = counted = trimap == CODES[score.region]
    summed = score.metric(estimate, truth, region)
    if not score.is_mean:
        return summed
    pixels = count(counted, truth.shape)
    return summed / pixels if pixels else math.nan
