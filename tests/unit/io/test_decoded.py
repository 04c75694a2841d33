"""What every decoder checks, and how its errors look."""

import pytest
from PIL import Image, UnidentifiedImageError

from penumbra.core.errors import HintError, ImageError
from penumbra.io.decoded import check_size, decoding


@pytest.mark.parametrize(("width", "height"), [(0, 5), (5, 0), (-1, 5)])
def test_a_picture_has_pixels(width: int, height: int) -> None:
    """Some decoders read an empty header without complaint."""
    with pytest.raises(ImageError, match=f"f must hold at least one pixel, got {width}x{height}"):
        check_size(width, height, "f", 100)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (SyntaxError("two\nlines"), "'two lines'"),
        (MemoryError(), "'MemoryError'"),
        (UnidentifiedImageError("cannot identify <_io.BytesIO at 0x7f>"), "a damaged header"),
    ],
)
def test_foreign_errors_become_one_line_of_ours(error: Exception, reason: str) -> None:
    """With the cause kept for whoever debugs."""
    with pytest.raises(ImageError) as caught, decoding("PNG", "f"):
        raise error

    assert str(caught.value) == f"f must be a whole PNG file, got {reason}"
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("error", [HintError("ours"), Image.DecompressionBombError("limit")])
def test_errors_that_others_answer_pass(error: Exception) -> None:
    """Our own are final, and the limit of Pillow is a matter of `images`."""
    with pytest.raises(type(error)) as caught, decoding("PNG", "f"):
        raise error

    assert caught.value is error
