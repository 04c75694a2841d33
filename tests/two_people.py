"""A picture of two people, which no network here was trained on."""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

from penumbra.core.hints import Hints
from penumbra.systems.registry import load_predictor

HEIGHT, WIDTH = 296, 560
CORNERS = ((30, 40), (320, 40))
"""Of where both stand, x and y of the upper left in pixels."""

SIZE = (210, 256)
"""Of each of them, width and height in pixels; the right one is the left one in a mirror."""


@cache
def two_people() -> NDArray[np.uint8]:
    """Eileen Collins, cut out of NASA's photograph, twice before a plain wall, (HEIGHT, WIDTH, 3).

    The model `safe` cuts her out; her picture alone, pasted as it is, would be no photograph of
    two people but one of two photographs.
    """
    photograph = (data.astronaut() / 255).astype(np.float32)  # type: ignore[no-untyped-call]
    safe = load_predictor("safe")
    alpha = safe.decode(safe.encode(photograph), Hints()).alpha
    person = np.dstack([photograph, alpha])[:, 60:480]
    person = cv2.resize(person, SIZE, interpolation=cv2.INTER_AREA)
    both = np.full((HEIGHT, WIDTH, 3), (150, 170, 150), np.float32) / 255
    width, height = SIZE
    for (x, y), it in zip(CORNERS, (person, person[:, ::-1]), strict=True):
        behind, opacity = both[y : y + height, x : x + width], it[..., 3:]
        behind[:] = opacity * it[..., :3] + (1 - opacity) * behind
    return np.rint(255 * both).astype(np.uint8)
