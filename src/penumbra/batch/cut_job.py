"""One photograph from file to file: read, cut out, write; a failure is an answer, not an end."""

import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from penumbra.batch.finished import encode_finished
from penumbra.batch.hint_files import HintFiles
from penumbra.batch.inputs import STANDARD_STREAM, Job
from penumbra.batch.people_job import Written, write_people
from penumbra.batch.report import Entry, Status
from penumbra.core.budget import Budget
from penumbra.core.card import Wanted
from penumbra.core.cutout import Cutout
from penumbra.core.errors import InputError, MatteError, OutputError
from penumbra.core.finish import Finish, finish
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte, is_empty
from penumbra.core.predictor import Predictor
from penumbra.io import (
    Photograph,
    output_notes,
    read_photograph,
    save_alpha,
    save_image,
    write_atomically,
)
from penumbra.session.backdrop import Backdrop
from penumbra.session.cutout import lift_off
from penumbra.session.session import Session
from penumbra.systems import registry

AUTO = "auto"


@dataclass(frozen=True)
class Wish:
    """What is asked for, the same for every photograph.

    Attributes:
        hints: What was said on the command line itself.
        files: Hints that are pictures, or None.
        model: A model's name, or "auto".
        licence: Of the model's weights: "open" refuses those for research alone.
        backdrop: Makes what the object is laid over; None leaves it transparent.
        budget: What polishing the matte may cost; None leaves it as it is.
        is_doubt_wanted: Whether it is worth its time to say where the matte is doubtful.
        is_each_person: Whether each person gets a cut-out, without a word said.
        finish: Outline, shadow and crop of the cut-outs, or None.
        page: Which page of a TIFF, from 1 on; None refuses files of several.
    """

    hints: Hints
    files: HintFiles | None
    model: str
    licence: Wanted
    backdrop: Backdrop | None
    budget: Budget | None = None
    is_doubt_wanted: bool = False
    is_each_person: bool = False
    finish: Finish | None = None
    page: int | None = None


Load = Callable[[str], Predictor[Any]]
"""Makes the model of a name ready for use."""

Settle = Callable[["Job", "Course"], Job]
"""Says where the results of a photograph go, once its matte is there."""


@dataclass
class Course:
    """What is known of a photograph so far; on a failure the report shows it.

    Attributes:
        model: The model that answers.
        size: (height, width) of the upright photograph in pixels.
        matte: What it answered.
        is_empty: Whether the matte is transparent everywhere.
        people: Those of whom anything was written.
        notes: What a user should know of the files.
    """

    model: str | None = None
    size: tuple[int, int] | None = None
    matte: Matte | None = None
    is_empty: bool | None = None
    people: Written = field(default_factory=list)
    notes: tuple[str, ...] = ()


def run_job(job: Job, wish: Wish, load: Load) -> Entry:
    """Cut out one photograph and say what became of it.

    Nothing is raised: what the kit refuses is a failure with its reason, anything else a bug
    whose traceback goes to stderr.
    """
    began, course = time.perf_counter(), Course()
    try:
        if job.problem is not None:
            raise OutputError(job.problem)
        cut(job, wish, load, course)
        status, reason = Status.DONE, None
    except MatteError as error:
        status, reason = Status.FAILED, str(error)
    except MemoryError:
        status, reason = Status.FAILED, "photograph must fit into memory, got no more of it"
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        status, reason = Status.BUG, f"{type(error).__name__}: {error}"
    height, width = course.size or (None, None)
    matte = course.matte
    return Entry(
        input=job.label,
        output=_output_label(job, wish) if status is Status.DONE else None,
        status=status,
        reason=reason,
        model=course.model,
        width=width,
        height=height,
        megapixels=round(height * width / 1e6, 3) if height and width else None,
        seconds=round(time.perf_counter() - began, 3),
        notes=(() if matte is None else matte.notes) + course.notes,
        confidence=None if matte is None else _rounded(matte.confidence),
        empty=course.is_empty,
        expected_error=None if matte is None else _rounded(matte.expected_error),
        refined=0 if matte is None else matte.refined,
        flags=() if matte is None else matte.flags,
        people=tuple(course.people) if wish.is_each_person else None,
    )


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 4)


