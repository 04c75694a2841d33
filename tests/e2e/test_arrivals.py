"""How photographs come in, and what stays when the page goes: sessions, models, collected hints."""

import base64
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.conftest import (
    Open,
    place,
    session,
    settle,
    shown,
    until,
    until_shown,
    upload,
)

pytestmark = pytest.mark.e2e

HAND_OVER = """([kind, name, bytes]) => {
  const held = new DataTransfer();
  const whole = Uint8Array.from(atob(bytes), (each) => each.charCodeAt(0));
  held.items.add(new File([whole], name, {type: "image/png"}));
  const more = {bubbles: true, cancelable: true};
  document.body.dispatchEvent(kind === "paste"
    ? new ClipboardEvent(kind, {clipboardData: held, ...more})
    : new DragEvent(kind, {dataTransfer: held, ...more}));
}"""


@pytest.fixture
def small(photo: Path, tmp_path: Path) -> Path:
    """The photograph, smaller: for what is not about its pixels."""
    path = tmp_path / "small.png"
    with Image.open(photo) as whole:
        whole.resize((192, 160)).save(path)
    return path


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Begins like a PNG file, and is none."""
    path = tmp_path / "broken.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    return path


def hand_over(page: Page, kind: str, file: Path) -> None:
    """Let go of a file over the page, or paste it."""
    page.evaluate(HAND_OVER, [kind, file.name, base64.b64encode(file.read_bytes()).decode()])


def choose(page: Page, file: Path) -> None:
    """Press New photo, and choose one."""
    with page.expect_file_chooser() as choosing:
        page.click("#new-photo")
    choosing.value.set_files(str(file))
    settle(page)


def test_a_photo_is_dropped(open_page: Open, small: Path) -> None:
    """The page says where while it is dragged, and opens it when it is let go."""
    page = open_page()

    hand_over(page, "dragenter", small)
    expect(page.locator("#dropping")).to_be_visible()
    hand_over(page, "drop", small)
    until_shown(page, 1)

    expect(page.locator("#dropping")).to_be_hidden()
    assert (session(page)["name"], session(page)["width"]) == ("small.png", 192)


def test_a_photo_is_pasted(open_page: Open, small: Path) -> None:
    """As Ctrl+V does."""
    page = open_page()

    hand_over(page, "paste", small)
    until_shown(page, 1)

    assert session(page)["width"] == 192


def test_model_and_held_hints_survive_a_reload(open_page: Open, photo: Path) -> None:
    """They wait for the switch that sends them, whatever the session was begun with."""
    page = open_page()
    upload(page, photo)
    page.select_option("#model", "clicks")
    until_shown(page, 2)
    page.click("#collect")
    page.mouse.click(*place(page, 225, 110))
    page.mouse.click(*place(page, 215, 400))
    assert shown(page) == (2, 2)

    page.reload()
    settle(page)
    expect(page.locator("#hints .isPending")).to_have_count(2)
    expect(page.locator("#model")).to_have_value("clicks")
    page.click("#collect")
    until_shown(page, 3)

    last = session(page)["rounds"][-1]
    assert (last["model"], len(last["hints"]["clicks"])) == ("clicks", 2)


@pytest.mark.parametrize("way", ["chosen", "dropped"])
def test_a_bad_upload_keeps_the_session(
    open_page: Open, small: Path, broken: Path, way: str
) -> None:
    """The failure is told where the session is, which goes on."""
    page = open_page()
    upload(page, small)
    before = session(page)

    if way == "chosen":
        choose(page, broken)
    else:
        hand_over(page, "drop", broken)
        settle(page)

    expect(page.locator("#failure-text")).to_contain_text("must be a whole PNG file")
    assert session(page) == before
    assert before["id"] in page.url
    page.mouse.click(*place(page, 80, 80))
    until_shown(page, 2)
    assert page.locator("#failure-text").text_content() == ""


def test_no_photo_chosen_after_all_keeps_the_session(open_page: Open, small: Path) -> None:
    """New photo asks for a file, and does nothing else."""
    page = open_page()
    upload(page, small)

    with page.expect_file_chooser():
        page.click("#new-photo")

    assert page.locator("#workspace").is_visible()
    assert session(page)["id"] in page.url


def test_back_returns_to_the_former_photo(open_page: Open, photo: Path, small: Path) -> None:
    """And forward to the newer one; before the first is the start screen."""
    page = open_page()
    upload(page, photo)
    first = session(page)
    choose(page, small)
    until(page, "id => penumbra.state.session.id !== id", first["id"])
    settle(page)
    second = session(page)
    assert (second["width"], second["shown"]) == (192, 1)

    page.go_back()
    until(page, "id => penumbra.state.session.id === id", first["id"])
    settle(page)
    assert session(page) == first
    page.go_forward()
    until(page, "id => penumbra.state.session.id === id", second["id"])
    settle(page)
    page.go_back()
    until(page, "id => penumbra.state.session.id === id", first["id"])
    settle(page)
    page.go_back()

    until(page, "() => penumbra.state.session === null")
    assert page.locator("#file").is_visible()


def test_a_background_that_was_refused_is_not_shown(open_page: Open, small: Path) -> None:
    """View and export have the same picture, or none."""
    page = open_page()
    upload(page, small)
    page.keyboard.press("6")
    page.route("**/background", lambda route: route.fulfill(status=413, body="{}"))

    page.set_input_files("#background", str(small))
    settle(page)

    expect(page.locator("#failure-text")).to_contain_text("413")
    expect(page.locator("#view-note")).to_contain_text("No picture chosen yet")
    page.click("#open-export")
    assert page.locator("#export-background option[value=picture]").is_disabled()
