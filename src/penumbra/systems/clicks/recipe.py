"""How matting by clicks is trained, as the paper has it and as we ship it.

    penumbra train clicks --pack clicks.tar --out runs/clicks --minutes 150

First alpha with simulated clicks, then its uncertainty, then the refinement of windows; each stage
leaves the parts of the others as they are.  Every ablation of the sheet is a switch: `--set
hints_train=false` trains the row No-Hints, `--set inject=1` lets hints in with the colours, and so
on.  `docs/training.md` has the pack, what runs cost and what came of them.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from penumbra.core.errors import require
from penumbra.systems.clicks.config import INJECTIONS, B, Config, M
from penumbra.systems.clicks.config import S as SMALL
from penumbra.systems.clicks.gates import (
    ALPHA_LIMITS,
    REFINE_LIMITS,
    UNCERTAINTY_LIMITS,
    AlphaGate,
    RefineGate,
    UncertaintyGate,
)
from penumbra.systems.clicks.losses import (
    AlphaLoss,
    Density,
    GradMode,
    RefineLoss,
    UncertaintyLoss,
    alpha_shown,
)
from penumbra.systems.clicks.network import ClicksNetwork
from penumbra.training.clicking import Clicking
from penumbra.training.composition import Composition
from penumbra.training.recipe import Gate, Loss, Objective, Recipe, Schedule, Stage

Size = Literal["s", "m", "b"]
Track = Literal["open", "research"]

PICTURES = 431 * 100
"""Composites of the paper's training set."""

PAPER_BATCH = 40  # as GCA-Matting, since the paper is silent

HELD = 0.02
"""Share of the objects of "s" and "m" that are held aside, on which the gates measure."""

_CONFIGS: dict[Size, Config] = {"s": SMALL, "m": M, "b": B}

