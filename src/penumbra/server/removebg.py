"""`/v1.0/removebg`: the request that programs written for remove.bg send already.

Names and meanings of the parameters, and the shape of errors: the API's public documentation,
version 1.0.  What cannot be done is refused rather than forgotten: addresses (this server asks
nobody), shadows, scaling and archives.
"""

import base64
import binascii
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from penumbra.core.arrays import RGB
from penumbra.core.cutout import Cutout
from penumbra.core.errors import InputError
from penumbra.core.finish import extent, part_of
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.io import Photograph, encode_alpha, encode_cutout, encode_image
from penumbra.server.desk import Desk, Live
from penumbra.server.failures import REMOVEBG, RequestError
from penumbra.server.oneshot import answered, headers_of
from penumbra.server.pictures import shrunk
from penumbra.server.sessions import Shared
from penumbra.server.worker import Ticket
from penumbra.session.backdrop import cover, parse_colour
from penumbra.session.cutout import lift_off

router = APIRouter()

Fields = dict[str, str | UploadFile]
"""Parameters by name."""

SIZES = {
    "preview": 250_000,
    "small": 250_000,
    "regular": 250_000,
    "medium": 1_500_000,
    "hd": 4_000_000,
    "4k": None,
    "50MP": None,
    "full": None,
    "auto": None,
}
"""Pixels of the answer; a larger photograph is made smaller first.  "auto" is meant where none is
named: here nothing is charged by the pixel."""

_FORMATS = ("auto", "png", "jpg", "webp")
_REFUSED = ("image_url", "bg_image_url", "scale", "position", "add_shadow", "shadow_type")
_HARMLESS = {
    "add_shadow": ("false", "0", ""),
    "scale": ("original", ""),
    "shadow_type": ("none", ""),
    "position": ("original", ""),
}

_LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*(px|%)?")
_HEX = re.compile(r"[0-9a-fA-F]{3,8}")


@dataclass(frozen=True, eq=False)
class _Order:
    """What is asked for.

    Attributes:
        photo: File of the photograph.
        under: File of the picture to lay the object over, or None.
        colour: To lay it over, or None.
        size: "preview" is small.
        format: Of the answer.
        is_alpha: Whether the matte alone is wanted.
        is_cropped: To the object.
        margin: Kept around it: four lengths, top, right, bottom, left.
        roi: Four lengths, x1, y1, x2, y2: outside is nothing.
    """

    photo: bytes
    under: bytes | None
    colour: RGB | None
    size: str
    format: str
    is_alpha: bool
    is_cropped: bool
    margin: tuple[str, ...]
    roi: tuple[str, ...] | None


@router.post(
    REMOVEBG,
    response_class=Response,
    responses={200: {"content": {"image/png": {}, "image/jpeg": {}, "application/json": {}}}},
    openapi_extra={
        "requestBody": {
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "properties": {
                            "image_file": {"type": "string", "format": "binary"},
                            "image_file_b64": {"type": "string"},
                            "size": {"type": "string", "enum": list(SIZES)},
                            "format": {"type": "string", "enum": list(_FORMATS)},
                            "channels": {"type": "string", "enum": ["rgba", "alpha"]},
                            "roi": {"type": "string", "examples": ["0% 0% 100% 100%"]},
                            "crop": {"type": "string", "enum": ["true", "false"]},
                            "crop_margin": {"type": "string", "examples": ["10px"]},
                            "bg_color": {"type": "string", "examples": ["81d4fa"]},
                            "bg_image_file": {"type": "string", "format": "binary"},
                        },
                    }
                }
            }
        }
    },
)
async def removebg(request: Request, house: Shared) -> Response:
    """Remove the background of a photograph; parameters as of remove.bg, version 1.0."""
    async with _fields(request, house.settings.limits.body_bytes) as fields:

        def work(ticket: Ticket) -> tuple[bytes, str, dict[str, str]]:
            return _done(_order(fields), house.desk, ticket)

        content, media, headers = await house.run(request, work)
    if "application/json" in request.headers.get("accept", ""):
        data = {"result_b64": base64.b64encode(content).decode()}
        return JSONResponse({"data": data}, headers=headers)
    return Response(content, media_type=media, headers=headers)


