"""How SAFE-Net is trained, as the paper has it and as we ship it.

    penumbra train safe --pack safe.tar --out runs/safe --minutes 150 \
        --warm-start src/penumbra/weights/segment-s.safetensors

On every batch matting and the flaw detector learn in turn, each without touching the other.  Every
row of the paper's table 4 is a switch: `--set sam=false --set fem=off`, `--set fem=off`, `--set
fem=zeros` (FEM*).
"""

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from penumbra.core.errors import require
from penumbra.data.procedural.families import FAMILIES
from penumbra.systems.safe.config import (
    PAPER,
    Attention,
    Config,
    DetectorOut,
    Elimination,
    Norm,
    Peephole,
    Post,
    Size,
)
from penumbra.systems.safe.config import S as SMALL
from penumbra.systems.safe.losses import FlawLoss, MattingLoss, TrainOn, alpha_of, mean_error
from penumbra.systems.safe.network import SafeNetwork
from penumbra.systems.safe.target import FLOOR
from penumbra.training.composition import Composition
from penumbra.training.recipe import Objective, Recipe, Schedule, Stage, Validation

Alternate = Literal["batch", "epoch"]

PEOPLE = 4494
"""Foregrounds of the paper's training set."""

BACKGROUNDS = 10
"""Of each of them."""

EPOCHS = 50
HELD = 0.03  # share of the objects on which the best weights are found

_CONFIGS: dict[Size, Config] = {"s": SMALL, "paper": PAPER}


@dataclass(frozen=True)
class Switches:
    """What can be changed without editing the recipe; None is as the size has it.

    Attributes:
        size: "s" ships, "paper" has MobileNetV2 at its full width.
        sam: Semantic addition; without, the backbone alone is trained.
        fem: Flaw elimination; "zeros" is the paper's FEM*.
        width: See `Config`.
        att_s: See `Config`.
        train_iters: Rounds that are trained; 1 is the paper's, see the README.
        peephole: See `Config`.
        fd_out: See `Config`.
        fm_post: See `Config`.
        refine_stride: See `Config`.
        e5: See `Config`; of "s" always 320.
        norm: See `Config`.
        residual: See `Config`.
        gamma_unknown: How much an unknown pixel counts.
        detach_alpha_in: Whether a round's loss stops at the matte before it.
        laplacian: Weight of the Laplacian loss.
        overlap: Weight of the loss of overlap.
        squared: Weight of squared errors beside absolute ones.
        fd_train_on: Whether the detector learns from all mattes, or from the first alone.
        fr_floor: Largest error of a matte without flaws.
        nu: How often true flaws grow.
        fd_warmup: Steps at the start in which the detector learns alone.
        alternate: Of "paper": whether objectives take turns on batches or on epochs.
        momentum: Of "paper": with 0 the rate is the paper's 0.1, else it is 0.01.
    """

    size: Size = "s"
    sam: bool = True
    fem: Elimination = "on"
    width: int | None = None
    att_s: Attention = "shared"
    train_iters: int | None = None
    peephole: Peephole = "none"
    fd_out: DetectorOut = "raw"
    fm_post: Post = "none"
    refine_stride: int | None = None
    e5: int | None = None
    norm: Norm = "imagenet"
    residual: bool | None = None
    gamma_unknown: float = 4.0
    detach_alpha_in: bool = False
    laplacian: float | None = None
    overlap: float | None = None
    squared: float | None = None
    fd_train_on: TrainOn = "all"
    fr_floor: float = FLOOR
    nu: int = 1
    fd_warmup: int = 0
    alternate: Alternate = "batch"
    momentum: float = 0.0

    def __post_init__(self) -> None:
        require(self.size in _CONFIGS, "size", f"one of {', '.join(_CONFIGS)}", self.size)
        require(self.sam or self.fem == "off", "fem", "off where sam is off", self.fem)
        require(self.gamma_unknown > 0, "gamma_unknown", "above 0", self.gamma_unknown)
        for name in ("laplacian", "overlap", "squared", "fr_floor", "nu", "fd_warmup"):
            value = getattr(self, name)
            require(value is None or value >= 0, name, "at least 0", value)
        require(0 <= self.momentum < 1, "momentum", "in [0, 1)", self.momentum)
        require(
            self.fd_train_on in ("all", "alpha0"), "fd_train_on", "all or alpha0", self.fd_train_on
        )
        require(self.alternate in ("batch", "epoch"), "alternate", "batch or epoch", self.alternate)
        if self.size == "s":
            usual = Switches.__dataclass_fields__
            for name in ("e5", "alternate", "momentum"):
                rule = "left alone for size s"
                require(getattr(self, name) == usual[name].default, name, rule, getattr(self, name))
        if self.fem != "on":
            rule = "0 where no flaws are detected"
            require(self.fd_warmup == 0, "fd_warmup", rule, self.fd_warmup)


