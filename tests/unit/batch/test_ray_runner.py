"""The same batch on a Ray cluster of two nodes on this machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.batch_folders import DEADLY, Bench, paint, tree

pytest.importorskip("ray", reason="needs the extra `ray`")

# A process of its own: Ray leaves threads, sockets and warnings behind.
PROGRAM = """
import json, sys
from pathlib import Path
from ray.cluster_utils import Cluster
from penumbra.batch.ray_runner import RayRunner
from tests.batch_folders import Bench

node = {"num_cpus": 1, "object_store_memory": 80_000_000}
cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
cluster.add_node(**node)
bench = Bench(Path(sys.argv[1]))
runner = RayRunner(bench.settings(), None, cluster.address, bench.stop)
told = []
bench.run(runner=runner, tell=lambda record: told.append([record.key, record.kind, record.tries]))
print(json.dumps({"workers": runner.workers, "told": sorted(told)}))
cluster.shutdown()
"""


def test_a_cluster_writes_what_processes_of_this_machine_write(tmp_path: Path) -> None:
    """Byte for byte; and of what kills an actor, all others survive."""
    here = Path(__file__).parents[3]
    bench, other = Bench(tmp_path / "ray"), Bench(tmp_path / "plain")
    for each in (bench, other):
        for number in range(12):
            paint(each.source / f"{number}.png", (20 * number, 9, 9))
    paint(bench.source / "deadly.png", DEADLY)
    other.run()

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, str(bench.root)],
        capture_output=True,
        text=True,
        cwd=here,
        # What actors need is found from here, and nothing is sent anywhere.
        env={**os.environ, "PYTHONPATH": str(here), "RAY_USAGE_STATS_ENABLED": "0"},
        timeout=300,
    )

    assert done.returncode == 0, done.stderr[-3000:]
    said = done.stdout.splitlines()[-1]
    assert '"workers": 2' in said
    assert '["deadly.png", "WorkerDied", 2]' in said
    made = dict(tree(bench.output))
    assert b"WorkerDied" in made.pop("quarantine/deadly.json")
    assert made == tree(other.output)