def cut(job: Job, wish: Wish, load: Load, course: Course, settle: Settle | None = None) -> None:
    """Cut out one photograph and write the results.

    Args:
        job: What is read and, unless that is settled later, what is written.
        wish: What is asked for.
        load: Makes models ready for use.
        course: Is told how far it came.
        settle: See there; the job says it when omitted.

    Raises:
        MatteError: The input cannot be used, or a result not be written.
    """
    # It imports this module.
    from penumbra.batch.large_job import cut_large, is_large

    if is_large(job, wish):
        cut_large(job, wish, load, course, settle)
        return
    if job.data is not None:
        photograph = read_photograph(job.data, name=job.label, page=wish.page)
    elif job.source is None:
        photograph = read_photograph(sys.stdin.buffer, name="standard input", page=wish.page)
    else:
        photograph = read_photograph(job.source, page=wish.page)
    course.notes = photograph.notes
    height, width = course.size = photograph.rgb.shape[:2]
    hints = wish.hints
    if wish.files is not None:
        hints = wish.files.add_to(hints, job.name, height, width)
    make_folders(job)
    course.model = model_for(hints, wish)
    check_budget(course.model, wish)
    session = Session(load(course.model), photograph.rgb)
    if wish.is_each_person:
        people = session.people()
        course.is_empty = not people
        write_people(job, people, photograph, wish.backdrop, course.people, wish.finish)
        return
    course.matte = session.apply(hints)
    if wish.budget is not None:
        course.matte = session.refine(wish.budget)
    if wish.is_doubt_wanted:
        course.matte = session.doubt()
    cutout = shown_cutout(session, photograph)
    course.is_empty = is_empty(cutout.alpha)
    if settle is not None:
        job = settle(job, course)
        make_folders(job)
    if job.output is not None:
        course.notes += output_notes(job.output.suffix.lower(), photograph)
    write(job, session, cutout, photograph, wish.backdrop, wish.finish)


def model_for(hints: Hints, wish: Wish) -> str:
    """Return the name of the model that answers."""
    if wish.model != AUTO:
        return wish.model
    if wish.is_each_person:
        return registry.EACH_PERSON
    return registry.choose(hints, wish.licence)


def check_budget(model: str, wish: Wish) -> None:
    """Raise `InputError` when polish is asked of a model that cannot."""
    if wish.budget is not None and not registry.card(model).can_refine:
        raise InputError(f"model must be one that can refine, such as clicks, got {model}")


def check_finds_people(model: str) -> None:
    """Raise `InputError` when each person is asked of a model that does not find people."""
    if not registry.card(model).can_find_people:
        raise InputError(f"model must be one that finds each person, such as dfimat, got {model}")


def shown_cutout(session: Session[Any], photograph: Photograph) -> Cutout:
    """Return the object of the matte on screen; what the file itself left transparent stays so."""
    matte = session.matte
    assert matte is not None, "there must have been an answer"
    return lift_off(photograph, matte)


def make_folders(job: Job) -> None:
    """Make the folders of a job's results: fail before the work rather than after it."""
    for folder in (path.parent for path in job.targets):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"output folder must be writable, got {folder}: {error.strerror}"
            ) from error


def write(
    job: Job,
    session: Session[Any],
    cutout: Cutout,
    photograph: Photograph,
    backdrop: Backdrop | None,
    looks: Finish | None = None,
) -> None:
    """Write all results of a job; nothing before it is sure that the cut-out can be encoded.

    The looks are the cut-out's alone, but all results have its canvas.

    Raises:
        InputError: The uncertainty is wanted of a model that does not estimate it.
        OutputError: A file cannot be written.
    """
    suffix = ".png" if job.output is None else job.output.suffix.lower()
    finished = finish(cutout, looks)
    data = encode_finished(finished, suffix, photograph, backdrop)
    if job.uncertainty is not None:
        doubted = session.doubt()
        if doubted is None or doubted.uncertainty is None:
            name = session.predictor.card.name
            raise InputError(f"model must say how sure it is, got {name}, which does not")
        doubt = finished.canvas.plane(doubted.uncertainty, is_repeated=False)
        save_alpha(job.uncertainty, doubt, photograph.bits)
    if job.session is not None:
        session.save(job.session)
    if job.alpha is not None:
        save_alpha(job.alpha, finished.object.alpha, photograph.bits)
    if job.foreground is not None:
        save_image(job.foreground, finished.object.foreground, photograph)
    if job.output is not None:
        write_atomically(job.output, data)
    else:
        _write_to_stdout(data)


def _write_to_stdout(data: bytes) -> None:
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError as error:
        came = f"standard output must take the picture, got {error.strerror!r}"
        raise OutputError(came) from error


def _output_label(job: Job, wish: Wish) -> str | None:
    if wish.is_each_person:
        return None
    return STANDARD_STREAM if job.output is None else str(job.output)
