"""Each person of a photograph: `/v1/people` in one go, and those of a session."""

import time
from collections.abc import Iterable
from functools import cache
from io import BytesIO
from typing import Annotated, Literal
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from fastapi import APIRouter, File, Form, Path, Query, Request, Response, UploadFile

from penumbra.core.arrays import RGB
from penumbra.core.card import Wanted as Licence
from penumbra.core.errors import InputError
from penumbra.core.people import FoundPerson
from penumbra.core.version import __version__
from penumbra.server.failures import not_found
from penumbra.server.pictures import (
    MEDIA,
    Depth,
    Format,
    Profile,
    Wanted,
    WhatOfPerson,
    check_wanted,
    render_person,
)
from penumbra.server.sessions import FAILURES, Shared, attached, tag_of
from penumbra.server.store import PICTURE
from penumbra.server.wire import PeopleWire, PersonFileWire, PersonWire, person_wire
from penumbra.server.worker import Ticket
from penumbra.session.session import Session
from penumbra.systems import registry

INDEX = "people.json"
"""The file of the archive that says who is on its pictures."""

router = APIRouter(prefix="/v1", responses=FAILURES)


@router.post(
    "/people",
    response_class=Response,
    responses={200: {"model": PeopleWire, "content": {"application/zip": {}}}},
)
async def people(
    request: Request,
    house: Shared,
    image: Annotated[UploadFile, File(description="The photograph.")],
    licence: Annotated[Licence, Form()] = "any",
    what: Annotated[WhatOfPerson | Literal["json"], Form()] = "cutout",
    format: Annotated[Format, Form()] = "png",
    depth: Annotated[Depth, Form()] = "auto",
    side: Annotated[int | None, Form(ge=1, le=100_000)] = None,
    crop: Annotated[bool, Form()] = False,
    profile: Annotated[Profile, Form()] = "keep",
    background: Annotated[str | None, Form(max_length=100)] = None,
    background_image: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Cut each person out of a photograph: a ZIP of `1.png`, `2.png`, ... and `people.json`.

    Where "json" is wanted that file is the answer.  With a background (a colour or "blur") or a
    background image each is laid over it.
    """
    if what == "cutout" and (background is not None or background_image is not None):
        what = "composite"
    behind = "picture" if background_image is not None else background or "white"
    wanted = Wanted(format, depth, side, crop, profile, behind)
    if what != "json":
        check_wanted(what, wanted)

    @cache  # for all people the same one
    def picture() -> RGB:
        if background_image is None:
            raise InputError("background image must be uploaded, got none")
        return house.desk.read(background_image.file.read(), "background image").rgb

    def work(ticket: Ticket) -> tuple[PeopleWire, dict[str, bytes]]:
        began = time.monotonic()
        photograph = house.desk.read(image.file.read())
        ticket.check()
        model = house.desk.model(registry.EACH_PERSON, licence)
        found = Session(model, photograph.rgb).people()
        pictures: dict[str, bytes] = {}
        if what != "json":
            for number, person in enumerate(found, 1):
                ticket.check()
                data = render_person(what, person, photograph, wanted, picture)
                pictures[f"{number}{wanted.suffix}"] = data
        height, width = photograph.rgb.shape[:2]
        index = PeopleWire(
            model=model.card.name,
            width=width,
            height=height,
            seconds=round(time.monotonic() - began, 4),
            people=_listed(found, pictures),
        )
        return index, pictures

    index, pictures = await house.run(request, work)
    text = index.model_dump_json(indent=2)
    if what == "json":
        return Response(text, media_type="application/json")
    archive = _zipped({INDEX: text.encode("utf-8"), **pictures})
    return Response(archive, media_type="application/zip")


@router.get("/sessions/{session}/people")
async def people_of_session(session: str, request: Request, house: Shared) -> list[PersonWire]:
    """Tell of each person of a session's photograph, whatever its rounds say."""
    house.row(session)

    def work(_: object) -> list[FoundPerson]:
        return house.desk.people(house.row(session))[1]

    found = await house.run(request, work)
    return [person_wire(number, person) for number, person in enumerate(found, 1)]


@router.get(
    "/sessions/{session}/people/{number}",
    response_class=Response,
    responses={200: {"content": {media: {} for media in MEDIA.values()}}, 304: {}},
)
async def picture_of_person(
    session: str,
    number: Annotated[int, Path(ge=1)],
    request: Request,
    house: Shared,
    what: Annotated[WhatOfPerson, Query()] = "cutout",
    format: Annotated[Format, Query()] = "png",
    depth: Annotated[Depth, Query()] = "auto",
    side: Annotated[int | None, Query(ge=1, le=100_000, description="Longer side.")] = None,
    crop: Annotated[bool, Query()] = False,
    profile: Annotated[Profile, Query()] = "keep",
    background: Annotated[str, Query(max_length=100)] = "white",
    download: Annotated[bool, Query()] = False,
) -> Response:
    """Show one of these people, as the pictures of a session are shown."""
    row = house.row(session)
    # No round is asked: who is found changes with the weights, which a version ships.
    tag = tag_of([row.id, row.backgrounds, __version__, number, str(request.query_params)])
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    wanted = Wanted(format, depth, side, crop, profile, background)

    def picture() -> RGB:
        return house.desk.read(house.store.file(session, PICTURE)).rgb

    def work(ticket: Ticket) -> bytes:
        photograph, found = house.desk.people(house.row(session))
        ticket.check()
        if number > len(found):
            raise not_found("person")
        return render_person(what, found[number - 1], photograph, wanted, picture)

    data = await house.run(request, work)
    if download:
        headers |= attached(row, f"person-{number}", wanted.suffix)
    return Response(data, media_type=MEDIA[format], headers=headers)


def _listed(found: Iterable[FoundPerson], files: Iterable[str]) -> list[PersonFileWire]:
    """Return what is told of people, each with the next of the files, if there is one."""
    names = iter(files)
    return [
        PersonFileWire(**person_wire(number, person).model_dump(), file=next(names, None))
        for number, person in enumerate(found, 1)
    ]


def _zipped(files: dict[str, bytes]) -> bytes:
    """Return an archive, not packed once more: pictures are packed already."""
    archive = BytesIO()
    with ZipFile(archive, "w", ZIP_STORED) as zipped:
        for name, data in files.items():
            zipped.writestr(ZipInfo(name), data)  # without the time, so that it is always the same
    return archive.getvalue()
