"""What is written comes back; what is painted is meant."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_array_equal

from penumbra.core.arrays import Alpha, Mask, Trimap
from penumbra.core.cutout import Cutout
from penumbra.core.matte import Matte
from penumbra.io import (
    Photograph,
    encode_alpha,
    encode_cutout,
    load_alpha,
    load_trimap,
    read_photograph,
)
from penumbra.io.images import Bits
from penumbra.io.scribbles import trace
from tests.strategies import masks, mattes, sizes, trimaps
from tests.unit.io.files import outcome, unit

DEPTHS = st.sampled_from([8, 16])
EXACT = st.sampled_from([".png", ".tif", ".webp"])


@given(painted=masks(sizes(most=14)), is_foreground=st.booleans())
def test_scribbles_paint_exactly_the_pixels_they_came_from(
    painted: Mask, is_foreground: bool
) -> None:
    """Not one pixel more or less, in however many strokes."""
    repainted = np.zeros_like(painted)
    for scribble in trace(painted, is_foreground):
        assert scribble.is_foreground == is_foreground
        repainted |= scribble.mask(*painted.shape)

    assert_array_equal(repainted, painted)


@given(alpha=mattes(), bits=DEPTHS, suffix=st.sampled_from([".png", ".tif"]))
def test_a_matte_moves_by_half_a_level_at_most(alpha: Alpha, bits: Bits, suffix: str) -> None:
    """Rounding, once; writing what was read changes nothing any more."""
    once = load_alpha(encode_alpha(alpha, suffix, bits))

    np.testing.assert_allclose(once, alpha, atol=0.5 / (2**bits - 1) + 1e-7)
    assert_array_equal(load_alpha(encode_alpha(once, suffix, bits)), once)


@given(trimap=trimaps())
def test_a_trimap_survives_8_bits(trimap: Trimap) -> None:
    """0, 128 and 255."""
    assert_array_equal(load_trimap(encode_alpha(trimap)), trimap)


@given(size=sizes(), data=st.data(), bits=DEPTHS, suffix=EXACT)
def test_what_is_seen_of_a_cut_out_survives(
    size: tuple[int, int], data: st.DataObject, bits: Bits, suffix: str
) -> None:
    """Colours wherever alpha is not zero, and alpha everywhere."""
    samples = data.draw(arrays(np.uint8, (*size, 4)))
    values = unit(samples)
    cutout = Cutout(values[:, :, :3], values[:, :, 3], values[:, :, :3], Matte(values[:, :, 3]))
    like = Photograph(values[:, :, :3], None, None, bits)

    back = read_photograph(encode_cutout(cutout, suffix, like))

    alpha = np.ones(size, np.float32) if back.alpha is None else back.alpha
    assert_array_equal(np.rint(alpha * 255), samples[:, :, 3])
    seen = samples[:, :, 3] > 0
    assert_array_equal(np.rint(back.rgb * 255)[seen], samples[:, :, :3][seen])


@given(
    magic=st.sampled_from(
        [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"BM", b"RIFF\0\0\0\0WEBP", b""]
    ),
    rest=st.binary(max_size=200),
)
def test_no_bytes_raise_anything_but_our_errors(magic: bytes, rest: bytes) -> None:
    """Whatever a file holds, a caller has one error to catch."""
    outcome(magic + rest, max_pixels=10_000)
