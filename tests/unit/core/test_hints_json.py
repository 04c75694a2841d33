"""Hints as text."""

import base64
import json
import zlib
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from penumbra.core.errors import HintError
from penumbra.core.hints import Box, Click, Hints, Scribble
from penumbra.core.hints_json import hints_from_json, hints_to_json


def plane(height: object = 1, width: object = 2, data: bytes = b"\0\1") -> dict[str, Any]:
    return {
        "height": height,
        "width": width,
        "zlib": base64.b64encode(zlib.compress(data)).decode(),
    }


def test_the_format_is_what_the_header_says() -> None:
    """Written down on its own: a page or another program may write this without our code."""
    text = """{
        "clicks": [{"x": 3.5, "y": 2, "is_foreground": false}, {"x": 1, "y": 1}],
        "scribbles": [{"points": [[1, 1], [4, 2.5]], "width": 3}, {"points": [[0, 0]]}],
        "box": [0, 1, 2.5, 3], "text": "the cat"}"""

    hints = hints_from_json(text)

    assert hints.clicks == (Click(3.5, 2, is_foreground=False), Click(1, 1))
    assert hints.scribbles == (Scribble(((1, 1), (4, 2.5)), 3), Scribble(((0, 0),), 10))
    assert hints.box == Box(0, 1, 2.5, 3)
    assert hints.text == "the cat"
    assert hints.trimap is None
    assert hints.mask is None


def test_planes_are_bytes_row_by_row() -> None:
    text = json.dumps({"trimap": plane(2, 3, bytes([0, 1, 2, 2, 1, 0])), "mask": plane()})

    hints = hints_from_json(text)

    assert_array_equal(hints.trimap, np.array([[0, 0.5, 1], [1, 0.5, 0]], np.float32))
    assert_array_equal(hints.mask, [[False, True]])


def test_no_hints_are_an_empty_object() -> None:
    assert hints_to_json(Hints()) == "{}"
    assert hints_from_json("{}").kinds == frozenset()


def test_a_large_trimap_stays_small() -> None:
    """A 12 megapixel trimap travels with every round of a session."""
    trimap = np.full((1000, 1000), 0.5, np.float32)
    trimap[300:700, 300:700] = 1

    assert len(hints_to_json(Hints(trimap=trimap))) < 10_000


DAMAGED = {
    "not JSON": ("{", "hints must be JSON"),
    "too deep": ("[" * 100_000, "hints must be JSON"),
    "not an object": ("[1]", r"hints must be a JSON object, got \[1\]"),
    "unknown kind": ('{"circle": 1}', "no fields but clicks, scribbles.* got 'circle'"),
    "clicks no list": ('{"clicks": {"x": 1, "y": 2}}', "clicks must be a list"),
    "click no object": ('{"clicks": [[1, 2]]}', "click must be a JSON object"),
    "click without y": ('{"clicks": [{"x": 1}]}', "click must have y, got"),
    "click with more": ('{"clicks": [{"x": 1, "y": 1, "z": 1}]}', "no fields but x, y, is_fore"),
    "click of text": ('{"clicks": [{"x": "1", "y": 1}]}', "click must hold 2 numbers"),
    "click of booleans": ('{"clicks": [{"x": true, "y": 1}]}', "click must hold 2 numbers"),
    "click without end": ('{"clicks": [{"x": NaN, "y": 1}]}', "click must be finite"),
    "click too far": ('{"clicks": [{"x": 1' + "0" * 400 + ', "y": 1}]}', "click must be finite"),
    "flag a number": ('{"clicks": [{"x": 1, "y": 1, "is_foreground": 1}]}', "true or false, got 1"),
    "points no list": ('{"scribbles": [{"points": 3}]}', "scribble points must be a list"),
    "point of three": ('{"scribbles": [{"points": [[1, 2, 3]]}]}', "point must hold 2 numbers"),
    "no points": ('{"scribbles": [{"points": []}]}', "at least one point"),
    "width of text": ('{"scribbles": [{"points": [[1, 2]], "width": "3"}]}', "scribble width"),
    "box of three": ('{"box": [1, 2, 3]}', "box must hold 4 numbers"),
    "box null": ('{"box": null}', "box must be a list, got None"),
    "box inside out": ('{"box": [4, 0, 1, 1]}', "x0 < x1"),
    "text a number": ('{"text": 7}', "text must be text, got 7"),
    "text blank": ('{"text": " "}', "text must name the object"),
    "plane no object": ('{"mask": "AAAA"}', "mask must be a JSON object"),
    "plane no size": ('{"mask": {"zlib": ""}}', "mask must have height and width"),
    "height of text": (json.dumps({"mask": plane("1")}), "mask must have from 1 to"),
    "width a boolean": (json.dumps({"mask": plane(2, True)}), "mask must have from 1 to"),
    "height a boolean": (json.dumps({"mask": plane(True)}), "mask must have from 1 to"),
    "height zero": (json.dumps({"mask": plane(0)}), r"from 1 to .* pixels, got \[0, 2\]"),
    "width negative": (json.dumps({"mask": plane(1, -2)}), "mask must have from 1 to"),
    "huge": (json.dumps({"mask": plane(10**5, 10**5)}), "200000000 pixels"),
    "not base64": ('{"mask": {"height": 1, "width": 1, "zlib": "%%%"}}', "base64 of zlib"),
    "not ASCII": ('{"mask": {"height": 1, "width": 1, "zlib": "\u00e4"}}', "base64 of zlib"),
    "zlib a number": ('{"mask": {"height": 1, "width": 1, "zlib": 1}}', "mask zlib must be text"),
    "not zlib": ('{"mask": {"height": 1, "width": 1, "zlib": "AAAA"}}', "base64 of zlib"),
    "too few bytes": (json.dumps({"mask": plane(2, 2)}), "mask must hold 4 bytes"),
    "too many bytes": (json.dumps({"mask": plane(1, 1)}), "mask must hold 1 bytes"),
    "grey mask": (json.dumps({"mask": plane(data=b"\0\2")}), "bytes from 0 to 1, got 2"),
    "grey trimap": (json.dumps({"trimap": plane(data=b"\0\xff")}), "bytes from 0 to 2, got 255"),
}


@pytest.mark.parametrize(("text", "message"), DAMAGED.values(), ids=DAMAGED.keys())
def test_damaged_hints_are_refused_by_name(text: str, message: str) -> None:
    """These bytes come from outside; none may raise anything but `HintError`."""
    with pytest.raises(HintError, match=message) as caught:
        hints_from_json(text)

    assert len(str(caught.value)) < 300
