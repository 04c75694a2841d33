"""What a number in a table means: which metric, over which region, in which unit.

Metrics return plain sums.  A `Score` says how one of them becomes a column, a `Benchmark`
ties columns together with the rules a table was made by; `evaluation.presets` has those of
the papers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from penumbra.core.arrays import Mask
from penumbra.metrics.pair import AnyAlpha

Metric = Callable[[AnyAlpha, AnyAlpha, Mask | None], float]
"""(alpha, alpha_true, region) to a sum over the region."""

Region = Literal["image", "unknown", "foreground", "background", "tran"]
"""Where a sum is taken: everywhere, or where the trimap says unknown, foreground, background.

"tran" is the rule of AIM and GFM: the estimate is set to 0 and 1 where the trimap is, the sum
goes over the whole image, and a mean divides it by the number of unknown pixels.
"""

Quantise = Literal["none", "round", "floor"]


@dataclass(frozen=True)
class Score:
    """One column: the mean over images of a sum, or of a mean per pixel, times a scale.

    Attributes:
        label: Head of the column, unique in its benchmark.
        metric: A sum over pixels: `sad`, `sse`, a gradient or the connectivity error.
        region: Where it is summed.
        is_mean: Whether the sum is divided by the number of pixels of the region.
        scale: What the table multiplies the number by: 1e-3 where a paper prints thousands.
    """

    label: str
    metric: Metric
    region: Region = "image"
    is_mean: bool = False
    scale: float = 1.0


@dataclass(frozen=True)
class Benchmark:
    """Which numbers, under which rules, and on whose word.

    Attributes:
        name: "comp1k".
        dataset: Which images the published numbers belong to.
        scores: The columns.  The MAD is always among them: with the size of the images it is
            what compares across papers.
        source: Who fixed region and scale; where nobody did, what was chosen.
        is_trimap_fixed: Whether the estimate is set to 0 and 1 where the trimap is.
        needs_trimaps: Whether the table means nothing without trimaps.  Otherwise, columns
            that need one are left out when there is none.
        quantise: How the estimate becomes the 8 bits of a file, if at all.
        size: (height, width) both mattes are resized to first, or None.
    """

    name: str
    dataset: str
    scores: tuple[Score, ...]
    source: str
    is_trimap_fixed: bool = False
    needs_trimaps: bool = False
    quantise: Quantise = "none"
    size: tuple[int, int] | None = None
