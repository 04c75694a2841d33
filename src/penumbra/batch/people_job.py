"""`--each person`: the results of one photograph, a numbered file for each person."""

from collections.abc import Callable, Sequence
from pathlib import Path

from penumbra.batch.finished import encode_finished
from penumbra.batch.inputs import Job
from penumbra.batch.numbered import numbered
from penumbra.batch.report import PersonEntry
from penumbra.core.errors import InputError
from penumbra.core.finish import Finish, Finished, finish
from penumbra.core.people import FoundPerson
from penumbra.io import Photograph, encode_alpha, encode_image, write_atomically
from penumbra.session.backdrop import Backdrop
from penumbra.session.cutout import lift_off, matte_of

Written = list[PersonEntry]
"""Of whom files have been written; it grows, and holds what is there when the writing fails."""


def write_people(
    job: Job,
    people: Sequence[FoundPerson],
    photograph: Photograph,
    backdrop: Backdrop | None,
    written: Written,
    looks: Finish | None = None,
) -> None:
    """Write all results of a job; nothing before all of them are sure to be encoded.

    Args:
        job: Its paths stand for runs of numbered files.
        people: Who was found, in the order in which they are numbered.
        photograph: They were found on.
        backdrop: Makes what each is laid over; None leaves it transparent.
        written: Is told of each person what has been written.
        looks: Outline, shadow and crop of each cut-out, or None.

    Raises:
        InputError: Nobody was found.
        OutputError: A file cannot be written.
    """
    if not people:
        raise InputError("photograph must show somebody, got one on which nobody was found")
    files = [
        _encoded(job, finish(lift_off(photograph, matte_of(it)), looks), photograph, backdrop)
        for it in people
    ]
    for number, (person, results) in enumerate(zip(people, files, strict=True), 1):
        done: dict[str, str] = {}
        try:
            for name, path, data in results:
                write_atomically(numbered(path, number), data)
                done[name] = str(numbered(path, number))
        finally:
            box = person.box
            if done:
                corners = box.x0, box.y0, box.x1, box.y1
                written.append(PersonEntry(number, corners, round(person.score, 4), **done))


def _encoded(
    job: Job, finished: Finished, photograph: Photograph, backdrop: Backdrop | None
) -> list[tuple[str, Path, bytes]]:
    """Return the files of one person: the result's name, the path of its run, and its bytes."""
    alone = finished.object
    encoders: dict[str, Callable[[str], bytes]] = {
        "alpha": lambda suffix: encode_alpha(alone.alpha, suffix, photograph.bits),
        "foreground": lambda suffix: encode_image(alone.foreground, suffix, photograph),
        "output": lambda suffix: encode_finished(finished, suffix, photograph, backdrop),
    }
    paths: dict[str, Path | None] = {name: getattr(job, name) for name in encoders}
    return [
        (name, path, encoders[name](path.suffix.lower()))
        for name, path in paths.items()
        if path is not None
    ]
