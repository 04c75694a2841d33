"""What stands in the way of people: of those without a mouse, and of those who do not see the page.

axe-core, by Deque Systems, comes from npm: PENUMBRA_AXE names its axe.min.js.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import (
    Open,
    click,
    picture,
    session,
    settle,
    shown,
    until,
    until_shown,
    upload,
)

pytestmark = pytest.mark.e2e

FACE = (225, 110)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def reach(page: Page, element: str) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(80):
        if page.evaluate("name => document.activeElement?.id === name", element):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab must reach #{element}")


def steer(page: Page, x: float, y: float) -> None:
    """Move the cross to a point of the photograph with the arrow keys."""
    for axis, (more, less) in {
        "x": ("ArrowRight", "ArrowLeft"),
        "y": ("ArrowDown", "ArrowUp"),
    }.items():
        target = x if axis == "x" else y
        for step in ("Shift+", ""):
            for _ in range(200):
                at = page.evaluate("() => penumbra.state.crosshair") or {"x": 256, "y": 256}
                scale = page.evaluate(
                    "() => penumbra.view.toScreen(1, 0).x - penumbra.view.toScreen(0, 0).x"
                )
                reach_of_step = (40 if step else 4) / scale
                if abs(target - at[axis]) < 0.6 * reach_of_step:
                    break
                press(page, step + (more if target > at[axis] else less))


def test_the_whole_flow_by_keyboard_alone(open_page: Open, photo: Path, tmp_path: Path) -> None:
    """From the photograph to the file: no pointer is moved."""
    page = open_page()
    reach(page, "file")
    with page.expect_file_chooser() as choosing:
        press(page, "Enter")
    choosing.value.set_files(str(photo))
    until_shown(page, 1)

    reach(page, "canvas")
    steer(page, *FACE)
    press(page, "Enter")
    until_shown(page, 2)
    steer(page, 330, 60)
    press(page, "-")
    until_shown(page, 3)
    clicks = session(page)["rounds"][2]["hints"]["clicks"]
    assert [each["is_foreground"] for each in clicks] == [True, False]
    assert abs(clicks[0]["x"] - FACE[0]) < 5
    assert abs(clicks[0]["y"] - FACE[1]) < 5

    press(page, "u")
    settle(page)
    press(page, "r")
    until_shown(page, 4)
    press(page, "0", "Control+z")
    until_shown(page, 3)
    press(page, "Control+Shift+z")
    until_shown(page, 4)

    press(page, "b")
    steer(page, 60, 10)
    press(page, "Enter")
    steer(page, 470, 500)
    press(page, "Enter")
    until_shown(page, 5)
    press(page, "f")
    steer(page, 215, 330)
    press(page, "Enter")
    steer(page, 215, 400)
    press(page, "Enter")
    until_shown(page, 6)
    last = session(page)["rounds"][-1]["hints"]
    assert last["box"] is not None
    assert len(last["scribbles"]) == 1
    press(page, "Delete")
    until_shown(page, 7)
    assert session(page)["rounds"][-1]["hints"]["scribbles"] == []

    press(page, "7", "?")
    assert page.locator("#help").is_visible()
    press(page, "Escape", "e")
    assert page.locator("#export").is_visible()
    reach(page, "export-download")
    with page.expect_download() as saving:
        press(page, "Enter")
    saving.value.save_as(tmp_path / "cutout.png")
    assert (tmp_path / "cutout.png").stat().st_size > 1000
    assert shown(page) == (7, 7)


def test_the_focus_is_seen_wherever_it_is(open_page: Open, photo: Path) -> None:
    """Every stop of the Tab key has a ring around it."""
    page = open_page()
    upload(page, photo)
    click(page, *FACE)
    seen = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        found: dict[str, Any] = page.evaluate(
            """() => {
              const it = document.activeElement;
              const ringed = [it, it.closest("label"), it.parentElement].filter(Boolean);
              const wide = ringed.map((e) => getComputedStyle(e))
                .filter((s) => s.outlineStyle !== "none")
                .map((s) => parseFloat(s.outlineWidth));
              const name = it.id || it.textContent.trim();
              return {name, tag: it.tagName, ring: Math.max(0, ...wide)};
            }"""
        )
        if found["tag"] == "BODY":
            continue  # past the last stop: the next one is the first
        seen.add(found["name"])
        assert found["ring"] >= 2, found
    assert {"canvas", "undo", "model", "open-export", "budget"} <= seen


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_no_serious_barrier(
    open_page: Open, photo: Path, width: int, scheme: str
) -> None:
    """On the start screen, on the page with hints, and in all three dialogues."""
    program = os.environ.get("PENUMBRA_AXE")
    if program is None:
        pytest.skip("PENUMBRA_AXE does not say where axe.min.js is")
    page = open_page(width, 900, color_scheme=scheme)
    page.evaluate(Path(program).read_text())
    found = barriers(page, "start")
    upload(page, photo)
    click(page, *FACE)
    page.locator("#doubt").evaluate("it => it.click()")
    settle(page)
    found += barriers(page, "page")
    for opener, dialogue in (
        ("open-help", "help"),
        ("open-export", "export"),
        ("open-delete", "confirm"),
    ):
        page.locator(f"#{opener}").evaluate("it => it.click()")
        until(page, "name => document.getElementById(name).open", dialogue)
        picture(page, f"{dialogue}-{width}-{scheme}")
        found += barriers(page, dialogue)
        page.keyboard.press("Escape")

    assert found == []


def barriers(page: Page, where: str) -> list[str]:
    """Return what axe calls serious or critical."""
    report = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{where}: {each['id']}: {node['html'][:120]}"
        for each in report["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]
