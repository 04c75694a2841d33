"""One photograph from file to file: read, cut out, write; a failure is an answer, not an end."""

import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from penumbra.batch.hint_files import HintFiles
from penumbra.batch.inputs import STANDARD_STREAM, Job
from penumbra.batch.people_job import Written, write_people
from penumbra.batch.report import Entry, Status
from penumbra.core.budget import Budget
from penumbra.core.card import Wanted
from penumbra.core.cutout import Cutout
from penumbra.core.errors import InputError, MatteError, OutputError
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte, is_empty
from penumbra.core.predictor import Predictor
from penumbra.io import (
    Photograph,
    encode_cutout,
    encode_image,
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
    """

    hints: Hints
    files: HintFiles | None
    model: str
    licence: Wanted
    backdrop: Backdrop | None
    budget: Budget | None = None
    is_doubt_wanted: bool = False
    is_each_person: bool = False


Load = Callable[[str], Predictor[Any]]
"""Makes the model of a name ready for use."""


@dataclass
class _Course:
    """What is known of a photograph so far; on a failure the report shows it."""

    model: str | None = None
    size: tuple[int, int] | None = None
    matte: Matte | None = None
    is_empty: bool | None = None
    people: Written = field(default_factory=list)


def run_job(job: Job, wish: Wish, load: Load) -> Entry:
    """Cut out one photograph and say what became of it.

    Nothing is raised: what the kit refuses is a failure with its reason, anything else a bug
    whose traceback goes to stderr.
    """
    began, course = time.perf_counter(), _Course()
    try:
        if job.problem is not None:
            raise OutputError(job.problem)
        _cut(job, wish, load, course)
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
        notes=() if matte is None else matte.notes,
        confidence=None if matte is None else _rounded(matte.confidence),
        empty=course.is_empty,
        expected_error=None if matte is None else _rounded(matte.expected_error),
        refined=0 if matte is None else matte.refined,
        flags=() if matte is None else matte.flags,
        people=tuple(course.people) if wish.is_each_person else None,
    )


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 4)


def _cut(job: Job, wish: Wish, load: Load, course: _Course) -> None:
    if job.source is None:
        photograph = read_photograph(sys.stdin.buffer, name="standard input")
    else:
        photograph = read_photograph(job.source)
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
        write_people(job, people, photograph, wish.backdrop, course.people)
        return
    course.matte = session.apply(hints)
    if wish.budget is not None:
        course.matte = session.refine(wish.budget)
    elif wish.is_doubt_wanted:
        course.matte = session.doubt()
    cutout = shown_cutout(session, photograph)
    course.is_empty = is_empty(cutout.alpha)
    write(job, session, cutout, photograph, wish.backdrop)


def model_for(hints: Hints, wish: Wish) -> str:
    """Return the name of the model that answers."""
    if wish.model != AUTO:
        return wish.model
    if wish.is_each_person:
        return registry.EACH_PERSON
    return registry.choose(hints, wish.licence, is_refined=wish.budget is not None)


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
) -> None:
    """Write all results of a job; nothing before it is sure that the cut-out can be encoded.

    Raises:
        InputError: The uncertainty is wanted of a model that does not estimate it.
        OutputError: A file cannot be written.
    """
    suffix = ".png" if job.output is None else job.output.suffix.lower()
    if backdrop is None:
        data = encode_cutout(cutout, suffix, photograph)
    else:
        data = encode_image(cutout.over(backdrop(cutout)), suffix, photograph)
    if job.uncertainty is not None:
        doubted = session.doubt()
        if doubted is None or doubted.uncertainty is None:
            name = session.predictor.card.name
            raise InputError(f"model must say how sure it is, got {name}, which does not")
        save_alpha(job.uncertainty, doubted.uncertainty, photograph.bits)
    if job.session is not None:
        session.save(job.session)
    if job.alpha is not None:
        save_alpha(job.alpha, cutout.alpha, photograph.bits)
    if job.foreground is not None:
        save_image(job.foreground, cutout.foreground, photograph)
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
