"""The pointer at rest and on the move, brushes, the divider, and the tools on a telephone."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, Request, Route

from tests.e2e.conftest import (
    Open,
    click,
    drag,
    picture,
    place,
    session,
    settle,
    shown,
    until,
    upload,
)

pytestmark = pytest.mark.e2e

FACE = (225, 110)
AS_ON_A_FAST_MACHINE = "() => penumbra.state.session.rounds.forEach((it) => { it.seconds = 0.1; })"


def test_the_preview_appears_where_the_pointer_rests_at_last(open_page: Open, photo: Path) -> None:
    """Although the server is still busy with the place before; and of the model that is chosen."""
    page = open_page()
    upload(page, photo)
    click(page, *FACE)
    page.evaluate(AS_ON_A_FAST_MACHINE)
    asked: list[Request] = []
    page.on("request", lambda it: asked.append(it) if it.url.endswith("/preview") else None)

    for x in (150, 250, 350):
        page.mouse.move(*place(page, x, 400))
        page.wait_for_timeout(75)
    until(page, "() => document.body.dataset.preview === 'true'")
    picture(page, "preview")

    last = asked[-1].post_data_json
    assert last is not None
    assert abs(last["hints"]["clicks"][-1]["x"] - 350) < 1
    assert last["model"] == "auto"
    assert shown(page) == (2, 2)
    page.mouse.move(*place(page, 360, 410))
    assert page.evaluate("() => document.body.dataset.preview") == "false"


def test_a_busy_server_is_asked_for_the_preview_again(open_page: Open, photo: Path) -> None:
    """As long as the pointer rests; a model that has not answered yet is not asked at all."""
    page = open_page()
    upload(page, photo)
    click(page, *FACE)
    page.evaluate(AS_ON_A_FAST_MACHINE)
    asked: list[str] = []

    def refuse_twice(route: Route) -> None:
        asked.append("once more")
        if len(asked) <= 2:
            route.fulfill(status=429, body="{}")
        else:
            route.continue_()

    page.route("**/preview", refuse_twice)
    page.mouse.move(*place(page, 350, 400))
    until(page, "() => document.body.dataset.preview === 'true'")
    assert len(asked) == 3

    page.evaluate("() => { penumbra.state.model = 'classical'; }")
    page.mouse.move(*place(page, 300, 400))
    page.wait_for_timeout(300)
    assert len(asked) == 3


def test_brackets_size_the_brush(open_page: Open, photo: Path) -> None:
    """And its strokes; on keyboards that have them on AltGr, too."""
    page = open_page()
    upload(page, photo)
    page.keyboard.press("f")
    brush = "() => penumbra.state.brush"
    first = page.evaluate(brush)

    page.keyboard.press("]")
    larger = page.evaluate(brush)
    page.keyboard.press("[")
    page.keyboard.press("[")
    smaller = page.evaluate(brush)
    page.evaluate(
        """() => document.body.dispatchEvent(new KeyboardEvent("keydown", {
          key: "]", altKey: true, ctrlKey: true, modifierAltGraph: true, bubbles: true}))"""
    )
    assert smaller < first < larger
    assert page.evaluate(brush) > smaller

    drag(page, (200, 300), (230, 400))
    scale = page.evaluate("() => penumbra.view.toScreen(1, 0).x - penumbra.view.toScreen(0, 0).x")
    stroke = session(page)["rounds"][-1]["hints"]["scribbles"][0]
    np.testing.assert_allclose(stroke["width"] * scale, page.evaluate(brush), rtol=0.01)


def test_the_divider_is_dragged(open_page: Open, photo: Path) -> None:
    """It follows the pointer, and no hint comes of it."""
    page = open_page()
    upload(page, photo)
    page.keyboard.press("9")
    settle(page)
    middle = page.evaluate("() => penumbra.state.wipe") * 512

    drag(page, (middle, 200), (400, 220))

    assert abs(page.evaluate("() => penumbra.state.wipe") * 512 - 400) < 1
    assert shown(page) == (1, 1)
    picture(page, "divider")


def test_undo_puts_down_what_the_keys_carry(open_page: Open, photo: Path) -> None:
    """The arrow after it moves the cross alone."""
    page = open_page()
    upload(page, photo)
    click(page, *FACE)
    page.focus("#canvas")

    for keys in (("m",), ("m", "ArrowLeft")):
        for key in keys:
            page.keyboard.press(key)
        page.keyboard.press("Control+z")
        settle(page)
        page.keyboard.press("ArrowLeft")
        assert page.evaluate("() => penumbra.state.draft") is None
        page.keyboard.press("Control+y")
        settle(page)

    assert len(session(page)["rounds"]) == 2


def test_all_tools_are_within_a_telephone(open_page: Open, photo: Path) -> None:
    """Zoom and fit included; and the mattes are no larger than its screen."""
    page = open_page(390, 844)
    sides: list[int] = []
    page.on("request", lambda it: sides.extend(wanted(it.url)))
    upload(page, photo)

    for tool in page.locator("#tools button").all():
        box = tool.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert box["width"] >= 44
        assert box["height"] >= 44
    assert at_the_tools(page)
    assert sides
    assert max(sides) <= 512


def at_the_tools(page: Page) -> bool:
    """Tell whether nothing of the tools has to be scrolled to."""
    fits: bool = page.evaluate(
        """() => {
          const it = document.getElementById("tools");
          return it.scrollWidth <= it.clientWidth && it.scrollHeight <= it.clientHeight;
        }"""
    )
    return fits


def wanted(url: str) -> list[int]:
    """Return the side that a picture is asked for with, if it is one."""
    return [int(each) for each in parse_qs(urlsplit(url).query).get("side", [])]
