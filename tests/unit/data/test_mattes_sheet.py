"""The sheet of mattes to look at."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from penumbra.core.arrays import RGB
from penumbra.data.mattes_job import find_tasks, run_tasks
from penumbra.data.mattes_report import read_lines
from penumbra.data.mattes_sheet import COLUMNS, PICTURES, SIDE, draw_sheet
from penumbra.data.pseudo import SETTINGS
from tests.scenes import object_mask, photograph, soft_disk

FINE = SETTINGS["fine"]
GREEN = np.array([0.1, 0.75, 0.2])
HEIGHT = 64  # of the pictures: smaller than the sheet would have them, so they stay as they are


def sheet_of(folder: Path, kept: int, rejected: int) -> RGB:
    """Run a small job and draw its sheet."""
    images, masks, output = (folder / name for name in ("images", "masks", "out"))
    images.mkdir()
    masks.mkdir()
    alpha = soft_disk(HEIGHT, 20, 4)
    image = Image.fromarray(np.rint(photograph(alpha).image * 255).astype(np.uint8))
    for number in range(kept + rejected):
        mask = object_mask(alpha) if number < kept else np.roll(object_mask(alpha), 12, axis=0)
        image.save(images / f"{number:02d}.png")
        Image.fromarray(mask).convert("L").save(masks / f"{number:02d}.png")
    tasks = find_tasks(images, masks, output)
    summary = run_tasks(tasks, output, FINE)
    assert (summary["kept"], summary["rejected"]) == (kept, rejected)
    return draw_sheet(tasks, read_lines(output), FINE)


def is_like(sheet: RGB, view: int, row: int, col: int, colour: object) -> bool:
    """Compare a pixel of one of the small pictures with a colour."""
    return bool(np.abs(sheet[row, view * SIDE + col] - np.asarray(colour)).max() < 0.03)


def test_a_picture_stands_beside_its_matte_and_its_cutout(tmp_path: Path) -> None:
    """The middle is the object, the corner at the lower right is not."""
    sheet = sheet_of(tmp_path, kept=1, rejected=1)

    assert sheet.shape == (HEIGHT, COLUMNS * 3 * SIDE, 3)
    for first in (0, 3):  # the rejected one has no file, and is drawn all the same
        assert is_like(sheet, first + 1, 40, 32, 1)
        assert is_like(sheet, first + 1, 60, 60, 0)
        assert is_like(sheet, first + 2, 60, 60, GREEN)
        assert is_like(sheet, first + 2, 40, 32, sheet[40, first * SIDE + 32])


def test_the_rejected_are_marked(tmp_path: Path) -> None:
    """In red, and the kept in yellow."""
    sheet = sheet_of(tmp_path, kept=1, rejected=1)

    kept, rejected = sheet[:20, :SIDE], sheet[:20, 3 * SIDE : 4 * SIDE]
    assert (np.abs(kept - [1, 1, 0]).max(axis=2) < 0.01).any()
    assert (np.abs(rejected - [1, 60 / 255, 60 / 255]).max(axis=2) < 0.01).any()


@pytest.mark.parametrize(("kept", "rejected"), [(30, 0), (26, 12), (0, 9)])
def test_a_large_folder_gives_a_sheet_of_fixed_size(
    tmp_path: Path, kept: int, rejected: int
) -> None:
    """Twenty-four pictures, of which eight rejected ones at most."""
    sheet = sheet_of(tmp_path, kept, rejected)

    pictures = min(kept, PICTURES - min(rejected, 8)) + min(rejected, 8)
    assert sheet.shape == (pictures // COLUMNS * HEIGHT, COLUMNS * 3 * SIDE, 3)
