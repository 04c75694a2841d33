"""How automatic matting is trained, as the paper has it and as we ship it.

    penumbra train aim --pack aim.tar --out runs/aim --minutes 90 \
        --warm-start src/penumbra/weights/segment-s.safetensors

First on masks, so that it learns what an object is, then on mattes.  Every ablation of the sheet
is a switch: `--set uni=false`, `--set tl=false`, `--set mp=false`, `--set se=false`, `--set
sa=false`.  `docs/training.md` has the pack, what runs cost and what came of them.
"""

import math
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Literal

from penumbra.core.errors import require
from penumbra.nn.backbones.resnet import ResNet34, start_from_resnet34
from penumbra.nn.losses import LEVELS
from penumbra.systems.aim.config import PAPER, Config, Fusion, Unpool
from penumbra.systems.aim.config import S as SMALL
from penumbra.systems.aim.losses import MaskLoss, MatteLoss, alpha_of, mean_error
from penumbra.systems.aim.network import AimNetwork
from penumbra.training.composition import Composition
from penumbra.training.recipe import PLACE, Loss, Objective, Recipe, Schedule, Stage, Validation

Size = Literal["s", "paper"]
Track = Literal["open", "research"]

MASKS = 10_553
"""Pictures of DUTS, train."""

MATTES = 431 * 5 + 591 * 5 + 1800 * 2
"""Objects of Composition-1k, Distinctions-646 and AM-2k, train, each on so many backgrounds."""

HELD = 0.03  # share of the objects on which the best weights are found

_CONFIGS: dict[Size, Config] = {"s": SMALL, "paper": PAPER}


@dataclass(frozen=True)
class Switches:
    """What can be changed without editing the recipe.

    Attributes:
        size: "s" ships, "paper" has ResNet-34.
        track: What the data must be free for.
        uni: Whether the unified map is learned, or else the trimap for all kinds.
        tl: Whether masks are learned from before mattes.
        mp: Of "paper": max-pools stand for the encoder's strides.
        se: Squeeze and excitation.
        sa: Spatial attention.
        unpool: Of "paper": see `Config`.
        fusion: See `Config`.
        ppm_align_corners: Of "paper": see `Config`.
        lap_weights: Of the levels of Laplacian pyramids, finest first.
        compat: Whether three quirks of the published code are kept.
        denoise: Whether half of the layers are denoised before they are composed.
        ns_blur: Whether the background of a non-salient object is always blurred.
        crop_anchor: Where an unknown pixel lies in the window around it.
        pretrained: Of "paper": safetensors of ResNet-34 with torchvision's names.
    """

    size: Size = "s"
    track: Track = "research"
    uni: bool = True
    tl: bool = True
    mp: bool = True
    se: bool = True
    sa: bool = True
    unpool: Unpool = "amax"
    fusion: Fusion = "hard"
    ppm_align_corners: bool = False
    lap_weights: tuple[float, ...] = (1.0,) * LEVELS
    compat: bool = False
    denoise: bool = False
    ns_blur: bool = True
    crop_anchor: Literal["centre", "topleft"] = "centre"
    pretrained: str | None = field(default=None, metadata=PLACE)

    def __post_init__(self) -> None:
        require(self.size in _CONFIGS, "size", f"one of {', '.join(_CONFIGS)}", self.size)
        is_right = len(self.lap_weights) == LEVELS
        require(is_right, "lap_weights", f"{LEVELS} numbers", self.lap_weights)
        if self.size == "s":
            usual = Switches.__dataclass_fields__
            for name in ("mp", "unpool", "ppm_align_corners", "pretrained"):
                rule = "left alone, since ResNet-34 alone has it, for size s"
                require(getattr(self, name) == usual[name].default, name, rule, getattr(self, name))


def recipe(switches: Switches) -> Recipe:
    """Return the recipe that switches ask for."""
    config = replace(
        _CONFIGS[switches.size],
        mp=switches.mp,
        se=switches.se,
        sa=switches.sa,
        unpool=switches.unpool,
        fusion=switches.fusion,
        ppm_align_corners=switches.ppm_align_corners,
    )
    stages = _small_stages(switches) if switches.size == "s" else _paper_stages(switches)
    return Recipe(
        room="aim",
        variant=_variant(switches),
        track=switches.track,
        seed=1,
        ema=0.998 if switches.size == "s" else 0.0,
        stages=stages,
        network=partial(_network, config, switches.pretrained),
        preview=alpha_of,
        validation=_validation(stages[-1], switches.size),
        config=config,
        switches=switches,
    )


def _variant(switches: Switches) -> str:
    """Name what is learned, so that an ablated network never takes the place of a whole one."""
    name = switches.size if switches.track == "research" else f"{switches.size}-{switches.track}"
    whole = Switches(switches.size, switches.track, pretrained=switches.pretrained)
    return name if switches == whole else f"{name}-ablated"


