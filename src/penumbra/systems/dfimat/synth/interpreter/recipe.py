"""How the interpreter is trained.

    penumbra train dfimat.synth.interpreter --pack people.tar --out runs/interpreter \
        --warm-start src/penumbra/weights/segment-s.safetensors
    penumbra train dfimat.synth.interpreter --variant b --pack people.tar --out runs/sd \
        --set weights=stable-diffusion

The sheet `smpmat`, sections 3.1 and 9.  Photographs whose people all have mattes are few, so it
learns from composites.  Ablations are switches: `--set alpha_head=coarse`, `--set
has_detail=false`, `--set queries=30`, `--set timestep=50`; and `--set
stages.0.composition.scenes=100` for fewer pictures.
"""

from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Literal

from penumbra.core.errors import require
from penumbra.systems.dfimat.gathering import Gathering, SceneSource
from penumbra.systems.dfimat.recipe import RECIPES as DFIMAT
from penumbra.systems.dfimat.synth.interpreter.config import (
    SIDES,
    AlphaHeadName,
    B,
    Config,
    S,
    SourceName,
    TextName,
)
from penumbra.systems.dfimat.synth.interpreter.losses import InterpreterLoss
from penumbra.systems.dfimat.synth.interpreter.reader import ROOM, make_reader
from penumbra.systems.dfimat.synth.interpreter.validating import matte_of, reading_error
from penumbra.training.recipe import PLACE, Objective, Recipe, Schedule, Stage, Validation

Size = Literal["s", "b"]

_CONFIGS: dict[Size, Config] = {"s": S, "b": B}

_LABELLED, _EPOCHS, _BATCH = 400, 300, 8
"""How many pictures the paper has, how often each is seen, and how many at once."""


@dataclass(frozen=True)
class Switches:
    """What can be changed without editing the recipe.

    Attributes:
        size: "s" is for a CPU, "b" is the sheet's base.
        source: See `Config`; "rgb" for size s, "sd" for b if None.
        weights: Of the source, see `load_source`.
        alpha_head: See `Config`.
        has_attention: See there.
        has_detail: See there.
        queries: See there; as the size has it if None.
        timestep: See there.
        text: See there.
        dice_weight: See `InterpreterLoss`.
        neg_weight: See there.
    """

    size: Size = "s"
    source: SourceName | None = None
    weights: str | None = field(default=None, metadata=PLACE)
    alpha_head: AlphaHeadName = "full"
    has_attention: bool = True
    has_detail: bool = True
    queries: int | None = None
    timestep: int = 1
    text: TextName = "none"
    dice_weight: float = 1.0
    neg_weight: float | None = None

    def __post_init__(self) -> None:
        require(self.size in _CONFIGS, "size", f"one of {', '.join(_CONFIGS)}", self.size)


def recipe(switches: Switches) -> Recipe:
    """Return the recipe that switches ask for."""
    config = _config(switches)
    side = SIDES[config.source]
    return Recipe(
        room=ROOM,
        variant=_variant(switches),
        track="research",  # nobody gives photographs of people away
        seed=1,
        ema=0.998,
        stages=_stages(switches, config, side),
        network=partial(make_reader, config, switches.weights),
        preview=matte_of,
        validation=Validation(
            error=reading_error,
            every=500,
            samples=64,
            batch_size=16 if config.source == "rgb" else _BATCH,
            size=side,
            composition=_gathering(40 if config.source == "sd" else 100, is_held=True),
        ),
        config=config,
        switches=switches,
        source=SceneSource,
    )


def _config(switches: Switches) -> Config:
    own = {each.name for each in fields(Config)}
    asked = {each.name: getattr(switches, each.name) for each in fields(Switches)}
    given = {name: value for name, value in asked.items() if name in own and value is not None}
    return replace(_CONFIGS[switches.size], **given)


def _variant(switches: Switches) -> str:
    """Name what is learned, so that an ablated network never takes the place of a whole one."""
    source = _config(switches).source
    is_usual = source == _CONFIGS[switches.size].source
    name = switches.size if is_usual else f"{switches.size}-{source}"
    plain = Switches(switches.size, switches.source, switches.weights)
    return name if switches == plain else f"{name}-ablated"


def _stages(switches: Switches, config: Config, side: int) -> tuple[Stage, ...]:
    loss = InterpreterLoss(switches.dice_weight, switches.neg_weight)
    falling = Schedule("cosine", warmup=500, floor=0.01)
    if config.source == "rgb":
        learns = Objective("read", ("",), loss, "adam", 5e-4, clip=1.0, schedule=falling)
        gathered = _gathering(3000)
        return (
            Stage("small", 4000, 32, side // 2, (learns,), gathered),
            Stage("read", 3000, 16, side, (learns,), gathered),
        )
    learns = Objective("read", ("",), loss, "adam", 1e-4, clip=1.0, schedule=falling)
    steps = _LABELLED * _EPOCHS // _BATCH
    return (Stage("read", steps, _BATCH, side, (learns,), _gathering(_LABELLED)),)


def _gathering(scenes: int, is_held: bool = False) -> Gathering:
    """Return pictures of the people that the room learns from, or of those held aside there."""
    known = DFIMAT["s"]
    assert known.validation is not None, "the room has one"
    gathered = known.validation.composition if is_held else known.stages[0].composition
    return replace(gathered, scenes=scenes, photographs=0.0)


RECIPES = {made.variant: made for made in (recipe(Switches()), recipe(Switches(size="b")))}
