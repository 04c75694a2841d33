"""Laws of images, hints and trimaps that hold for any of them."""

import json
import math
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from penumbra.core.arrays import RGB, Alpha, Mask, Trimap, as_alpha, as_mask, as_rgb, as_trimap
from penumbra.core.composite import composite
from penumbra.core.errors import HintError
from penumbra.core.frames import Crop, Pad, Resize
from penumbra.core.hints import Hints, Scribble
from penumbra.core.hints_json import hints_from_json, hints_to_json
from penumbra.core.resample import resize, resize_nearest
from penumbra.core.trimap import dilate, erode, from_alpha, from_mask, unknown
from tests.strategies import (
    Size,
    clicks,
    hints,
    masks,
    mattes,
    rgb_images,
    scribbles,
    sizes,
    trimaps,
)

Frame = Resize | Crop | Pad

LEVEL = st.sampled_from([0.0, 0.1, 0.25, 0.7, 1.0])
RADIUS = st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.0, 3.0])


@st.composite
def frames(draw: st.DrawFn, size: Size) -> Frame:
    """Any change of frame of an image of the size."""
    height, width = size
    kind = draw(st.sampled_from([Resize, Crop, Pad]))
    if kind is Pad:
        return Pad(height, width, draw(st.integers(1, 8)))
    if kind is Resize:
        return Resize(height, width, draw(st.integers(1, 20)), draw(st.integers(1, 20)))
    top, left = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
    bottom, right = draw(st.integers(top + 1, height)), draw(st.integers(left + 1, width))
    return Crop(height, width, top, left, bottom, right)


@given(size=sizes(), data=st.data(), level=LEVEL)
def test_a_frame_and_its_way_back_keep_size_and_constants(
    size: Size, data: st.DataObject, level: float
) -> None:
    """A matte must come back onto the photograph it belongs to, pixel by pixel."""
    frame = data.draw(frames(size))
    alpha = np.full(size, level, np.float32)

    back = frame.back(frame.plane(alpha))

    assert back.shape == size
    assert back.dtype == np.float32
    inside = alpha.copy()
    if isinstance(frame, Crop):
        inside[:] = 0
        inside[frame.top : frame.bottom, frame.left : frame.right] = level
    assert_allclose(back, inside, atol=1e-6)


@given(size=sizes(), data=st.data())
def test_a_click_maps_to_the_pixel_under_it(size: Size, data: st.DataObject) -> None:
    """Checked on a label map: both ways must name the same pixel of the original.

    A pixel of an enlarged picture lies within one original pixel only where the sizes
    divide, so only such sizes are drawn.
    """
    factor = data.draw(st.integers(1, 4))
    click = data.draw(clicks(size))
    labels = np.arange(size[0] * size[1]).reshape(size)
    enlarge = Resize(*size, size[0] * factor, size[1] * factor)

    (moved,) = enlarge.hints(Hints(clicks=(click,))).clicks

    enlarged = resize_nearest(labels, enlarge.new_height, enlarge.new_width)
    assert enlarged[moved.pixel] == labels[click.pixel]


@given(size=sizes(), data=st.data())
def test_a_click_keeps_its_pixel_through_crop_and_pad(size: Size, data: st.DataObject) -> None:
    frame = data.draw(frames(size).filter(lambda frame: not isinstance(frame, Resize)))
    click = data.draw(clicks(size))
    labels = np.arange(size[0] * size[1], dtype=np.float32).reshape(size)

    moved = frame.hints(Hints(clicks=(click,))).clicks

    seen = frame.plane(labels)
    assert [seen[each.pixel] for each in moved] == [labels[click.pixel]] * len(moved)
    if isinstance(frame, Pad):
        assert len(moved) == 1


