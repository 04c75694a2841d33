"""Whether the uncertainty of `dim` says how wrong it is, for `benchmarks/dim.py`."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from dim_models import Model
from dim_scenes import Scene
from numpy.typing import NDArray

from penumbra.metrics.uncertainty import sparsify_set

BINS = 10


@dataclass(frozen=True, eq=False)
class Calibration:
    """Predicted against measured absolute error over all unknown pixels.

    Attributes:
        predicted: (BINS,) means of the pixels in ten equal parts, by what is predicted.
        measured: (BINS,) mean absolute error of the same pixels.
        images: How many images they are from.
        pixels: How many there are.
        ause: Area under the sparsification error, absolute errors, mean over the images; in
            shares of each image's mean error.
        ause_random: The same if the uncertainty were noise.
    """

    predicted: NDArray[np.float64]
    measured: NDArray[np.float64]
    images: int
    pixels: int
    ause: float
    ause_random: float

    @property
    def expected_error(self) -> float:
        """Expected calibration error: the mean distance of both, the bins being equal."""
        return float(np.mean(np.abs(self.predicted - self.measured)))


def calibrate(scenes: Iterable[Scene], model: Model) -> Calibration:
    """Measure a model that estimates its uncertainty."""
    rng = np.random.default_rng(0)
    images, noise = [], []
    for scene in scenes:
        matte = model(scene)
        assert matte is not None
        if matte.uncertainty is None:
            raise SystemExit("the network must estimate its uncertainty, got none")
        region = scene.trimap == 0.5
        planes = (matte.alpha, scene.alpha_true, matte.uncertainty)
        alpha, truth, unsure = (plane[region][None] for plane in planes)
        images.append((alpha, truth, unsure))
        noise.append((alpha, truth, rng.random(unsure.shape, np.float32)))
    errors = np.concatenate([np.abs(alpha - truth)[0] for alpha, truth, _ in images])
    unsure = np.concatenate([each[0] for _, _, each in images])
    order = np.argsort(unsure, kind="stable")
    return Calibration(
        predicted=_means(unsure[order]),
        measured=_means(errors[order]),
        images=len(images),
        pixels=len(errors),
        ause=sparsify_set(images, error="absolute").ause,
        ause_random=sparsify_set(noise, error="absolute").ause,
    )


def calibration_text(found: Calibration) -> str:
    """Return the bins and what sums them up."""
    pairs = list(zip(found.predicted, found.measured, strict=True))
    lines = ["| tenth of the unknown pixels | predicted error | measured error |", "|--:|--:|--:|"]
    lines += [f"| {n} | {it:.4f} | {was:.4f} |" for n, (it, was) in enumerate(pairs, start=1)]
    lines += [
        "",
        f"Expected calibration error {found.expected_error:.4f}; area under the sparsification "
        f"error {found.ause:.3f} of the mean error (noise: {found.ause_random:.3f}); "
        f"{found.pixels / 1e6:.1f} million unknown pixels of {found.images} composites.",
    ]
    return "\n".join(lines)


def plot_calibration(path: Path, found: Calibration) -> None:
    """Draw the reliability diagram; the same numbers give the same file."""
    import matplotlib
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4.5), layout="constrained")
    axes = figure.add_subplot()
    top = 1.05 * max(found.predicted.max(), found.measured.max())
    axes.plot([0, top], [0, top], color="0.6", lw=1, label="perfect")
    axes.plot(found.predicted, found.measured, "o-", label="dim")
    axes.set(xlabel="predicted absolute error", ylabel="measured", xlim=(0, top), ylim=(0, top))
    axes.grid(alpha=0.3)
    axes.legend()
    with matplotlib.rc_context({"svg.hashsalt": "penumbra", "svg.fonttype": "none"}):
        figure.savefig(path, metadata={"Date": None})


def _means(ordered: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the means of ten equal parts."""
    return np.array([part.mean(dtype=np.float64) for part in np.array_split(ordered, BINS)])
