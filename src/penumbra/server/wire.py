"""What travels: the shapes of requests and answers, and the way to and from those of the kit."""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from penumbra.core.card import ModelCard
from penumbra.core.errors import HintError
from penumbra.core.hints import Hints
from penumbra.core.hints_json import hints_from_json, hints_to_json
from penumbra.core.people import FoundPerson

Number = Annotated[float, Field(allow_inf_nan=False)]
Kind = Literal["click", "scribble", "box", "text", "trimap", "mask"]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ClickWire(_Wire):
    """A point, in pixels of the upright photograph from the outer corner of its first pixel."""

    x: Number
    y: Number
    is_foreground: bool = True


class ScribbleWire(_Wire):
    """A stroke along points [x, y], as wide as it says, in pixels."""

    points: Annotated[list[tuple[Number, Number]], Field(min_length=1)]
    width: Annotated[Number, Field(gt=0)] = 10
    is_foreground: bool = True


class PlaneWire(_Wire):
    """A trimap (0, 1, 2) or mask (0, 1): base64 of its zlib-compressed bytes, row by row."""

    height: Annotated[int, Field(gt=0)]
    width: Annotated[int, Field(gt=0)]
    zlib: str


class HintsWire(_Wire):
    """All that is said of the object, in any mixture."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {"clicks": [{"x": 400.5, "y": 300.5}, {"x": 20, "y": 20, "is_foreground": False}]},
                {"box": [40, 30, 200, 150]},
            ]
        },
    )

    clicks: list[ClickWire] = []
    scribbles: list[ScribbleWire] = []
    box: tuple[Number, Number, Number, Number] | None = None
    text: Annotated[str, Field(max_length=500)] | None = None
    trimap: PlaneWire | None = None
    mask: PlaneWire | None = None


class RoundWire(_Wire):
    """A round of hints.

    Attributes:
        hints: All of them, old and new.
        base: `shown` of the state that they were made on; another one since then is a conflict.
        model: Who is asked; as the session has it when omitted.
    """

    hints: HintsWire = HintsWire()
    base: int | None = None
    model: str | None = None


class PreviewWire(_Wire):
    """Hints that are only tried, and the longer side of the matte that comes back.

    Attributes:
        hints: All of them, old and new.
        model: Who would be asked; as the session has it when omitted.
        side: Pixels.
    """

    hints: HintsWire = HintsWire()
    model: str | None = None
    side: Annotated[int, Field(ge=16, le=4096)] = 512


class RefineWire(_Wire):
    """What polish may cost: windows ("8"), time ("300ms") or a share of the picture ("20%")."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"budget": "8"}]}
    )

    budget: Annotated[str, Field(max_length=20)] = "8"
    base: int | None = None


class ShowWire(_Wire):
    """The round to put on screen; 0 is before the first."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"round": 0}]}
    )

    round: int


class RoundState(BaseModel):
    """What became of a round.

    Attributes:
        number: From 1 on.
        kind: Whether something was said, or an answer was refined.
        kinds: Of the hints that held.
        hints: Those, of the round on screen; null of the others, for they would travel each time.
        model: Who answered.
        seconds: That it took.
        empty: Whether nothing was found.
        confidence: How sure the model is that there is an object.
        expected_error: Mean absolute error of alpha that it expects.
        refined: Windows.
        changed: Share of the pixels whose alpha differs from what was on screen before.
        notes: In words.
        flags: The same for programs; `docs/guide.md` says what they mean.
        has_conflicts: Whether the model says where what was new contradicted what was shown.
    """

    number: int
    kind: Literal["hints", "refine"]
    kinds: dict[str, int]
    hints: HintsWire | None
    model: str
    seconds: float
    empty: bool
    confidence: float | None
    expected_error: float | None
    refined: int
    changed: float
    notes: list[str]
    flags: list[str] = []  # rounds of earlier versions have none
    has_conflicts: bool = False


class State(BaseModel):
    """A session."""

    id: str
    name: str
    model: str
    width: int
    height: int
    bits: int
    has_profile: bool
    has_background: bool
    shown: int
    rounds: list[RoundState]
    can_refine: bool
    accepts: list[Kind]


class ModelWire(BaseModel):
    """A model's card."""

    name: str
    title: str
    paper: str
    accepts: list[Kind]
    requires: list[Kind]
    is_hint_needed: bool
    can_refine: bool
    can_find_people: bool
    limits: str


class ModelsWire(BaseModel):
    """All models, the one that chooses among them first."""

    models: list[ModelWire]


class Spot(BaseModel):
    """A window of the photograph and how wrong its alpha is expected to be, on average."""

    x0: int
    y0: int
    x1: int
    y1: int
    mean: float


class PersonWire(BaseModel):
    """A person of a photograph.

    Attributes:
        number: From 1 on, from the left to the right.
        box: Around the person: x0, y0, x1, y1 in pixels of the upright photograph, half-open.
        score: How surely it is a person, from 0 to 1.
    """

    number: int
    box: tuple[float, float, float, float]
    score: float


class PersonFileWire(PersonWire):
    """A person, and the name of the picture of it; null where none was wanted."""

    file: str | None


class PeopleWire(BaseModel):
    """Each person of a photograph: `people.json` of the archive.

    Attributes:
        model: Who answered.
        width: Of the upright photograph.
        height: Of the upright photograph.
        seconds: That it took.
        people: From the left to the right; none where nobody was found.
    """

    model: str
    width: int
    height: int
    seconds: float
    people: list[PersonFileWire]


class SpotsWire(BaseModel):
    """The most doubtful windows, the worst first; they do not overlap."""

    spots: list[Spot]


class Failure(BaseModel):
    """Why a request was refused."""

    code: str
    message: str


class FailureWire(BaseModel):
    """Every answer that is not a success."""

    error: Failure


def hints_of(value: dict[str, Any], height: int, width: int) -> Hints:
    """Return the kit's hints of what `HintsWire` holds as JSON.

    Whether marks lie within the picture is for the model that is asked: some cut them to it.

    Raises:
        HintError: They are none, or planes have not that size: those are refused before they are
            unpacked.
    """
    given = {name: it for name, it in value.items() if it not in (None, [])}
    for name in ("trimap", "mask"):
        plane = given.get(name)
        if plane is not None and (plane["height"], plane["width"]) != (height, width):
            came = f"{plane['width']}x{plane['height']}"
            raise HintError(f"{name} must be as large as the {width}x{height} image, got {came}")
    return hints_from_json(json.dumps(given))


def person_wire(number: int, person: FoundPerson) -> PersonWire:
    """Return what is told of a person."""
    box = person.box
    corners = box.x0, box.y0, box.x1, box.y1
    return PersonWire(number=number, box=corners, score=round(person.score, 4))


def json_of(hints: Hints) -> dict[str, Any]:
    """Return hints as JSON holds them."""
    stated: dict[str, Any] = json.loads(hints_to_json(hints))
    return stated


def card_wire(card: ModelCard) -> ModelWire:
    """Return what a card says."""
    return ModelWire(
        name=card.name,
        title=card.title,
        paper=card.paper,
        accepts=sorted(card.accepts),
        requires=sorted(card.requires),
        is_hint_needed=card.is_hint_needed,
        can_refine=card.can_refine,
        can_find_people=card.can_find_people,
        limits=card.limits,
    )
