"""`/v1/cut`: a photograph in, a cut-out out, nothing kept."""

from typing import Annotated

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from pydantic import ValidationError

from penumbra.core.arrays import RGB
from penumbra.core.budget import Budget, parse_budget
from penumbra.core.card import Wanted as Licence
from penumbra.core.errors import HintError, InputError
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte, is_empty
from penumbra.io import Photograph
from penumbra.server.desk import AUTO, Desk, Live, check_marks, chosen
from penumbra.server.pictures import (
    MEDIA,
    Depth,
    Format,
    Profile,
    Wanted,
    What,
    render,
    render_photo,
)
from penumbra.server.sessions import FAILURES, Shared
from penumbra.server.wire import HintsWire, hints_of
from penumbra.server.worker import Ticket
from penumbra.session.session import Session

router = APIRouter(prefix="/v1", responses=FAILURES)


@router.post(
    "/cut",
    response_class=Response,
    responses={200: {"content": {media: {} for media in MEDIA.values()}}},
)
async def cut(
    request: Request,
    house: Shared,
    image: Annotated[UploadFile, File(description="The photograph.")],
    hints: Annotated[
        str,
        Form(
            description="JSON, as in a session's rounds; of at most a megabyte.",
            examples=['{"clicks": [{"x": 120, "y": 90}]}'],
        ),
    ] = "{}",
    model: Annotated[str, Form()] = AUTO,
    licence: Annotated[Licence, Form()] = "any",
    refine: Annotated[str | None, Form(description="As in a session.", max_length=20)] = None,
    what: Annotated[What, Form()] = "cutout",
    format: Annotated[Format, Form()] = "png",
    depth: Annotated[Depth, Form()] = "auto",
    side: Annotated[int | None, Form(ge=1, le=100_000)] = None,
    crop: Annotated[bool, Form()] = False,
    profile: Annotated[Profile, Form()] = "keep",
    background: Annotated[str | None, Form(max_length=100)] = None,
    background_image: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Cut the object out of a photograph.

    With a background (a colour or "blur") or a background image the object is laid over it.
    """
    said = _parsed(hints)
    budget = None if refine is None else parse_budget(refine)
    if what == "cutout" and (background is not None or background_image is not None):
        what = "composite"
    behind = "picture" if background_image is not None else background or "white"
    wanted = Wanted(format, depth, side, crop, profile, behind)

    def picture() -> RGB:
        if background_image is None:
            raise InputError("background image must be uploaded, got none")
        return house.desk.read(background_image.file.read(), "background image").rgb

    def work(ticket: Ticket) -> tuple[bytes, dict[str, str]]:
        photograph = house.desk.read(image.file.read())
        ticket.check()
        height, width = photograph.rgb.shape[:2]
        given = hints_of(said.model_dump(mode="json"), height, width)
        check_marks(given, house.settings.limits, height, width)
        live = answered(house.desk, photograph, given, model, licence, budget)
        ticket.check()
        is_photo = what == "photo"
        data = render_photo(photograph, wanted) if is_photo else render(what, live, wanted, picture)
        return data, headers_of(live)

    content, headers = await house.run(request, work)
    return Response(content, media_type=MEDIA[format], headers=headers)


def answered(
    desk: Desk,
    photograph: Photograph,
    hints: Hints,
    model: str = AUTO,
    licence: Licence = "any",
    budget: Budget | None = None,
) -> Live:
    """Return a session of one round, polished where that is wanted, which is kept nowhere."""
    name = chosen(model, hints, licence)
    session = Session(desk.model(name, licence), photograph.rgb)
    session.apply(hints)
    if budget is not None:
        session.refine(budget)
        session.doubt()
    return Live(photograph, session)


def headers_of(live: Live) -> dict[str, str]:
    """Return what programs may want to know of an answer."""
    matte = live.session.matte
    assert isinstance(matte, Matte), "it has been answered"
    own = live.photograph.alpha
    alpha = matte.alpha if own is None else matte.alpha * own
    headers = {
        "X-Penumbra-Model": live.session.predictor.card.name,
        "X-Penumbra-Empty": str(is_empty(alpha)).lower(),
        "X-Penumbra-Refined": str(matte.refined),
    }
    if matte.confidence is not None:
        headers["X-Penumbra-Confidence"] = f"{matte.confidence:.4f}"
    doubted = live.session.rounds[-1].doubted or matte
    if doubted.expected_error is not None:
        headers["X-Penumbra-Expected-Error"] = f"{doubted.expected_error:.4f}"
    if matte.notes:
        headers["X-Penumbra-Notes"] = "; ".join(matte.notes).encode("ascii", "replace").decode()
    return headers


def _parsed(text: str) -> HintsWire:
    try:
        return HintsWire.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise HintError(
            f"hints must be as in the description, got {first['msg']} {where}"
        ) from error
