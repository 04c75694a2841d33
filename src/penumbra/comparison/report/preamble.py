"""What was run, with what, on what, and what was left out: the first section of a report."""

import re
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from penumbra.comparison.record import Record
from penumbra.comparison.report.document import Block, Cell, Code, Heading, Items, Paragraph, Table
from penumbra.comparison.report.tables import Machine
from penumbra.comparison.report.wording import number

SHORT = 12
"""Letters of a hash that are shown."""

_PLACES = {"--data": "DIR", "--output": "OUT"}
_PATH = re.compile(r"(?<![\w.])(?:\.{1,2})?/(?:[^\s/]+/)*([^\s/]+)")


def preamble(
    about: Mapping[str, Any], records: Sequence[Record], is_published: bool
) -> Iterator[Block]:
    """Yield the first section.

    Args:
        about: What `run.json` says; what it does not say is left out.
        records: All results.
        is_published: Whether folders, and names of pictures, are kept out of it.
    """
    yield Heading("What was run")
    if command := about.get("command"):
        yield Code(_command(command, is_published))
    yield Items(tuple(_circumstances(about)))
    yield from _groups(about.get("groups", {}), records)
    yield from _weights(about)
    reasons = about.get("left_out", {})
    if reasons:
        told = [f"{name}: {why}" for name, why in reasons.items()]
        yield Heading("Left out", 3)
        yield Items(tuple(without_folders(it) if is_published else it for it in told))
    yield from _failures(records, is_published)
    yield from _leaks(about.get("leaks"), is_published)


def machines(about: Mapping[str, Any]) -> dict[str, Machine]:
    """Return what every entrant needed of the machine."""
    found = {}
    for name, said in about.get("entrants", {}).items():
        peak = said.get("peak_memory")
        found[name] = Machine(None if peak is None else peak / 1e6, said.get("device") or "")
    return found


def without_folders(text: str) -> str:
    """Return words in which files are named without the folders they lie in.

    Example:
        >>> without_folders("/home/me/data/ccp must hold images, got ../x/y.png")
        'ccp must hold images, got y.png'
    """
    return _PATH.sub(r"\1", text)


def _command(words: Sequence[str], is_published: bool) -> str:
    if not is_published:
        return shlex.join(words)
    shown = []
    for before, word in zip(("", *words), words, strict=False):
        head, sign, tail = word.rpartition("=")
        shown.append(_PLACES.get(before) or head + sign + tail.rsplit("/", 1)[-1])
    return shlex.join(shown)


def _circumstances(about: Mapping[str, Any]) -> Iterator[str]:
    if date := about.get("date"):
        yield f"Date: {date}"
    if machine := about.get("hardware"):
        memory = machine.get("memory")
        size = "" if memory is None else f", {number(memory / 1e9)} GB of memory"
        yield (
            f"Hardware: {machine.get('cpu')}, {machine.get('cores')} cores, "
            f"threads of a network: {machine.get('threads')}{size}, {machine.get('system')}"
        )
    if versions := about.get("versions"):
        yield "Versions: " + ", ".join(f"{name} {it}" for name, it in versions.items())
    clicks = about.get("of", {}).get("clicks")
    if clicks is not None:
        yield f"Clicks: a robot clicks on the largest error, {clicks} times at most"


def _groups(groups: Mapping[str, Any], records: Sequence[Record]) -> Iterator[Block]:
    measured = {name: {it.picture for it in records if it.group == name} for name in groups}
    rows = tuple(
        (
            Cell(name),
            Cell(str(len(measured[name]))),
            Cell(str(said["pictures"])),
            Cell(", ".join(said["protocols"])),
            Cell(said["note"]),
        )
        for name, said in groups.items()
        if measured[name]
    )
    if rows:
        yield Heading("Pictures", 3)
        head = ("group", "measured", "there are", "given", "what it is, and how its truth was made")
        yield Table("Sets of pictures that were held aside.", head, rows)


def _weights(about: Mapping[str, Any]) -> Iterator[Block]:
    shipped = dict(about.get("of", {}).get("weights", {}))
    for name, said in about.get("entrants", {}).items():
        if "sha256" in said:
            shipped[name] = said["sha256"]
    if shipped:
        yield Heading("Weights", 3)
        rows = tuple((Cell(name), Cell(sha[:SHORT])) for name, sha in shipped.items())
        yield Table("Files, and the beginning of their sha256.", ("file", "sha256"), rows)


def _failures(records: Sequence[Record], is_published: bool) -> Iterator[Block]:
    counts = Counter(
        (it.entrant, it.protocol, it.group, "" if is_published else it.error)
        for it in records
        if it.error
    )
    if counts:
        yield Heading("Failures", 3)
        yield Items(
            tuple(
                f"{entrant}, {protocol}, {group}: {count} without an answer"
                + (f" ({error})" if error else "")
                for (entrant, protocol, group, error), count in counts.items()
            )
        )


def _leaks(found: Mapping[str, Any] | None, is_published: bool) -> Iterator[Block]:
    yield Heading("Leak check", 3)
    if not found or not found["is_checked"]:
        yield Paragraph("No training pack was given, so none was searched for these pictures.")
        return
    yield Paragraph(
        f"{found['pictures']} pictures were looked for among {found['entries']} entries of "
        f"{', '.join(found['packs'])}, by name and by what they look like (hashes of 64 bits "
        f"that differ in {found['limit']} at most): {len(found['leaks'])} found."
    )
    if is_published:
        counts = Counter((it["group"], it["pack"]) for it in found["leaks"])
        told = [f"{group}: {count} in {pack}" for (group, pack), count in counts.items()]
    else:
        told = [_leak(it) for it in found["leaks"]]
    if told:
        yield Items(tuple(told))


def _leak(said: Mapping[str, Any]) -> str:
    how = "by name" if said["distance"] is None else f"{said['distance']} bits apart"
    return f"{said['group']}, {said['picture']}: {said['entry']} of {said['pack']}, {how}"
