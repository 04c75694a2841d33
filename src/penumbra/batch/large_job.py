"""A photograph too large to be held in memory, from file to file."""

from pathlib import Path

from penumbra.batch.cut_job import (
    Course,
    Load,
    Settle,
    Wish,
    check_budget,
    make_folders,
    model_for,
)
from penumbra.batch.inputs import RESULTS, Job
from penumbra.large.cut import Ask, Targets, open_large
from penumbra.large.header import Source, read_header
from penumbra.large.hints import LargeHints, on_disk, read_mask, read_trimap
from penumbra.large.vips import has_vips
from penumbra.large.writing import STREAMED_SUFFIXES
from penumbra.systems.dim.card import DIM

LARGE = 24_000_000
"""Pixels from which on a photograph is cut out piece by piece."""


def is_large(job: Job, wish: Wish) -> bool:
    """Tell whether a photograph is to be cut out piece by piece.

    It must be large, and the extra `large` be there.  What needs the whole is done with the whole:
    looks, people, sessions, a page of several, and results of other kinds than PNG, TIFF and JPEG.
    """
    source = _source(job)
    kinds = (path.suffix.lower() for path in job.targets)
    needs_whole = (
        source is None
        or wish.is_each_person
        or wish.finish is not None
        or wish.page is not None
        or any(kind not in STREAMED_SUFFIXES for kind in kinds)
    )
    if needs_whole:
        return False
    assert source is not None
    header = read_header(source)
    return header is not None and header.height * header.width >= LARGE and has_vips()


def cut_large(job: Job, wish: Wish, load: Load, course: Course, settle: Settle | None) -> None:
    """Cut out one large photograph and write the results; as `cut_job.cut`.

    Raises:
        MatteError: The input cannot be used, or a result not be written.
    """
    source = _source(job)
    assert source is not None, "standard input is not read in pieces"
    with open_large(source, job.label) as large:
        size = course.size = large.picture.size
        hints = _hints(job, wish, large.folder, size)
        make_folders(job)
        course.model = model_for(hints.sketch, wish)
        check_budget(course.model, wish)
        ask = Ask(wish.budget, wish.is_doubt_wanted or job.uncertainty is not None)
        found = large.matte(load(course.model), load(DIM.name), hints, ask)
        course.matte = found.small
        if settle is not None:
            job = settle(job, course)
            make_folders(job)
        places = {name: getattr(job, name) for name in RESULTS if name != "session"}
        course.is_empty = not large.write(found, Targets(**places), wish.backdrop)


def _source(job: Job) -> Source | None:
    return job.data if job.data is not None else job.source


def _hints(job: Job, wish: Wish, folder: Path, size: tuple[int, int]) -> LargeHints:
    """Return what was said; the file of a trimap or mask is read in pieces, too."""
    if wish.files is None:
        return on_disk(wish.hints, folder)
    if wish.files.kind == "scribbles":
        return on_disk(wish.files.add_to(wish.hints, job.name, *size), folder)
    path = wish.files.find(job.name)
    if wish.files.kind == "trimap":
        return LargeHints(wish.hints, trimap=read_trimap(path, folder))
    return LargeHints(wish.hints, mask=read_mask(path, folder))
