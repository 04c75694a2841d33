"""What strangers send: each has its status and code, leaves nothing behind, and harms nobody."""

import base64
import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from httpx2 import Response
from numpy.testing import assert_array_equal
from PIL import Image
from starlette.testclient import TestClient

from penumbra.io import read_photograph
from penumbra.server.settings import Limits
from tests.api.conftest import Open
from tests.api.talk import PHOTO, refusal, state_of_the_honest
from tests.unit.io.files import encode, noise, png_chunk

pytestmark = [pytest.mark.hostile, pytest.mark.usefixtures("unharmed")]

LIMITS = Limits(pixels=1_000_000, marks=100, painted=100_000, body_bytes=200_000)


@pytest.fixture
def client(open_server: Open) -> TestClient:
    """Of a server with small limits."""
    return open_server(LIMITS)


def png_of(width: int, height: int, pixels: bytes) -> bytes:
    """A PNG that claims a size."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    data = png_chunk(b"IDAT", pixels)
    return b"\x89PNG\r\n\x1a\n" + header + data + png_chunk(b"IEND", b"")


def animation(kind: str) -> bytes:
    frames = [Image.new("RGB", (16, 16), (50 * k, 0, 0)) for k in range(3)]
    return encode(frames[0], kind, save_all=True, append_images=frames[1:])


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("../../etc/cron.d/evil", "* * * * * root true")
    return file.getvalue()


def tiff_circle(pages: int) -> bytes:
    """Pages without any tags, each saying where the next one is; the last says the first."""
    places = [8 + 6 * (k % pages) for k in range(1, pages + 1)]
    return b"II*\0\x08\0\0\0" + b"".join(struct.pack("<HI", 0, place) for place in places)


SVG = (
    b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><text>&x;</text></svg>'
)

UPLOADS: dict[str, tuple[Callable[[], bytes], tuple[int, str]]] = {
    "nothing": (lambda: b"", (422, "image")),
    "ten billion pixels": (lambda: png_of(100_000, 100_000, b""), (413, "too_large")),
    "as many as a number holds": (lambda: png_of(2**31 - 1, 2**31 - 1, b""), (413, "too_large")),
    "one pixel more than allowed": (lambda: png_of(1_000_001, 1, b""), (413, "too_large")),
    "no pixels": (lambda: png_of(0, 0, b""), (422, "image")),
    "pixels that break off": (
        lambda: png_of(1000, 1000, zlib.compress(bytes(3_001_000))[:1500]),
        (422, "image"),
    ),
    "text that unpacks to a hundred megabytes": (
        lambda: (
            PHOTO[:33] + png_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(10**8))) + PHOTO[33:]
        ),
        (422, "image"),
    ),
    "JPEG that breaks off": (lambda: encode(noise(64, 64, 3), "JPEG")[:900], (422, "image")),
    "animated GIF": (lambda: animation("GIF"), (422, "image")),
    "animated WebP": (lambda: animation("WebP"), (422, "image")),
    "animated PNG": (lambda: animation("PNG"), (422, "image")),
    "GIF that is a script": (lambda: b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)", (422, "image")),
    "GIF": (lambda: encode(Image.new("P", (4, 4)), "GIF"), (422, "image")),
    "SVG": (lambda: SVG, (422, "image")),
    "HTML": (lambda: b"<!doctype html><script>alert(1)</script>", (422, "image")),
    "program": (lambda: b"\x7fELF" + bytes(100), (422, "image")),
    "PDF": (lambda: b"%PDF-1.7\n%", (422, "image")),
    "PostScript": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", (422, "image")),
    "archive": (zipped, (422, "image")),
    "HEIC that is none": (lambda: b"\0\0\0\x18ftypheic" + bytes(60), (422, "image")),
    "floats that are none": (
        lambda: encode(Image.fromarray(np.full((4, 4), np.nan, np.float32)), "TIFF"),
        (422, "image"),
    ),
    "TIFF whose page is followed by itself": (lambda: tiff_circle(1), (422, "image")),
    "TIFF whose pages go in a large circle": (lambda: tiff_circle(150), (422, "image")),
}
"""What is uploaded, and what is answered."""


@pytest.mark.parametrize("case", UPLOADS)
def test_a_hostile_upload_is_refused(client: TestClient, case: str) -> None:
    """By every route that takes a photograph, and as a background."""
    make, expected = UPLOADS[case]
    data = make()
    honest = state_of_the_honest(client)

    begun = client.post("/v1/sessions", files={"image": ("a.png", data)})
    cut = client.post("/v1/cut", files={"image": ("a.png", data)})
    under = client.post(
        "/v1/cut", files={"image": ("a.png", PHOTO), "background_image": ("b.png", data)}
    )
    laid = client.put(
        f"/v1/sessions/{honest}/background", files={"image": ("a.png", data, "image/png")}
    )
    removed = client.post("/v1.0/removebg", files={"image_file": ("a.png", data)})

    assert [refusal(it) for it in (begun, cut, laid)] == [expected] * 3
    assert refusal(under) == expected or data == b""
    (error,) = removed.json()["errors"]
    status = 400 if expected[0] == 422 else expected[0]
    code = "input" if data == b"" else expected[1]
    assert (removed.status_code, error["code"]) == (status, code)


def test_no_more_is_unpacked_than_a_picture_holds(client: TestClient) -> None:
    """A hundred megabytes of zeros in 64 by 64 pixels: what is beyond them is never looked at."""
    bomb = png_of(64, 64, zlib.compress(bytes(10**8), 1))

    answer = client.post("/v1/cut", files={"image": ("a.png", bomb)}, data={"what": "photo"})

    assert answer.status_code == 200
    assert read_photograph(answer.content).rgb.shape == (64, 64, 3)


@pytest.mark.parametrize(
    "more",
    [zipped(), b"<script>alert(1)</script>", b"GIF89a", PHOTO],
    ids=["archive", "script", "GIF", "photograph"],
)
def test_what_hangs_on_a_photograph_is_never_sent_back(client: TestClient, more: bytes) -> None:
    """A file that is two things at once is read as a picture, and leaves as one."""
    answer = client.post(
        "/v1/cut", files={"image": ("a.png", PHOTO + more)}, data={"what": "photo"}
    )

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert more not in answer.content
    assert_array_equal(read_photograph(answer.content).rgb, read_photograph(PHOTO).rgb)


NAMES = {
    "../../etc/passwd": "passwd",
    "/etc/cron.d/evil": "evil",
    "..\\..\\windows\\system32\\evil.dll": "evil.dll",
    "C:\\fakepath\\cat.png": "cat.png",
    "C:evil.png": "evil.png",
    "..": "photo",
    ".": "photo",
    "./": "photo",
    "...": "photo",
    ".htaccess": "htaccess",
    "cat\0.png": "cat.png",
    "cat\x1b[31m.png": "cat[31m.png",
    "\u202egnp.exe": "gnp.exe",
    "\u200b": "photo",
    "a\r\nSet-Cookie: x=1.png": "aSet-Cookie: x=1.png",
    "<img src=x onerror=alert(1)>": "<img src=x onerror=alert(1)>",
    "'; DROP TABLE sessions; --": "'; DROP TABLE sessions; --",
    "${jndi:ldap:x}": "${jndi:ldap:x}",
    "x" * 1000 + ".png": "x" * 100,
    "катя.png": "катя.png",
    "\U0001f408.png": "\U0001f408.png",
}


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_hostile_name_is_only_a_name(client: TestClient, name: str) -> None:
    """It is shown, and never a path; what is saved under it has a tame one."""
    raw = name.replace("\r", "%0D").replace("\n", "%0A").replace("\0", "%00")
    body = (
        b'--x\r\nContent-Disposition: form-data; name="image"; filename="'
        + (name if name.isprintable() else raw).replace("\\", "\\\\").encode()
        + b'"\r\nContent-Type: image/png\r\n\r\n'
        + PHOTO
        + b"\r\n--x--\r\n"
    )

    answer = client.post(
        "/v1/sessions",
        content=body,
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )

    assert answer.status_code == 201, answer.text
    state = answer.json()
    attached = client.get(
        f"/v1/sessions/{state['id']}/pictures/photo", params={"download": True}
    ).headers["content-disposition"]
    assert client.delete(f"/v1/sessions/{state['id']}").status_code == 204
    shown = state["name"]
    assert shown.isprintable()
    assert "/" not in shown
    assert "\\" not in shown
    assert 1 <= len(shown) <= 100
    plain, _, coded = attached.partition("; filename*=UTF-8''")
    assert re.fullmatch(r"[\w.%~-]*", coded, re.ASCII), attached
    stem = plain.removeprefix('attachment; filename="').removesuffix('-photo.png"')
    assert all(c.isascii() and (c.isalnum() or c in "-_. ") for c in stem), attached
    if name.isprintable():
        assert shown == NAMES[name]


def test_a_name_of_ten_thousand_letters_is_refused(client: TestClient) -> None:
    """It is longer than the head of any part of a form."""
    answer = client.post("/v1/sessions", files={"image": ("x" * 10_000 + ".png", PHOTO)})

    assert refusal(answer) == (400, "request")


def plane(height: int, width: int, data: bytes) -> dict[str, Any]:
    """A mask or trimap that claims a size."""
    return {"height": height, "width": width, "zlib": base64.b64encode(data).decode()}


DEEP = "[" * 50_000 + "]" * 50_000

HINTS: dict[str, tuple[str | dict[str, Any], tuple[int, str]]] = {
    "too many clicks": ({"clicks": [{"x": 1, "y": 1}] * 101}, (422, "hint")),
    "too many points": ({"scribbles": [{"points": [[1, 1]] * 101}]}, (422, "hint")),
    "too much paint": (
        {"scribbles": [{"points": [[1, 1], [30, 20]] * 50, "width": 1e308}] * 2},
        (422, "hint"),
    ),
    "more than a request may hold": (
        {"clicks": [{"x": 1.23456789, "y": 1.23456789}] * 10_000},
        (413, "too_large"),
    ),
    "mask of another size": ({"mask": plane(1, 1, zlib.compress(b"\1"))}, (422, "hint")),
    "mask that claims a billion pixels": (
        {"mask": plane(10**9, 10**9, zlib.compress(b"\1"))},
        (422, "hint"),
    ),
    "mask whose size is a huge number": (
        '{"mask": {"height": 1' + "0" * 400 + ', "width": 1, "zlib": ""}}',
        (422, "hint"),
    ),
    "mask that unpacks to 100 MB": (
        {"mask": plane(24, 32, zlib.compress(bytes(100_000_000)))},
        (422, "hint"),
    ),
    "mask that breaks off": (
        {"mask": plane(24, 32, zlib.compress(bytes(24 * 32))[:-6])},
        (422, "hint"),
    ),
    "mask that is not packed": ({"mask": plane(24, 32, bytes(24 * 32))}, (422, "hint")),
    "mask of other values": (
        {"mask": plane(24, 32, zlib.compress(b"\2" * 24 * 32))},
        (422, "hint"),
    ),
    "mask that is no text": (
        {"mask": {"height": 24, "width": 32, "zlib": "\u2603"}},
        (422, "hint"),
    ),
    "NaN": ('{"clicks": [{"x": NaN, "y": 1}]}', (422, "shape")),
    "Infinity": ('{"clicks": [{"x": Infinity, "y": 1}]}', (422, "shape")),
    "-Infinity": ('{"box": [-Infinity, 0, 5, 5]}', (422, "shape")),
    "1e308": ({"clicks": [{"x": 1e308, "y": 1}]}, (422, "hint")),
    "1e999": ('{"clicks": [{"x": 1e999, "y": 1}]}', (422, "shape")),
    "an integer of 400 digits": (
        '{"clicks": [{"x": ' + "9" * 400 + ', "y": 1}]}',
        (422, "shape"),
    ),
    "an integer of 5000 digits": (
        '{"clicks": [{"x": ' + "9" * 5000 + ', "y": 1}]}',
        (400, "request"),
    ),
    "a negative zero": ({"clicks": [{"x": -0.0, "y": -1e-300}]}, (422, "hint")),
    "a stroke to the stars": (
        {"scribbles": [{"points": [[0, 0], [1e308, -1e308]]}]},
        (422, "hint"),
    ),
    "a box of nothing": ({"box": [5, 5, 5, 5]}, (422, "hint")),
    "text that is half a letter": ('{"text": "\\ud800"}', (422, "shape")),
    "lists in lists": (DEEP, (400, "request")),
    "lists in lists of points": ('{"clicks": ' + DEEP + "}", (400, "request")),
    "no object": ("[]", (422, "shape")),
    "nothing": ("null", (422, "shape")),
    "broken JSON": ("{", (422, "shape")),
    "something else": ({"__class__": {"__init__": 1}}, (422, "shape")),
}


@pytest.mark.parametrize("case", HINTS)
def test_hostile_hints_are_refused(client: TestClient, case: str) -> None:
    """By rounds and previews; in one go they are refused, too."""
    said, expected = HINTS[case]
    text = said if isinstance(said, str) else json.dumps(said)
    where = f"/v1/sessions/{state_of_the_honest(client)}"
    kind = {"Content-Type": "application/json"}
    body = f'{{"hints": {text}}}'

    answers: list[Response] = [
        client.post(f"{where}/rounds", content=body, headers=kind),
        client.post(f"{where}/preview", content=body, headers=kind),
    ]
    cut = client.post("/v1/cut", files={"image": ("a.png", PHOTO)}, data={"hints": text})

    assert [refusal(answer) for answer in answers] == [expected] * 2
    assert refusal(cut)[0] in (400, 422)


def test_a_stroke_wider_than_the_world_is_a_stroke(client: TestClient) -> None:
    """It paints everything; no sum overflows."""
    hints = {"scribbles": [{"points": [[1, 1], [30, 20]], "width": 1e308}]}

    answer = client.post(
        "/v1/cut",
        files={"image": ("a.png", PHOTO)},
        data={"hints": json.dumps(hints), "what": "alpha"},
    )

    assert answer.status_code == 200
    assert read_photograph(answer.content).rgb.min() == 1
