"""OpenRaster archives, read as their specification says."""

import io
import zipfile
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from penumbra.core.errors import OutputError
from penumbra.io import encode_cutout, encode_layered, read_photograph
from penumbra.io.images import Bits
from tests.unit.io.cutouts import cutout, integers, like


def test_the_first_bytes_tell_what_it_is() -> None:
    """The specification wants `mimetype` first, and not compressed."""
    data = encode_cutout(cutout(), ".ora", like())

    assert data[30:54] == b"mimetypeimage/openraster"


def test_the_stack_lists_the_layers_from_above_to_below() -> None:
    """With all their files there, and the size of the picture."""
    archive = zipfile.ZipFile(io.BytesIO(encode_cutout(cutout(), ".ora", like())))
    image = ElementTree.fromstring(archive.read("stack.xml"))
    layers = image.findall("./stack/layer")

    assert archive.testzip() is None
    assert (image.get("w"), image.get("h")) == ("14", "9")
    assert [it.get("name") for it in layers] == ["Object", "Background"]
    assert [it.get("visibility") for it in layers] == ["visible", "hidden"]
    assert {it.get("src") for it in layers} <= set(archive.namelist())
    assert {"mergedimage.png", "Thumbnails/thumbnail.png"} <= set(archive.namelist())


@pytest.mark.parametrize("bits", [8, 16])
def test_layers_are_ours(bits: Bits) -> None:
    """Sample by sample; what has no mask has the matte as its alpha."""
    ours = cutout(bits)
    archive = zipfile.ZipFile(io.BytesIO(encode_cutout(ours, ".ora", like(bits))))
    lifted = read_photograph(archive.read("data/object.png"))
    background = read_photograph(archive.read("data/background.png"))

    alpha = integers(ours.alpha, bits)
    assert lifted.alpha is not None
    assert lifted.bits == background.bits == bits
    assert_array_equal(integers(lifted.alpha, bits), alpha)
    seen = integers(ours.foreground, bits)[alpha > 0]
    assert_array_equal(integers(lifted.rgb, bits)[alpha > 0], seen)
    is_shown = ours.alpha <= 0.5
    below = integers(ours.background, bits)[is_shown]
    assert_array_equal(integers(background.rgb, bits)[is_shown], below)


def test_a_background_that_was_asked_for_is_shown() -> None:
    """In the stack, and in the picture for those who know no layers."""
    ours, colour = cutout(), np.array([0, 1, 0.5], np.float32)
    archive = zipfile.ZipFile(io.BytesIO(encode_layered(ours, colour, ".ora", like())))
    merged = read_photograph(archive.read("mergedimage.png"))

    assert b"hidden" not in archive.read("stack.xml")
    assert merged.alpha is None
    assert_array_equal(integers(merged.rgb, 8), integers(ours.over(colour), 8))


def test_the_same_cut_out_gives_the_same_bytes() -> None:
    """No time of writing is in it: results of two runs can be compared."""
    assert encode_cutout(cutout(), ".ora") == encode_cutout(cutout(), ".ora")


def test_other_suffixes_have_no_layers() -> None:
    """Asked for layers in a PNG, one would be lost."""
    with pytest.raises(OutputError, match=r"must end in \.psd or \.ora, got \.png"):
        encode_layered(cutout(), None, ".png")
