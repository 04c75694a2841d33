"""How DFIMat is trained, as the paper has it and as we ship it.

    penumbra train dfimat --pack people.tar --out runs/dfimat --minutes 30 \
        --warm-start src/penumbra/weights/segment-s.safetensors

First the capture network, then, with that left as it is, the refinement network.  Every row of the
paper's tables is a switch: `--set crm=false`, `--set users=click`, `--set decouple=none`, `--set
mrn_branch=local`.
"""

from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Literal, get_args

from penumbra.core.errors import require
from penumbra.data.procedural.families import FAMILIES
from penumbra.data.users import ProtocolName
from penumbra.systems.dfimat.capture import MIXED, PROTOCOLS, CaptureLoss, Mix
from penumbra.systems.dfimat.config import B, Config, Decouple, S
from penumbra.systems.dfimat.gathering import Gathering, SceneSource
from penumbra.systems.dfimat.iscn.config import (
    ClassHead,
    IscnConfig,
    Resize,
    Scope,
    TextEncoder,
)
from penumbra.systems.dfimat.mrn.config import Branch, MaskIn
from penumbra.systems.dfimat.mrn.config import Config as MrnConfig
from penumbra.systems.dfimat.mrn.losses import MrnLoss
from penumbra.systems.dfimat.network import CAPTURE, REFINE, DfimatNetwork
from penumbra.systems.dfimat.refining import JointLoss, RefineLoss, matte_error, matte_of
from penumbra.training.composition import Composition
from penumbra.training.recipe import Objective, Recipe, Schedule, Stage, Validation

Size = Literal["s", "b"]

HELD = 0.03
"""Share of the people who are held aside, on whom the best weights are found."""

_CONFIGS: dict[Size, Config] = {"s": S, "b": B}


@dataclass(frozen=True)
class Switches:
    """What can be changed without editing the recipe; names as in the sheet, section 10.

    Attributes:
        size: "s" ships, "b" is the paper's, as far as one can tell.
        users: Of whom it learns: "mixed", or of one protocol alone.
        rounds: Of an episode, at most.
        unroll: See `CaptureLoss`; "last" for size b.
        modality_drop: See there.
        decouple: See `Config`.
        crm: See `IscnConfig`.
        crm_scope: See there.
        crm_resize: See there.
        crm_box: See there.
        crm_reach: See there; as the size has it if None, and never without `crm`.
        memory: See there.
        masked_attn: See there.
        two_way: See there.
        joint_full: See there.
        k_v: See there; as the size has it if None.
        text_encoder: See there.
        class_head: See there.
        box_tokens: See there.
        mrn_branch: See `MrnConfig`.
        prm: See there.
        mask_in: See there; "soft" where both networks are trained at once.
        hard_frac: See `MrnLoss`.
        lambda_hard: See there.
        lap_weight: See there.
    """

    size: Size = "s"
    users: ProtocolName = "mixed"
    rounds: int = 5
    unroll: str | None = None
    modality_drop: float = 0.0
    decouple: Decouple = "net+train"
    crm: bool = True
    crm_scope: Scope = "new"
    crm_resize: Resize = "max"
    crm_box: bool = False
    crm_reach: bool | None = None
    memory: bool = True
    masked_attn: bool = True
    two_way: bool = False
    joint_full: bool = False
    k_v: int | None = None
    text_encoder: TextEncoder = "minilm"
    class_head: ClassHead = "cosine"
    box_tokens: bool = True
    mrn_branch: Branch = "hybrid"
    prm: bool = True
    mask_in: MaskIn | None = None
    hard_frac: float = 0.3
    lambda_hard: float = 1.0
    lap_weight: float = 0.0

    def __post_init__(self) -> None:
        require(self.size in _CONFIGS, "size", f"one of {', '.join(_CONFIGS)}", self.size)
        words = get_args(ProtocolName)
        require(self.users in words, "users", f"one of {', '.join(words)}", self.users)
        is_soft = self.decouple == "net" and self.mask_in == "hard"
        require(not is_soft, "mask_in", "soft where both networks learn at once", self.mask_in)


def recipe(switches: Switches) -> Recipe:
    """Return the recipe that switches ask for."""
    config = _config(switches)
    stages = _stages(switches)
    return Recipe(
        room="dfimat",
        variant=_variant(switches),
        track="research",  # nobody gives photographs of people away
        seed=1,
        ema=0.998,
        stages=stages,
        network=partial(DfimatNetwork, config),
        preview=matte_of,
        validation=Validation(
            error=matte_error,
            every=500,
            samples=64,
            batch_size=16,
            size=256 if switches.size == "s" else 512,
            composition=replace(_gathering(100), people=_people(is_held=True), photographs=0.0),
        ),
        config=config,
        switches=switches,
        source=SceneSource,
    )


