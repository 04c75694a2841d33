"""The page on which a set is looked over, opened from the disk."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from penumbra.systems.dfimat.synth.job import make_set
from penumbra.systems.dfimat.synth.review import PAGE, apply_review, write_review
from tests.made_sets import LOOSE, Told

pytestmark = pytest.mark.e2e


def test_keys_decide_and_what_was_decided_is_saved(browser: Browser, tmp_path: Path) -> None:
    """Accept, reject, undo, go; kept when the page is opened again; applied afterwards."""
    make_set(tmp_path / "set", Told(), 4, LOOSE)
    write_review(tmp_path / "set")
    page = browser.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    # A picture that is still on its way when the page is opened again is given up.
    page.on(
        "requestfailed",
        lambda request: (
            None if request.failure == "net::ERR_ABORTED" else problems.append(request.url)
        ),
    )
    page.goto((tmp_path / "set" / PAGE).as_uri())

    expect(page.locator("#name")).to_have_text("000000")
    assert page.evaluate("document.querySelector('#image').naturalWidth") == 64
    assert page.locator("#outlines path").count() == 2
    press(page, "a", "r", "r")
    expect(page.locator("#counts")).to_have_text("1 accepted, 2 rejected, 1 left")
    press(page, "u")
    expect(page.locator("#name")).to_have_text("000002")
    expect(page.locator("#counts")).to_have_text("1 accepted, 1 rejected, 2 left")
    press(page, "ArrowLeft", "ArrowLeft", "ArrowLeft")
    expect(page.locator("#name")).to_have_text("000000")
    press(page, "r", "u", "ArrowRight", "ArrowRight")
    page.reload()
    expect(page.locator("#name")).to_have_text("000002")
    expect(page.locator("#counts")).to_have_text("1 accepted, 1 rejected, 2 left")
    with page.expect_download() as saved:
        press(page, "s")
    saved.value.save_as(tmp_path / "review.json")
    page.close()

    assert saved.value.suggested_filename == "review.json"
    told = json.loads((tmp_path / "review.json").read_text())
    assert told == {"format": 1, "decisions": {"000000": "accept", "000001": "reject"}}
    assert apply_review(tmp_path / "set", tmp_path / "review.json") == (1, 1)
    assert problems == []


def press(page: Page, *keys: str) -> None:
    """One after the other."""
    for key in keys:
        page.keyboard.press(key)
