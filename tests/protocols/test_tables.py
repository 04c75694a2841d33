"""Every benchmark on the same four images, its table compared as text.

The tables are in `tests/golden/protocols`; its README says which of their numbers are known
from elsewhere.
"""

from pathlib import Path

import numpy as np
import pytest

from penumbra.evaluation.presets import PRESETS, preset
from penumbra.evaluation.run import Sample, evaluate_pairs
from penumbra.evaluation.table import as_text
from tests.unit.metrics.reference import ALPHA, TRIMAP, TRUTH

SAMPLES = [
    Sample("reference", ALPHA, TRUTH, TRIMAP),
    Sample("nothing", np.zeros_like(TRUTH), TRUTH, TRIMAP),
    Sample("perfect", TRUTH, TRUTH, TRIMAP),
    Sample("halved", TRUTH / 2, TRUTH, np.full(TRUTH.shape, 0.5, np.float32)),
]


@pytest.mark.parametrize("name", PRESETS)
def test_the_table_is_the_golden_one(name: str) -> None:
    """Region, scale, rules and layout of a published table change on purpose or not at all."""
    assert table(name) == golden_file(name).read_text(encoding="utf-8")


def table(name: str) -> str:
    return as_text(evaluate_pairs(SAMPLES, preset(name)))


def golden_file(name: str) -> Path:
    return Path(__file__).parents[1] / "golden" / "protocols" / f"{name}.txt"


if __name__ == "__main__":
    for each in PRESETS:
        golden_file(each).write_text(table(each), encoding="utf-8")
