"""One process at work on a batch: read, cut out, judge, write; one input after the other.

Everything runs on one thread for each picture, so that the results do not depend on how many are
at work, and that as many of them as there are cores do not wait for each other.
"""

import errno
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import file_digest
from pathlib import Path, PurePosixPath
from typing import Any

import cv2

from penumbra.batch.addresses import read_bytes
from penumbra.batch.cut_job import Course, cut
from penumbra.batch.folder import SIDES, stamp_of
from penumbra.batch.identity import input_hash
from penumbra.batch.inputs import Job
from penumbra.batch.journal import VERDICTS, Record, Verdict
from penumbra.batch.settings import Settings
from penumbra.batch.sources import Item
from penumbra.batch.triage import Judgement, judge
from penumbra.core.errors import ImageError, MatteError, OutputError, WeightsError
from penumbra.core.predictor import Predictor
from penumbra.io import CUTOUT_SUFFIXES, IMAGE_SUFFIXES
from penumbra.runtime.gather import gathering
from penumbra.runtime.onnx import DEVICE_VARIABLE, THREADS_VARIABLE

_NO_PLACE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO)

_SUFFIXES = tuple(dict.fromkeys((*CUTOUT_SUFFIXES, *IMAGE_SUFFIXES)))  # of cut-outs

_THREADS = {
    THREADS_VARIABLE: "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one try at an input came to.

    Attributes:
        record: What the journal will say, if this is the last try.
        is_fatal: Whether no other input can do better: there is no room, or no model.
    """

    record: Record
    is_fatal: bool = False

    @property
    def is_done(self) -> bool:
        """Whether the results are written."""
        return self.record.verdict != "quarantine"


@dataclass(eq=False)
class _Try:
    """How far a try has come."""

    began: float = field(default_factory=time.perf_counter)
    input_hash: str = ""
    course: Course = field(default_factory=Course)
    judgement: Judgement | None = None
    verdict: Verdict = "ok"
    outputs: dict[str, str] = field(default_factory=dict)


class Worker:
    """Does the same to every input; models are loaded once.

    Args:
        settings: What is asked for.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._models: dict[str, Predictor[Any]] = {}
        self._loading = threading.Lock()
        cv2.setNumThreads(1)

    def __call__(self, items: Sequence[Item]) -> list[Outcome]:
        """Try each input once; nothing is raised."""
        if self.settings.at_once == 1 or len(items) == 1:
            return [self.attempt(item) for item in items]
        # Two more, so that some read and write while a network is busy with the others.
        with ThreadPoolExecutor(self.settings.at_once + 2) as threads:
            return list(threads.map(self.attempt, items))

    def attempt(self, item: Item) -> Outcome:
        """Try one input.

        A failure is an answer with its reason; a bug is one, too, whose traceback goes to stderr.
        """
        attempt, is_fatal, is_bug = _Try(), False, False
        failure: BaseException | None = None
        try:
            self._do(item, attempt)
            seals = sealed(self.settings.root, attempt.outputs)
        except MatteError as error:
            failure, is_fatal = error, _is_fatal(error)
        except MemoryError as error:
            failure = error
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            failure, is_bug = error, True
        record = _record(item, attempt)
        if failure is None:
            hashes, stamps = seals
            return Outcome(replace(record, output_hashes=hashes, output_stamps=stamps))
        failed = replace(
            record,
            verdict="quarantine",
            outputs={},
            kind=_kind(failure),
            reason=_reason(failure),
            is_bug=is_bug,
        )
        return Outcome(failed, is_fatal)

    def _do(self, item: Item, attempt: _Try) -> None:
        if item.problem is not None:
            raise ImageError(item.problem)
        data = read_bytes(item.address, item.key)
        attempt.input_hash = input_hash(data, item.key, self.settings.wish.files)
        job = Job(None, PurePosixPath(item.key), data=data)
        settle = partial(self._settle, item, attempt)
        cut(job, self.settings.wish, self._load, attempt.course, settle)

    def _settle(self, item: Item, attempt: _Try, job: Job, course: Course) -> Job:
        """Say where the results go, and see that none lies elsewhere from a run before."""
        assert course.model is not None, "a model has answered"
        assert course.matte is not None, "it has"
        judgement = judge(course.model, course.matte)
        attempt.judgement = replace(judgement, spot=_on_photograph(judgement.spot, course))
        attempt.verdict = judgement.verdict
        root, suffix = self.settings.root, self.settings.suffix
        clear(root, item.name, attempt.verdict, suffix, self.settings.sides)
        trees = {"output": attempt.verdict, **{side: side for side in self.settings.sides}}
        for result, tree in trees.items():
            place = PurePosixPath(tree, item.name)
            if result == "output":
                place = place.with_suffix(suffix)
            attempt.outputs[result] = str(place)
            job = job.writing(result, root / place)
        return job

    def _load(self, name: str) -> Predictor[Any]:
        with self._loading:
            if name not in self._models:
                try:
                    with gathering(self.settings.at_once):
                        self._models[name] = self.settings.load(name)
                except MatteError as error:  # no input is to blame, and none will do better
                    raise WeightsError(str(error)) from error
            return self._models[name]


def _on_photograph(spot: tuple[float, float], course: Course) -> tuple[float, float]:
    """Map a place on the matte, which of a large photograph is a smaller one, to the photograph."""
    assert course.size is not None, "it has been read"
    assert course.matte is not None, "and cut out"
    rows, columns = course.matte.alpha.shape
    return spot[0] * course.size[1] / columns, spot[1] * course.size[0] / rows


def clear(
    root: Path, name: str, verdict: Verdict, suffix: str = "", sides: Sequence[str] = SIDES
) -> None:
    """Remove what lies at an input's place but its result, which is about to be written.

    Of one that is quarantined no result stays.

    Args:
        root: OUTPUT.
        name: Its place below each tree.
        verdict: The tree that the result lies in.
        suffix: Of its file there.
        sides: Trees of other results that stay, unless it is quarantined.

    Raises:
        OutputError: It cannot be removed.
    """
    cutouts = [root / tree / name for tree in VERDICTS if tree != "quarantine"]
    paths = [path.with_suffix(each) for path in cutouts for each in _SUFFIXES]
    is_kept = verdict != "quarantine"
    paths += [root / tree / name for tree in SIDES if not (is_kept and tree in sides)]
    if is_kept:
        paths.remove((root / verdict / name).with_suffix(suffix))
        paths.append((root / "quarantine" / name).with_suffix(".json"))
    for path in paths:
        try:
            with suppress(NotADirectoryError):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"{path} must be removable, got {error.strerror!r}") from error


