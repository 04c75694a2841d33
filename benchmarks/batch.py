"""What `penumbra batch` promises, on real photographs.

    python benchmarks/batch.py rate    a plain loop over `cut` on some, a batch on all; memory
    python benchmarks/batch.py kills   workers and drivers killed at random moments, then resumed
    python benchmarks/batch.py ray     the same on a Ray cluster of two nodes on this machine
    python benchmarks/batch.py hostile files that are no photographs among good ones

Each writes docs/benchmarks/batch/NAME.json and .md.  The photographs are no part of the
repository; needs the extras `bench` and, for the third, `ray`.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import psutil
from batch_trees import hashes, link_tree, photographs, write_hostile
from reports import save

_PENUMBRA = (sys.executable, "-m", "penumbra")
_GOOD_STATUSES = (0, 3)

Numbers = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_Help)
    parser.add_argument("part", choices=_PARTS)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--count", type=int, help="photographs; as many as were promised")
    parser.add_argument("--subset", type=int, default=150, help="of them for the plain loop")
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks/batch"))
    options = parser.parse_args()
    run, promised = _PARTS[options.part]
    count = options.count or promised
    with tempfile.TemporaryDirectory(prefix="penumbra-batch-") as folder:
        numbers, text = run(Path(folder), options.data, count, options.subset)
    command = f"python benchmarks/batch.py {options.part} --count {count}"
    save(options.output / options.part, {"command": command}, numbers, text)


class _Help(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of the text above."""


def rate(root: Path, data: Path, count: int, subset: int) -> tuple[Numbers, str]:
    """Half of the plain loop, the batch, the other half: what else runs hits both alike."""
    links = link_tree(root / "in", photographs(data, count))
    some = random.Random(1).sample(links, min(subset, count))
    halves = some[::2], some[1::2]
    loops = [_plain_loop(root / "loop0", halves[0])]
    with _Memory() as memory:
        child = _start(root / "in", root / "out")
        memory.watch(child.pid)
        seconds = _ended(child)
    loops.append(_plain_loop(root / "loop1", halves[1]))
    plain, batch = len(some) / sum(loops), count / seconds
    quarters = memory.quarters()
    summary = json.loads((root / "out" / "summary.json").read_bytes())
    numbers = {
        "photographs": count,
        "in_plain_loop": len(some),
        "plain_per_second": round(plain, 4),
        "batch_per_second": round(batch, 4),
        "ratio": round(batch / plain, 3),
        "megapixels_per_second": round(summary["megapixels"] / seconds, 4),
        "written": summary["ok"] + summary["review"],
        "places": len(hashes(root / "out")),
        "memory_mb_by_quarter": quarters,
        "memory_mb": memory.series(),
    }
    text = (
        "| | photographs | a second |\n|---|--:|--:|\n"
        f"| a plain loop over `cut` | {len(some)} | {plain:.2f} |\n"
        f"| `batch` | {count} | {batch:.2f} |\n\n"
        f"Ratio {batch / plain:.2f}.  Memory of all processes together, mean over each quarter of "
        f"the time: {', '.join(f'{it:.0f}' for it in quarters)} MB."
    )
    return numbers, text


