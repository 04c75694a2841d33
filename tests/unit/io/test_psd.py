"""Photoshop documents, written by us and read by psd-tools, and the other way round."""

import io
import sys
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from penumbra.core.errors import ImageError, OutputError
from penumbra.io import encode_cutout, encode_image, encode_layered, read_photograph, save_cutout
from penumbra.io.images import Bits
from tests.unit.io.cutouts import cutout, integers, like
from tests.unit.io.files import noise, srgb_profile

psd_tools = pytest.importorskip("psd_tools", reason="the extra 'layers' is not installed")


def opened(data: bytes) -> Any:  # noqa: ANN401
    """The document, as psd-tools sees it."""
    return psd_tools.PSDImage.open(io.BytesIO(data))


@pytest.mark.parametrize("bits", [8, 16])
def test_layers_and_mask_are_ours(bits: Bits) -> None:
    """Sample by sample: a matte that is a level off shows as a fringe."""
    ours = cutout(bits)
    background, lifted = opened(encode_cutout(ours, ".psd", like(bits)))

    is_seen = integers(ours.alpha, bits) > 0
    assert (background.name, lifted.name) == ("Background", "Object")
    assert (background.visible, lifted.visible) == (False, True)
    assert background.mask is None
    is_shown = ours.alpha <= 0.5
    below = integers(background.numpy("color"), bits)
    assert_array_equal(below[is_shown], integers(ours.background, bits)[is_shown])
    assert_array_equal(integers(lifted.numpy("mask")[:, :, 0], bits), integers(ours.alpha, bits))
    colours = integers(lifted.numpy("color"), bits)
    assert_array_equal(colours[is_seen], integers(ours.foreground, bits)[is_seen])


def test_what_the_mask_hides_is_the_picture() -> None:
    """Whoever paints on the mask gets back what was there."""
    ours = cutout()
    lifted = opened(encode_cutout(ours, ".psd", like()))[1]

    assert_array_equal(integers(lifted.numpy("color"), 8)[:3], integers(ours.background, 8)[:3])


def test_the_background_is_calm_where_the_object_hides_it() -> None:
    """Estimates there are dots of any colour, which a layer of its own would show."""
    ours = cutout()
    ours.background[:] = 0.25
    ours.background[7, 2] = 1  # below what is opaque
    below = opened(encode_cutout(ours, ".psd", like()))[0].numpy("color")

    assert_allclose(below, 0.25, atol=0.03)


@pytest.mark.parametrize("bits", [8, 16])
def test_a_background_that_was_asked_for_is_a_layer_and_shown(bits: Bits) -> None:
    """The flattened picture is the composite."""
    ours, colour = cutout(bits), np.array([1, 0.25, 0], np.float32)
    data = encode_layered(ours, colour, ".psd", like(bits))
    below = opened(data)[0]
    back = read_photograph(data)

    assert below.visible
    assert_array_equal(integers(below.numpy("color"), bits)[4, 4], integers(colour, bits))
    assert back.alpha is None
    as_png = read_photograph(encode_image(ours.over(colour), ".png", like(bits)))
    assert_array_equal(back.rgb, as_png.rgb)


@pytest.mark.parametrize("bits", [8, 16])
def test_the_flattened_picture_is_the_cut_out(bits: Bits) -> None:
    """Kept over white, as Photoshop keeps it: colours come back as closely as alpha allows."""
    ours = cutout(bits)
    back = read_photograph(encode_cutout(ours, ".psd", like(bits)))

    assert back.bits == bits
    assert back.alpha is not None
    assert_array_equal(integers(back.alpha, bits), integers(ours.alpha, bits))
    weight = ours.alpha[:, :, None]
    assert_allclose(weight * back.rgb, weight * ours.foreground, atol=1.1 / (2**bits - 1))


