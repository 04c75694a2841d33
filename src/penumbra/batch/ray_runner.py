"""Workers on a Ray cluster: Ray Data hands rows of addresses to a pool of actors.

Actors read and write by themselves, so inputs and OUTPUT must lie where every node finds them under
the same path.  What they did comes back as rows, and only the driver writes the journal.
"""

import json
import logging
import os
import shutil
import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from penumbra.batch import journal
from penumbra.batch.addresses import installed
from penumbra.batch.folder import INSIDE
from penumbra.batch.runner import died
from penumbra.batch.settings import Settings
from penumbra.batch.sources import Item
from penumbra.batch.stop import Stop
from penumbra.batch.worker import Outcome, Worker, variables
from penumbra.core.errors import InputError

_SHARE = 4  # rows that an actor is given at a time, for each picture that goes through at once
_PART = 4096  # rows that Ray Data is given at a time

_LOCAL = "local"
_PATIENCE = 10.0  # seconds that a cluster has to answer


class RowWorker:
    """What an actor holds: `Worker` on rows of text, which Arrow can carry.

    Ray starts an actor that died anew, and gives it again what it was at.  Whatever it has begun
    with is marked; what is marked already has killed once, and is not tried in this round.

    Args:
        settings: What is asked for.
        marks: A folder for marks, empty when the batch begins.
    """

    def __init__(self, settings: Settings, marks: Path) -> None:
        self._worker = Worker(settings)
        self._marks = marks

    def __call__(self, rows: dict[str, Any]) -> dict[str, list[str]]:
        """Try each item of a batch once."""
        items = [Item.from_json(str(line)) for line in rows["item"]]
        deadly = [item for item in items if self._mark(item).exists()]
        outcomes = [died(item) for item in deadly]
        others = [item for item in items if item not in deadly]
        # One at a time where they are not asked together: a mark is for what is at work alone.
        parts = [others] if self._worker.settings.at_once > 1 else [[item] for item in others]
        for part in parts:
            for item in part:
                self._mark(item).touch()
            outcomes += self._worker(part)
            for item in part:
                self._mark(item).unlink(missing_ok=True)
        for item in deadly:
            self._mark(item).unlink(missing_ok=True)
        return {"outcome": [json.dumps(asdict(outcome)) for outcome in outcomes]}

    def _mark(self, item: Item) -> Path:
        return self._marks / sha256(item.to_json().encode("ascii")).hexdigest()


class RayRunner:
    """Actors of a Ray cluster.

    Args:
        settings: What is asked for.
        workers: How many actors at most; one for each core of the cluster when omitted.
        address: Of the cluster, or "local" for one on this machine.
        stop: Says when to hand over no more.

    Raises:
        InputError: Ray is not installed, or there is no cluster at the address.
    """

    name = "ray"

    def __init__(self, settings: Settings, workers: int | None, address: str, stop: Stop) -> None:
        with installed("ray", "ray"):
            import ray
        self.settings = settings
        self.stop = stop
        self._ray = ray
        self._marks = settings.root / INSIDE / "at-work"
        self._is_ours = not ray.is_initialized()
        if self._is_ours:
            _connect(ray, address, settings.device)
        key = "GPU" if settings.device == "cuda" else "CPU"
        resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
        self.workers = workers or max(1, int(resources.get(key, 1)))

    def __enter__(self) -> Self:
        shutil.rmtree(self._marks, ignore_errors=True)
        self._marks.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._is_ours:
            self._ray.shutdown()
        shutil.rmtree(self._marks, ignore_errors=True)

    def run(self, items: Sequence[Item]) -> Iterator[Outcome]:
        """Try each input once, in the order in which they end; fewer when it is to stop.

        Raises:
            InputError: The cluster cannot run the workers.
        """
        try:
            for at in range(0, len(items), _PART):
                yield from self._pass(items[at : at + _PART])
                if self.stop.is_asked:
                    return
        except self._ray.exceptions.RayError as error:
            came = str(error).strip().splitlines()[-1]
            raise InputError(f"ray must be a cluster that can run this, got {came}") from error

    def _pass(self, items: Sequence[Item]) -> Iterator[Outcome]:
        data = self._ray.data
        rows = _SHARE * self.settings.at_once
        blocks = -(-len(items) // rows)
        dataset = data.from_items(
            [{"item": item.to_json()} for item in items], override_num_blocks=blocks
        ).map_batches(
            RowWorker,
            fn_constructor_args=(self.settings, self._marks),
            batch_size=rows,
            compute=data.ActorPoolStrategy(size=min(self.workers, blocks)),
            num_cpus=1,
            num_gpus=1 if self.settings.device == "cuda" else None,
        )
        for row in dataset.iter_rows():
            yield _outcome(json.loads(row["outcome"]))
            if self.stop.is_asked:
                return


def _connect(ray: Any, address: str, device: str) -> None:  # noqa: ANN401 - Ray is optional
    _check_answers(address)
    environment = {"env_vars": variables(device)}
    os.environ.setdefault("RAY_DATA_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # what matters is raised, too
    handler = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(
            address=None if address == _LOCAL else address,
            runtime_env=environment,
            log_to_driver=False,
            logging_level=logging.ERROR,
            include_dashboard=False if address == _LOCAL else None,
        )
    except (ConnectionError, ValueError) as error:
        raise InputError(f"ray must be the address of a cluster, got {address}: {error}") from error
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, handler)  # Ray's own would end this process at once
    import ray.data

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)


def _check_answers(address: str) -> None:
    """Refuse an address where nobody answers; Ray itself would try for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        try:
            socket.create_connection((host, int(port)), timeout=_PATIENCE).close()
        except OSError as error:
            came = error.strerror or str(error)
            raise InputError(
                f"ray must be the address of a cluster, got {address}: {came}"
            ) from error


def _outcome(held: dict[str, Any]) -> Outcome:
    return Outcome(journal.from_json(held["record"]), bool(held["is_fatal"]))
