"""What is seen of a session: photograph, matte, cut-out, colours, doubt, conflicts and so on.

A view is made at the size it is asked for, from the photograph and matte at that size: it costs
little and travels light.  Without a size it is the real thing, exactly as `penumbra cut` writes it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.cutout import Cutout
from penumbra.core.errors import InputError, OutputError
from penumbra.core.finish import extent, part_of
from penumbra.core.matte import MISSED, SPILLED, Matte
from penumbra.core.people import FoundPerson
from penumbra.core.resample import resize, resize_nearest
from penumbra.core.trimap import from_alpha
from penumbra.io import Photograph, encode_alpha, encode_cutout, encode_image
from penumbra.server.desk import Live
from penumbra.server.failures import RequestError
from penumbra.session.backdrop import blurred, cover, parse_colour
from penumbra.session.cutout import lift_off, matte_of

What = Literal[
    "photo", "alpha", "cutout", "foreground", "uncertainty", "conflicts", "trimap", "composite"
]
WhatOfPerson = Literal["cutout", "alpha", "foreground", "composite"]
Format = Literal["png", "webp", "tiff", "jpeg"]
Depth = Literal["auto", "8", "16"]
Profile = Literal["keep", "none"]

MEDIA: dict[Format, str] = {
    "png": "image/png",
    "webp": "image/webp",
    "tiff": "image/tiff",
    "jpeg": "image/jpeg",
}
"""Types of the pictures."""

COLOURS = {MISSED: (0x56, 0xB4, 0xE9), SPILLED: (0xD5, 0x5E, 0x00)}
"""Of conflicts, as bytes: the sky blue and the vermilion of Okabe and Ito's palette, which those
who see fewer colours tell apart as well."""

_DIM = 0.3  # of the light of a photograph below conflicts
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601

_BAND = 5.0  # pixels on both sides of an edge that are unknown, where the model made no trimap
_KEPT = 4  # cut-outs of one round, at several sizes

_SUFFIXES: dict[Format, str] = {"png": ".png", "webp": ".webp", "tiff": ".tif", "jpeg": ".jpg"}


@dataclass(frozen=True)
class Wanted:
    """How a picture is wanted.

    Attributes:
        format: Of the file.
        depth: Bits a sample; "auto" is as the photograph has them.
        side: Pixels of the longer side at most; None is the real size.
        is_cropped: To where there is anything of the object.
        profile: Whether the photograph's ICC profile goes along.
        background: Of composites: a colour, "blur" or "picture".
    """

    format: Format = "png"
    depth: Depth = "auto"
    side: int | None = None
    is_cropped: bool = False
    profile: Profile = "keep"
    background: str = "white"

    @property
    def suffix(self) -> str:
        """Of the file's name."""
        return _SUFFIXES[self.format]


def render(what: What, live: Live, wanted: Wanted, picture: Callable[[], RGB]) -> bytes:
    """Return the file of a picture.

    Args:
        what: It shows; for photographs see `render_photo`.
        live: The session.
        wanted: How.
        picture: Makes the one to lay the object over.

    Raises:
        RequestError: There is no matte yet.
        InputError: The model does not say what is asked for, or the background is none.
        OutputError: The format cannot hold it.
    """
    check_wanted(what, wanted)
    photograph = _like(live.photograph, wanted)
    matte = live.session.matte
    if matte is None:
        raise RequestError(404, "no_matte", "session must have an answer, got none yet")
    if what in ("alpha", "uncertainty", "trimap"):
        plane = _plane(what, live, matte)
        scaled = resize_nearest if what == "trimap" else resize
        shown = scaled(plane, *_size(plane, wanted.side)).clip(0, 1)
        if wanted.is_cropped:
            shown = shown[extent(_alpha(live, matte, wanted.side))]
        return _grey(shown, wanted, photograph)
    if what == "conflicts":
        image = _conflicts(live, matte, wanted.side)
        if wanted.is_cropped:
            image = image[extent(_alpha(live, matte, wanted.side))]
        return encode_image(image, wanted.suffix, photograph)
    return _coloured(what, _cutout(live, matte, wanted.side), wanted, photograph, picture)


def render_person(
    what: WhatOfPerson,
    person: FoundPerson,
    photograph: Photograph,
    wanted: Wanted,
    picture: Callable[[], RGB],
) -> bytes:
    """Return the file of a picture of one person; all others are background.

    Args:
        what: It shows.
        person: Of the photograph.
        photograph: As its file has it.
        wanted: How.
        picture: Makes the one to lay the person over.

    Raises:
        InputError: The background is none.
        OutputError: The format cannot hold it.
    """
    check_wanted(what, wanted)
    like, matte = _like(photograph, wanted), matte_of(person)
    if what == "alpha":
        shown = _opacity(photograph, matte, wanted.side)
        return _grey(shown[extent(shown)] if wanted.is_cropped else shown, wanted, like)
    return _coloured(what, _lifted(photograph, matte, wanted.side), wanted, like, picture)


def render_photo(photograph: Photograph, wanted: Wanted) -> bytes:
    """Return the file of the photograph itself, which is never cropped."""
    check_wanted("photo", wanted)
    image = resize(photograph.rgb, *_size(photograph.rgb, wanted.side)).clip(0, 1)
    return encode_image(image, wanted.suffix, _like(photograph, wanted))


def seen(matte: Matte, side: int) -> bytes:
    """Return a matte as a small grey PNG."""
    return encode_alpha(resize(matte.alpha, *_size(matte.alpha, side)).clip(0, 1))