def test_16_bits_lie_where_photoshop_has_them() -> None:
    """No layers and no global mask in their usual places, then two blocks, in this order.

    psd-tools reads any order; ImageMagick finds the layers in this one alone.
    """
    data = encode_cutout(cutout(16), ".psd", like(16))
    resources = int.from_bytes(data[30:34], "big")
    section = data[34 + resources + 4 :]

    assert section[:8] == bytes(8)
    assert section[8:28] == b"8BIMMt16" + bytes(4) + b"8BIMLr16"


def test_psd_tools_flattens_it_alike() -> None:
    """Its compositor, which knows layers and masks, against our equation."""
    ours = cutout()
    data = encode_layered(ours, ours.background, ".psd", like())
    flat = opened(data).composite(force=True)

    assert_allclose(np.asarray(flat.convert("RGB")) / 255, ours.over(ours.background), atol=0.006)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_documents_of_others_are_read(mode: str) -> None:
    """As psd-tools makes them of a picture."""
    from PIL import Image

    shape = {"RGB": (5, 7, 3), "RGBA": (5, 7, 4), "L": (5, 7)}[mode]
    samples = noise(*shape)
    if mode == "RGBA":
        samples[..., 3] = 255
    file = io.BytesIO()
    psd_tools.PSDImage.frompil(Image.fromarray(samples, mode)).save(file)

    back = read_photograph(file.getvalue())

    wanted = np.repeat(samples[:, :, None], 3, axis=2) if mode == "L" else samples[:, :, :3]
    assert_array_equal(integers(back.rgb, 8), wanted)


@pytest.mark.parametrize("cut", [10, 30, 200, -100])
def test_a_torn_document_is_refused(cut: int) -> None:
    """With one line, and never as black pixels."""
    data = encode_cutout(cutout(), ".psd", like(8, srgb_profile()))

    with pytest.raises(ImageError, match="image must"):
        read_photograph(data[:cut])


def test_damage_anywhere_is_refused_or_seen() -> None:
    """Whatever byte it hits: an `ImageError`, or a picture, and nothing else."""
    rng, refused = np.random.default_rng(5), 0
    whole = encode_cutout(cutout(), ".psd", like())
    for _ in range(150):
        data = bytearray(whole)
        data[rng.integers(4, len(data) if rng.random() < 0.5 else 400)] = rng.integers(256)
        try:
            read_photograph(bytes(data), max_pixels=1_000_000)
        except ImageError:
            refused += 1

    assert refused > 0


def test_other_colour_models_are_refused() -> None:
    """By the header, with its name."""
    data = bytearray(encode_cutout(cutout(), ".psd", like()))
    data[24:26] = (4).to_bytes(2, "big")

    with pytest.raises(ImageError, match="must be grey or RGB of 8 or 16 bits, got CMYK of 8"):
        read_photograph(bytes(data))


def test_a_document_too_large_is_refused_by_its_header() -> None:
    """Before anything is decoded."""
    data = bytearray(encode_cutout(cutout(), ".psd", like()))
    data[14:18] = (200_000).to_bytes(4, "big")

    with pytest.raises(ImageError, match="at most 1,000,000 pixels"):
        read_photograph(bytes(data), max_pixels=1_000_000)


def test_sides_that_no_psd_has_are_refused() -> None:
    """Photoshop would not open it."""
    long = np.zeros((1, 30_001), np.float32)
    wide = np.zeros((1, 30_001, 3), np.float32)
    ours = type(cutout())(wide, long, wide, cutout().matte)

    with pytest.raises(OutputError, match="sides of at most 30000 pixels, got 30001x1"):
        encode_cutout(ours, ".psd")


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:  # noqa: ANN401
    """Before the work, when the name of the file is looked at, and when one is read."""
    data = encode_cutout(cutout(), ".psd", like())
    for name in [name for name in sys.modules if name.partition(".")[0] == "psd_tools"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr("penumbra.io.outputs.find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "psd_tools", None)

    with pytest.raises(OutputError, match=r"out\.psd must be written with the extra 'layers'"):
        save_cutout(tmp_path / "out.psd", cutout())
    with pytest.raises(ImageError, match="must be opened with the extra 'layers'"):
        read_photograph(data)