@asynccontextmanager
async def _fields(request: Request, most: int) -> AsyncIterator[Fields]:
    """Give the parameters, of a form or of JSON; a text has at most so many bytes."""
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            stated: Any = await request.json()
        except (ValueError, RecursionError) as error:
            raise InputError(f"request must be JSON, got {error}") from error
        if not isinstance(stated, dict):
            raise InputError("request must be a JSON object, got another value")
        yield {str(name): _text(value) for name, value in stated.items() if value is not None}
        return
    try:
        form = await request.form(max_files=4, max_fields=40, max_part_size=most)
    except HTTPException as error:
        if isinstance(error.__cause__, RequestError):  # raised while the body was read
            raise error.__cause__ from error
        raise InputError(f"request must be a form, got: {error.detail}") from error
    try:
        yield dict(form.multi_items())
    finally:
        await form.close()


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _order(fields: Fields) -> _Order:
    for name in _REFUSED:
        if name in fields and fields[name] not in _HARMLESS.get(name, ("",)):
            raise InputError(f"{name} must be left out: this server cannot do it")
    texts = {name: it for name, it in fields.items() if isinstance(it, str)}
    photo = _file(fields, "image_file")
    if photo is None and texts.get("image_file_b64"):
        photo = _unpacked(texts["image_file_b64"])
    if photo is None:
        raise InputError("image_file or image_file_b64 must be given, got neither")
    size = _one_of(texts, "size", tuple(SIZES), "auto")
    channels = _one_of(texts, "channels", ("rgba", "alpha"), "rgba")
    colour = _colour(texts["bg_color"]) if texts.get("bg_color") else None
    margin = tuple((texts.get("crop_margin") or "0").split())
    if len(margin) not in (1, 2, 4) or not all(map(_LENGTH.fullmatch, margin)):
        raise InputError(f"crop_margin must be 1, 2 or 4 lengths, got {texts['crop_margin']!r}")
    roi = tuple(texts["roi"].split()) if texts.get("roi") else None
    if roi is not None and (len(roi) != 4 or not all(map(_LENGTH.fullmatch, roi))):
        raise InputError(f"roi must be 4 lengths such as 0% 0% 100% 100%, got {texts['roi']!r}")
    return _Order(
        photo=photo,
        under=_file(fields, "bg_image_file"),
        colour=colour,
        size=size,
        format=_one_of(texts, "format", _FORMATS, "auto"),
        is_alpha=channels == "alpha",
        is_cropped=texts.get("crop", "false").lower() in ("true", "1"),
        margin=(margin * 4)[:4] if len(margin) < 4 else margin,
        roi=roi,
    )


def _file(fields: Fields, name: str) -> bytes | None:
    value = fields.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, UploadFile):
        return value.file.read() or None
    raise InputError(f"{name} must be a file, got text")


