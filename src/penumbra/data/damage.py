"""Which files of a dataset cannot be used although they are there."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from penumbra.core.errors import DatasetError, ImageError
from penumbra.data.outlines import mask_of
from penumbra.data.sample import Sample
from penumbra.io import read_photograph

Size = tuple[int, int]


def damage(samples: Iterable[Sample], root: Path) -> Iterator[str]:
    """Decode every file once; yield those that fail, relative to `root`, with the reason.

    A matte, mask, trimap or instance must have the size of its photograph (of its foreground,
    where there is no photograph).
    """
    sizes: dict[Path, Size | None] = {}
    for sample in samples:
        files = [file for file in _files(sample) if file is not None]
        for file in files:
            if file not in sizes:
                sizes[file], reason = _decode(file)
                if reason:
                    yield f"{file.relative_to(root).as_posix()} ({reason})"
        yield from _misfits(files[0], _aligned(sample), sizes, root)
        yield from _bad_outlines(sample)


def _files(sample: Sample) -> tuple[Path | None, ...]:
    """All files; the one whose size counts is the first that there is."""
    return (sample.image, sample.foreground, *_aligned(sample), sample.background)


def _aligned(sample: Sample) -> tuple[Path | None, ...]:
    return (sample.alpha, sample.mask, sample.trimap, *sample.instances)


def _decode(file: Path) -> tuple[Size | None, str]:
    """The (height, width) of a picture, or why it has none."""
    try:
        height, width = read_photograph(file).rgb.shape[:2]
    except ImageError as error:
        return None, str(error).removeprefix(f"{file} ")
    return (height, width), ""


def _misfits(
    first: Path, others: Iterable[Path | None], sizes: dict[Path, Size | None], root: Path
) -> Iterator[str]:
    expected = sizes[first]
    for file in others:
        size = None if file is None else sizes[file]
        if file is not None and expected and size and size != expected:
            yield (
                f"{file.relative_to(root).as_posix()} ({size[1]}x{size[0]} pixels, not "
                f"{expected[1]}x{expected[0]})"
            )


def _bad_outlines(sample: Sample) -> Iterator[str]:
    for number, outline in enumerate(sample.outlines):
        try:
            mask_of(outline)
        except DatasetError as error:
            yield f"outline {number} of {sample.name} ({error})"