def _config(switches: Switches) -> Config:
    usual = _CONFIGS[switches.size]
    asked = {each.name: getattr(switches, each.name) for each in fields(Switches)}
    if not switches.crm:
        asked["crm_reach"] = False
    if switches.decouple == "net":
        asked["mask_in"] = "soft"
    iscn, mrn = (
        {
            each.name: asked[each.name]
            for each in fields(kind)
            if each.name != "size" and asked.get(each.name) is not None
        }
        for kind in (IscnConfig, MrnConfig)
    )
    return Config(replace(usual.iscn, **iscn), replace(usual.mrn, **mrn), switches.decouple)


def _variant(switches: Switches) -> str:
    """Name what is learned, so that an ablated network never takes the place of a whole one."""
    return switches.size if switches == Switches(switches.size) else f"{switches.size}-ablated"


def _stages(switches: Switches) -> tuple[Stage, ...]:
    is_small = switches.size == "s"
    mix: Mix = _WORDY if is_small else MIXED
    if switches.users != "mixed":
        first, second, third, fourth, fifth = (float(it == switches.users) for it in PROTOCOLS)
        mix = (first, second, third, fourth, fifth)
    users = CaptureLoss(
        mix,
        rounds=switches.rounds,
        unroll=switches.unroll or ("all" if is_small else "last"),
        modality_drop=switches.modality_drop,
    )
    mattes = MrnLoss(switches.hard_frac, switches.lambda_hard, switches.lap_weight)
    falling = Schedule("cosine", warmup=500, floor=0.01)
    if switches.decouple == "net+train":
        absent = {
            "reasoning.": not switches.crm,
            "reach.": not _config(switches).iscn.crm_reach,
        }
        parts = tuple(it for it in CAPTURE if not absent.get(it))
        finds = Objective("capture", parts, users, "adam", 5e-4, clip=1.0, schedule=falling)
    else:
        side = 256 if is_small else 512
        both = JointLoss(mattes, users, side)
        finds = Objective("joint", ("",), both, "adam", 5e-4, clip=1.0, schedule=falling)
    if not is_small:
        finds = replace(finds, clip=5.0)
    gathered = _gathering(3000)
    if is_small:
        stages = [
            Stage("small", 4000, 64, 256, (finds,), gathered),
            Stage("capture", 3000, 64, 384, (finds,), gathered),
        ]
    else:
        stages = [Stage("capture", 150 * 1000, 16, 512, (finds,), gathered)]
    if switches.decouple != "net+train":
        return tuple(stages)
    calm = replace(users, nobody=0.0, spoilt=0.0)
    refined, steps = replace(gathered, photographs=0.0), 5000 if is_small else 75 * 1000
    for name, share, guided in (("guided", 0.05, 1.0), ("half", 0.1, 0.5), ("refine", 0.85, 0.0)):
        loss = RefineLoss(mattes, calm, 320 if is_small else 512, guided=guided)
        schedule = falling if name == "refine" else Schedule("constant", warmup=100)
        objective = Objective(name, REFINE, loss, "adam", 5e-4, clip=1.0, schedule=schedule)
        count, size = (32, 448) if is_small else (16, 640)
        stages.append(Stage(name, round(share * steps), count, size, (objective,), refined))
    return tuple(stages)


def _gathering(scenes: int) -> Gathering:
    return Gathering(scenes=scenes, people=_people())


def _people(is_held: bool = False) -> Composition:
    return Composition(weights=_WEIGHTS, held=HELD, is_held=is_held)


_WORDY: Mix = (0.35, 0.15, 0.1, 0.05, 0.35)
"""How often users follow each of `PROTOCOLS`.  More of them write alone than in the sheet, section
6: where something else is said, too, the text queries can do without reading."""

_WEIGHTS = {
    "ccp": 3.0,
    "bg": 0.1,
    "scenery": 200.0,
    "nothing": 2.0,
    # Nobody is in them, or not alone.
    **dict.fromkeys(("coco_train", "davis_train", "feral_cats", "rgba_fg"), 0.0),
    **dict.fromkeys(FAMILIES, 0.0),
}
"""People, and behind them places where nobody is: photographs of `bg` may show anybody, but for
those of places alone."""

RECIPES = {made.variant: made for made in (recipe(Switches()), recipe(Switches(size="b")))}
