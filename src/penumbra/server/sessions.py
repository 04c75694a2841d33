"""`/v1/sessions`: a photograph, rounds of hints on it, and what comes out."""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, File, Form, Query, Request, Response, UploadFile

from penumbra.core.budget import parse_budget
from penumbra.core.card import Wanted as Licence
from penumbra.core.hints import Hints
from penumbra.core.patches import SIZE, choose
from penumbra.server.desk import AUTO, check_marks
from penumbra.server.failures import RequestError
from penumbra.server.house import House, house_of, name_of
from penumbra.server.pictures import (
    MEDIA,
    Depth,
    Format,
    Profile,
    Wanted,
    What,
    render,
    render_photo,
    seen,
)
from penumbra.server.store import PICTURE, Row
from penumbra.server.wire import (
    FailureWire,
    HintsWire,
    ModelsWire,
    ModelWire,
    PreviewWire,
    RefineWire,
    RoundState,
    RoundWire,
    ShowWire,
    Spot,
    SpotsWire,
    State,
    card_wire,
    hints_of,
)
from penumbra.server.worker import Ticket
from penumbra.session.record import record_to_json
from penumbra.systems import registry

Shared = Annotated[House, Depends(house_of)]

_STATUSES = (400, 401, 403, 404, 409, 413, 422, 429, 503)

FAILURES: dict[int | str, dict[str, Any]] = {
    status: {"model": FailureWire, "description": "See `error.code`."} for status in _STATUSES
}
"""What any route may answer besides."""

router = APIRouter(prefix="/v1", responses=FAILURES)


@router.get("/models")
def models() -> ModelsWire:
    """List the models; the first chooses among the others by what is said."""
    cards = [registry.card(name) for name in registry.NAMES]
    kinds = {kind for card in cards for kind in card.accepts}
    auto = ModelWire(
        name=AUTO,
        title="Chosen by what you say",
        paper="",
        accepts=sorted(kinds),
        requires=[],
        is_hint_needed=False,
        can_refine=True,
        can_find_people=True,
        limits="Words mean a person, and need the extra `text`.",
    )
    return ModelsWire(models=[auto, *map(card_wire, cards)])


@router.post("/sessions", status_code=201)
async def create(
    request: Request,
    house: Shared,
    image: Annotated[UploadFile, File(description="The photograph.")],
    model: Annotated[str, Form()] = AUTO,
    licence: Annotated[Licence, Form()] = "any",
) -> State:
    """Upload a photograph and have it looked at; there is no round yet."""
    if model != AUTO:
        registry.card(model)
    name = name_of(image)

    def work(ticket: Ticket) -> Row:
        return house.desk.begin(image.file.read(), name, model, licence, ticket)

    return state_of(await house.run(request, work), house)


@router.get("/sessions/{session}")
def read(session: str, house: Shared) -> State:
    """Tell all of a session but its pictures."""
    return state_of(house.row(session), house)


@router.delete("/sessions/{session}", status_code=204)
async def delete(session: str, request: Request, house: Shared) -> None:
    """Forget a session with its photograph."""
    house.row(session)

    def work(_: object) -> None:
        house.store.remove(session)
        house.desk.forget(session)

    await house.run(request, work, "light")


@router.post("/sessions/{session}/rounds")
async def say(session: str, said: RoundWire, request: Request, house: Shared) -> State:
    """Answer a round of hints; what had been undone is forgotten."""
    if said.model not in (None, AUTO):
        registry.card(str(said.model))
    house.row(session)

    def work(ticket: Ticket) -> Row:
        row = house.row(session, said.base)
        return house.desk.say(row, _hints(said.hints, row, house), said.model, ticket)

    return state_of(await house.run(request, work), house)


@router.post(
    "/sessions/{session}/preview",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}},
)
async def preview(session: str, tried: PreviewWire, request: Request, house: Shared) -> Response:
    """Show what a round would give, as a small matte; nothing is kept.

    Only where the server has nothing else to do: otherwise it is busy (429).
    """
    if tried.model not in (None, AUTO):
        registry.card(str(tried.model))
    house.row(session)

    def work(ticket: Ticket) -> bytes:
        row = house.row(session)
        hints = _hints(tried.hints, row, house)
        return seen(house.desk.preview(row, hints, tried.model, ticket), tried.side)

    return Response(await house.run(request, work, "spare"), media_type="image/png")


@router.post("/sessions/{session}/undo")
async def undo(session: str, request: Request, house: Shared) -> State:
    """Step back one round; before the first, stay there."""
    return await _shown(session, lambda row: max(row.shown - 1, 0), request, house)


@router.post("/sessions/{session}/redo")
async def redo(session: str, request: Request, house: Shared) -> State:
    """Step forward one round; at the last, stay there."""
    return await _shown(session, lambda row: min(row.shown + 1, len(row.rounds)), request, house)


@router.post("/sessions/{session}/show")
async def show(session: str, wanted: ShowWire, request: Request, house: Shared) -> State:
    """Put any round on screen."""
    return await _shown(session, lambda row: wanted.round, request, house)


@router.post("/sessions/{session}/refine")
async def refine(session: str, wanted: RefineWire, request: Request, house: Shared) -> State:
    """Polish what is most doubtful; a round of its own."""
    budget = parse_budget(wanted.budget)
    house.row(session)

    def work(ticket: Ticket) -> Row:
        return house.desk.refine(house.row(session, wanted.base), budget, ticket)

    return state_of(await house.run(request, work), house)


