"""The file of a finished cut-out, transparent or over a backdrop."""

from penumbra.core.finish import Finished
from penumbra.io import LAYER_SUFFIXES, Photograph, encode_cutout, encode_image, encode_layered
from penumbra.session.backdrop import Backdrop


def encode_finished(
    finished: Finished, suffix: str, photograph: Photograph, backdrop: Backdrop | None
) -> bytes:
    """Return the file of a result.

    Args:
        finished: What is shown; a backdrop is made for the object without its looks.
        suffix: Of the file; in those of layers the backdrop is one.
        photograph: Whose depth and colour profile it gets.
        backdrop: Makes what the object is laid over; None leaves it transparent.

    Raises:
        OutputError: It does not fit that kind of file.
    """
    behind = None if backdrop is None else backdrop(finished.object)
    if suffix in LAYER_SUFFIXES:
        return encode_layered(finished.shown, behind, suffix, photograph)
    if behind is None:
        return encode_cutout(finished.shown, suffix, photograph)
    return encode_image(finished.shown.over(behind), suffix, photograph)
