"""What a run says of itself: one line of JSON for each log step, and TensorBoard if wanted."""

import json
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor

from penumbra.core.errors import OutputError
from penumbra.io.writing import write_atomically

METRICS = "metrics.jsonl"


class MetricsLog:
    """The lines of a run.

    Opened again, it forgets the lines after the step from which the run goes on, and the piece
    of a line that a crash may have left.
    """

    def __init__(self, out: Path, step: int, has_tensorboard: bool = False) -> None:
        """Open the log of the run in folder `out`, which goes on after `step`."""
        path = out / METRICS
        try:
            if path.exists():
                write_atomically(path, _lines_up_to(path.read_bytes(), step))
            self._file = path.open("a", encoding="utf-8")
        except OSError as error:
            raise OutputError(f"{path} must be writable, got {error.strerror!r}") from error
        self._board = _board(out, step) if has_tensorboard else None

    def write(self, record: dict[str, Any]) -> None:
        """Write a line; `record` has a "step", and numbers, words, lists or dicts of numbers."""
        self._file.write(json.dumps(record) + "\n")
        self._file.flush()
        if self._board is not None:
            for name, value in record.items():
                for part, number in (value if isinstance(value, dict) else {"": value}).items():
                    if isinstance(number, int | float):
                        self._board.add_scalar(f"{name}/{part}".rstrip("/"), number, record["step"])
            self._board.flush()

    def __enter__(self) -> "MetricsLog":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        if self._board is not None:
            self._board.close()


class Window:
    """What is gathered between two lines of the log."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.samples = 0
        self.sums: dict[str, Tensor] = {}
        self.counts: dict[str, int] = {}
        self.rates: dict[str, float] = {}
        self.norms: dict[str, float] = {}

    def add(self, objective: str, prefix: str, losses: dict[str, Tensor], norm: float) -> None:
        """Add a turn: its losses, which stay on the device, and the norm of its gradient."""
        for name, loss in losses.items():
            key, value = prefix + name, loss.detach().float()
            self.sums[key] = self.sums[key] + value if key in self.sums else value
            self.counts[key] = self.counts.get(key, 0) + 1
        self.norms[objective] = norm

    def record(self, accelerator: Accelerator) -> dict[str, Any]:
        """Return means over the window and all processes, and the latest norms and rates."""
        means: list[float] = []
        if self.sums:
            ratios = torch.stack([total / self.counts[name] for name, total in self.sums.items()])
            means = accelerator.reduce(ratios, "mean").tolist()
        return {
            "losses": dict(zip(self.sums, means, strict=True)),
            "lr": self.rates,
            "gradient_norm": self.norms,
            "samples_per_second": self.samples / (time.monotonic() - self.began),
        }


def _lines_up_to(data: bytes, step: int) -> bytes:
    kept = []
    for line in data.splitlines(keepends=True):
        try:
            is_old = json.loads(line)["step"] <= step
        except (ValueError, KeyError, TypeError):
            continue
        if is_old:
            kept.append(line)
    return b"".join(kept)


def _board(out: Path, step: int) -> Any:  # noqa: ANN401 - a class without types of its own
    # Imported here because few runs want it, and it is slow to import.
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(out / "tensorboard", purge_step=step + 1)