Parts = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""Prefixes of what learns alpha, its uncertainty, and refinement."""


@dataclass(frozen=True)
class Switches:
    """What can be changed without editing the recipe; None is as the size has it.

    Attributes:
        size: "s" ships, "b" is the paper's, "m" lies between.
        track: What the data must be free for.
        hints_train: Whether clicks are simulated at all; without is the paper's row No-Hints.
        inject: Stride at which hints enter, 1 or 8.
        use_prev_alpha: Whether the matte of the last round is a hint.
        iter_clicks: Share of the batches with clicks that correct the network's own answer.
        excluding: Share of the samples whose random clicks are all off the object.
        silent: Whether every sample is learned from without any click, too.
        distractors: Share of the composites with a second object that does not belong.
        click_radius: Pixels, of what the network sees.
        geom_p: Probability that there is no further click.
        min_click_dist: Pixels between clicks.
        grad_mode: Whether sizes of gradients are compared, or both of their components.
        grad_scale: What Sobel's responses are divided by.
        overlap: Weight of the loss of overlap in the first stage.
        ue_density: Of errors.
        joint_ue: Whether all of the network learns with its uncertainty.
        hard_frac: Share of a window's pixels that count twice in the third stage.
        lambda_hard: How much they count the second time.
        residual_out: Whether the refinement network corrects, or answers anew.
        reach: Whether late clicks reach what is alike.
        spectral_norm: Of "b".
    """

    size: Size = "s"
    track: Track = "research"
    hints_train: bool = True
    inject: int | None = None
    use_prev_alpha: bool = False
    iter_clicks: float | None = None
    excluding: float = 0.0
    silent: bool = False
    distractors: float = 0.3
    click_radius: float = 15.0
    geom_p: float = 1 / 6
    min_click_dist: float = 0.0
    grad_mode: GradMode = "mag"
    grad_scale: float = 8.0
    overlap: float | None = None
    ue_density: Density = "laplace"
    joint_ue: bool = False
    hard_frac: float = 0.2
    lambda_hard: float = 1.0
    residual_out: bool = True
    reach: bool | None = None
    spectral_norm: bool = False

    def __post_init__(self) -> None:
        require(self.size in _CONFIGS, "size", f"one of {', '.join(_CONFIGS)}", self.size)
        is_right = self.inject is None or self.inject in INJECTIONS
        require(is_right, "inject", f"one of {INJECTIONS}", self.inject)
        for name in ("iter_clicks", "excluding", "distractors"):
            share = getattr(self, name)
            require(share is None or 0 <= share <= 1, name, "in [0, 1]", share)
        require(0 < self.hard_frac <= 1, "hard_frac", "above 0 and at most 1", self.hard_frac)
        require(self.lambda_hard >= 0, "lambda_hard", "at least 0", self.lambda_hard)
        require(self.grad_scale > 0, "grad_scale", "above 0", self.grad_scale)
        is_right = self.overlap is None or self.overlap >= 0
        require(is_right, "overlap", "at least 0", self.overlap)


def recipe(switches: Switches) -> Recipe:
    """Return the recipe that switches ask for."""
    usual = _CONFIGS[switches.size]
    config = replace(
        usual,
        inject=switches.inject or usual.inject,
        reach=usual.reach if switches.reach is None else switches.reach,
        use_prev_alpha=switches.use_prev_alpha,
        spectral_norm=switches.spectral_norm,
        residual_out=switches.residual_out,
    )
    is_paper = switches.size == "b"
    corrected = switches.iter_clicks
    clicking = Clicking(
        has_hints=switches.hints_train,
        radius=switches.click_radius,
        stop=switches.geom_p,
        distance=switches.min_click_dist,
        excluding=switches.excluding,
        corrected=(0.0 if is_paper else 0.5) if corrected is None else corrected,
    )
    learned = ["encoder.", "alpha.", *(["hints."] if config.inject != 1 else [])]
    learned += ["reach."] if config.reach and config.inject != 1 else []
    doubting = ("uncertainty.", *(learned if switches.joint_ue else ()))
    parts = (tuple(learned), doubting, ("refiner.",))
    stages = _paper_stages if is_paper else _small_stages
    return Recipe(
        room="clicks",
        variant=_variant(switches),
        track=switches.track,
        seed=1,
        # Short, since the last stages are, whose parts begin as nothing.
        ema=0.0 if is_paper else 0.99,
        stages=stages(switches, clicking, parts),
        network=partial(ClicksNetwork, config),
        preview=partial(alpha_shown, clicking),
        config=config,
        switches=switches,
    )


def _variant(switches: Switches) -> str:
    """Name what is learned, so that an ablated network never takes the place of a whole one."""
    name = switches.size if switches.track == "research" else f"{switches.size}-{switches.track}"
    return name if switches == Switches(switches.size, switches.track) else f"{name}-ablated"


def _losses(switches: Switches, clicking: Clicking) -> tuple[Loss, Loss, Loss]:
    is_paper = switches.size == "b"
    usual = 0.0 if is_paper else 0.5
    overlap = usual if switches.overlap is None else switches.overlap
    alpha = AlphaLoss(clicking, switches.grad_mode, switches.grad_scale, overlap, switches.silent)
    return (
        alpha,
        UncertaintyLoss(clicking, switches.ue_density, alpha if switches.joint_ue else None),
        RefineLoss(
            clicking,
            hard_share=switches.hard_frac,
            hard_weight=switches.lambda_hard,
            shrinks=(1,) if is_paper else (1, 2, 4),
            hopeless=1.0 if is_paper else 0.25,
            coarsened=0.0 if is_paper else 0.5,
        ),
    )


def _gates(clicking: Clicking, learned: str, size: int, samples: Composition) -> dict[str, Gate]:
    """Return what has to hold after stages, by their names.

    Args:
        clicking: How clicks are simulated.
        learned: Name of the stage after which alpha is learned.
        size: Of the samples.
        samples: How they are made.
    """
    two = replace(samples, join=0.0, distract=1.0)
    gates = {
        "uncertainty": Gate(UncertaintyGate(clicking), UNCERTAINTY_LIMITS, 32, 8, size, samples),
        "refine": Gate(RefineGate(clicking), REFINE_LIMITS, 32, 8, size, samples),
    }
    if clicking.has_hints:
        gates[learned] = Gate(AlphaGate(clicking), ALPHA_LIMITS, 32, 8, size, two)
    return gates


def _small_stages(switches: Switches, clicking: Clicking, parts: Parts) -> tuple[Stage, ...]:
    """Alpha at three sizes, most samples small; photographs with masks beside composites there."""
    is_open = switches.track == "open"
    composites = Composition(
        unknown_crops=0.2,
        zooms=(0.8, 1.25, 2.0),
        coverage=(0.3, 1.1),
        weights=_WEIGHTS,
        turn=0.3,
        paint=0.25,
        join=0.2,
        distract=switches.distractors,
        noise_deviation=0.02,
        noise=0.3,
        blur=0.4,
        jpeg_quality=(60, 95),
        held=HELD,
    )
    both = replace(composites, scenes=0.0 if is_open else 0.5, scene_focus=0.5)
    alpha, uncertainty, refine = _losses(switches, clicking)
    learned, doubting, polishing = parts
    gates = _gates(clicking, "full", 384, replace(composites, is_held=True))

    def stage(
        name: str,
        steps: int,
        count: int,
        size: int,
        part: tuple[str, ...],
        loss: Loss,
        lr: float,
        floor: float = 0.01,
    ) -> Stage:
        objective = Objective(
            name=name,
            parameters=part,
            loss=loss,
            lr=lr,
            weight_decay=1e-2,
            clip=1.0,
            schedule=Schedule("cosine", warmup=100, floor=floor),
        )
        how = both if loss is alpha else composites
        return Stage(name, steps, count, size, (objective,), how, gate=gates.get(name))

    return (
        stage("alpha", 1300, 32, 160, learned, alpha, 1e-3, floor=0.1),
        stage("large", 1500, 16, 256, learned, alpha, 8e-4, floor=0.1),
        stage("full", 2000, 8, 384, learned, alpha, 5e-4),
        stage("uncertainty", 500, 8, 384, doubting, uncertainty, 1e-3),
        stage("refine", 300, 8, 384, polishing, refine, 1e-3),
    )


def _paper_stages(switches: Switches, clicking: Clicking, parts: Parts) -> tuple[Stage, ...]:
    """Adam at 5e-4 with a cosine; 150, 75 and 75 epochs."""
    samples = Composition(
        unknown_crops=1.0,
        zooms=(320 / 512, 480 / 512, 640 / 512, 800 / 512),
        turn=0.52,
        stretch=1.25,
        join=min(0.5, 1 - switches.distractors),
        distract=switches.distractors,
        blur=0.0,
        noise=0.0,
        jpeg=0.0,
    )
    alpha, uncertainty, refine = _losses(switches, clicking)
    each = PICTURES // PAPER_BATCH
    gates = _gates(clicking, "alpha", 512, samples)

    learned, doubting, polishing = parts

    def stage(name: str, epochs: int, part: tuple[str, ...], loss: Loss) -> Stage:
        warmup = 5000 if loss is alpha else 2500
        objective = Objective(
            name=name,
            parameters=part,
            loss=loss,
            optimiser="adam",
            lr=5e-4,
            betas=(0.5, 0.999),
            clip=1.0,
            schedule=Schedule("cosine", warmup=warmup),
        )
        steps, gate = epochs * each, gates.get(name)
        return Stage(name, steps, PAPER_BATCH, 512, (objective,), samples, gate=gate)

    return (
        stage("alpha", 150, learned, alpha),
        stage("uncertainty", 75, doubting, uncertainty),
        stage("refine", 75, polishing, refine),
    )


_WEIGHTS = {
    "bg": 1.0,
    "scenery": 3.0,
    "portrait_eg": 0.5,
    "ccp": 0.7,
    "coco_train": 8.0,
    "davis_train": 5.0,
    "feral_cats": 4.0,
    "alphamatting_dev": 8.0,
    "procedural": 1.0,
}
"""Portraits are many; other objects few."""

RECIPES = {
    made.variant: made
    for made in (
        recipe(Switches()),
        recipe(Switches(track="open")),
        recipe(Switches(size="m")),
        recipe(Switches(size="b")),
    )
}