def _network(config: Config, pretrained: str | None) -> AimNetwork:
    network = AimNetwork(config)
    if isinstance(network.encoder, ResNet34):
        start_from_resnet34(network.encoder, Path(pretrained) if pretrained else None)
    return network


def _validation(last: Stage, size: Size) -> Validation:
    return Validation(
        error=mean_error,
        every=500 if size == "s" else 2000,
        samples=64,
        batch_size=8,
        size=last.size,
        composition=replace(last.composition, is_held=True),
    )


def _rssn(switches: Switches, samples: Composition) -> Composition:
    return replace(
        samples,
        denoise=0.5 if switches.denoise else 0.0,
        is_ns_blurred=switches.ns_blur,
        crop_anchor=switches.crop_anchor,
    )


def _small_stages(switches: Switches) -> tuple[Stage, ...]:
    """Most samples small and mostly of photographs, the last ones mostly of mattes."""
    is_open = switches.track == "open"
    masks = Composition(
        # Nothing that is free here comes with masks of its objects: composites alone.
        scenes=0.0 if is_open else 0.5,
        unknown_crops=0.0,
        coverage=(0.4, 1.1),
        weights=_WEIGHTS,
        turn=0.2,
        paint=0.25,
        join=0.2,
        empty=0.1,
        empty_of=("procedural",) if is_open else ("nothing", "scenery", "procedural"),
        erosion=(8, 16),
        dilation=(8, 16),
        held=HELD,
    )
    mattes = replace(
        masks,
        scenes=0.0 if is_open else 0.45,
        unknown_crops=0.2,
        empty=0.2,
        zooms=(0.8, 1.25, 2.0),
    )

    def stage(name: str, steps: int, count: int, size: int, loss: Loss, rate: float) -> Stage:
        objective = Objective(
            name=name,
            parameters=("",),
            loss=loss,
            lr=rate,
            weight_decay=1e-2,
            clip=5.0,
            schedule=Schedule("cosine", warmup=50, floor=0.01),
        )
        samples = masks if name == "masks" else mattes
        return Stage(name, steps, count, size, (objective,), _rssn(switches, samples))

    first = stage("masks", 2900, 32, 160, MaskLoss(switches.uni, switches.compat), 1.5e-3)
    loss = MatteLoss(switches.uni, switches.compat, switches.lap_weights)
    second = stage("mattes", 1900, 16, 256, loss, 8e-4)
    return (first, second) if switches.tl else (second,)


def _paper_stages(switches: Switches) -> tuple[Stage, ...]:
    """Adam at a constant rate; 100 epochs of masks, 50 of mattes."""
    count = 16
    plain = Composition(colour=0.0, jpeg=0.0, turn=0.0, stretch=1.0)
    masks = replace(
        plain,
        scenes=1.0,
        is_scene_whole=True,
        noise=0.0,
        erosion=(10, 10),
        dilation=(10, 10),
        held=HELD,
    )
    mattes = replace(
        plain,
        unknown_crops=0.5,
        uniform_crops=0.5,
        zooms=(2.0, 3.0, 4.0),
        is_noise_fixed=True,
        erosion=(8, 15),  # 30 pixels before a window is shrunk to 320
        dilation=(8, 15),
        held=HELD,
    )

    def stage(name: str, steps: int, loss: Loss, rate: float, samples: Composition) -> Stage:
        objective = Objective(name, ("",), loss, "adam", rate)
        return Stage(name, steps, count, 320, (objective,), _rssn(switches, samples))

    steps = 100 * math.ceil(MASKS / count)
    first = stage("masks", steps, MaskLoss(switches.uni, switches.compat), 1e-4, masks)
    loss = MatteLoss(switches.uni, switches.compat, switches.lap_weights)
    # From scratch, 1e-6 would not move; the paper gives no rate for that.
    rate = 1e-6 if switches.tl else 1e-4
    second = stage("mattes", 50 * math.ceil(MATTES / count), loss, rate, mattes)
    return (first, second) if switches.tl else (second,)


_WEIGHTS = {
    "bg": 1.0,
    "nothing": 2.0,
    "scenery": 20.0,
    "coco_train": 3.0,
    "davis_train": 3.0,
    "feral_cats": 3.0,
    "procedural": 0.5,
}
"""Portraits are many; other objects, and photographs without any, few.

In the pack of `docs/training.md` `scenery` is three in ten empty samples, and a quarter of what is
behind objects.
"""

RECIPES = {
    made.variant: made
    for made in (
        recipe(Switches()),
        recipe(Switches(track="open")),
        recipe(Switches(size="paper")),
    )
}
