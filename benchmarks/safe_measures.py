"""What `benchmarks/safe.py` measures: a row for every picture."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from aim_models import Model
from aim_pictures import Picture
from clicks_tables import sparsification_plot
from safe_pictures import Group
from scipy.stats import spearmanr

from penumbra.core.arrays import Alpha
from penumbra.metrics.alpha import mad, mse
from penumbra.metrics.interaction import iou
from penumbra.metrics.uncertainty import sparsify_set
from penumbra.systems.safe.predictor import SafePredictor

Row = dict[str, Any]

FOUND = 0.9  # share of a person's pixels from which on it counts as found
_SAMPLE = 20_000  # pixels of a picture that are ranked


def rounds(pictures: Iterable[Picture], models: Mapping[str, Sequence[SafePredictor]]) -> list[Row]:
    """Return MSE and MAD after each round, times 1000, of every network of every arm.

    Args:
        pictures: With mattes.
        models: Of each arm the networks, one of each seed in the same order.
    """
    rows = []
    for picture in pictures:
        for arm, networks in models.items():
            for seed, model in enumerate(networks, start=1):
                mattes = model.rounds(picture.image)
                rows.append(
                    {
                        "group": picture.group,
                        "image": picture.name,
                        "arm": arm,
                        "seed": seed,
                        "mse": [round(1000 * mse(it, picture.truth), 4) for it in mattes],
                        "mad": [round(1000 * mad(it, picture.truth), 4) for it in mattes],
                    }
                )
    return rows


def flaws(pictures: Iterable[Picture], models: Mapping[str, Model], output: Path) -> list[Row]:
    """Return whether uncertainties know the error of their own mattes; draws the curves."""
    planes: dict[str, list[tuple[Alpha, Alpha, Alpha]]] = {name: [] for name in models}
    ranks: dict[str, list[float]] = {name: [] for name in models}
    rng = np.random.default_rng(0)
    for picture in pictures:
        chosen = rng.permutation(picture.truth.size)[:_SAMPLE]
        for name, model in models.items():
            matte = model(picture.image)
            assert matte.uncertainty is not None
            error = np.abs(matte.alpha - picture.truth).ravel()[chosen]
            rank = spearmanr(matte.uncertainty.ravel()[chosen], error).statistic
            ranks[name].append(float(rank))
            planes[name].append((matte.alpha, picture.truth, matte.uncertainty))
    rows = []
    for name, each in planes.items():
        noise = [(alpha, truth, rng.random(alpha.shape, np.float32)) for alpha, truth, _ in each]
        curves, random = sparsify_set(each), sparsify_set(noise)
        sparsification_plot(output / f"sparsification-{name}.svg", curves, random)
        fifth = curves.steps // 5
        rows.append(
            {
                "model": name,
                "images": len(each),
                "spearman": round(float(np.nanmean(ranks[name])), 4),
                "left without a fifth": round(float(curves.by_uncertainty[fifth]), 4),
                "oracle": round(float(curves.oracle[fifth]), 4),
                "ause": round(curves.ause, 4),
                "ause of noise": round(random.ause, 4),
                "mean uncertainty": round(float(np.mean([it[2].mean() for it in each])), 5),
                "mean error": round(float(np.mean([np.abs(a - t).mean() for a, t, _ in each])), 5),
            }
        )
    return rows


def found(groups: Iterable[Group], models: Mapping[str, Model]) -> list[Row]:
    """Return how many people of each group are found, and how well the group is."""
    rows = []
    for group in groups:
        for name, model in models.items():
            is_taken = model(group.picture.image).alpha > 0.5
            shares = [float(is_taken[person > 0.5].mean()) for person in group.people]
            rows.append(
                {
                    "group": group.picture.group,
                    "image": group.picture.name,
                    "model": name,
                    "people": len(shares),
                    "found": sum(share >= FOUND for share in shares),
                    "shares": [round(share, 3) for share in shares],
                    "iou": round(iou(is_taken, group.picture.truth > 0.5), 4),
                }
            )
    return rows


def seconds_of(models: Mapping[str, Model], folder: Path, repeats: int) -> dict[str, object]:
    """Return seconds of a portrait of one megapixel from file to file, each model in turn."""
    from skimage import data

    from penumbra.core.resample import resize
    from penumbra.io import encode_cutout, read_photograph, save_image
    from penumbra.session.cutout import lift

    portrait = (data.astronaut() / 255).astype(np.float32)
    file = folder / "photo.jpg"
    save_image(file, np.clip(resize(portrait, 1024, 1024), 0, 1))

    def whole(model: Model) -> Callable[[], bytes]:
        def run() -> bytes:
            photograph = read_photograph(file)
            return encode_cutout(lift(photograph.rgb, model(photograph.rgb)), ".png", photograph)

        return run

    image = read_photograph(file).rgb
    calls: dict[str, Callable[[], object]] = {}
    for name, model in models.items():
        calls[f"{name}, end to end"] = whole(model)
        calls[f"{name}, the model"] = lambda model=model: model(image)
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for repeat in range(repeats + 1):
        for name, call in calls.items():
            began = time.perf_counter()
            call()
            if repeat > 0:  # the first time is for caches
                seconds[name].append(time.perf_counter() - began)
    return {
        "megapixels": round(image.shape[0] * image.shape[1] / 1e6, 3),
        "seconds": {name: np.round(each, 3).tolist() for name, each in seconds.items()},
        "medians": {name: round(float(np.median(each)), 3) for name, each in seconds.items()},
    }
