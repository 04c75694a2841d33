"""How Deep Image Matting is trained, as the paper has it and as we ship it.

    penumbra train dim --set size=s --pack open.tar --out runs/dim --minutes 60

Every ablation of the sheet is a switch: `--set w_l=1`, `--set refine=false`, `--set conv6=1x1`.
`docs/training.md` has the packs, what runs cost and what came of them.
"""

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Literal

from penumbra.core.errors import require
from penumbra.systems.dim.config import DEFAULT, PAPER, Config, Conv6, RefineSkip, Squash
from penumbra.systems.dim.config import S as SMALL
from penumbra.systems.dim.losses import CoarseLoss, RefineLoss, WholeLoss, alpha_of, mean_error
from penumbra.systems.dim.network import DimNetwork
from penumbra.systems.dim.vgg import VggMatting, start_from_vgg16
from penumbra.training.composition import Composition
from penumbra.training.recipe import PLACE, Loss, Objective, Recipe, Schedule, Stage, Validation

Size = Literal["s", "default", "paper"]
Track = Literal["open", "research"]

SIDE = 320  # pixels of the paper's samples
HELD = 0.03  # share of the objects on which the best weights are found

_CONFIGS: dict[Size, Config] = {"s": SMALL, "default": DEFAULT, "paper": PAPER}

_WEIGHTS = {
    "bg": 8.0,
    "hair": 3.0,
    "fur": 3.0,
    "tail": 1.5,
    "leaves": 2.0,
    "blurred": 2.0,
    "glass": 0.5,
    "smoke": 0.7,
    "lace": 0.3,
    "cables": 0.2,
    "fence": 0.15,
    "net": 0.15,
    "web": 0.15,
}
"""Hair and fur are what mattes are wanted for; of nets little is certain in any trimap."""


@dataclass(frozen=True)
class Switches:
    """What can be changed without editing the recipe; None is as the size has it.

    Attributes:
        size: "s" ships, "default" and "paper" are VGG-16.
        track: What the data must be free for; open for "s", research for the others.
        w_l: Share of the alpha loss; 1 leaves the compositional loss out.
        refine: Whether there are a second stage and the two stages of training that go with it.
        refine_skip: What its correction is added to.
        conv6: The 14th convolution of VGG-16.
        skip_add: Whether the encoder's maps are added to what is unpooled.
        decoder_bn: Whether the decoder of VGG-16 normalises batches.
        squash: How the first stage's answer gets into [0, 1].
        trimap: How trimaps are made: "dilate" is the paper's word, literally.
        crop_sizes: Sides of the windows that become a sample of 320 pixels.
        recreate_each_epoch: Whether each epoch has new samples of the same objects.
        pretrained: Safetensors of VGG-16 with torchvision's names, to start from.
    """

    size: Size = "s"
    track: Track | None = None
    w_l: float = 0.5
    refine: bool = True
    refine_skip: RefineSkip | None = None
    conv6: Conv6 | None = None
    skip_add: bool = False
    decoder_bn: bool = False
    squash: Squash | None = None
    trimap: Literal["erode_dilate", "dilate"] = "erode_dilate"
    crop_sizes: tuple[int, ...] | None = None
    recreate_each_epoch: bool = True
    pretrained: str | None = field(default=None, metadata=PLACE)

    def __post_init__(self) -> None:
        require(self.size in _CONFIGS, "size", f"one of {', '.join(_CONFIGS)}", self.size)
        require(0 <= self.w_l <= 1, "w_l", "in [0, 1]", self.w_l)
        if self.size == "s":
            for name in ("conv6", "skip_add", "decoder_bn", "pretrained"):
                rule = "left alone, since VGG-16 alone has it, for size s"
                require(not getattr(self, name), name, rule, getattr(self, name))
        sizes = self.crop_sizes
        is_right = sizes is None or (bool(sizes) and min(sizes) > 0)
        require(is_right, "crop_sizes", "positive numbers, at least one", sizes)


def recipe(switches: Switches) -> Recipe:
    """Return the recipe that switches ask for."""
    size = switches.size
    config = _config(switches)
    usual: Track = "open" if size == "s" else "research"
    track = switches.track or usual
    stages = _small_stages(switches) if size == "s" else _paper_stages(switches)
    stages = stages if switches.refine else stages[:1]
    return Recipe(
        room="dim",
        variant=_variant(switches, track == usual),
        track=track,
        seed=1,
        ema=0.998 if size == "s" else 0.0,
        stages=stages,
        network=partial(_network, config, switches.pretrained),
        preview=alpha_of,
        validation=_validation(size, stages[-1]),
        config=config,
        switches=switches,
    )


