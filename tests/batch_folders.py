"""Folders for a batch, models that are cheap or deadly, and what lies in a tree."""

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from PIL import Image

from penumbra.batch.cut_job import Wish
from penumbra.batch.engine import Batch, Rules, Tell
from penumbra.batch.folder import JobFolder
from penumbra.batch.journal import Record
from penumbra.batch.runner import Runner
from penumbra.batch.settings import Settings, begin
from penumbra.batch.sources import Item, list_items
from penumbra.batch.stop import Stop
from penumbra.batch.worker import Outcome, Worker
from penumbra.core.arrays import RGB
from penumbra.core.card import ModelCard
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte

CARD = ModelCard(name="bands", title="Opaque where it is red", paper="none", accepts=frozenset())

DEADLY = (1, 2, 3)
"""The colour of a picture that kills the process which looks at it."""

PASSING = (4, 5, 6)
"""The colour of a picture that fails the first time."""

BUGGY = (7, 8, 9)
"""The colour of a picture that meets a bug."""


class Bands:
    """A predictor whose alpha is the red of the picture; some colours do harm.

    Args:
        memory: A folder in which it remembers, from process to process, what it has seen.
    """

    card = CARD

    def __init__(self, memory: Path) -> None:
        self.memory = memory

    def encode(self, image: RGB) -> RGB:
        """Do harm, or pass the picture on."""
        corner = tuple(int(it) for it in np.rint(image[0, 0] * 255))
        if corner == DEADLY:
            os.kill(os.getpid(), signal.SIGKILL)
        if corner == PASSING and not (self.memory / "seen").exists():
            (self.memory / "seen").touch()
            raise MemoryError
        if corner == BUGGY:
            raise ZeroDivisionError("by zero")
        with (self.memory / "log").open("ab") as file:
            file.write(b".")
        return image

    def decode(self, encoded: RGB, hints: Hints, previous: Matte | None = None) -> Matte:
        """Answer."""
        return Matte(encoded[:, :, 0].copy())


class Load:
    """Makes a `Bands`; it can be sent to other processes.

    Args:
        memory: See there.
    """

    def __init__(self, memory: Path) -> None:
        self.memory = memory

    def __call__(self, name: str) -> Bands:
        """Make it, whatever the name."""
        return Bands(self.memory)


def settings_for(output: Path, memory: Path, **changes: Any) -> Settings:  # noqa: ANN401 - fields of it
    """Settings with the predictor above."""
    memory.mkdir(exist_ok=True)
    wish = Wish(Hints(), None, "aim", "any", None, None, is_doubt_wanted=True)
    return Settings(output, wish, loader=Load(memory), **changes)


def looks(memory: Path) -> int:
    """How many pictures were answered by all processes together."""
    log = memory / "log"
    return len(log.read_bytes()) if log.exists() else 0


def paint(path: Path, colour: tuple[int, int, int] = (255, 30, 30), side: int = 6) -> Path:
    """Write a picture of one colour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (side, side), colour).save(path)
    return path


def tree(root: Path) -> Mapping[str, bytes]:
    """All results below a folder, by their place; nothing that holds times."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for name in ("ok", "review", "quarantine", "alpha", "foreground", "uncertainty")
        for path in sorted((root / name).rglob("*"))
        if path.is_file()
    }


class Inline:
    """A runner in this very process.

    Args:
        worker: Does the work.
        stop: Says when to hand over no more.
    """

    name = "inline"
    workers = 1

    def __init__(self, worker: Worker, stop: Stop) -> None:
        self.worker = worker
        self.stop = stop

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass

    def run(self, items: Sequence[Item]) -> Iterator[Outcome]:
        """Try each input once; fewer when it is to stop."""
        for item in items:
            if self.stop.is_asked:
                return
            yield from self.worker([item])


@dataclass(eq=False)
class Bench:
    """A folder of inputs, a folder of results, and runs from one to the other.

    Attributes:
        root: An empty folder.
        stop: Asked when the run is to stop.
    """

    root: Path
    stop: Stop = field(default_factory=Stop)

    @property
    def source(self) -> Path:
        """INPUT."""
        return self.root / "in"

    @property
    def output(self) -> Path:
        """OUTPUT."""
        return self.root / "out"

    @property
    def looks(self) -> int:
        """How many pictures were answered so far."""
        return looks(self.root / "memory")

    def settings(self, **changes: Any) -> Settings:  # noqa: ANN401 - fields of it
        """What is asked for."""
        return settings_for(self.output, self.root / "memory", **changes)

    def run(
        self,
        rules: Rules = Rules(),  # noqa: B008 - frozen
        runner: Runner | None = None,
        tell: Tell = lambda record: None,
        **changes: Any,  # noqa: ANN401 - fields of the settings
    ) -> dict[str, Record]:
        """Run once, and return what is known then."""
        folder = JobFolder(self.output)
        folder.make()
        begin(folder, {}, is_again=False)
        batch = Batch(folder, rules, self.stop, folder.records())
        with runner or Inline(Worker(self.settings(**changes)), self.stop) as it:
            batch.work(batch.plan(list_items(str(self.source), self.output)), it, tell)
        folder.tidy()
        return batch.records
