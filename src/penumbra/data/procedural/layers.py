"""A canvas on which alpha and colour stay exact: layers over layers, premultiplied, in float.

Every procedural family draws on a `Canvas`, usually finer than the picture, and ends with
`Canvas.finish`.  Nothing is ever estimated: alpha is what the over operator gives,
1 - prod(1 - a_i), and the colour is the premultiplied sum divided by that alpha.

Source: Porter and Duff, "Compositing digital images", SIGGRAPH 1984, section 4 (*over*).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.errors import InputError
from penumbra.data.sample import Kind

SMALLEST = 8
LARGEST = 2048
EMPTY_COLOUR = 0.5
"""Colour of a picture on which nothing was drawn."""


@dataclass(frozen=True, eq=False)
class ProceduralForeground:
    """A drawn object, its matte known exactly.

    Attributes:
        foreground: Straight sRGB colours, shape (H, W, 3), in [0, 1].  True wherever alpha is
            above 0, continued smoothly from there over the rest, so that resampling and JPEG
            do no harm.
        alpha: Shape (H, W), in [0, 1].
        kind: Type of the object, in the words of AIM-500.
        family: Name of the generator.
    """

    foreground: RGB
    alpha: Alpha
    kind: Kind
    family: str


def check_size(height: int, width: int) -> None:
    """Raise `InputError` unless a foreground of this size, in pixels, can be drawn."""
    if not (SMALLEST <= height <= LARGEST and SMALLEST <= width <= LARGEST):
        raise InputError(
            f"height and width must be between {SMALLEST} and {LARGEST}, got {height} x {width}"
        )


def fineness(height: int, width: int) -> int:
    """Scale at which thin things are drawn: three, or two where three would be too slow."""
    return 3 if max(height, width) <= 640 else 2


class Canvas:
    """Premultiplied colour and alpha, `scale` times finer than the picture they become.

    Args:
        height: Of the picture, in pixels.
        width: Of the picture, in pixels.
        scale: Canvas pixels on the side of one pixel of the picture; averaging over them is
            what makes edges soft.

    Raises:
        InputError: The size is outside `SMALLEST` to `LARGEST`.

    Attributes:
        premultiplied: Colour times alpha, shape (H * scale, W * scale, 3), in [0, alpha].
        alpha: Shape (H * scale, W * scale), in [0, 1].

    Example:
        >>> canvas = Canvas(8, 8)
        >>> canvas.over((1.0, 0.5, 0.0), np.full((8, 8), 0.5, np.float32))
        >>> canvas.over((0.0, 0.5, 0.0), np.full((8, 8), 0.5, np.float32))
        >>> drawn = canvas.finish("SO", "example")
        >>> float(drawn.alpha[0, 0]), drawn.foreground[0, 0].round(3).tolist()
        (0.75, [0.3330000042915344, 0.5, 0.0])
    """

    def __init__(self, height: int, width: int, scale: int = 1) -> None:
        check_size(height, width)
        self._size = (height, width)
        self.height, self.width, self.scale = height * scale, width * scale, scale
        self.premultiplied = np.zeros((self.height, self.width, 3), np.float32)
        self.alpha = np.zeros((self.height, self.width), np.float32)

    def over(self, colour: RGB | tuple[float, float, float], coverage: Alpha) -> None:
        """Lay one layer over what is there.

        Args:
            colour: Straight sRGB in [0, 1]: one colour, or shape (canvas height, width, 3).
            coverage: Alpha of the layer, shape (canvas height, width), in [0, 1].
        """
        colours = np.asarray(colour, np.float32)
        self.over_premultiplied(colours * coverage[..., None], coverage)

    def over_premultiplied(self, premultiplied: NDArray[np.float32], coverage: Alpha) -> None:
        """Lay one layer, already multiplied by its coverage, over what is there."""
        through = 1 - coverage
        self.premultiplied *= through[..., None]
        self.premultiplied += premultiplied
        self.alpha *= through
        self.alpha += coverage

    def over_strokes(self, strokes: NDArray[np.uint8]) -> None:
        """Lay premultiplied 8-bit (R, G, B, alpha), shape (height, width, 4), over what is there.

        OpenCV's anti-aliased drawing in colour (r, g, b, 255) on four zeroed channels is the
        over operator itself, so thousands of strokes cost one layer.  Its rounding may lift a
        colour above alpha by a step, which is cut off.
        """
        layer = strokes.astype(np.float32) / np.float32(255)
        coverage = layer[..., 3]
        self.over_premultiplied(np.minimum(layer[..., :3], coverage[..., None]), coverage)

    def shade(self, factor: Alpha) -> None:
        """Darken the colours by a factor in [0, 1], shape (canvas height, width); alpha stays."""
        self.premultiplied *= factor[..., None]

    def finish(self, kind: Kind, family: str) -> ProceduralForeground:
        """Average down to the picture and separate colour from alpha."""
        height, width = self._size
        alpha = np.clip(_shrink(self.alpha, height, width), 0, 1)
        premultiplied = _shrink(self.premultiplied, height, width)
        foreground = np.clip(_spread(premultiplied, alpha), 0, 1)
        return ProceduralForeground(foreground, alpha, kind, family)


def _shrink(plane: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    if plane.shape[:2] == (height, width):
        return plane.copy()
    return np.asarray(cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA))


def _spread(premultiplied: NDArray[np.float32], alpha: NDArray[np.float32]) -> NDArray[np.float32]:
    """Divide by alpha; where it is 0, take the colour from ever coarser averages around."""
    is_drawn = alpha > 0
    divisor = np.where(is_drawn, alpha, 1).astype(np.float32)
    colours = premultiplied / divisor[..., None]
    if is_drawn.all():
        return colours
    height, width = alpha.shape
    if height == width == 1:
        return np.full_like(premultiplied, EMPTY_COLOUR)
    half = (height + 1) // 2, (width + 1) // 2
    coarse = _spread(_shrink(premultiplied, *half), _shrink(alpha, *half))
    around = np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR))
    return np.where(is_drawn[..., None], colours, around)