def recipe(switches: Switches) -> Recipe:
    """Return the recipe that switches ask for."""
    usual = _CONFIGS[switches.size]
    asked = {
        name: getattr(switches, name)
        for name in Config.__dataclass_fields__
        if getattr(switches, name) is not None
    }
    config = replace(usual, **asked)
    make = _small_stages if switches.size == "s" else _paper_stages
    stages = make(switches, config)
    return Recipe(
        room="safe",
        variant=_variant(switches),
        track="research",  # nobody gives photographs of people away
        seed=1,
        ema=0.998 if switches.size == "s" else 0.0,
        stages=stages,
        network=partial(SafeNetwork, config),
        preview=alpha_of,
        validation=_validation(stages[-1], switches.size),
        config=config,
        switches=switches,
    )


def parts_of(config: Config) -> tuple[str, ...]:
    """Return the prefixes of what learns mattes: everything but the detector."""
    parts = ["encoder.", "decoder."]
    if config.sam:
        parts.append("addition.")
        parts.append("head." if config.fem == "off" else "elimination.")
        if config.att_s == "separate":
            parts.append("attention.")
    return tuple(parts)


def _variant(switches: Switches) -> str:
    """Name what is learned, so that an ablated network never takes the place of a whole one."""
    whole = Switches(switches.size, fd_warmup=switches.fd_warmup)
    return switches.size if switches == whole else f"{switches.size}-ablated"


def _validation(last: Stage, size: Size) -> Validation:
    return Validation(
        error=mean_error,
        every=500 if size == "s" else 2000,
        samples=64,
        batch_size=8,
        size=last.size,
        composition=replace(last.composition, is_held=True),
    )


def _losses(switches: Switches, config: Config) -> tuple[MattingLoss, FlawLoss]:
    is_small = config.size == "s"
    weights = {
        name: (usual if is_small else 0.0) if asked is None else asked
        for name, usual, asked in (
            ("laplacian", 1.0, switches.laplacian),
            ("overlap", 0.25, switches.overlap),
            ("squared", 4.0, switches.squared),
        )
    }
    matting = MattingLoss(switches.gamma_unknown, switches.detach_alpha_in, **weights)
    share = 0.5 if is_small else 1.0
    return matting, FlawLoss(switches.fd_train_on, share, switches.fr_floor, switches.nu)


