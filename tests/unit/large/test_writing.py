"""Large results on disk."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from penumbra.core.errors import OutputError
from penumbra.io import read_photograph
from penumbra.large import writing
from penumbra.large.writing import save_raster
from tests.large_scenes import on_disk
from tests.unit.io.files import noise, srgb_profile, unit

pytest.importorskip("pyvips", reason="needs the extra 'large'")


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("bands", [1, 3, 4])
def test_every_sample_comes_back(
    tmp_path: Path, suffix: str, dtype: type[np.uint8], bands: int
) -> None:
    """PNG and TIFF keep all bits, the alpha and the profile; sides are no multiple of anything."""
    samples = noise(301, 259, bands, dtype=dtype)
    profile = srgb_profile() if bands > 1 else None

    save_raster(tmp_path / f"a{suffix}", on_disk(tmp_path / "a.raw", samples), profile)

    read = read_photograph(tmp_path / f"a{suffix}")
    assert_array_equal(read.rgb, unit(np.broadcast_to(samples[:, :, :3], (301, 259, 3))))
    assert read.icc_profile == profile
    assert (read.alpha is not None) == (bands == 4)
    if read.alpha is not None:
        assert_array_equal(read.alpha, unit(samples[:, :, 3]))


def test_a_png_is_one_for_other_programs(tmp_path: Path) -> None:
    """Pillow checks every chunk."""
    samples = noise(150, 31, 4)
    save_raster(tmp_path / "a.png", on_disk(tmp_path / "a.raw", samples), None)

    with Image.open(tmp_path / "a.png") as image:
        image.verify()
    with Image.open(tmp_path / "a.png") as image:
        assert_array_equal(np.asarray(image), samples)


def test_a_jpeg_is_close_and_keeps_the_profile(tmp_path: Path) -> None:
    """As good as those of small pictures."""
    y, x = np.mgrid[:300, :257]
    samples = np.stack([y % 256, x % 256, (x + y) % 256], axis=2).astype(np.uint8)
    profile = srgb_profile()  # which says when it was made

    save_raster(tmp_path / "a.jpg", on_disk(tmp_path / "a.raw", samples), profile)

    read = read_photograph(tmp_path / "a.jpg")
    assert_allclose(read.rgb, unit(samples), rtol=0, atol=0.1)
    assert np.abs(read.rgb - unit(samples)).mean() < 0.004
    assert read.icc_profile == profile


def test_a_jpeg_has_sides_of_16_bits(tmp_path: Path) -> None:
    """What does not fit is refused, and nothing is left behind."""
    raster = on_disk(tmp_path / "a.raw", np.zeros((1, 65536, 3), np.uint8))

    with pytest.raises(OutputError, match="at most 65535"):
        save_raster(tmp_path / "a.jpg", raster, None)

    assert [path.name for path in tmp_path.iterdir()] == ["a.raw"]


def test_what_an_encoder_refuses_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The encoder has its own kind of error."""
    monkeypatch.setattr(writing, "_as_file", lambda raster: iter([b"no picture"]))
    raster = on_disk(tmp_path / "a.raw", noise(9, 9, 3))

    with pytest.raises(OutputError, match="must fit a JPEG file"):
        save_raster(tmp_path / "a.jpg", raster, None)


def test_other_kinds_are_refused(tmp_path: Path) -> None:
    """Their encoders want the whole picture."""
    with pytest.raises(OutputError, match="must end in"):
        save_raster(tmp_path / "a.webp", on_disk(tmp_path / "a.raw", noise(9, 9, 3)), None)


def test_a_png_is_written_in_several_chunks(tmp_path: Path) -> None:
    """Memory does not follow the file, so its pixels are many chunks."""
    raster = on_disk(tmp_path / "a.raw", noise(512, 1024, 3))

    save_raster(tmp_path / "a.png", raster, None)

    data = (tmp_path / "a.png").read_bytes()
    assert data.count(b"IDAT") > 2
    assert np.asarray(Image.open(BytesIO(data))).shape == (512, 1024, 3)
