"""The account of a set that is being made: a line for every attempt, and for what befell it later.

Lines are only ever added, each after the files that it speaks of were written.  Whatever moment a
job dies at, the account tells what is done; at worst its last line is torn, and that attempt is
made again, into the same files.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from penumbra.core.errors import DatasetError, InputError, OutputError
from penumbra.data.people_set import remove_parts
from penumbra.io import write_atomically
from penumbra.systems.dfimat.synth.gates import Kept

REPORT = "report.jsonl"
SETTINGS = "settings.json"
SUMMARY = "summary.json"

Event = Literal["kept", "rejected", "quarantined", "approved", "removed"]


@dataclass(frozen=True)
class Line:
    """What became of one attempt, or of a picture later.

    Attributes:
        number: Of the attempt.
        name: Of the picture.
        event: "kept" or "rejected" by the gates; "quarantined" as damaged; "approved" or
            "removed" by somebody who looked at it.
        reason: Why it was rejected or quarantined, in a word or two that can be counted.
        detail: The same in a sentence.
        split: Where it was put, as for all that follows, if it was kept.
        n: How many people there are.
        caption: What is to be seen.
        slots: What is counted for balance.
        looks: Hash of the picture's looks, 16 digits of base 16.
        files: Path below the folder of the set to SHA-256.
        gates: What each gate said.
        sentences: How many sentences there are of each person.
    """

    number: int
    name: str
    event: Event
    reason: str | None = None
    detail: str | None = None
    split: str | None = None
    n: int | None = None
    caption: str | None = None
    slots: Mapping[str, str] = field(default_factory=dict)
    looks: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    gates: Mapping[str, Any] = field(default_factory=dict)
    sentences: Sequence[int] = ()


@dataclass(frozen=True, eq=False)
class Account:
    """All lines so far, in their order."""

    lines: tuple[Line, ...]

    @property
    def standing(self) -> dict[int, Line]:
        """What holds of each attempt now: its last line, approvals aside."""
        return {it.number: it for it in self.lines if it.event != "approved"}

    @property
    def kept(self) -> list[Line]:
        """Pictures that are in the set, by number."""
        return [it for _, it in sorted(self.standing.items()) if it.event == "kept"]

    @property
    def approved(self) -> set[str]:
        """Names of pictures in the set that somebody has looked at and liked."""
        return {it.name for it in self.lines if it.event == "approved"} & {
            it.name for it in self.kept
        }

    @property
    def next(self) -> int:
        """Number of the next attempt."""
        return max((it.number for it in self.lines), default=-1) + 1

    def before(self, number: int) -> Kept:
        """Return what the gates knew when an attempt was first made.

        Pictures that somebody removed by then count no more for balance, but whatever looks like
        them is still no news.
        """
        first = next((k for k, it in enumerate(self.lines) if it.number == number), len(self.lines))
        known = Account(self.lines[:first])
        kept, there = Kept(), {it.name for it in known.kept}
        looks = {it.number: it for it in known.lines if it.event == "kept"}
        for _, line in sorted(looks.items()):
            assert line.looks is not None
            if line.name in there:
                kept.add(int(line.looks, 16), line.slots)
            else:
                kept.hashes.append(int(line.looks, 16))
        return kept

    def summary(self) -> dict[str, Any]:
        """Return the sums."""
        standing, kept = list(self.standing.values()), self.kept
        events = Counter(it.event for it in standing)
        return {
            "attempts": len(standing),
            "kept": len(kept),
            "yield": round(len(kept) / max(1, len(standing)), 4),
            "rejected": events["rejected"],
            "rejected_by_reason": _counted(it.reason for it in standing if it.event == "rejected"),
            "quarantined": sum(it.event == "quarantined" for it in self.lines),
            "removed_by_review": events["removed"],
            "approved_by_review": len(self.approved),
            "people": sum(it.n or 0 for it in kept),
            "people_per_picture": _counted(str(it.n) for it in kept),
            "splits": _counted(it.split for it in kept),
        }


def begin(root: Path, record: Mapping[str, Any]) -> Account:
    """Make a folder the place of a set with these settings, or go on where it is one.

    What a killed job left half-written is removed, and a torn last line cut off.

    Args:
        root: The folder of the set.
        record: All settings that change what is made; plain values.

    Raises:
        InputError: It was begun with other settings, or other things are in it.
        DatasetError: Its account is damaged.
        OutputError: It cannot be written.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        is_new = not (root / SETTINGS).exists()
        things = [it.name for it in root.iterdir() if not it.name.startswith(".penumbra-")]
    except OSError as error:
        raise OutputError(f"{root} must be a writable folder, got {error.strerror!r}") from error
    if is_new and things:
        raise InputError(f"{root} must be empty or a set that was begun, got {min(things)} in it")
    remove_parts(root)
    record = json.loads(json.dumps(record))
    if is_new:
        write_atomically(root / SETTINGS, json.dumps(record, indent=1).encode() + b"\n")
    else:
        _compare(root, record, settings_of(root))
    return read_account(root)