def _small_stages(switches: Switches, config: Config) -> tuple[Stage, ...]:
    """At three sizes, most samples small; photographs with masks beside composites."""
    samples = Composition(
        scenes=0.5,
        scene_focus=0.5,
        unknown_crops=0.2,
        zooms=(0.8, 1.25, 2.0),
        coverage=(0.4, 1.4),
        heads=0.5,
        weights=_WEIGHTS,
        turn=0.2,
        join=0.25,
        empty=0.15,
        empty_of=("nothing", "scenery", "procedural"),
        noise=0.3,
        noise_deviation=0.02,
        blur=0.4,
        jpeg_quality=(60, 95),
        held=HELD,
    )
    matting, flaws = _losses(switches, config)

    def stage(name: str, steps: int, count: int, size: int, lr: float, floor: float) -> Stage:
        schedule = Schedule("cosine", warmup=100, floor=floor)
        objectives = [
            Objective(
                "matting",
                parts_of(config),
                matting,
                lr=lr,
                weight_decay=1e-2,
                clip=5.0,
                schedule=schedule,
            )
        ]
        if config.has_detector:
            objectives.append(
                Objective("flaws", ("detector.",), flaws, lr=5e-4, clip=5.0, schedule=schedule)
            )
        return Stage(name, steps, count, size, tuple(objectives), samples)

    stages = (
        stage("small", 2000, 32, 160, 1.5e-3, 0.1),
        stage("large", 1000, 16, 256, 8e-4, 0.1),
        stage("full", 1000, 8, 384, 6e-4, 0.01),
    )
    return (*_warmup(switches, stages[0]), *stages)


def _paper_stages(switches: Switches, config: Config) -> tuple[Stage, ...]:
    """SGD at a constant rate for mattes, Adam for flaws; 50 epochs."""
    count = 16
    samples = Composition(
        unknown_crops=0.0,
        coverage=(400 / 512, 900 / 512),
        heads=1.0,
        weights=_WEIGHTS,
        turn=0.0,
        stretch=1.0,
        colour=0.0,
        blur=0.0,
        noise=0.0,
        jpeg=0.0,
        held=HELD,
    )
    matting, flaws = _losses(switches, config)
    sgd = Objective(
        "matting",
        parts_of(config),
        matting,
        "sgd",
        lr=0.01 if switches.momentum else 0.1,
        momentum=switches.momentum,
        clip=5.0,
    )
    adam = Objective(
        "flaws",
        ("detector.",),
        flaws,
        "adam",
        lr=1e-4,
        betas=(0.9, 0.99),
        clip=5.0,
        schedule=Schedule("poly"),
    )
    turns = (sgd, adam) if config.has_detector else (sgd,)
    epoch = math.ceil(PEOPLE * BACKGROUNDS / count)
    whole = Stage("all", EPOCHS * epoch, count, 512, turns, samples)
    if switches.alternate == "batch" or not config.has_detector:
        return (*_warmup(switches, whole), whole)
    stages = []
    for number in range(EPOCHS):
        # A stage has optimisers of its own, so their rates are those of the epoch.
        rate = adam.lr * (1 - number / EPOCHS) ** 0.9
        slower = replace(adam, lr=rate, schedule=Schedule())
        for turn in (sgd, slower):
            stages.append(Stage(f"{turn.name}{number + 1}", epoch, count, 512, (turn,), samples))
    return (*_warmup(switches, whole), *stages)


def _warmup(switches: Switches, first: Stage) -> tuple[Stage, ...]:
    """Return the stage in which the detector learns alone, if it is asked for."""
    if switches.fd_warmup == 0:
        return ()
    return (
        replace(first, name="warmup", steps=switches.fd_warmup, objectives=first.objectives[1:]),
    )


_WEIGHTS = {
    "portrait_eg": 1.0,
    "ccp": 1.5,
    "groups": 2.0,
    "bg": 0.1,
    "scenery": 200.0,
    "nothing": 2.0,
    "hair": 6.0,
    "rgba_fg": 10.0,
    # Nobody is in them, or not alone.
    **dict.fromkeys(("coco_train", "davis_train", "feral_cats"), 0.0),
    **{family: 0.0 for family in FAMILIES if family != "hair"},
}
"""People, hair, and behind them places where nobody is: photographs of `bg` may show anybody, but
for those of places alone."""

RECIPES = {made.variant: made for made in (recipe(Switches()), recipe(Switches(size="paper")))}
