"""The tables of the papers, as benchmarks.

Where a paper leaves its region or its unit open, `source` says so and says what was chosen.
"""

from functools import partial

from penumbra.core.errors import InputError
from penumbra.evaluation.benchmark import Benchmark, Region, Score
from penumbra.metrics.alpha import sad, sse
from penumbra.metrics.connectivity import connectivity_error
from penumbra.metrics.gradient import gradient_error_adobe, gradient_error_scipy
from penumbra.metrics.interaction import iou

THOUSANDS = 1e-3

MAD = Score("MAD", sad, is_mean=True)


def _generic_scores(region: Region, suffix: str) -> tuple[Score, ...]:
    return (
        Score(f"SAD{suffix}", sad, region, scale=THOUSANDS),
        Score(f"MSE{suffix}", sse, region, is_mean=True),
        Score(f"MAD{suffix}", sad, region, is_mean=True),
        Score(f"Grad{suffix}", gradient_error_adobe, region, scale=THOUSANDS),
        Score(f"Conn{suffix}", connectivity_error, region, scale=THOUSANDS),
    )


GENERIC = Benchmark(
    name="generic",
    dataset="any",
    scores=_generic_scores("image", "") + _generic_scores("unknown", " unknown"),
    source="Ours: the canonical metrics, over the whole image and over the unknown region.",
)

COMP1K = Benchmark(
    name="comp1k",
    dataset="Composition-1k (Xu et al. 2017)",
    scores=(
        Score("SAD", sad, "unknown", scale=THOUSANDS),
        Score("MSE", sse, "unknown", is_mean=True),
        Score("MAD", sad, "unknown", is_mean=True),
        Score("Grad", partial(gradient_error_adobe, minmax=True), "unknown", scale=THOUSANDS),
        Score("Conn", connectivity_error, "unknown", scale=THOUSANDS),
    ),
    source=(
        "The evaluation tool published with Deep Image Matting: sums over the unknown region "
        "in thousands, mattes read from 8-bit files and stretched before the gradient."
    ),
    is_trimap_fixed=True,
    needs_trimaps=True,
    quantise="round",
)

AIM500 = Benchmark(
    name="aim500",
    dataset="AIM-500 (Li et al. 2021)",
    scores=(
        Score("SAD", sad, scale=THOUSANDS),
        Score("MSE", sse, is_mean=True),
        MAD,
        Score("Grad", gradient_error_scipy, scale=1e-1),
        Score("Conn", partial(connectivity_error, empty="skip"), scale=THOUSANDS),
        Score("Conn flag", connectivity_error, scale=THOUSANDS),
        Score("SAD tran", sad, "tran", scale=THOUSANDS),
        Score("SAD fg", sad, "foreground", scale=THOUSANDS),
        Score("SAD bg", sad, "background", scale=THOUSANDS),
    ),
    source=(
        "AIM's evaluation code, tables 2 and 3: whole image, estimate as it is.  Its Conn "
        "passes over levels where nothing is shared; 'Conn flag' is the canonical form."
    ),
    needs_trimaps=True,
)


def _safe_scores(sad_scale: float, mse_scale: float) -> tuple[Score, ...]:
    return (
        Score("MSE", sse, is_mean=True, scale=mse_scale),
        Score("SAD", sad, scale=sad_scale),
        MAD,
        Score("Grad", gradient_error_adobe, is_mean=True, scale=1e3),
        Score("Conn", connectivity_error, is_mean=True, scale=1e3),
    )


SAFE = Benchmark(
    name="safe",
    dataset="SAFE-Net's own test set (tables 1 and 4)",
    scores=_safe_scores(sad_scale=1e-2, mse_scale=1e4),
    source=(
        "The paper states 1e-4 for MSE and SAD, which no SAD can have.  Inferred from the "
        "ratios of its columns: SAD in hundreds at about 512 x 512, means of Grad (the adobe "
        "kernel) and Conn times 1000.  The size is our choice; the aspect is not kept."
    ),
    size=(512, 512),
)

SAFE_D646 = Benchmark(
    name="safe-d646",
    dataset="Distinctions-646 (SAFE-Net, tables 2 and 3)",
    scores=_safe_scores(sad_scale=THOUSANDS, mse_scale=1e3),
    source=(
        "SAFE-Net prints MSE times 1000 and SAD in thousands.  512 x 512 is inferred: SAD / MSE "
        "bounds the area by 308 481 pixels.  Grad and Conn are not in its tables."
    ),
    size=(512, 512),
)

CLICKS_TABLE1 = Benchmark(
    name="clicks-table1",
    dataset="Composition-1k at a long side of 800 pixels (Wei et al. 2021, table 1)",
    scores=(
        Score("SAD", sad, is_mean=True, scale=1e2),
        Score("MSE", sse, is_mean=True, scale=1e3),
        MAD,
        Score("Grad", gradient_error_scipy, is_mean=True, scale=1e5),
        Score("Grad adobe", gradient_error_adobe, is_mean=True, scale=1e5),
        Score("Conn", connectivity_error, is_mean=True, scale=1e3),
        *(it for it in _generic_scores("image", " sum") if not it.is_mean),
        *_generic_scores("unknown", " unknown"),
    ),
    source=(
        "The table prints these scales and no region.  Chosen by size: means per pixel over "
        "the whole image, Grad with the scipy kernel; the adobe kernel, sums in thousands and "
        "the unknown part of the trimap stand beside it."
    ),
    quantise="round",
)

CLICKS_TABLE2 = Benchmark(
    name="clicks-table2",
    dataset="Composition-1k (Wei et al. 2021, table 2)",
    scores=(
        *_generic_scores("unknown", ""),
        *_generic_scores("image", " image"),
    ),
    source=(
        "The table says transition region only and gives no scale.  Chosen by size: thousands; "
        "the region is the unknown part of the trimap, and the whole image stands beside it."
    ),
    needs_trimaps=True,
    quantise="round",
)

DFIMAT = Benchmark(
    name="dfimat",
    dataset="HIM2K natural and SMPMat (Jiao et al.), one matte for each person",
    scores=(
        Score("SAD", sad, scale=THOUSANDS),
        Score("MSE", sse, is_mean=True, scale=1e2),
        MAD,
        Score("Grad", gradient_error_adobe, scale=THOUSANDS),
        Score("Conn", connectivity_error, scale=THOUSANDS),
        Score("IoU", iou),
    ),
    source=(
        "Table 3: whole image, SAD and Conn in thousands, MSE times 100.  The unit of Grad and "
        "the size of the images are not given; chosen: the adobe kernel, in thousands.  The IoU, "
        "where alpha > 0.5, is of its figure 6."
    ),
)

PRESETS = {
    each.name: each
    for each in (
        GENERIC, COMP1K, AIM500, SAFE, SAFE_D646, CLICKS_TABLE1, CLICKS_TABLE2, DFIMAT,
    )
}  # fmt: skip


def preset(name: str) -> Benchmark:
    """Return the benchmark of this name, or raise `InputError` naming all there are."""
    if name not in PRESETS:
        raise InputError(f"preset must be one of {', '.join(PRESETS)}, got {name!r}")
    return PRESETS[name]
