"""Words, signs and thin structures: crisp edges and lines down to a pixel."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from penumbra.core.arrays import RGB, Alpha
from penumbra.data.procedural.layers import Canvas, ProceduralForeground
from penumbra.data.procedural.noise import blur, pixel_grid
from penumbra.data.procedural.textures import Colour, draw_texture, mix, random_colour
from penumbra.data.procedural.thin import draw_thin

FINE = 3  # sub-pixels along each side of a pixel
# fmt: off
WORDS = (
    "open", "closed", "exit", "sale", "fresh", "coffee", "bakery", "hotel", "garden", "river",
    "summer", "winter", "museum", "cinema", "music", "radio", "north", "south", "platform",
    "taxi", "station", "theatre", "market", "books", "flowers", "harbour", "light", "shadow",
    "glass", "smoke", "silver", "paper", "orange", "violet", "granite", "welcome", "parking",
    "library", "school", "ice", "cream", "today", "only", "new", "menu", "pizza", "soup", "bar",
    "cafe", "free", "private", "danger", "stop", "slow", "quiet",
)
# fmt: on
SYMBOLS = "0123456789&@#%?!$*+=<>"
HERSHEY = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)
THIN_SHARE = 0.45
"""How many of the pictures show thin structures instead of words."""


def draw_text(rng: np.random.Generator, height: int, width: int) -> ProceduralForeground:
    """Draw words, or a thin structure: plants, aerials, wheels, ladders, cages.

    Bold words are salient and opaque; outlined or shadowed ones count as meticulous, and thin
    structures as non-salient.

    Args:
        rng: Source of all chance.
        height: In pixels.
        width: In pixels.

    Raises:
        InputError: The size cannot be drawn.
    """
    canvas = Canvas(height, width)
    if rng.uniform() < THIN_SHARE:
        draw_thin(rng, canvas)
        return canvas.finish("NS", "text")
    is_plain = _draw_words(rng, canvas)
    return canvas.finish("SO" if is_plain else "STM", "text")


def _draw_words(rng: np.random.Generator, canvas: Canvas) -> bool:
    """Lay words over the canvas; return whether they are nothing but opaque letters."""
    height, width = canvas.height, canvas.width
    letters = _bent(rng, _stencil(rng, height * FINE, width * FINE))
    cover = _shrunk(letters, height, width)
    size = min(height, width)
    is_plain = True
    if rng.uniform() < 0.35:
        is_plain = False
        _lay_shadow(rng, canvas, cover)
    style = int(rng.choice(4, p=(0.35, 0.3, 0.15, 0.2)))
    if style == 1:  # filled, with an outline
        canvas.over(_ink(rng), _shrunk(_grown(rng, letters, size), height, width))
    if style == 2:  # the outline alone
        is_plain = False
        hollow = np.clip(_shrunk(_grown(rng, letters, size), height, width) - cover, 0, 1)
        canvas.over(_fill(rng, height, width), hollow)
        return is_plain
    paint = _fill(rng, height, width)
    if style == 3:
        paint = _raised(rng, paint, cover)
    canvas.over(paint, cover)
    return is_plain


def _stencil(rng: np.random.Generator, height: int, width: int) -> NDArray[np.uint8]:
    """Write one to four lines that fill most of an area; 8-bit, (height, width)."""
    lines = [_line(rng) for _ in range(int(rng.choice([1, 1, 2, 3, 4])))]
    write = _with_pillow if rng.uniform() < 0.5 else _with_hershey
    written = write(rng, lines)
    fit = rng.uniform(0.75, 1.05) * min(height / written.shape[0], width / written.shape[1])
    # A single word may be stretched upwards a little, as on posters.
    tall = min(fit * rng.uniform(1.0, 1.6), 0.95 * height / written.shape[0])
    move = np.array(
        [
            [fit, 0, (width - fit * written.shape[1]) / 2],
            [0, max(tall, fit), (height - max(tall, fit) * written.shape[0]) / 2],
        ]
    )
    placed = cv2.warpAffine(written, move, (width, height), flags=cv2.INTER_LINEAR)
    return np.asarray(placed, np.uint8)


def _line(rng: np.random.Generator) -> str:
    words = [str(rng.choice(WORDS)) for _ in range(int(rng.choice([1, 1, 2])))]
    if rng.uniform() < 0.2:
        words.append("".join(rng.choice(list(SYMBOLS), int(rng.integers(1, 5)))))
    text = " ".join(words)
    return (text, text.upper(), text.title())[int(rng.integers(3))]


def _with_pillow(rng: np.random.Generator, lines: list[str]) -> NDArray[np.uint8]:
    text = "\n".join(lines)
    font = ImageFont.load_default(160)
    pen = int(rng.choice([0, 0, 4, 8]))
    spacing = int(rng.integers(0, 60))
    sheet = ImageDraw.Draw(Image.new("L", (1, 1)))
    box = sheet.multiline_textbbox((0, 0), text, font, spacing=spacing, stroke_width=pen)
    left, top, right, bottom = (round(v) for v in box)
    image = Image.new("L", (right - left + 2, bottom - top + 2))
    ImageDraw.Draw(image).multiline_text(
        (1 - left, 1 - top), text, 255, font, spacing=spacing, align="center", stroke_width=pen
    )
    return np.asarray(image, np.uint8)


def _with_hershey(rng: np.random.Generator, lines: list[str]) -> NDArray[np.uint8]:
    font, scale = HERSHEY[int(rng.integers(len(HERSHEY)))], 5.0
    pen = int(rng.integers(4, 16))
    sizes = [cv2.getTextSize(line, font, scale, pen)[0] for line in lines]
    wide, tall = max(w for w, _ in sizes), max(h for _, h in sizes)
    pace = round(tall * 1.5)
    image = np.zeros((pace * len(lines) + pen, wide + 2 * pen), np.uint8)
    for k, (line, (w, _)) in enumerate(zip(lines, sizes, strict=True)):
        at = (pen + (wide - w) // 2, k * pace + tall + pen // 2)
        cv2.putText(image, line, at, font, scale, 255, pen, cv2.LINE_AA)
    return image


def _bent(rng: np.random.Generator, letters: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Look at the letters askew, along a wave, or straight on."""
    height, width = letters.shape
    if rng.uniform() < 0.3:
        y, x = pixel_grid(height, width)
        sag = height * rng.uniform(-0.12, 0.12)
        wave = np.sin(x / width * math.pi * rng.choice([1.0, 2.0])) * sag
        row = (y + wave - sag / 2).astype(np.float32)
        letters = np.asarray(cv2.remap(letters, x, row, cv2.INTER_LINEAR), np.uint8)
    if rng.uniform() < 0.6:
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        strength = rng.uniform(0.0, 0.18) * min(height, width)
        inwards = corners + rng.uniform(0, 1, (4, 2)) * strength * np.array(
            [[1, 1], [-1, 1], [-1, -1], [1, -1]]
        )
        view = cv2.getPerspectiveTransform(corners, inwards.astype(np.float32))
        seen = cv2.warpPerspective(letters, view, (width, height), flags=cv2.INTER_LINEAR)
        letters = np.asarray(seen, np.uint8)
    return letters