def _unpacked(text: str) -> bytes:
    try:
        return base64.b64decode(text.rpartition("base64,")[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"image_file_b64 must be base64, got {error}") from error


def _one_of(texts: dict[str, str], name: str, known: tuple[str, ...], usual: str) -> str:
    value = texts.get(name) or usual
    if value not in known:
        raise InputError(f"{name} must be one of {', '.join(known)}, got {value!r}")
    return value


def _colour(text: str) -> RGB:
    colour = parse_colour(f"#{text}" if _HEX.fullmatch(text) else text)
    if colour is None:
        raise InputError(f"bg_color must be a colour, got {text!r}")
    return colour


def _pixels(length: str, whole: int) -> int:
    found = _LENGTH.fullmatch(length)
    assert found is not None, "it has been checked"
    number = float(found[1])
    return round(min(number * whole / 100 if found[2] == "%" else number, 1e9))


def _done(order: _Order, desk: Desk, ticket: Ticket) -> tuple[bytes, str, dict[str, str]]:
    """Return the picture, its type, and what is told about it."""
    photograph = desk.read(order.photo, "image_file")
    whole = photograph.rgb.shape[:2]
    if (most := SIZES[order.size]) is not None and (scale := (most / np.prod(whole)) ** 0.5) < 1:
        photograph = shrunk(photograph, *(max(int(side * scale), 1) for side in whole))
    ticket.check()
    cutout, headers = _cutout(order, whole, photograph, desk)
    ticket.check()
    if order.is_cropped:
        cutout = _cropped(cutout, order.margin)
    height, width = cutout.alpha.shape
    headers |= {"X-Width": str(width), "X-Height": str(height)}
    headers |= {"X-Type": "other", "X-Credits-Charged": "0"}
    is_opaque = order.colour is not None or order.under is not None or order.format == "jpg"
    kind = "png" if order.format == "auto" else order.format
    suffix, media = {
        "png": (".png", "image/png"),
        "jpg": (".jpg", "image/jpeg"),
        "webp": (".webp", "image/webp"),
    }[kind]
    if order.is_alpha:
        return encode_alpha(cutout.alpha, ".png", photograph.bits), "image/png", headers
    if not is_opaque:
        return encode_cutout(cutout, suffix, photograph), media, headers
    behind = np.ones(3, np.float32) if order.colour is None else order.colour
    if order.under is not None:
        behind = cover(desk.read(order.under, "bg_image_file").rgb, height, width)
    return encode_image(cutout.over(behind), suffix, photograph), media, headers


def _cutout(
    order: _Order, whole: tuple[int, ...], photograph: Photograph, desk: Desk
) -> tuple[Cutout, dict[str, str]]:
    """Return the object; only what lies in the region of interest is looked at.

    Args:
        order: Whose lengths are in pixels of the photograph as it came.
        whole: Height and width of that.
        photograph: Of the size that is answered.
        desk: Has the models.
    """
    height, width = photograph.rgb.shape[:2]
    part = slice(0, height), slice(0, width)
    if order.roi is not None:
        came = (whole[1], whole[0]) * 2
        x0, y0, x1, y1 = (
            round(min(_pixels(it, side), side) * now / side)
            for it, side, now in zip(order.roi, came, (width, height) * 2, strict=True)
        )
        if x0 >= x1 or y0 >= y1:
            raise InputError(f"roi must hold at least one pixel, got {' '.join(order.roi)!r}")
        part = slice(y0, y1), slice(x0, x1)
    own = photograph.alpha
    inner = replace(
        photograph,
        rgb=np.ascontiguousarray(photograph.rgb[part]),
        alpha=None if own is None else np.ascontiguousarray(own[part]),
    )
    live: Live = answered(desk, inner, Hints())
    matte = live.session.matte
    assert matte is not None, "it has been answered"
    headers = headers_of(live)
    if order.roi is None:
        return lift_off(inner, matte), headers
    alpha = np.zeros((height, width), np.float32)
    alpha[part] = matte.alpha
    return lift_off(photograph, Matte(alpha)), headers


def _cropped(cutout: Cutout, margin: tuple[str, ...]) -> Cutout:
    """Cut to the object with a margin, as far as the picture goes; half of the object at most."""
    rows, cols = extent(cutout.alpha)
    if rows.start is None:
        return cutout
    top, bottom, left, right = rows.start, rows.stop, cols.start, cols.stop
    high, wide = bottom - top, right - left
    above, beside, below, before = (
        min(_pixels(it, whole), whole // 2)
        for it, whole in zip(margin, (high, wide, high, wide), strict=True)
    )
    part = (
        slice(max(top - above, 0), bottom + below),
        slice(max(left - before, 0), right + beside),
    )
    return part_of(cutout, part)