@contextmanager
def environment(device: str) -> Iterator[None]:
    """Let processes that begin inside run everything on one thread, networks on a device."""
    said = variables(device)
    before = {name: os.environ.get(name) for name in said}
    os.environ.update(said)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def variables(device: str) -> dict[str, str]:
    """Return what `environment` sets, for whoever begins processes elsewhere."""
    return {**_THREADS, DEVICE_VARIABLE: device}


def failed(item: Item, kind: str, reason: str) -> Outcome:
    """Return the outcome of an input whose worker did not live to tell it."""
    record = Record(
        item.key,
        item.address,
        "",
        "quarantine",
        item.name,
        kind=kind,
        reason=reason,
        stamp=item.stamp,
    )
    return Outcome(record)


Work = Callable[[Sequence[Item]], list[Outcome]]


def _record(item: Item, attempt: _Try) -> Record:
    course, judgement = attempt.course, attempt.judgement
    matte = course.matte
    height, width = course.size or (None, None)
    return Record(
        key=item.key,
        address=item.address,
        input_hash=attempt.input_hash,
        verdict=attempt.verdict,
        name=item.name,
        outputs=attempt.outputs,
        model=course.model,
        risk=None if judgement is None else judgement.risk,
        spot=None if judgement is None else judgement.spot,
        stamp=item.stamp,
        width=width,
        height=height,
        seconds=round(time.perf_counter() - attempt.began, 3),
        notes=() if matte is None else matte.notes,
        flags=() if matte is None else matte.flags,
        is_empty=course.is_empty,
        expected_error=None if matte is None else matte.expected_error,
    )


def sealed(root: Path, outputs: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return hashes and stamps of what was written, once it is on the disk."""
    hashes, stamps = {}, {}
    for result, place in outputs.items():
        path = root / place
        try:
            with path.open("rb") as file:
                os.fsync(file.fileno())
                hashes[result] = file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise OutputError(f"{path} must be readable, got {error.strerror!r}") from error
        stamps[result] = stamp_of(path) or ""
    return hashes, stamps


def _is_fatal(error: MatteError) -> bool:
    cause = error.__cause__
    has_no_place = isinstance(cause, OSError) and cause.errno in _NO_PLACE
    return isinstance(error, WeightsError) or (isinstance(error, OutputError) and has_no_place)


def _kind(error: BaseException) -> str:
    """Return a word for a failure that can be counted: what was met first, if the system met it."""
    cause = error.__cause__
    return type(cause if isinstance(cause, OSError) else error).__name__


def _reason(error: BaseException) -> str:
    if isinstance(error, MatteError):
        return str(error)
    if isinstance(error, MemoryError):
        return "photograph must fit into memory, got no more of it"
    return f"{type(error).__name__}: {error}"
