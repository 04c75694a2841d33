"""A folder of photographs and one of masks to a folder of cut-outs, in parallel.

A job can be stopped at any moment, in any way, and started again: it does only what is missing.
A picture that cannot be used is a line of the report, never the end of the job.
"""

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from penumbra.core.errors import ConvergenceError, DatasetError, InputError, OutputError
from penumbra.data.mattes_report import Line, append_line, claim, read_lines, write_summary
from penumbra.data.pseudo import PseudoMatte, Settings, objection, soften_mask
from penumbra.io import READABLE, load_image, load_mask, write_atomically
from penumbra.io.png16 import encode_png

Tell = Callable[[Line, int], None]
"""Called with every picture that has come to an end, and how many are left."""

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """One picture that is to be done.

    Attributes:
        image: Its file.
        mask: The mask's file, or None where there is none.
        output: Where the cut-out goes.
        is_shared: Whether another picture has the same stem, so that both would have the same
            output, or another mask has, so that nobody knows which is meant.
    """

    image: Path
    mask: Path | None
    output: Path
    is_shared: bool = False


def find_tasks(images: Path, masks: Path, output: Path) -> list[Task]:
    """Match photographs and masks by stem, sorted by name.

    Raises:
        DatasetError: A folder cannot be read, or no photograph has a mask.
        OutputError: The cut-outs would lie among the photographs or the masks.
    """
    for folder in (images, masks):
        if os.path.realpath(output) == os.path.realpath(folder):
            raise OutputError(f"output must not be a folder that is read, got {output}")
    photographs, all_masks = _pictures(images), _pictures(masks)
    by_stem = {path.stem: path for path in all_masks}
    twins = Counter(path.stem.casefold() for path in photographs)
    twin_masks = Counter(path.stem for path in all_masks)
    if not any(path.stem in by_stem for path in photographs):
        raise DatasetError(
            f"{masks} must hold a mask of the same stem for some picture of {images}, got"
            f" {len(all_masks)} masks for {len(photographs)} pictures and no match"
        )
    return [
        Task(
            image=path,
            mask=by_stem.get(path.stem),
            output=output / f"{path.stem}.png",
            is_shared=twins[path.stem.casefold()] > 1 or twin_masks[path.stem] > 1,
        )
        for path in photographs
    ]


def run_tasks(
    tasks: Sequence[Task],
    output: Path,
    settings: Settings,
    workers: int = 1,
    tell: Tell = lambda line, left: None,
) -> dict[str, Any]:
    """Do what is not yet done, and return the sums of the whole folder.

    Args:
        tasks: From `find_tasks`; at least one.
        output: The folder of the cut-outs; it is made if it is not there.
        settings: Of the band and the gate; they must be those the folder was begun with.
        workers: Processes; 1 works in this one.
        tell: Called with every line that is added.

    Raises:
        InputError: The settings differ, or a worker died (mostly for want of memory).
        DatasetError: The folder's account is damaged.
        OutputError: The folder cannot be written.
    """
    began = time.perf_counter()
    record = {**_folders(tasks), **asdict(settings)}
    claim(output, record)
    names = {task.image.name for task in tasks}
    lines = {line.image: line for line in read_lines(output) if line.image in names}
    todo = [task for task in tasks if task.image.name not in lines]
    for line in _results(todo, settings, min(workers, len(todo))):
        append_line(output, line)
        lines[line.image] = line
        tell(line, len(tasks) - len(lines))
    present = [lines[task.image.name] for task in tasks]
    return write_summary(output, present, record, (time.perf_counter() - began) / 60)


def run_task(task: Task, settings: Settings) -> Line:
    """Do one picture.

    Nothing is raised but what concerns all pictures alike: that there is no room for results.
    """
    began = time.perf_counter()

    def line(output: str | None, reason: str | None = None, **more: Any) -> Line:  # noqa: ANN401
        seconds = round(time.perf_counter() - began, 3)
        return Line(task.image.name, output, reason, seconds=seconds, **more)

    if task.is_shared:
        return line(None, "same stem", detail="another picture or mask has the same stem")
    if task.mask is None:
        return line(None, "no mask")
    try:
        image, mask = load_image(task.image), load_mask(task.mask)
        if image.shape[:2] != mask.shape:
            sizes = f"{image.shape[1]}x{image.shape[0]} and {mask.shape[1]}x{mask.shape[0]}"
            return line(None, "sizes differ", detail=f"picture and mask have {sizes} pixels")
        made = soften_mask(image, mask, settings)
    except InputError as error:
        return line(None, "unreadable", detail=str(error))
    except ConvergenceError as error:
        return line(None, "solver", detail=str(error))
    except MemoryError:
        return line(None, "memory", detail="picture must fit into memory, got no more of it")
    except Exception as error:
        _LOG.exception("%s met a bug", task.image)
        return line(None, "bug", detail=f"{type(error).__name__}: {error}")
    numbers = {name: round(value, 4) for name, value in asdict(made.agreement).items()}
    if (reason := objection(made.agreement, settings)) is not None:
        return line(None, reason, numbers=numbers)
    write_atomically(task.output, encode_pseudo_matte(made))
    return line(task.output.name, numbers=numbers)


def usable_cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def encode_pseudo_matte(matte: PseudoMatte) -> bytes:
    """Return an RGBA PNG, 8 bits, straight, with colours where alpha is 0 too.

    Training resamples it, and then every colour can show.
    """
    planes = np.concatenate([matte.foreground, matte.alpha[:, :, None]], axis=2)
    return encode_png(np.rint(planes * np.float32(255)).astype(np.uint8), None)


def _results(tasks: Sequence[Task], settings: Settings, workers: int) -> Iterator[Line]:
    """Yield the lines as they come, from this process or from others."""
    if workers <= 1:
        yield from (run_task(task, settings) for task in tasks)
        return
    # New interpreters rather than copies of this one: OpenCV's threads do not survive copying.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin_worker)
    try:
        for future in as_completed([pool.submit(run_task, task, settings) for task in tasks]):
            yield future.result()
    except BrokenProcessPool as error:
        raise InputError(
            f"workers must fit into memory, got one of {workers} that died: start again with fewer"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _begin_worker() -> None:
    """Leave Ctrl-C to the parent, end with it, and use one thread."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)  # the queue of tasks would keep it waiting for ever


def _pictures(folder: Path) -> list[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise DatasetError(f"{folder} must be a readable folder, got {error.strerror!r}") from error
    return [p for p in entries if p.suffix.lower() in READABLE and not p.name.startswith(".")]


def _folders(tasks: Sequence[Task]) -> dict[str, str]:
    """What else makes two jobs the same: where the pictures and the masks come from."""
    masks = next(task.mask for task in tasks if task.mask is not None)
    return {
        "images": os.path.realpath(tasks[0].image.parent),
        "masks": os.path.realpath(masks.parent),
    }
