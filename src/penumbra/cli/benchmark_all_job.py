"""The work of `penumbra benchmark all`: who takes part, what is said meanwhile, how it ends."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from penumbra.cli.cut_loop import PartlyDoneError
from penumbra.cli.progress import bar
from penumbra.comparison.entrants import Entrant, own_entrants, restricted
from penumbra.comparison.peers import Triple
from penumbra.comparison.record import RESULTS, read_records, read_run
from penumbra.comparison.run import Plan, Tell, Wish, carry_out, prepare
from penumbra.comparison.worker import Task
from penumbra.core.errors import InputError, OutputError

Ended = tuple[str, Task, str]
"""Entrant, task, and error, "" if none."""


def check_places(output: Path, published: Path | None, read: Iterable[Path | None]) -> None:
    """Raise `OutputError` if results would land among what is read, or both reports in one place.

    Args:
        output: Folder of the comparison.
        published: Of the report that may be passed on, or None.
        read: Folders that are read.
    """
    sources = [each.resolve() for each in read if each is not None]
    written = {"output": output} | ({} if published is None else {"published": published})
    for name, folder in written.items():
        if any(folder.resolve().is_relative_to(source) for source in sources):
            raise OutputError(f"{name} must lie outside of the data, got {folder}")
    if published is not None and published.resolve().is_relative_to(output.resolve()):
        raise OutputError(f"published must lie outside of {output}, got {published}")


def entrants_of(
    names: tuple[str, ...],
    onnx: tuple[str, ...],
    scaling: tuple[Triple, Triple],
    mattes: tuple[str, ...],
) -> tuple[tuple[Entrant, ...], dict[str, str]]:
    """Return who takes part, and who of those that might do not, and why.

    Args:
        names: Of those that take part; all if empty.
        onnx: NAME=FILE for each network that is supplied.
        scaling: Mean and deviation of their pictures.
        mattes: NAME=DIR for each folder of ready-made mattes.

    Raises:
        InputError: A name is not one of an entrant, or is there twice, or nothing is there.
    """
    own, absent = own_entrants()
    networks = [
        Entrant(f"{name} (onnx)", "onnx", ("none",), (), str(path), *scaling)
        for name, path in (_named("onnx", each) for each in onnx)
    ]
    folders = [
        Entrant(f"folder {name}", "folder", ("none",), (), str(path))
        for name, path in (_named("mattes", each) for each in mattes)
    ]
    everybody = [*own, *networks, *folders]
    known = [each.name for each in everybody]
    for name in known:
        if known.count(name) > 1:
            raise InputError(f"entrants must have names of their own, got {name!r} twice")
    for name in names:
        if name not in known:
            raise InputError(f"entrant must be one of {', '.join(known)}, got {name!r}")
    return tuple(restricted(everybody, names)), {} if names else absent


def compare(wish: Wish, published: Path | None) -> None:
    """Ask everybody, write the report, and say what failed.

    Args:
        wish: What is to be compared.
        published: Folder of a report that may be passed on, or None.

    Raises:
        MatteError: Nothing could be measured, or a result cannot be written.
        PartlyDoneError: Some pictures failed; the report is there.
    """
    plan = prepare(wish)
    with _telling(plan) as tell:
        carry_out(wish, plan, tell)
    for name, reason in read_run(wish.output)["left_out"].items():
        click.echo(f"left out: {name}: {reason}", err=True)
    records = read_records(wish.output / RESULTS)
    failed = [each for each in records if each.error]
    if len(failed) == len(records):
        reason = failed[0].error if failed else "nobody was asked"
        raise InputError(f"something must be measured, got nothing: {reason}")
    report(wish.output, wish.data, published)
    if failed:
        raise PartlyDoneError(f"{len(failed)} of {len(records)} answers failed")


def report(output: Path, data: Path | None, published: Path | None) -> None:
    """Write the report from what lies in the folder, and one that may be passed on.

    Raises:
        InputError: There is nothing to report.
    """
    from penumbra.comparison.report import write_report

    if not (output / RESULTS).is_file():
        raise InputError(f"{output} must hold {RESULTS}, got none")
    write_report(output, data, published)
    for folder in (output, published):
        if folder is not None:
            click.echo(f"wrote the report below {folder}", err=True)


def _named(option: str, said: str) -> tuple[str, Path]:
    name, equals, place = said.partition("=")
    path = Path(place)
    is_there = path.is_file() if option == "onnx" else path.is_dir()
    if not (name and equals and is_there) or "/" in name:
        thing = "FILE" if option == "onnx" else "DIR"
        raise InputError(f"{option} must be NAME={thing} of something that is there, got {said!r}")
    return name, path.resolve()


@contextmanager
def _telling(plan: Plan) -> Iterator[Tell]:
    """Show a bar at a terminal; elsewhere say who is asked, and what fails."""
    if sys.stderr.isatty() and plan.remaining:
        with bar(plan.remaining, _said_of) as show:
            yield lambda name, task, error: show((name, task, error))
        return
    asked = set[str]()

    def tell(name: str, task: Task, error: str) -> None:
        if name not in asked:
            asked.add(name)
            click.echo(f"asking {name}", err=True)
        for line in _said_of((name, task, error)):
            click.echo(line, err=True)

    yield tell


def _said_of(ended: Ended) -> Iterator[str]:
    name, (group, picture, protocol), error = ended
    if error:
        yield f"failed: {name}, {group}/{picture}, {protocol}: {error}"