def settings_of(root: Path) -> dict[str, Any]:
    """Return the settings a set was begun with.

    Raises:
        DatasetError: There are none, or they are damaged.
    """
    path = root / SETTINGS
    try:
        begun = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise DatasetError(f"{path} must hold the settings of a set, got {error}") from error
    if not isinstance(begun, dict):
        raise DatasetError(f"{path} must hold the settings of a set, got {begun!r}")
    return begun


def read_account(root: Path) -> Account:
    """Read the account, and cut a torn last line off.

    Raises:
        DatasetError: It is damaged.
        OutputError: It cannot be read or mended.
    """
    path = root / REPORT
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Account(())
    except OSError as error:
        raise OutputError(f"{path} must be readable, got {error.strerror!r}") from error
    whole = data[: data.rfind(b"\n") + 1]
    if whole != data:
        write_atomically(path, whole)
    rows = enumerate(whole.splitlines(), start=1)
    return Account(tuple(_parsed(row, f"{path}:{number}") for number, row in rows))


def append_line(root: Path, line: Line) -> None:
    """Add a line to the account.

    Raises:
        OutputError: There is no room, or no permission.
    """
    path = root / REPORT
    told = {key: value for key, value in asdict(line).items() if value not in (None, {}, (), [])}
    try:
        with path.open("ab") as file:
            file.write(json.dumps(told).encode() + b"\n")
    except OSError as error:
        raise OutputError(f"{path} must be writable, got {error.strerror!r}") from error


def _compare(root: Path, record: Mapping[str, Any], begun: Mapping[str, Any]) -> None:
    """Raise `InputError` unless two records are alike; what is nested is named by a path."""
    one, other = _flat(record), _flat(begun)
    for name in [*one, *other]:
        if one.get(name) != other.get(name):
            raise InputError(
                f"setting {name} must be {other.get(name)!r} as when {root} was begun, got "
                f"{one.get(name)!r}: choose another folder"
            )


def _flat(record: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    flat = dict[str, Any]()
    for name, value in record.items():
        inner = _flat(value, f"{above}{name}.") if isinstance(value, dict) else None
        flat |= inner if inner is not None else {f"{above}{name}": value}
    return flat


def _counted(values: Any) -> dict[str, int]:  # noqa: ANN401 - an iterable of words or None
    return dict(sorted(Counter(str(value) for value in values).items()))


def _parsed(row: bytes, place: str) -> Line:
    try:
        line = Line(**json.loads(row))
        is_right = line.event in get_args(Event) and isinstance(line.number, int)
    except (ValueError, TypeError) as error:
        raise DatasetError(f"{place} must be a line of the account, got {row[:80]!r}") from error
    if not is_right:
        raise DatasetError(f"{place} must be a line of the account, got {row[:80]!r}")
    return line
