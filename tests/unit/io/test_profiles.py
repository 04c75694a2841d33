"""ICC profiles go through byte by byte, in every kind of file that can hold one."""

import io
import zipfile
from importlib.util import find_spec

import pytest

from penumbra.io import (
    CUTOUT_SUFFIXES,
    IMAGE_SUFFIXES,
    LAYER_SUFFIXES,
    encode_cutout,
    encode_image,
    encode_layered,
    read_photograph,
)
from penumbra.io.images import Bits
from tests.unit.io.cutouts import cutout, like
from tests.unit.io.files import srgb_profile

HOLDING = sorted({*CUTOUT_SUFFIXES, *IMAGE_SUFFIXES} - {".exr"})


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("suffix", HOLDING)
def test_a_profile_survives(suffix: str, bits: Bits) -> None:
    """A result in the wrong profile is of other colours."""
    if suffix == ".psd" and find_spec("psd_tools") is None:
        pytest.skip("the extra 'layers' is not installed")
    profile, ours = srgb_profile(), cutout(bits)
    photograph = like(bits, profile)
    files = []
    if suffix in CUTOUT_SUFFIXES:
        files.append(encode_cutout(ours, suffix, photograph))
    if suffix in IMAGE_SUFFIXES:
        files.append(encode_image(ours.background, suffix, photograph))
    if suffix in LAYER_SUFFIXES:
        files.append(encode_layered(ours, ours.background, suffix, photograph))

    for data in files:
        if suffix == ".ora":
            archive = zipfile.ZipFile(io.BytesIO(data))
            names = [name for name in archive.namelist() if name.endswith("e.png")]
            pictures = [archive.read("data/object.png"), *map(archive.read, names)]
        else:
            pictures = [data]
        assert {read_photograph(it).icc_profile for it in pictures} == {profile}
