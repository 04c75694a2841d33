"""Making a set of pictures of several people: mattes, sentences, gates, files, one by one.

A job can be stopped at any moment, in any way, and started again: what comes out is the same, byte
by byte, as if it had never been stopped.  The sheet `smpmat`, sections 5 to 7.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from penumbra.core.errors import ConvergenceError, ImageError, require
from penumbra.data.attributes import attributes_of
from penumbra.data.people_set import (
    Files,
    Suffix,
    boxes_of,
    difference,
    encode_picture,
    files_of,
    hashes_of,
    quarantine,
    write_files,
)
from penumbra.data.sentences import Sentence, sentences_about
from penumbra.io import load_image
from penumbra.systems.dfimat.synth.card import write_card
from penumbra.systems.dfimat.synth.gates import (
    Detector,
    Gate,
    GateSettings,
    Kept,
    Measured,
    failed,
    judged,
)
from penumbra.systems.dfimat.synth.journal import Account, Line, append_line, begin
from penumbra.systems.dfimat.synth.mattes import MatteSettings, People, people_of
from penumbra.systems.dfimat.synth.measures import fingerprint
from penumbra.systems.dfimat.synth.reading import Maker, Reading, Refused
from penumbra.systems.dfimat.synth.review import finish_removals

FORMAT = 1
"""Of the files; a folder of another format is not gone on with."""

SENTENCES = 3
"""Of each person at most."""

TRIES = 20
"""Attempts for each picture that is wanted, at most."""

Tell = Callable[[Line, int], None]
"""Called with what became of each attempt, and how many pictures are still wanted."""


@dataclass(frozen=True)
class JobSettings:
    """How pictures are turned into a set.

    Attributes:
        suffix: Of the pictures' files; JPEG is of quality 95.
        mattes: What counts as a person, and how mattes are cleaned.
        gates: What is kept.
    """

    suffix: Suffix = ".jpg"
    mattes: MatteSettings = field(default_factory=MatteSettings)
    gates: GateSettings = field(default_factory=GateSettings)

    def __post_init__(self) -> None:
        require(self.suffix in (".jpg", ".png"), "suffix", ".jpg or .png", self.suffix)


class Attempt(NamedTuple):
    """What came of one number.

    Attributes:
        line: For the account.
        files: Of the picture; empty if it was rejected.
    """

    line: Line
    files: Files


def make_set(
    root: Path,
    maker: Maker,
    count: int,
    how: JobSettings | None = None,
    tries: int = TRIES,
    detector: Detector | None = None,
    tell: Tell = lambda line, left: None,
) -> dict[str, Any]:
    """Make pictures until there are enough, and return the sums of the whole folder.

    What is damaged or lost in the folder is put into quarantine and made anew first.

    Args:
        root: The folder; it is made if it is not there.
        maker: Makes the pictures.
        count: How many are wanted.  A folder that has them all can be gone on with for more.
        how: Settings; those the folder was begun with.
        tries: Attempts for each that is wanted, at most.
        detector: Finds people on its own, for the gate `leftovers`.
        tell: See there.

    Raises:
        InputError: The settings differ, or other things are in the folder.
        DatasetError: The folder's account is damaged.
        OutputError: It cannot be written.
        ConvergenceError: There were too few good ones among all attempts; what was kept stays.
    """
    require(count >= 1, "count", "at least 1", count)
    require(tries >= 1, "tries", "at least 1", tries)
    how = how or JobSettings()
    record = record_of(maker, how, detector is not None)
    lines = list(begin(root, record).lines)

    def make(number: int, known: Kept) -> Line:
        line, files = attempt(maker, number, known, how, detector)
        if files:
            write_files(root, files)
        append_line(root, line)
        lines.append(line)
        return line

    finish_removals(root, Account(tuple(lines)))
    for line in _damaged(root, Account(tuple(lines))):
        append_line(root, line)
        lines.append(line)
    for line in _lost(Account(tuple(lines))):
        tell(make(line.number, Account(tuple(lines)).before(line.number)), 0)
    account = Account(tuple(lines))
    known, number, left = account.before(account.next), account.next, count - len(account.kept)
    while left > 0 and number < tries * count:
        line = make(number, known)
        if line.event == "kept":
            assert line.looks is not None
            known.add(int(line.looks, 16), line.slots)
            left -= 1
        tell(line, left)
        number += 1
    account = Account(tuple(lines))
    summary = write_card(root, account, record)
    if left > 0:
        raise ConvergenceError(
            f"pictures that are kept must be {count} after {number} attempts, got "
            f"{count - left}: {root} holds them, and says why the others were rejected"
        )
    return summary


def record_of(maker: Maker, how: JobSettings, has_detector: bool = False) -> dict[str, Any]:
    """Return all settings that change what is made, as a folder keeps them."""
    return {
        "format": FORMAT,
        "maker": maker.name,
        **maker.record,
        "sources": [asdict(source) for source in maker.sources],
        **asdict(how),
        "detector": has_detector,
    }


def attempt(
    maker: Maker, number: int, kept: Kept, how: JobSettings, detector: Detector | None = None
) -> Attempt:
    """Make one picture and judge it; nothing is written.

    Args:
        maker: Makes it.
        number: Of the attempt.
        kept: What was kept before.
        how: Settings.
        detector: Finds people on its own.
    """
    name = f"{number:06}"
    try:
        reading = maker.make(number)
    except ImageError as error:
        return Attempt(Line(number, name, "rejected", "no_image", str(error)), {})
    if isinstance(reading, Refused):
        return Attempt(Line(number, name, "rejected", *reading), {})
    people = people_of(reading.answers, how.mattes, reading.asked, reading.is_exact)
    if isinstance(people, Refused):
        line = Line(number, name, "rejected", *people, caption=reading.caption)
        return Attempt(line, {})
    picture = encode_picture(reading.image, how.suffix)
    image = load_image(picture)  # sentences and gates speak of what is in the file
    rng = np.random.default_rng((reading.seed, number, SENTENCES))
    said = _sentences(image, people, reading, rng)
    measured = Measured(reading, people, image, [len(each) for each in said])
    gates = judged(measured, kept, how.gates, how.mattes, detector, maker.variety)
    told = {gate.name: gate.told() for gate in gates}
    line = Line(
        number,
        name,
        "kept",
        split=reading.split,
        n=len(people.levels),
        caption=reading.caption,
        slots=measured.slots,
        looks=f"{fingerprint(image):016x}",
        gates=told,
        sentences=measured.sentences,
    )
    if (gate := failed(gates)) is not None:
        return Attempt(_rejected(line, gate), {})
    meta = {
        "name": name,
        "split": reading.split,
        "caption": reading.caption,
        "n": len(people.levels),
        "texts": [[asdict(sentence) for sentence in each] for each in said],
        "boxes": boxes_of(people.levels),
        "human": [round(float(value), 4) for value in people.human],
        "order": list(_order(people, reading) or ()),
        "seed": reading.seed,
        "model": {"name": maker.name, **reading.provenance},
        "family": reading.family,
        "slots": dict(measured.slots),
        "gates": told,
    }
    files = files_of(name, reading.split, picture, how.suffix, people.levels, meta)
    return Attempt(replace(line, files=hashes_of(files)), files)


def _sentences(
    image: np.ndarray, people: People, reading: Reading, rng: np.random.Generator
) -> list[tuple[Sentence, ...]]:
    """Return up to three sentences about each person, which mean nobody else of the picture."""
    about = attributes_of(image, people.alphas, _order(people, reading))
    return [sentences_about(about, k, rng, SENTENCES) for k in range(len(about))]


def _order(people: People, reading: Reading) -> tuple[int, ...] | None:
    """Return the numbers of the people from the farthest to the nearest, if that is known."""
    if reading.order is None:
        return None
    return tuple(people.numbers.index(it) for it in reading.order if it in people.numbers)


def _rejected(line: Line, gate: Gate) -> Line:
    numbers = ", ".join(f"{name} {value:g}" for name, value in gate.numbers.items())
    detail = f"gate {gate.name} failed: {numbers}" if numbers else f"gate {gate.name} failed"
    return replace(line, event="rejected", reason=gate.name, detail=detail)


def _damaged(root: Path, account: Account) -> list[Line]:
    """Move what is damaged into quarantine, and return a line for each."""
    found = []
    for line in account.kept:
        if (reason := difference(root, line.files)) is None:
            continue
        folders = {str(Path(path).parent) for path in line.files if path.startswith("alphas/")}
        images = [path for path in line.files if path.startswith("images/")]
        quarantine(root, line.name, [*images, *folders], reason)
        found.append(Line(line.number, line.name, "quarantined", "damaged", reason))
    return found


def _lost(account: Account) -> list[Line]:
    """Return the numbers that are to be made anew."""
    return [line for line in account.standing.values() if line.event == "quarantined"]
