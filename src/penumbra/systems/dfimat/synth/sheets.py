"""Contact sheets: pictures with the outline of each person, a name, and a sentence about each."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB
from penumbra.core.frames import Resize
from penumbra.data.people_set import PeoplePicture

PER_SHEET = 12
"""Pictures of a sheet."""

COLOURS = (
    (255, 80, 80), (80, 220, 80), (90, 150, 255), (255, 210, 60), (230, 110, 255), (70, 230, 230),
    (255, 150, 60),
)  # fmt: skip
"""Of the outlines, by number of the person; the page has the same."""

_COLUMNS = 4
_SIDE = 360  # of a picture on the sheet, pixels
_LINE = 17  # pixels: height of a line of words
_LINES = 8  # below a picture: its name, and a sentence of each of up to seven people
_LETTERS = 46  # of a line
_SMOOTH = 0.75  # pixels by which an outline on the page may be simplified


def draw_sheet(pictures: Sequence[PeoplePicture]) -> RGB:
    """Draw up to twelve pictures, four beside each other.

    Returns:
        (H, W, 3) in [0, 1].
    """
    rows = -(-len(pictures) // _COLUMNS)
    height = _SIDE + _LINE * _LINES + 8
    sheet = np.full((rows * height, _COLUMNS * (_SIDE + 8), 3), 24, np.uint8)
    for number, picture in enumerate(pictures):
        row, column = divmod(number, _COLUMNS)
        cell = _cell(picture)
        y, x = row * height, column * (_SIDE + 8)
        sheet[y : y + cell.shape[0], x : x + cell.shape[1]] = cell
    return sheet.astype(np.float32) / np.float32(255)


def outlines_of(alphas: NDArray[np.float32]) -> list[list[list[int]]]:
    """Return the outlines of each person around alpha > 0.5.

    Args:
        alphas: (N, H, W) in [0, 1].

    Returns:
        Of each person a list of polygons, each x, y, x, y, ... in pixels.
    """
    found = []
    for alpha in alphas:
        mask = (alpha > 0.5).astype(np.uint8)
        contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        simple = (cv2.approxPolyDP(contour, _SMOOTH, True) for contour in contours)
        found.append([polygon.ravel().tolist() for polygon in simple if len(polygon) > 2])
    return found


def _cell(picture: PeoplePicture) -> NDArray[np.uint8]:
    """Return a picture with outlines, and words below."""
    frame = Resize.to_long_side(picture.image.shape[0], picture.image.shape[1], _SIDE)
    shown = np.rint(255 * frame.plane(picture.image)).astype(np.uint8)
    cell = np.full((_SIDE + _LINE * _LINES, _SIDE, 3), 24, np.uint8)
    lines = [(f"{picture.name} ({picture.split}): {picture.meta.get('caption', '')}", (230,) * 3)]
    for number, alpha in enumerate(picture.alphas):
        colour = COLOURS[number % len(COLOURS)]
        mask = (frame.plane(alpha) > 0.5).astype(np.uint8)
        contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(shown, contours, -1, colour, 1, cv2.LINE_AA)
        said = picture.texts[number]
        lines.append((f"{number:02}: {said[0] if said else '-'}", colour))
    cell[: shown.shape[0], : shown.shape[1]] = shown
    for place, (words, colour) in enumerate(lines[:_LINES]):
        text = words.encode("ascii", "replace").decode()[:_LETTERS]
        at = (4, _SIDE + _LINE * (place + 1) - 4)
        cv2.putText(cell, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.42, colour, 1, cv2.LINE_AA)
    return cell
