"""A tiny copy of AIM-500: five photographs of three types and four categories."""

import json
from pathlib import Path

import numpy as np

from penumbra.core.arrays import Alpha
from tests.compositions import save
from tests.scenes import glass, soft_disk, strands, trimap_of, two_people

KINDS = {
    "o_ball": ("SO", "toy"),
    "o_cat": ("SO", "animal"),
    "o_pane": ("STM", "transparent"),
    "o_person": ("SO", "portrait"),
    "o_wisp": ("NS", "transparent"),
}
"""Name to type and category, in the order in which the files are found."""


def truths() -> dict[str, Alpha]:
    """The mattes; what is non-salient is nowhere known."""
    return {
        "o_ball": soft_disk(),
        "o_cat": strands(),
        "o_pane": glass(),
        "o_person": two_people()[0],
        "o_wisp": soft_disk(radius=14, edge=28),
    }


def write_aim_500(root: Path) -> Path:
    """Make the files in `root` and return it.

    The reds of a picture are half of the truth, in whole steps: what a model that answers the
    reds gets wrong is known by hand.
    """
    for part in ("original", "mask", "trimap"):
        (root / part).mkdir(parents=True)
    for name, alpha in truths().items():
        codes = np.rint(alpha * 255)
        picture = np.stack([codes // 2, 255 - codes, np.full_like(codes, 90)], axis=-1)
        save(root / f"original/{name}.png", picture)
        save(root / f"mask/{name}.png", codes)
        trimap = trimap_of(alpha)
        save(root / f"trimap/{name}.png", np.select([trimap == 0, trimap == 1], [0, 255], 128))
    kinds = {name: {"type": kind, "category": of} for name, (kind, of) in KINDS.items()}
    (root / "aim_category_type.json").write_text(json.dumps(kinds))
    return root