def kills(root: Path, data: Path, count: int, subset: int) -> tuple[Numbers, str]:
    """Three workers of one batch, then three drivers of another, at random moments."""
    link_tree(root / "in", photographs(data, count))
    _ended(_start(root / "in", root / "whole"))
    whole = hashes(root / "whole")
    rng = random.Random(time.time_ns())

    child, killed = _start(root / "in", root / "workers"), []
    for line in sorted(rng.sample(range(1, max(4, count * 3 // 4)), 3)):
        _wait_for_lines(child, root / "workers", line)
        time.sleep(rng.random())
        killed.append([line, _kill_a_worker(child, rng)])
    _ended(child)

    moments = []
    for _ in range(3):
        child = _start(root / "in", root / "drivers")
        line = _lines(root / "drivers") + rng.randrange(1, max(2, count // 4))
        _wait_for_lines(child, root / "drivers", line)
        time.sleep(rng.random())
        child.kill()
        child.wait()
        moments.append(_lines(root / "drivers"))
    _ended(_start(root / "in", root / "drivers"))
    keys = _keys(root / "drivers")
    numbers = {
        "photographs": count,
        "workers_killed_after": [line for line, is_killed in killed if is_killed],
        "workers_equal": hashes(root / "workers") == whole,
        "drivers_killed_after": moments,
        "drivers_equal": hashes(root / "drivers") == whole,
        "done_twice": len(keys) - len(set(keys)),
    }
    text = (
        f"{count} photographs.  Workers were killed when {numbers['workers_killed_after']} were "
        f"done, drivers when {moments} were.\n\n"
        f"Results equal those of an uninterrupted batch byte for byte: after killed workers "
        f"{numbers['workers_equal']}, after killed drivers {numbers['drivers_equal']}.  Inputs "
        f"that were written down twice: {numbers['done_twice']}."
    )
    return numbers, text


def ray(root: Path, data: Path, count: int, subset: int) -> tuple[Numbers, str]:
    """One core for each of two nodes; then the same with processes alone."""
    from ray.cluster_utils import Cluster

    link_tree(root / "in", photographs(data, count))
    node = {"num_cpus": 1, "object_store_memory": 100_000_000}
    cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    cluster.add_node(**node)
    seconds = _ended(_start(root / "in", root / "ray", "--ray", cluster.address))
    cluster.shutdown()
    _ended(_start(root / "in", root / "plain"))
    summary = json.loads((root / "ray" / "summary.json").read_bytes())
    numbers = {
        "photographs": count,
        "nodes": 2,
        "workers": summary["run"]["workers"],
        "per_second": round(count / seconds, 4),
        "equal": hashes(root / "ray") == hashes(root / "plain"),
        "files": len(hashes(root / "ray")),
    }
    text = (
        f"{count} photographs on two nodes with {numbers['workers']} actors: {numbers['files']} "
        f"files, equal byte for byte to those of processes without Ray: {numbers['equal']}."
    )
    return numbers, text


def hostile(root: Path, data: Path, count: int, subset: int) -> tuple[Numbers, str]:
    """One file in twenty is no photograph."""
    bad = max(10, count // 20)
    link_tree(root / "in", photographs(data, count - bad))
    written = write_hostile(root / "in", bad)
    child = _start(root / "in", root / "out")
    status = child.wait()
    summary = json.loads((root / "out" / "summary.json").read_bytes())
    rows = []
    for path in sorted((root / "out" / "quarantine").rglob("*.json")):
        told = json.loads(path.read_bytes())
        rows.append((written.get(told["input"], "a photograph"), told["kind"], told["reason"]))
    kinds = Counter(kind for kind, _, _ in rows)
    numbers = {
        "files": count,
        "written": summary["ok"] + summary["review"],
        "quarantined": len(rows),
        "status": status,
        "by_kind": dict(kinds),
        "failures": summary["failures"],
    }
    examples = {kind: reason for kind, _, reason in rows}
    table = "\n".join(
        f"| {kind} | {kinds[kind]} | {reason.split(' must ', 1)[-1].replace('|', '/')} |"
        for kind, reason in sorted(examples.items())
    )
    text = (
        f"{count} files: {numbers['written']} written, {len(rows)} in quarantine, exit status "
        f"{status}.\n\n| kind | files | it must |\n|---|--:|---|\n{table}"
    )
    return numbers, text


class _Memory:
    """Looks every second at how much memory a process and all it began have."""

    def __init__(self) -> None:
        self.seen: list[float] = []
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> "_Memory":
        return self

    def __exit__(self, *error: object) -> None:
        self._is_over.set()
        if self._thread is not None:
            self._thread.join()

    def watch(self, pid: int) -> None:
        """Begin to look."""
        self._thread = threading.Thread(target=self._look, args=(pid,))
        self._thread.start()

    def series(self, most: int = 60) -> list[float]:
        """What was seen, in MB: means of as many parts of the time."""
        size = max(1, len(self.seen) // most)
        parts = [self.seen[at : at + size] for at in range(0, len(self.seen), size)]
        return [round(mean(part), 1) for part in parts]

    def quarters(self) -> list[float]:
        """Means over the quarters of the time."""
        size = max(1, len(self.seen) // 4)
        return [round(mean(self.seen[at * size : (at + 1) * size] or [0]), 1) for at in range(4)]

    def _look(self, pid: int) -> None:
        process = psutil.Process(pid)
        while not self._is_over.wait(1.0):
            try:
                family = [process, *process.children(recursive=True)]
                self.seen.append(sum(it.memory_info().rss for it in family) / 1e6)
            except psutil.NoSuchProcess:
                continue


def _plain_loop(folder: Path, links: Sequence[Path]) -> float:
    """Seconds that `cut` takes for photographs, from its start to its end."""
    for number, link in enumerate(links):
        place = folder / "in" / f"{number}{link.suffix}"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(link.resolve())
    words = ["cut", str(folder / "in"), "-o", str(folder / "out")]
    report = ["--report", str(folder / "report.json")]
    return _ended(subprocess.Popen([*_PENUMBRA, *words, *report], stderr=subprocess.DEVNULL))


def _start(source: Path, output: Path, *words: str) -> "subprocess.Popen[bytes]":
    command = [*_PENUMBRA, "batch", str(source), str(output), *words]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


def _ended(child: "subprocess.Popen[bytes]") -> float:
    """Wait for a command to end well, and return how long that took."""
    began = time.perf_counter()
    status = child.wait()
    if status not in _GOOD_STATUSES:
        raise SystemExit(f"command must end well, got status {status}: {child.args}")
    return time.perf_counter() - began


def _kill_a_worker(driver: "subprocess.Popen[bytes]", rng: random.Random) -> bool:
    children = psutil.Process(driver.pid).children() if driver.poll() is None else []
    workers = [it for it in children if any("spawn_main" in word for word in it.cmdline())]
    if workers:
        rng.choice(workers).kill()
    return bool(workers)


def _wait_for_lines(child: "subprocess.Popen[bytes]", output: Path, lines: int) -> None:
    while child.poll() is None and _lines(output) < lines:
        time.sleep(0.02)


def _lines(output: Path) -> int:
    return len(_keys(output))


def _keys(output: Path) -> list[str]:
    journal = output / ".penumbra" / "journal.jsonl"
    whole = journal.read_bytes().rpartition(b"\n")[0] if journal.exists() else b""
    return [json.loads(line)["key"] for line in whole.splitlines() if line]


_Part = Callable[[Path, Path, int, int], tuple[Numbers, str]]
_PARTS: dict[str, tuple[_Part, int]] = {
    "rate": (rate, 2000),
    "kills": (kills, 2000),
    "ray": (ray, 2000),
    "hostile": (hostile, 1000),
}

if __name__ == "__main__":
    main()
