"""The page in a browser, from the upload to the file that is saved."""

import os
import urllib.request
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.conftest import (
    Open,
    click,
    drag,
    picture,
    place,
    session,
    settle,
    shown,
    until_shown,
    upload,
)

pytestmark = pytest.mark.e2e

FACE, WALL = (225, 110), (40, 40)  # pixels of the astronaut
SUIT = (200, 350)


def alpha(page: Page, address: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The matte on screen, as the API has it."""
    made = session(page)["id"]
    with urllib.request.urlopen(f"{address}v1/sessions/{made}/pictures/alpha") as answer:
        return np.asarray(Image.open(BytesIO(answer.read())))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_at_all_sizes(open_page: Open, photo: Path, width: int, scheme: str) -> None:
    """Nothing sticks out sideways, and the picture has most of the room."""
    page = open_page(width, 900 if width == 1440 else 844, color_scheme=scheme)
    picture(page, f"start-{width}-{scheme}")
    upload(page, photo)
    click(page, *FACE)
    picture(page, f"page-{width}-{scheme}")

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    canvas = page.locator("#canvas").bounding_box()
    assert canvas is not None
    assert canvas["height"] >= 0.5 * (900 if width == 1440 else 844)


def test_clicks_change_the_matte_where_they_are(open_page: Open, photo: Path, address: str) -> None:
    """Left adds, right removes, and undo and redo go all the way."""
    page = open_page()
    upload(page, photo)
    mattes = [alpha(page, address)]

    click(page, *FACE)
    mattes.append(alpha(page, address))
    click(page, *SUIT, button="right")
    mattes.append(alpha(page, address))

    clicks = session(page)["rounds"][2]["hints"]["clicks"]
    assert [each["is_foreground"] for each in clicks] == [True, False]
    assert mattes[1][FACE[1], FACE[0]] > 200
    assert mattes[1][SUIT[1], SUIT[0]] > 200
    assert mattes[2][SUIT[1], SUIT[0]] < 60
    for expected in (2, 1, 0):
        page.click("#undo")
        assert shown(page) == (expected, 3)
    assert page.locator("#undo").is_disabled()
    for expected, matte in enumerate(mattes, 1):
        page.click("#redo")
        assert shown(page) == (expected, 3)
        assert_array_equal(alpha(page, address), matte)
    assert page.locator("#redo").is_disabled()


def test_clicks_alone_lift_a_person_off(open_page: Open, photo: Path, address: str) -> None:
    """The picture of the README: five clicks on her and what she holds, four off the rest."""
    page = open_page(1200, 760)
    upload(page, photo)
    on = [(225, 110), (200, 350), (120, 330), (400, 430), (330, 280)]
    off = [(40, 60), (430, 150), (60, 260), (470, 420)]

    for number in range(5):
        click(page, *on[number])
        if number < 4:
            click(page, *off[number], button="right")
    page.mouse.move(5, 5)
    folder = os.environ.get("PENUMBRA_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / "page.jpg", type="jpeg", quality=82)

    matte = alpha(page, address)
    assert all(matte[y, x] > 200 for x, y in on)
    assert all(matte[y, x] < 60 for x, y in off)
    assert shown(page) == (10, 10)


def test_a_box_and_brushes(open_page: Open, photo: Path, address: str) -> None:
    """A drag of the pointer is a box; strokes say what belongs to the object and what does not."""
    page = open_page()
    upload(page, photo)

    drag(page, (60, 10), (470, 505))
    boxed = session(page)["rounds"][1]
    page.keyboard.press("f")
    drag(page, (200, 300), (230, 400))
    page.keyboard.press("g")
    drag(page, (20, 20), (20, 200))
    picture(page, "strokes")

    np.testing.assert_allclose(boxed["hints"]["box"], [60, 10, 470, 505], atol=1)
    assert boxed["model"] == "ensemble"
    strokes = session(page)["rounds"][3]["hints"]["scribbles"]
    assert [each["is_foreground"] for each in strokes] == [True, False]
    assert len(strokes[0]["points"]) > 2
    matte = alpha(page, address)
    assert matte[350, 215] > 200
    assert matte[100, 20] < 60


def test_several_hints_in_one_round(open_page: Open, photo: Path) -> None:
    """Held back while Ctrl is down."""
    page = open_page()
    upload(page, photo)

    page.keyboard.down("Control")
    page.mouse.click(*place(page, *FACE))
    page.mouse.click(*place(page, 215, 400))
    assert shown(page) == (1, 1)
    page.keyboard.up("Control")
    until_shown(page, 2)

    assert shown(page) == (2, 2)
    assert len(session(page)["rounds"][1]["hints"]["clicks"]) == 2


def test_polish_where_it_is_doubtful(open_page: Open, photo: Path) -> None:
    """U looks at the spot; the slider says what it changed and how long it took."""
    page = open_page()
    upload(page, photo)
    click(page, *FACE)
    page.focus("#canvas")

    page.keyboard.press("u")
    settle(page)
    spot = page.evaluate("() => penumbra.state.spots[penumbra.state.spot]")
    middle = place(page, (spot["x0"] + spot["x1"]) / 2, (spot["y0"] + spot["y1"]) / 2)
    canvas = page.locator("#canvas").bounding_box()
    picture(page, "doubt")
    page.locator("#budget").fill("4")
    page.locator("#budget").dispatch_event("change")
    until_shown(page, 3)
    picture(page, "refined")

    assert canvas is not None
    assert abs(middle[0] - canvas["x"] - canvas["width"] / 2) < 2
    assert abs(middle[1] - canvas["y"] - canvas["height"] / 2) < 2
    assert session(page)["rounds"][2]["kind"] == "refine"
    expect(page.locator("#refined")).to_contain_text("8 windows changed")
    expect(page.locator("#refined")).to_contain_text(" s")


def test_every_view_shows_something_else(open_page: Open, photo: Path, tmp_path: Path) -> None:
    """Number keys, and each paints the canvas in its own way."""
    page = open_page()
    upload(page, photo)
    click(page, *FACE)
    page.keyboard.press("6")
    page.set_input_files("#background", str(photo))
    settle(page)
    page.focus("#canvas")
    seen = set()
    for view in range(1, 10):
        page.keyboard.press(str(view))
        settle(page)
        page.wait_for_timeout(100)
        pixels = page.locator("#canvas").screenshot()
        picture(page, f"view-{view}")
        seen.add(pixels)
        pressed = page.locator("#views [aria-pressed=true]")
        assert pressed.get_attribute("data-view") == str(view)

    assert len(seen) == 9


def test_flaws_that_a_model_finds_are_a_view(open_page: Open, photo: Path, address: str) -> None:
    """Without a hint: SAFE-Net says where its matte is probably wrong, and how much on average."""
    page = open_page()
    upload(page, photo)
    page.select_option("#model", "safe")
    until_shown(page, 2)
    page.focus("#canvas")
    page.keyboard.press("8")
    settle(page)
    page.wait_for_timeout(100)
    picture(page, "flaws")

    last = session(page)["rounds"][-1]
    assert last["model"] == "safe"
    made = session(page)["id"]
    with urllib.request.urlopen(f"{address}v1/sessions/{made}/pictures/uncertainty") as answer:
        flaws = np.asarray(Image.open(BytesIO(answer.read())), np.float64) / 255
    assert flaws.max() > 0.2
    assert flaws.mean() == pytest.approx(last["expected_error"], abs=0.01)


@pytest.mark.parametrize("x", [100, 255, 411])
def test_a_click_lands_on_its_pixel_under_zoom_and_pan(
    open_page: Open, photo: Path, x: int
) -> None:
    """At four times and more, after panning, and on a screen of two dots a pixel."""
    page = open_page(device_scale_factor=2)
    upload(page, photo)
    y = 300
    page.mouse.move(*place(page, x, y))
    for _ in range(40):
        if (
            page.evaluate("() => penumbra.view.toScreen(1, 0).x - penumbra.view.toScreen(0, 0).x")
            >= 4
        ):
            break
        page.mouse.wheel(0, -200)
        settle(page)
    page.keyboard.down(" ")
    at = place(page, x, y)
    page.mouse.move(*at)
    page.mouse.down()
    page.mouse.move(at[0] + 57, at[1] - 33, steps=4)
    page.mouse.up()
    page.keyboard.up(" ")
    moved = place(page, x, y)

    click(page, x + 0.5, y + 0.5)

    assert abs(moved[0] - at[0] - 57) < 1
    assert abs(moved[1] - at[1] + 33) < 1
    last = session(page)["rounds"][-1]["hints"]["clicks"][-1]
    assert (int(last["x"]), int(last["y"])) == (x, y)


def test_a_reload_brings_everything_back(open_page: Open, photo: Path) -> None:
    """Rounds, the one on screen, view, zoom and what had been undone."""
    page = open_page()
    upload(page, photo)
    click(page, *FACE)
    click(page, 215, 400)
    page.click("#undo")
    settle(page)
    page.keyboard.press("7")
    page.mouse.move(*place(page, *FACE))
    page.mouse.wheel(0, -600)
    settle(page)
    before, corner = session(page), place(page, 0, 0)

    page.reload()
    settle(page)

    after = session(page)
    assert (after["id"], after["shown"], after["rounds"]) == (
        before["id"],
        2,
        before["rounds"],
    )
    assert page.evaluate("() => penumbra.state.view") == 7
    np.testing.assert_allclose(place(page, 0, 0), corner, atol=1)
    page.click("#redo")
    assert shown(page) == (3, 3)


def test_the_saved_file_is_what_the_api_has(
    open_page: Open, photo: Path, address: str, tmp_path: Path
) -> None:
    """Alpha for alpha; and other forms as they are chosen."""
    page = open_page()
    upload(page, photo)
    click(page, *FACE)

    page.keyboard.press("e")
    picture(page, "export")
    with page.expect_download() as saving:
        page.click("#export-download")
    saving.value.save_as(tmp_path / "cutout.png")
    page.keyboard.press("e")
    page.check("input[value=composite]")
    page.select_option("#export-format", "jpeg")
    page.check("#export-crop")
    with page.expect_download() as composing:
        page.click("#export-download")
    composing.value.save_as(tmp_path / "composite.jpg")

    assert saving.value.suggested_filename == "astronaut-cutout.png"
    with Image.open(tmp_path / "cutout.png") as saved:
        assert saved.mode == "RGBA"
        assert_array_equal(np.asarray(saved)[:, :, 3], alpha(page, address))
    with Image.open(tmp_path / "composite.jpg") as laid:
        assert laid.format == "JPEG"
        rows, cols = (np.flatnonzero((alpha(page, address) >= 6).any(axis=k)) for k in (1, 0))
        assert laid.size == (cols[-1] - cols[0] + 1, rows[-1] - rows[0] + 1)


def test_a_hint_is_dragged_and_deleted(open_page: Open, photo: Path) -> None:
    """Each is a round, so each can be undone."""
    page = open_page()
    upload(page, photo)
    click(page, *FACE)
    click(page, 330, 60, button="right")

    drag(page, (330, 60), (440, 60))
    moved = session(page)["rounds"][-1]["hints"]["clicks"]
    page.locator("#hints button").first.click()
    until_shown(page, 5)
    left = session(page)["rounds"][-1]["hints"]["clicks"]

    assert abs(moved[1]["x"] - 440) < 1
    assert moved[0]["x"] == left[0]["x"] or len(left) == 1
    assert [each["is_foreground"] for each in left] == [False]


def test_nothing_found_is_said(open_page: Open, tmp_path: Path) -> None:
    """A wall without an object: no made-up matte, and what to do."""
    grey = np.full((300, 400, 3), 120, np.uint8)
    Image.fromarray(grey).save(tmp_path / "wall.png")
    page = open_page()

    upload(page, tmp_path / "wall.png")

    expect(page.locator("#banner")).to_contain_text("Nothing found")
    picture(page, "nothing")


def test_a_file_that_is_no_picture_is_refused_in_words(open_page: Open, tmp_path: Path) -> None:
    """The server says what it expected; the page is ready for the next one."""
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    page = open_page()

    page.set_input_files("#file", str(tmp_path / "broken.png"))
    settle(page)

    expect(page.locator("#start-failure")).to_contain_text("must be a whole PNG file")
    assert page.locator("#file").is_visible()