def _validation(size: Size, last: Stage) -> Validation:
    """Measure on objects that are held aside, with trimaps of one width."""
    still = _same_width(last.composition)
    return Validation(
        error=mean_error,
        every=500 if size == "s" else 40_000 // last.batch_size,
        samples=64,
        batch_size=8,
        size=last.size,
        composition=replace(still, is_held=True),
    )


def _same_width(samples: Composition) -> Composition:
    """Return everything but the random width of the trimap."""
    still = replace(samples, trimap="erode_dilate", erosion=(15, 15), dilation=(15, 15))
    return replace(still, loose=0.0)


def _variant(switches: Switches, is_usual: bool) -> str:
    """Name what is learned, so that an ablated network never takes the place of a whole one."""
    name = switches.size if is_usual else f"{switches.size}-{switches.track}"
    whole = Switches(switches.size, switches.track, pretrained=switches.pretrained)
    return name if switches == whole else f"{name}-ablated"


def _config(switches: Switches) -> Config:
    config = _CONFIGS[switches.size]
    return replace(
        config,
        refine=switches.refine,
        features=config.features if switches.refine else 0,
        has_uncertainty=config.has_uncertainty and switches.refine,
        conv6=switches.conv6 or config.conv6,
        skip_add=switches.skip_add,
        decoder_bn=switches.decoder_bn,
        squash=switches.squash or config.squash,
        refine_skip=switches.refine_skip or config.refine_skip,
        is_guided=config.is_guided and switches.refine and switches.refine_skip != "logit",
    )


def _network(config: Config, pretrained: str | None) -> DimNetwork:
    network = DimNetwork(config)
    if isinstance(network.coarse, VggMatting):
        start_from_vgg16(network.coarse, Path(pretrained) if pretrained else None)
    return network


def _small_stages(switches: Switches) -> tuple[Stage, ...]:
    """Most samples small and for the first stage alone, so that two CPU cores get far."""
    kernels = (1, 19) if switches.trimap == "dilate" else (1, 56)
    samples = Composition(
        unknown_crops=0.85,
        zooms=tuple(side / SIDE for side in switches.crop_sizes or (200, 256, 320, 448, 640)),
        coverage=(0.5, 1.2),
        weights=_WEIGHTS,
        turn=0.3,
        paint=0.4,
        join=0.15,
        colour=0.6,
        blur=0.3,
        noise=0.3,
        noise_deviation=6 / 255,
        jpeg=0.15,
        jpeg_quality=(60, 95),
        trimap=switches.trimap,
        erosion=kernels,
        dilation=kernels,
        loose=0.5 if switches.trimap == "erode_dilate" else 0.0,
        held=HELD,
        is_recreated=switches.recreate_each_epoch,
    )

    def stage(name: str, steps: int, size: int, parameters: str, loss: Loss, rate: float) -> Stage:
        objective = Objective(
            name=name,
            parameters=(parameters,),
            loss=loss,
            lr=rate,
            weight_decay=1e-2,
            clip=1.0,
            schedule=Schedule("cosine", warmup=50, floor=0.01),
        )
        how = _same_width(samples) if name == "refine" else samples
        return Stage(name, steps, 16, size, (objective,), how)

    return (
        stage("coarse", 5000, 160, "coarse.", CoarseLoss(switches.w_l), 2e-3),
        stage("refine", 250, 192, "refiner.", RefineLoss(), 2e-3),
        stage("whole", 1600, 224, "", WholeLoss(switches.w_l), 8e-4),
    )


def _paper_stages(switches: Switches) -> tuple[Stage, ...]:
    """Adam at 1e-5 throughout; as many samples as public re-implementations took."""
    batch = 1 if switches.size == "paper" else 8
    samples = Composition(
        unknown_crops=1.0,
        zooms=tuple(side / SIDE for side in switches.crop_sizes or (320, 480, 640)),
        turn=0.0,
        stretch=1.0,
        colour=0.0,
        blur=0.0,
        noise=0.0,
        jpeg=0.0,
        trimap=switches.trimap,
        dilation=(1, 19) if switches.trimap == "dilate" else (1, 29),
        held=HELD,
        is_recreated=switches.recreate_each_epoch,
    )

    def stage(name: str, parameters: str, loss: Loss) -> Stage:
        objective = Objective(name, (parameters,), loss, "adam", 1e-5)
        how = _same_width(samples) if name == "refine" else samples
        return Stage(name, 1_000_000 // batch, batch, SIDE, (objective,), how)

    return (
        stage("coarse", "coarse.", CoarseLoss(switches.w_l)),
        stage("refine", "refiner.", RefineLoss()),
        stage("whole", "", WholeLoss(switches.w_l)),
    )


RECIPES = {
    made.variant: made
    for made in (
        recipe(Switches()),
        recipe(Switches(track="research")),
        recipe(Switches(size="default")),
        recipe(Switches(size="paper")),
    )
}