@router.put("/sessions/{session}/background", status_code=204)
async def lay_under(
    session: str,
    request: Request,
    house: Shared,
    image: Annotated[UploadFile, File(description="The picture to lay the object over.")],
) -> None:
    """Upload a picture to lay the object over."""
    house.row(session)

    def work(_: object) -> None:
        house.desk.lay_under(house.row(session), image.file.read())

    await house.run(request, work)


@router.get("/sessions/{session}/doubts")
async def doubts(
    session: str,
    request: Request,
    house: Shared,
    count: Annotated[int, Query(ge=1, le=100)] = 8,
) -> SpotsWire:
    """Tell where the matte is most doubtful."""
    house.row(session)

    def work(ticket: Ticket) -> list[Spot]:
        doubted = house.desk.open(house.row(session), ticket).session.doubt()
        if doubted is None:
            raise RequestError(404, "no_matte", "session must have an answer, got none yet")
        if doubted.uncertainty is None:
            message = "model must say how sure it is, got one that does not"
            raise RequestError(422, "input", message)
        doubt = doubted.uncertainty
        size = min(SIZE, *doubt.shape)
        return [
            Spot(
                x0=x, y0=y, x1=x + size, y1=y + size, mean=float(doubt[y:, x:][:size, :size].mean())
            )
            for y, x in choose(doubt, count, size)
        ]

    return SpotsWire(spots=await house.run(request, work))


@router.get("/sessions/{session}/record")
async def record(session: str, request: Request, house: Shared) -> Response:
    """Download what was said, for `penumbra replay`."""
    row = house.row(session)

    def work(ticket: Ticket) -> str:
        return record_to_json(house.desk.open(house.row(session), ticket).session.record())

    text = await house.run(request, work)
    return Response(text, media_type="application/json", headers=attached(row, "session", ".json"))


@router.get(
    "/sessions/{session}/pictures/{what}",
    response_class=Response,
    responses={200: {"content": {media: {} for media in MEDIA.values()}}, 304: {}},
)
async def picture(
    session: str,
    what: What,
    request: Request,
    house: Shared,
    format: Annotated[Format, Query()] = "png",
    depth: Annotated[Depth, Query()] = "auto",
    side: Annotated[int | None, Query(ge=1, le=100_000, description="Longer side.")] = None,
    crop: Annotated[bool, Query()] = False,
    profile: Annotated[Profile, Query()] = "keep",
    background: Annotated[str, Query(max_length=100)] = "white",
    download: Annotated[bool, Query()] = False,
) -> Response:
    """Show photograph, matte, cut-out and so on: a view of some size, or the real thing."""
    row = house.row(session)
    headers = {"ETag": _tag(row, what, request), "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    wanted = Wanted(format, depth, side, crop, profile, background)

    def work(ticket: Ticket) -> bytes:
        now = house.row(session)
        headers["ETag"] = _tag(now, what, request)  # a round may have come first
        if what == "photo":
            return render_photo(house.desk.photograph(now), wanted)
        live = house.desk.open(now, ticket)
        ticket.check()
        return render(
            what, live, wanted, lambda: house.desk.read(house.store.file(session, PICTURE)).rgb
        )

    data = await house.run(request, work)
    if download:
        headers |= attached(row, what, wanted.suffix)
    return Response(data, media_type=MEDIA[format], headers=headers)


def state_of(row: Row, house: House) -> State:
    """Return what is told of a session."""
    said = row.shown  # the round whose hints hold: the one on screen, or the one that it refines
    while said and row.rounds[said - 1]["kind"] == "refine":
        said -= 1
    hints = HintsWire(**house.store.hints(row.id, said)[0]) if said else None
    rounds = [
        RoundState(**about, hints=hints if said <= about["number"] <= row.shown else None)
        for about in row.rounds
    ]
    if row.shown:
        card = registry.card(row.rounds[row.shown - 1]["model"])
    else:
        card = registry.card(row.first)
    accepts = card.accepts
    if row.model == AUTO:
        names = registry.NAMES
        accepts = frozenset(kind for name in names for kind in registry.card(name).accepts)
    return State(
        id=row.id,
        name=row.name,
        model=row.model,
        width=row.width,
        height=row.height,
        bits=row.bits,
        has_profile=row.has_profile,
        has_background=row.has_background,
        shown=row.shown,
        rounds=rounds,
        can_refine=bool(row.shown) and card.can_refine,
        accepts=sorted(accepts),
    )


def _hints(wire: HintsWire, row: Row, house: House) -> Hints:
    hints = hints_of(wire.model_dump(mode="json"), row.height, row.width)
    check_marks(hints, house.settings.limits, row.height, row.width)
    return hints


async def _shown(session: str, to: Callable[[Row], int], request: Request, house: House) -> State:
    house.row(session)

    def work(_: object) -> Row:
        row = house.row(session)
        return house.desk.show(row, to(row))

    return state_of(await house.run(request, work, "light"), house)


def _tag(row: Row, what: str, request: Request) -> str:
    """Return what changes if and only if the picture may."""
    about = [row.id, row.backgrounds, row.rounds[: row.shown], what, str(request.query_params)]
    return tag_of(about)


def tag_of(about: list[object]) -> str:
    """Return the ETag of what depends on some values alone."""
    return f'"{sha256(json.dumps(about).encode()).hexdigest()[:32]}"'


def attached(row: Row, what: str, suffix: str) -> dict[str, str]:
    """Return the header by which browsers save a file under a name."""
    stem = row.name.rpartition(".")[0] or row.name
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_. ") else "_" for c in stem)
    names = f'filename="{plain}-{what}{suffix}"'
    if plain != stem:  # RFC 6266
        names += f"; filename*=UTF-8''{quote(f'{stem}-{what}{suffix}', safe='')}"
    return {"Content-Disposition": f"attachment; {names}"}
