"""The whole comparison: every entrant one after the other, in a process of its own.

`run.json` says "of" what the folder is (data, weights, clicks: another run is refused), the
"command", its "date", "hardware" and "versions", by name the "groups" (note, pictures, protocols),
the "entrants" (maker, device, peak memory in bytes, hash of a supplied file) and what was
"left_out" (reason), and the outcome of the "leaks" check.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from penumbra.comparison.about import hardware, hash_of_file, versions, weights
from penumbra.comparison.entrants import Entrant
from penumbra.comparison.leaks import check_leaks
from penumbra.comparison.plan import tasks_of, without
from penumbra.comparison.processes import asked
from penumbra.comparison.record import RESULTS, RUN, read_records, read_run, write_run
from penumbra.comparison.scenes import Case, Group, Places
from penumbra.comparison.sets import MADE, groups_of
from penumbra.comparison.worker import Order, Task
from penumbra.core.errors import OutputError

Tell = Callable[[str, Task, str], None]
"""Called with entrant, task and error ("" if none) of every answer."""


@dataclass(frozen=True)
class Wish:
    """What is to be compared.

    Attributes:
        data: Folder of the datasets, or None: drawn pictures alone.
        object_mattes: Mattes of held-aside portraits, or None.
        output: Folder of the comparison.
        entrants: Who takes part.
        absent: Who does not, and why.
        groups: Names of the sets; all if empty.
        packs: Training packs that are searched for the pictures.
        clicks: Of the robot, at most.
        limit: Pictures of each set; None for as many as `plan.MOST` says.
        command: Words of the command line.
    """

    data: Path | None
    object_mattes: Path | None
    output: Path
    entrants: tuple[Entrant, ...]
    absent: Mapping[str, str]
    groups: tuple[str, ...]
    packs: tuple[Path, ...]
    clicks: int
    limit: int | None
    command: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Plan:
    """What is to be done.

    Attributes:
        groups: Sets of pictures that take part.
        left_out: What does not, and why.
        tasks: Entrant to all its tasks, those that are done among them.
        done: Entrant to those that are.
    """

    groups: tuple[Group, ...]
    left_out: dict[str, str]
    tasks: dict[str, tuple[Task, ...]]
    done: dict[str, set[Task]]

    @property
    def remaining(self) -> int:
        """How many answers are missing."""
        return sum(len(without(tasks, self.done[name])) for name, tasks in self.tasks.items())


def prepare(wish: Wish) -> Plan:
    """Claim the folder, find the pictures and say what is missing.

    Raises:
        OutputError: The folder is of another run, or cannot be written.
    """
    claim(wish)
    places = Places(wish.data, wish.object_mattes, wish.output / MADE)
    groups, left_out = groups_of(places)
    if wish.groups:
        groups = [each for each in groups if each.name in wish.groups]
        left_out = {name: why for name, why in left_out.items() if name in wish.groups}
    records = read_records(wish.output / RESULTS)
    done = {
        each.name: {
            (it.group, it.picture, it.protocol) for it in records if it.entrant == each.name
        }
        for each in wish.entrants
    }
    tasks = {each.name: tasks_of(each, groups, wish.limit) for each in wish.entrants}
    return Plan(tuple(groups), left_out | dict(wish.absent), tasks, done)


def claim(wish: Wish) -> None:
    """Make the folder that of this run, or find it again.

    Raises:
        OutputError: It belongs to other data, weights or supplied files, holds results of unknown
            origin, or cannot be written.
    """
    try:
        wish.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{wish.output} must be a folder, got {error.strerror!r}") from error
    before = read_run(wish.output)
    if not before and (wish.output / RESULTS).exists():
        raise OutputError(f"{wish.output} must be empty or of this run, got results without {RUN}")
    of = {
        "data": None if wish.data is None else str(wish.data.resolve()),
        "object_mattes": None if wish.object_mattes is None else str(wish.object_mattes.resolve()),
        "clicks": wish.clicks,
        "weights": weights(),
    }
    for name, value in of.items():
        if before and before.get("of", {}).get(name) != value:
            raise OutputError(
                f"{wish.output} must be empty or of this run, got one with other {name}"
            )
    entrants = before.get("entrants", {})
    for each in wish.entrants:
        said = _supplied(each)
        held = entrants.get(each.name, {})
        if each.name in entrants and {key: held.get(key) for key in said} != said:
            raise OutputError(f"{wish.output} must be of this run, got another {each.name!r}")
        entrants[each.name] = held | said
    about = before | {"of": of, "entrants": entrants}
    write_run(wish.output, about)


def carry_out(wish: Wish, plan: Plan, tell: Tell) -> None:
    """Ask everybody everything that is missing, then search the packs; results grow by the line.

    Raises:
        OutputError: A result cannot be written.
        DatasetError: A pack cannot be read.
    """
    about = read_run(wish.output)
    about |= {
        "command": list(wish.command),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "hardware": hardware(),
        "versions": versions(),
        "groups": about.get("groups", {}) | {each.name: _described(each) for each in plan.groups},
        "left_out": _still_out(about.get("left_out", {}), wish, plan) | plan.left_out,
    }
    write_run(wish.output, about)
    for entrant in wish.entrants:
        missing = without(plan.tasks[entrant.name], plan.done[entrant.name])
        if not missing:
            continue
        order = Order(entrant, wish.data, wish.object_mattes, wish.output, wish.clicks, missing)
        peak, refused = asked(order, partial(tell, entrant.name))
        held = about["entrants"][entrant.name]
        held["peak_memory"] = max(peak, held.get("peak_memory", 0)) or None
        if refused:
            about["left_out"][entrant.name] = refused
        write_run(wish.output, about)
    about["leaks"] = check_leaks(_asked_about(plan), wish.packs).to_json()
    write_run(wish.output, about)


def _still_out(before: Mapping[str, str], wish: Wish, plan: Plan) -> dict[str, str]:
    """Return what was left out of the folder so far and is not taken in now."""
    inside = {each.name for each in wish.entrants} | {each.name for each in plan.groups}
    return {name: reason for name, reason in before.items() if name not in inside}


def _supplied(entrant: Entrant) -> dict[str, Any]:
    """Return what the answers of an entrant depend on besides our weights."""
    said: dict[str, Any] = {"maker": entrant.maker, "device": "cpu"}
    if entrant.maker == "onnx":
        said |= {"sha256": hash_of_file(Path(entrant.source))}
        said |= {"mean": list(entrant.mean), "deviation": list(entrant.deviation)}
    if entrant.maker == "folder":
        said |= {"folder": str(Path(entrant.source).resolve()), "device": None}
    return said


def _described(group: Group) -> dict[str, Any]:
    return {
        "note": group.note,
        "pictures": len(group.cases),
        "protocols": sorted(group.protocols),
    }


def _asked_about(plan: Plan) -> list[Case]:
    """Return every picture that somebody is asked about, once."""
    wanted = {(group, picture) for tasks in plan.tasks.values() for group, picture, _ in tasks}
    return [
        case
        for group in plan.groups
        for case in group.cases
        if (case.group, case.picture) in wanted
    ]
