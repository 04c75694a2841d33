"""`--background`: what a cut-out is laid over."""

import os
from functools import partial
from pathlib import Path

from penumbra.core.arrays import RGB
from penumbra.core.cutout import Cutout
from penumbra.core.errors import InputError
from penumbra.io import load_image
from penumbra.session.backdrop import Backdrop, Cover, blurred, parse_colour

TRANSPARENT = "transparent"
BLUR = "blur"


def parse_backdrop(text: str) -> Backdrop | None:
    """Return how to make a background, or None for a transparent one.

    Args:
        text: `transparent`, `blur` (the picture's own background, out of focus), a colour (CSS
            name, `#rrggbb`, `rgb(...)`, `hsl(...)`), or a picture.  A word that is a colour is
            a colour; `./red` is the file.

    Raises:
        InputError: It is none of these, or the picture cannot be read.
    """
    if text == TRANSPARENT:
        return None
    if text == BLUR:
        return blurred
    colour = parse_colour(text)
    if colour is not None:
        return partial(_plain, colour)
    if not os.path.isfile(text):
        raise InputError(f"background must be transparent, blur, a colour or a file, got {text!r}")
    return Cover(load_image(Path(text)))


# Not within the above: what is sent to other processes must have a name there.
def _plain(colour: RGB, cutout: Cutout) -> RGB:
    return colour