def shrunk(photograph: Photograph, height: int, width: int) -> Photograph:
    """Return a photograph at another size."""
    rgb, alpha = photograph.rgb, photograph.alpha
    if alpha is not None:
        alpha = resize(alpha, height, width).clip(0, 1)
    return replace(photograph, rgb=resize(rgb, height, width).clip(0, 1), alpha=alpha)


def check_wanted(what: What, wanted: Wanted) -> None:
    """Raise `OutputError` where the format cannot hold what is wanted."""
    came = wanted.format
    if came == "jpeg" and what not in ("photo", "foreground", "conflicts", "composite"):
        raise OutputError(f"format of {what} must be png, webp or tiff, got jpeg")
    if wanted.depth == "16" and wanted.format not in ("png", "tiff"):
        raise OutputError(f"format must be png or tiff for 16 bits, got {came}")


def _like(photograph: Photograph, wanted: Wanted) -> Photograph:
    """Return the photograph as its depth and profile are wanted."""
    profile = photograph.icc_profile if wanted.profile == "keep" else None
    bits = photograph.bits if wanted.depth == "auto" else 16 if wanted.depth == "16" else 8
    return replace(photograph, icc_profile=profile, bits=bits)


def _grey(shown: Alpha, wanted: Wanted, like: Photograph) -> bytes:
    """Return the file of a plane as it is shown, (H, W) in [0, 1]."""
    if wanted.format == "webp":
        return encode_image(np.repeat(shown[:, :, None], 3, axis=2), wanted.suffix)
    return encode_alpha(shown, wanted.suffix, like.bits)


def _coloured(
    what: What, cutout: Cutout, wanted: Wanted, like: Photograph, picture: Callable[[], RGB]
) -> bytes:
    """Return the file of a cut-out, of its colours alone or of a composite."""
    if what == "composite":
        image = cutout.over(_background(wanted.background, cutout, picture))
        if wanted.is_cropped:
            image = image[extent(cutout.alpha)]
        return encode_image(image, wanted.suffix, like)
    if wanted.is_cropped:
        cutout = part_of(cutout, extent(cutout.alpha))
    if what == "foreground":
        return encode_image(cutout.foreground, wanted.suffix, like)
    return encode_cutout(cutout, wanted.suffix, like)


def _size(plane: np.ndarray[Any, Any], side: int | None) -> tuple[int, int]:
    """Return height and width of what is shown; nothing is enlarged."""
    height, width = plane.shape[:2]
    if side is None or max(height, width) <= side:
        return height, width
    scale = side / max(height, width)
    return max(round(height * scale), 1), max(round(width * scale), 1)


def _plane(what: What, live: Live, matte: Matte) -> Alpha:
    if what == "alpha":
        return _alpha(live, matte, None)
    if what == "trimap":
        return from_alpha(matte.alpha, _BAND) if matte.trimap is None else matte.trimap
    doubted = live.session.doubt()
    if doubted is None or doubted.uncertainty is None:
        name = live.session.predictor.card.name
        raise InputError(f"model must say how sure it is, got {name}, which does not")
    return doubted.uncertainty


def _conflicts(live: Live, matte: Matte, side: int | None) -> RGB:
    """Return what contradicted the matte before, in `COLOURS` on the photograph, dimmed and grey.

    A pixel that covers several shows a conflict if there is one: thin strokes are not lost.
    """
    if matte.conflicts is None:
        name = live.session.predictor.card.name
        raise InputError(f"model must say what contradicted it, got {name}, which does not")
    size = _size(matte.conflicts, side)
    grey = resize(live.photograph.rgb, *size).clip(0, 1) @ _LUMA
    image = np.repeat(_DIM * grey[:, :, None], 3, axis=2)
    most = np.zeros(size, np.float32)
    for kind, colour in COLOURS.items():
        share = resize((matte.conflicts == kind).astype(np.float32), *size)
        image[share > most] = np.array(colour, np.float32) / np.float32(255)
        most = np.maximum(most, share)
    return image


def _alpha(live: Live, matte: Matte, side: int | None) -> Alpha:
    return _opacity(live.photograph, matte, side)


def _opacity(photograph: Photograph, matte: Matte, side: int | None) -> Alpha:
    """Return alpha at a size; what the file itself left transparent stays so."""
    own = photograph.alpha
    alpha = matte.alpha if own is None else matte.alpha * own
    return resize(alpha, *_size(alpha, side)).clip(0, 1)


def _cutout(live: Live, matte: Matte, side: int | None) -> Cutout:
    """Return the object at a size, which is kept until the next round."""
    size = _size(matte.alpha, side)
    key = live.session.shown, size
    kept = live.kept.get(key)
    if kept is not None:
        return kept
    cutout = _lifted(live.photograph, matte, side)
    if len(live.kept) >= _KEPT:
        live.kept.clear()
    live.kept[key] = cutout
    return cutout


def _lifted(photograph: Photograph, matte: Matte, side: int | None) -> Cutout:
    """Return the object at a size."""
    size = _size(matte.alpha, side)
    if size == matte.alpha.shape:
        return lift_off(photograph, matte)
    small = Matte(resize(matte.alpha, *size).clip(0, 1))
    return lift_off(shrunk(photograph, *size), small)


def _background(text: str, cutout: Cutout, picture: Callable[[], RGB]) -> RGB:
    if text == "blur":
        return blurred(cutout)
    if text == "picture":
        return cover(picture(), *cutout.alpha.shape)
    colour = parse_colour(text)
    if colour is None:
        raise InputError(f"background must be a colour, blur or picture, got {text!r}")
    return colour
