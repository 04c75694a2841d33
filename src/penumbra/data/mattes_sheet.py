"""A sheet of mattes to look at: a number can be fine where the picture is wrong."""

from collections.abc import Sequence

import cv2
import numpy as np

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.composite import composite
from penumbra.core.frames import Resize
from penumbra.data.mattes_job import Task
from penumbra.data.mattes_report import Line
from penumbra.data.pseudo import Settings, soften_mask
from penumbra.io import load_image, load_mask, read_photograph

PICTURES = 24  # on a sheet
REJECTED = 8  # of them at most
COLUMNS = 4
SIDE = 200  # of a picture on the sheet, in pixels

_GREEN = np.array([0.1, 0.75, 0.2], np.float32)


def draw_sheet(tasks: Sequence[Task], lines: Sequence[Line], settings: Settings) -> RGB:
    """Draw pictures evenly spread over a folder, those that the gate rejected last.

    Args:
        tasks: Of the folder, all done.
        lines: What became of them.
        settings: They were done with; rejected mattes, which have no file, are made again.

    Returns:
        (H, W, 3): each picture beside its alpha and its cut-out over green, with its name and
        why it was rejected.
    """
    kept = [line for line in lines if line.is_kept]
    rejected = _spread([line for line in lines if not line.is_kept and line.numbers], REJECTED)
    shown = [*_spread(kept, PICTURES - len(rejected)), *rejected]
    by_name = {task.image.name: task for task in tasks}
    cells = [_cell(by_name[line.image], line, settings) for line in shown]
    return np.concatenate(
        [_row(cells[k : k + COLUMNS]) for k in range(0, max(1, len(cells)), COLUMNS)]
    )


def _spread(lines: Sequence[Line], count: int) -> list[Line]:
    places = np.linspace(0, len(lines) - 1, min(count, len(lines))).astype(int)
    return [lines[place] for place in places]


def _row(cells: Sequence[RGB]) -> RGB:
    height = max((len(cell) for cell in cells), default=1)
    row = np.zeros((height, COLUMNS * 3 * SIDE, 3), np.float32)
    for place, cell in enumerate(cells):
        row[: len(cell), place * 3 * SIDE : (place + 1) * 3 * SIDE] = cell
    return row


def _cell(task: Task, line: Line, settings: Settings) -> RGB:
    image = load_image(task.image)
    foreground, alpha = _matte(task, line, image, settings)
    grey = np.repeat(alpha[:, :, None], 3, axis=2)
    height, width = alpha.shape
    shrink = Resize.to_long_side(height, width, SIDE)
    views = [shrink.plane(view) for view in (image, grey, composite(foreground, _GREEN, alpha))]
    cell = np.zeros((len(views[0]), 3 * SIDE, 3), np.uint8)
    for place, view in enumerate(views):
        cell[:, place * SIDE : place * SIDE + view.shape[1]] = np.rint(view * 255)
    label = line.image if line.is_kept else f"{line.image}: {line.reason}"
    colour = (255, 255, 0) if line.is_kept else (255, 60, 60)
    cv2.putText(cell, label, (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, 1, cv2.LINE_AA)
    return cell.astype(np.float32) / np.float32(255)


def _matte(task: Task, line: Line, image: RGB, settings: Settings) -> tuple[RGB, Alpha]:
    """Return colours and alpha, from the file where there is one."""
    if line.is_kept:
        cutout = read_photograph(task.output)
        assert cutout.alpha is not None  # it was written with one
        return cutout.rgb, cutout.alpha
    assert task.mask is not None  # or there would be no numbers
    made = soften_mask(image, load_mask(task.mask), settings)
    return made.foreground, made.alpha