@given(size=sizes(), data=st.data())
def test_hints_stay_inside_their_frame(size: Size, data: st.DataObject) -> None:
    """Whatever a frame hands on must be accepted on the other side.

    Strokes are looked at in whole frames only: a crop keeps their points outside.
    """
    frame = data.draw(frames(size))
    before = data.draw(hints(size))
    new_size = frame.plane(np.zeros(size, np.float32)).shape

    after = frame.hints(before)

    if isinstance(frame, Crop):
        assert all(scribble.mask(*new_size).any() for scribble in after.scribbles)
        after = Hints(after.clicks, (), after.box, after.text, after.trimap, after.mask)
    else:
        assert after.kinds == before.kinds
    after.check_inside(*new_size)


@given(size=sizes(), data=st.data())
def test_hints_survive_json(size: Size, data: st.DataObject) -> None:
    """A session that is saved and opened again must give the same mattes."""
    before = data.draw(hints(size))

    after = hints_from_json(hints_to_json(before))

    assert (after.clicks, after.scribbles, after.box, after.text) == (
        before.clicks,
        before.scribbles,
        before.box,
        before.text,
    )
    for name in ("trimap", "mask"):
        one, other = getattr(before, name), getattr(after, name)
        assert (one is None) == (other is None)
        if one is not None:
            assert_array_equal(other, one, strict=True)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["clicks", "scribbles", "box", "text", "trimap", "mask", "x", "y", "points", "zlib"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(value=JSON)
def test_any_json_is_hints_or_a_hint_error(value: object) -> None:
    """The bytes come from a browser; nothing but our own errors may reach the server."""
    with suppress(HintError):
        assert isinstance(hints_from_json(json.dumps(value)), Hints)


@given(size=sizes(), data=st.data())
def test_a_scribble_is_the_union_of_its_segments(size: Size, data: st.DataObject) -> None:
    """Drawing a stroke in one go or in pieces must not differ."""
    scribble = data.draw(scribbles(size))
    points = scribble.points
    pieces = [
        Scribble(piece, scribble.width).mask(*size)
        for piece in zip(points, points[1:] or points, strict=False)
    ]

    assert_array_equal(scribble.mask(*size), np.any(pieces, axis=0))


@given(size=sizes(), data=st.data())
def test_mixing_takes_the_foreground_at_one_and_the_background_at_zero(
    size: Size, data: st.DataObject
) -> None:
    """Bit for bit: known pixels of a photograph are not to be touched."""
    foreground, background = data.draw(rgb_images(size)), data.draw(rgb_images(size))
    alpha = data.draw(mattes(size))

    mixed = composite(foreground, background, alpha)

    assert_array_equal(mixed[alpha == 1], foreground[alpha == 1])
    assert_array_equal(mixed[alpha == 0], background[alpha == 0])
    assert mixed.min() >= 0
    assert mixed.max() <= 1


@given(size=sizes(), data=st.data(), linear=st.booleans())
def test_mixing_stays_between_its_parts(size: Size, data: st.DataObject, linear: bool) -> None:
    foreground, background = data.draw(rgb_images(size)), data.draw(rgb_images(size))

    mixed = composite(foreground, background, data.draw(mattes(size)), linear)

    assert mixed.dtype == np.float32
    assert np.all(mixed >= np.minimum(foreground, background) - 1e-6)
    assert np.all(mixed <= np.maximum(foreground, background) + 1e-6)
    assert mixed.max() <= 1


@given(size=sizes(), data=st.data(), linear=st.booleans())
def test_swapping_the_parts_inverts_the_matte(
    size: Size, data: st.DataObject, linear: bool
) -> None:
    one, other = data.draw(rgb_images(size)), data.draw(rgb_images(size))
    alpha = data.draw(mattes(size))

    assert_allclose(
        composite(one, other, alpha, linear), composite(other, one, 1 - alpha, linear), atol=2e-6
    )


@given(size=sizes(), data=st.data(), linear=st.booleans())
def test_an_image_over_itself_is_itself(size: Size, data: st.DataObject, linear: bool) -> None:
    image = data.draw(rgb_images(size))

    assert_allclose(composite(image, image, data.draw(mattes(size)), linear), image, atol=1e-6)


@given(mask=masks(), radius=RADIUS)
def test_a_band_lies_around_the_edge_of_its_mask(mask: Mask, radius: float) -> None:
    """Known pixels agree with the mask, and unknown ones are near the other side."""
    trimap = from_mask(mask, radius)

    assert_array_equal(trimap[~unknown(trimap)], mask[~unknown(trimap)].astype(np.float32))
    assert_array_equal(unknown(trimap), dilate(mask, radius) & dilate(~mask, radius))


@given(mask=masks(), radius=RADIUS)
def test_inverting_a_mask_inverts_its_trimap(mask: Mask, radius: float) -> None:
    assert_array_equal(from_mask(~mask, radius), 1 - from_mask(mask, radius))


@given(mask=masks(), radius=RADIUS)
def test_a_mask_is_a_matte_of_ones_and_zeros(mask: Mask, radius: float) -> None:
    """Both ways to a trimap agree where both apply."""
    assert_array_equal(from_alpha(mask.astype(np.float32), radius), from_mask(mask, radius))


@given(alpha=mattes(), radius=RADIUS)
def test_a_trimap_never_contradicts_its_matte(alpha: Alpha, radius: float) -> None:
    """Every mixed pixel is unknown, and a wider radius only adds to the unknown."""
    trimap = from_alpha(alpha, radius)
    wider = from_alpha(alpha, radius + 1)

    assert_array_equal(as_trimap(trimap), trimap)
    assert unknown(trimap)[(alpha > 0) & (alpha < 1)].all()
    assert_array_equal(trimap[~unknown(trimap)], alpha[~unknown(trimap)])
    assert unknown(wider)[unknown(trimap)].all()


@given(mask=masks(), radius=RADIUS)
def test_erosion_shrinks_and_dilation_grows(mask: Mask, radius: float) -> None:
    eroded, dilated = erode(mask, radius), dilate(mask, radius)

    assert mask[eroded].all()
    assert dilated[mask].all()
    assert mask[erode(dilated, radius)].sum() == mask.sum()


@given(size=sizes(1, 12), new=sizes(1, 12), data=st.data())
def test_resizing_stays_in_range_and_commutes_with_transposing(
    size: Size, new: Size, data: st.DataObject
) -> None:
    alpha = data.draw(mattes(size))

    resized = resize(alpha, *new)

    assert resized.shape == new
    assert alpha.min() - 1e-6 <= resized.min()
    assert resized.max() <= min(alpha.max() + 1e-6, 1)
    assert_allclose(resize(alpha.T, *new[::-1]), resized.T, atol=1e-6)


@given(size=sizes(1, 12), new=sizes(1, 12), data=st.data())
def test_shrinking_keeps_the_mean(size: Size, new: Size, data: st.DataObject) -> None:
    """Every old pixel counts the same: the share of a picture that is object stays."""
    alpha = data.draw(mattes(size))
    low = min(size[0], new[0]), min(size[1], new[1])

    assert resize(alpha, *low).mean(dtype=np.float64) == pytest.approx(
        alpha.mean(dtype=np.float64), abs=1e-5
    )


@given(image=rgb_images(), alpha=mattes(), trimap=trimaps(), mask=masks())
def test_what_the_kit_makes_passes_its_own_doors(
    image: RGB, alpha: Alpha, trimap: Trimap, mask: Mask
) -> None:
    """And passes them untouched, so that checking twice costs nothing but time."""
    assert as_rgb(image) is image
    assert as_alpha(alpha) is alpha
    assert as_trimap(trimap) is trimap
    assert as_mask(mask) is mask


@given(size=sizes(2, 9), data=st.data())
def test_a_click_lies_on_the_pixel_its_scribble_paints(size: Size, data: st.DataObject) -> None:
    """A click is a stroke of no length; both must reach the solver at the same place."""
    click = data.draw(clicks(size))

    assert Scribble(((click.x, click.y),), 1e-3).mask(*size)[click.pixel]
    assert math.floor(click.x) == click.pixel[1]