def _grown(rng: np.random.Generator, letters: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    reach = max(round(size * FINE * rng.uniform(0.004, 0.02)), 1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return np.asarray(cv2.dilate(letters, disc), np.uint8)


def _shrunk(fine: NDArray[np.uint8], height: int, width: int) -> Alpha:
    shrunk = cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA)
    return shrunk.astype(np.float32) / np.float32(255)


def _fill(rng: np.random.Generator, height: int, width: int) -> RGB:
    """Return one colour, a gradient, or a texture."""
    first, second = _ink(rng), _ink(rng)
    y, x = pixel_grid(height, width)
    angle = rng.uniform(0, math.tau)
    along = ((x / width - 0.5) * math.cos(angle) + (y / height - 0.5) * math.sin(angle)) + 0.5
    weight = np.clip(along, 0, 1).astype(np.float32)
    match int(rng.integers(4)):
        case 0:
            return np.broadcast_to(first, (height, width, 3)).astype(np.float32)
        case 1 | 2:
            return mix(first, second, weight)
        case _:
            return draw_texture(rng, height, width)


def _ink(rng: np.random.Generator) -> Colour:
    """Return ink as signs have it: vivid, nearly white, or nearly black."""
    match int(rng.choice(3, p=(0.6, 0.25, 0.15))):
        case 0:
            return random_colour(rng, (0.5, 1.0), (0.4, 1.0))
        case 1:
            return random_colour(rng, (0.85, 1.0), (0.0, 0.15))
        case _:
            return random_colour(rng, (0.03, 0.2), (0.0, 0.6))


def _lay_shadow(rng: np.random.Generator, canvas: Canvas, cover: Alpha) -> None:
    size = min(canvas.height, canvas.width)
    dx, dy = rng.uniform(-0.03, 0.03, 2) * size
    move = np.array([[1, 0, dx], [0, 1, abs(dy)]], np.float32)
    moved = cv2.warpAffine(cover, move, (canvas.width, canvas.height), flags=cv2.INTER_LINEAR)
    soft = blur(np.asarray(moved, np.float32), size * rng.uniform(0.004, 0.03)) * np.float32(
        rng.uniform(0.35, 0.8)
    )
    tone = rng.uniform(0.0, 0.15)
    canvas.over((tone, tone, tone), np.clip(soft, 0, 1))


def _raised(rng: np.random.Generator, paint: RGB, cover: Alpha) -> RGB:
    """Bevel the letters: light from one side, shade on the other."""
    relief = blur(cover, max(min(cover.shape) * rng.uniform(0.004, 0.012), 0.8))
    slope = cv2.Sobel(relief, -1, 1, 0) * rng.choice([-1, 1]) - cv2.Sobel(relief, -1, 0, 1)
    strength = np.abs(slope).max() + 1e-6
    return np.clip(paint + 0.5 * (slope / strength)[:, :, None], 0, 1).astype(np.float32)
