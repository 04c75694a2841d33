"""A second look by somebody: sheets and a page to accept or reject by keys, and what was decided.

The sheet `smpmat`, section 7: gates first, then a pass over contact sheets.  The page is a file
beside the pictures that works without any server; what is decided there is saved as
`review.json`, and carried out here.
"""

import json
import shutil
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from penumbra.core.errors import DatasetError, InputError, OutputError
from penumbra.data.people_set import PeoplePicture, move_into, read_people
from penumbra.io import save_image, write_atomically
from penumbra.systems.dfimat.synth.card import write_card
from penumbra.systems.dfimat.synth.journal import (
    Account,
    Line,
    append_line,
    read_account,
    settings_of,
)
from penumbra.systems.dfimat.synth.sheets import PER_SHEET, draw_sheet, outlines_of

PAGE = "review.html"
SHEETS = "sheets"
REJECTED = "rejected"
"""Folder for what somebody has rejected: a folder for each picture."""

FORMAT = 1

_TEMPLATE = "review_page.html"
_PLACE = "/*PICTURES*/"


def write_review(root: Path) -> tuple[int, int]:
    """Draw the contact sheets of a set, and write the page, which has what nobody looked at yet.

    Returns:
        How many sheets there are, and how many pictures the page has.

    Raises:
        DatasetError: There is no set, or a picture of it is damaged.
        OutputError: The folder cannot be written.
    """
    settings_of(root)
    approved = read_account(root).approved
    folder, part = root / SHEETS, root / f".penumbra-{SHEETS}.part"
    told, page, number = [], list[PeoplePicture](), 0
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        for picture in read_people(root):
            page.append(picture)
            if picture.name not in approved:
                told.append(_told(root, picture))
            if len(page) == PER_SHEET:
                number += 1
                save_image(part / f"{number:04}.png", draw_sheet(page))
                page = []
        if page:
            number += 1
            save_image(part / f"{number:04}.png", draw_sheet(page))
        shutil.rmtree(folder, ignore_errors=True)
        part.replace(folder)
    except OSError as error:
        raise OutputError(f"{root} must be writable, got {error.strerror!r}") from error
    write_atomically(root / PAGE, _page(root.resolve().name, told).encode())
    return number, len(told)


def apply_review(root: Path, decisions_file: Path) -> tuple[int, int]:
    """Carry out what somebody decided: move what was rejected, and tell the account.

    Doing it twice changes nothing more.

    Args:
        root: The folder of the set.
        decisions_file: As the page saves it: `{"format": 1, "decisions": {NAME: "accept"}}`, with
            "reject" for the others.

    Returns:
        How many pictures were newly accepted and rejected.

    Raises:
        InputError: The file cannot be understood, or names a picture that was never in the set.
        DatasetError: There is no set.
        OutputError: The folder cannot be written.
    """
    record, account = settings_of(root), read_account(root)
    decisions = _decisions(decisions_file)
    kept = {it.name: it for it in account.kept}
    known = {it.name for it in account.lines if it.event in ("kept", "removed")}
    if strange := sorted(decisions.keys() - known):
        raise InputError(f"decisions must be about pictures of {root}, got {strange[0]!r}")
    new = {name: said for name, said in decisions.items() if name in kept}
    lines, counts = list(account.lines), {"accept": 0, "reject": 0}
    for name, decision in sorted(new.items()):
        if decision == "accept" and name in account.approved:
            continue
        number = kept[name].number
        line = Line(number, name, "approved" if decision == "accept" else "removed")
        append_line(root, line)
        lines.append(line)
        counts[decision] += 1
    account = Account(tuple(lines))
    finish_removals(root, account)
    write_card(root, account, record)
    return counts["accept"], counts["reject"]


def finish_removals(root: Path, account: Account) -> None:
    """Move the files of what was removed to `rejected/NAME/`, where they still are in place."""
    for line in account.standing.values():
        if line.event != "removed":
            continue
        there = [it.files for it in account.lines if it.number == line.number and it.files][-1]
        paths = {root / path for path in there if path.startswith("images/")}
        paths |= {(root / path).parent for path in there if path.startswith("alphas/")}
        if left := [path for path in sorted(paths) if path.exists()]:
            move_into(root / REJECTED / line.name, left)


def _decisions(path: Path) -> dict[str, str]:
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(f"{path} must be a review as JSON, got {error}") from error
    decisions = told.get("decisions") if isinstance(told, dict) else None
    is_right = (
        isinstance(decisions, dict)
        and told.get("format") == FORMAT
        and all(said in ("accept", "reject") for said in decisions.values())
    )
    if not is_right:
        raise InputError(
            f"{path} must be a review of format {FORMAT} whose decisions are accept or reject"
        )
    assert isinstance(decisions, dict)
    return decisions


def _told(root: Path, picture: PeoplePicture) -> Mapping[str, Any]:
    """Return what the page shows of a picture."""
    (image,) = (root / "images" / picture.split).glob(f"{picture.name}.*")
    height, width = picture.alphas.shape[1:]
    return {
        "name": picture.name,
        "image": image.relative_to(root).as_posix(),
        "size": [width, height],
        "caption": picture.meta.get("caption", ""),
        "outlines": outlines_of(picture.alphas),
        "texts": picture.texts,
    }


def _page(title: str, told: list[Mapping[str, Any]]) -> str:
    page = files("penumbra.systems.dfimat.synth").joinpath(_TEMPLATE).read_text("utf-8")
    if _PLACE not in page:
        raise DatasetError(f"{_TEMPLATE} must have a place for pictures, got none")
    data = json.dumps({"title": title, "format": FORMAT, "pictures": told})
    return page.replace(_PLACE, data.replace("<", "\\u003c"))
