"""How the segmenter is trained.

    penumbra train segment --pack segment.tar --out runs/segment --minutes 70

makes the pack that `docs/training.md` describes into weights; there stand what it cost and what
came of it.  At 160 and then 256 pixels, so that most samples are cheap and the last are sharp.
"""

from dataclasses import replace
from typing import Literal

from penumbra.systems.segment.config import S
from penumbra.systems.segment.losses import alpha_of, losses
from penumbra.systems.segment.network import SegmentNetwork
from penumbra.training.composition import Composition
from penumbra.training.recipe import Objective, Recipe, Schedule, Stage

_SAMPLES = Composition(
    scenes=0.5,
    unknown_crops=0.0,
    coverage=(0.5, 1.2),
    weights={"coco_train": 2.0, "davis_train": 1.5, "feral_cats": 1.5, "procedural": 0.5},
    erosion=(1, 1),
    dilation=(1, 1),
)


def _objective(rate: float, warmup: int) -> Objective:
    return Objective(
        name="segment",
        parameters=("",),
        loss=losses,
        optimiser="adamw",
        lr=rate,
        weight_decay=1e-2,
        clip=5.0,
        schedule=Schedule("cosine", warmup=warmup, floor=0.01),
    )


def _network() -> SegmentNetwork:
    return SegmentNetwork(S)


def _recipe(track: Literal["open", "research"]) -> Recipe:
    # Nothing that is free here comes with masks of its objects: composites alone.
    samples = _SAMPLES if track == "research" else replace(_SAMPLES, scenes=0.0)
    return Recipe(
        room="segment",
        variant="s" if track == "research" else "s-open",
        track=track,
        seed=1,
        ema=0.995,
        stages=(
            Stage("small", 4000, 32, 160, (_objective(2e-3, 50),), samples),
            Stage("sharp", 2000, 16, 256, (_objective(5e-4, 20),), samples),
        ),
        network=_network,
        preview=alpha_of,
        config=S,
    )


RECIPES = {"s": _recipe("research"), "s-open": _recipe("open")}
