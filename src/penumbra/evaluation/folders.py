"""Files of mattes, matched by stem: `a/cat.png` belongs to `b/cat.tif`."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from penumbra.core.arrays import Trimap
from penumbra.core.errors import DatasetError, TrimapError
from penumbra.evaluation.benchmark import Benchmark
from penumbra.evaluation.run import Report, Sample, evaluate_pairs
from penumbra.io import load_alpha

PICTURES = frozenset(
    [".png", ".tif", ".tiff", ".bmp", ".webp", ".avif", ".heic", ".heif", ".jpg", ".jpeg"]
)
"""Endings of the files of a folder that are taken for mattes."""

NAMED = 10  # stems a message names before it counts


def evaluate_files(
    predicted: Path, truth: Path, benchmark: Benchmark, trimaps: Path | None = None
) -> Report:
    """Measure files of mattes against their truth.

    Args:
        predicted: An estimated matte, or a folder of them.
        truth: A true matte, or a folder of them; each needs its estimate.
        benchmark: What to measure, and how.
        trimaps: A folder with a trimap for each truth; a file, if the truth is one.

    Returns:
        The rows in the order of the stems; estimates without a truth are named as extra.

    Raises:
        DatasetError: A folder stands where a file must or the reverse, holds no picture or
            two of one stem, or an estimate or a trimap is missing: the message names them.
        ImageError: A file cannot be read, or two mattes cannot be compared.
        TrimapError: As in `evaluate_pairs`, or a trimap is not of 0, 128 and 255: greys in
            between are unknown to one evaluator and lost to another.
    """
    _check_alike(truth, "predicted", predicted)
    truths = _by_stem(truth)
    predictions = _by_stem(predicted, truths)
    extra = tuple(sorted(predictions.keys() - truths.keys()))
    _check_complete("predicted", predictions, truths, extra)
    trimap_files: dict[str, Path] = {}
    if trimaps is not None:
        _check_alike(truth, "trimaps", trimaps)
        trimap_files = _by_stem(trimaps, truths)
        _check_complete("trimaps", trimap_files, truths)
    samples = _load(truths, predictions, trimap_files)
    return replace(evaluate_pairs(samples, benchmark), extra=extra)


def _check_alike(truth: Path, name: str, path: Path) -> None:
    if path.is_dir() != truth.is_dir():
        kind = "folder" if truth.is_dir() else "file"
        raise DatasetError(f"{name} must be a {kind} as truth is, got {path}")


def _by_stem(path: Path, truths: dict[str, Path] | None = None) -> dict[str, Path]:
    """The pictures of a folder by stem, or one file, which may differ in name from its truth."""
    if not path.is_dir():
        return {next(iter(truths or [path.stem])): path}
    files: dict[str, Path] = {}
    for file in _entries(path):
        if file.name.startswith(".") or file.suffix.lower() not in PICTURES:
            continue
        if file.stem in files:
            raise DatasetError(
                f"{path} must hold one picture for each stem, got {files[file.stem].name} "
                f"and {file.name}"
            )
        files[file.stem] = file
    if not files:
        raise DatasetError(f"{path} must hold at least one picture, got none")
    return files


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise DatasetError(f"{folder} must be readable, got {error.strerror!r}") from error


def _check_complete(
    name: str, files: dict[str, Path], truths: dict[str, Path], extra: Iterable[str] = ()
) -> None:
    if missing := sorted(truths.keys() - files.keys()):
        others = f"; without a truth: {_listed(extra)}" if extra else ""
        raise DatasetError(
            f"{name} must hold a picture for each truth, missing: {_listed(missing)}{others}"
        )


def _load(
    truths: dict[str, Path], predictions: dict[str, Path], trimaps: dict[str, Path]
) -> Iterator[Sample]:
    for stem, truth in truths.items():
        trimap = load_exact_trimap(trimaps[stem]) if stem in trimaps else None
        yield Sample(stem, load_alpha(predictions[stem]), load_alpha(truth), trimap)


def load_exact_trimap(path: Path) -> Trimap:
    """Read a trimap to be evaluated on, (H, W).

    Raises:
        ImageError: The file cannot be read.
        TrimapError: It is not of 0, 128 and 255.
    """
    grey = load_alpha(path)
    is_middle = np.abs(grey - 0.5) < 1 / 255  # 127 and 128 of 8 bits, 32768 of 16
    odd = ~is_middle & (grey > 0) & (grey < 1)
    if odd.any():
        raise TrimapError(
            f"{path} must hold only 0, 128 and 255 to be evaluated on, got {255 * grey[odd][0]:.4g}"
        )
    trimap: Trimap = np.where(is_middle, np.float32(0.5), grey)
    return trimap


def _listed(names: Iterable[str]) -> str:
    """Join names with commas; from many, the first and how many more.

    Example:
        >>> _listed("abcdefghijkl")
        'a, b, c, d, e, f, g, h, i, j and 2 more'
    """
    names = list(names)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
