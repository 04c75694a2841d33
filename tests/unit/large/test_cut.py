"""Large photographs from file to file."""

import tempfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from penumbra.core.arrays import RGB
from penumbra.core.budget import Budget
from penumbra.core.cutout import Cutout
from penumbra.core.errors import InputError
from penumbra.core.hints import Click, Hints
from penumbra.io import encode_image, load_alpha, load_image, read_photograph, save_image
from penumbra.large import cut, merging
from penumbra.large.cut import Ask, LargePhotograph, Targets, open_large
from penumbra.large.hints import LargeHints
from penumbra.large.windows import Tiling
from penumbra.session.backdrop import Cover, blurred
from penumbra.session.cutout import cut_out
from tests.large_scenes import RedCloser
from tests.predictors import Polisher
from tests.red_reader import RedReader
from tests.scenes import soft_disk
from tests.unit.io.files import encode

pytest.importorskip("pyvips", reason="needs the extra 'large'")

SIZE = 200


@pytest.fixture(autouse=True)
def _small_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """The small picture has 50 x 50 pixels, and windows are no larger."""
    monkeypatch.setattr(cut, "SMALL", 2500)
    monkeypatch.setattr(merging, "SIDE", 64)


def scene_file(folder: Path) -> Path:
    """A photograph whose reds tell its alpha."""
    alpha = soft_disk(SIZE, radius=60, edge=12)
    image = np.stack([alpha, 0.3 + 0 * alpha, 0.8 - 0.5 * alpha], axis=2)
    save_image(folder / "photo.png", image.astype(np.float32))
    return folder / "photo.png"


def run(path: Path, targets: Targets, **more: object) -> bool:
    with open_large(path, "photo") as large:
        found = large.matte(RedReader(), RedCloser(), LargeHints(Hints()))
        return large.write(found, targets, **more)  # type: ignore[arg-type]


def test_it_is_cut_out_as_a_small_one(tmp_path: Path) -> None:
    """Opacity and colours of a model that sees all of it, within two levels."""
    path = scene_file(tmp_path)
    expected = cut_out(load_image(path), Hints(), RedReader())

    is_seen = run(path, Targets(tmp_path / "o.png", tmp_path / "a.png", tmp_path / "f.png"))

    found = read_photograph(tmp_path / "o.png")
    assert is_seen
    assert found.alpha is not None
    assert_allclose(found.alpha, expected.alpha, rtol=0, atol=0.03)
    assert_array_equal(load_alpha(tmp_path / "a.png"), found.alpha)
    seen = expected.alpha > 0.2
    assert np.abs(found.rgb - expected.foreground)[seen].max() < 0.06
    assert_array_equal(load_image(tmp_path / "f.png")[seen], found.rgb[seen])


def test_windows_show_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Merged in many windows or in one, the file is the same."""
    path = scene_file(tmp_path)

    run(path, Targets(tmp_path / "many.png"))
    monkeypatch.setattr(merging, "SIDE", 1000)
    run(path, Targets(tmp_path / "one.png"))

    many, one = read_photograph(tmp_path / "many.png"), read_photograph(tmp_path / "one.png")
    assert many.alpha is not None
    assert one.alpha is not None
    assert_array_equal(many.alpha, one.alpha)
    is_seen = one.alpha > 0
    assert_allclose(many.rgb[is_seen], one.rgb[is_seen], rtol=0, atol=1.01 / 255)


def test_it_is_laid_over_a_colour_a_picture_and_a_blur(tmp_path: Path) -> None:
    """Each as for a small one."""
    path, rng = scene_file(tmp_path), np.random.default_rng(5)
    picture = np.repeat(np.repeat(rng.random((8, 9, 3), dtype=np.float32), 5, 0), 5, 1)
    whole = cut_out(load_image(path), Hints(), RedReader())
    colour = np.array([0.2, 0.9, 0.4], np.float32)

    large = np.tile(picture, (9, 9, 1))

    def plain(cutout: Cutout) -> RGB:
        return colour

    for backdrop in (plain, Cover(picture), Cover(large)):
        run(path, Targets(tmp_path / "o.png"), backdrop=backdrop)
        expected = whole.over(backdrop(whole))
        assert_allclose(load_image(tmp_path / "o.png"), expected, rtol=0, atol=0.04)
    run(path, Targets(tmp_path / "o.jpg"), backdrop=blurred)
    assert np.abs(load_image(tmp_path / "o.jpg") - whole.over(blurred(whole))).mean() < 0.02


def test_16_bits_stay_and_the_file_s_own_transparency_too(tmp_path: Path) -> None:
    """What the photograph left transparent stays so."""
    image = load_image(scene_file(tmp_path))
    opacity = np.ones((SIZE, SIZE), np.float32)
    opacity[:, :100] = 0.5
    samples = np.rint(65535 * np.dstack([image, opacity])).astype(np.uint16)
    cv2.imwrite(str(tmp_path / "deep.png"), samples[:, :, [2, 1, 0, 3]])

    run(tmp_path / "deep.png", Targets(tmp_path / "o.tif"))

    found = read_photograph(tmp_path / "o.tif")
    assert found.bits == 16
    assert found.alpha is not None
    assert found.alpha[100, 90] == pytest.approx(0.5, abs=1e-4)
    assert found.alpha[100, 110] == 1


def test_an_empty_picture_is_seen_to_be_empty(tmp_path: Path) -> None:
    """The report says so."""
    path = tmp_path / "black.png"
    path.write_bytes(encode_image(np.zeros((SIZE, SIZE, 3), np.float32)))

    assert not run(path, Targets(tmp_path / "o.png"))


def test_clicks_reach_the_model_at_its_size_and_it_may_polish(tmp_path: Path) -> None:
    """What is asked of a model is asked for the small picture; the matte says what it did."""
    path, model = scene_file(tmp_path), Polisher()
    hints = LargeHints(Hints(clicks=(Click(100, 40),)))

    with open_large(path, "photo") as large:
        polished = large.matte(model, RedCloser(), hints, Ask(Budget(3, "windows")))
        doubted = large.matte(model, RedCloser(), hints, Ask(is_doubt_wanted=True))
        large.write(doubted, Targets(uncertainty=tmp_path / "u.png"))

    assert polished.small.refined == 3
    assert polished.small.alpha.shape == (50, 50)
    assert polished.small.notes[-1].startswith("seen at 50x50 pixels")
    assert_allclose(load_alpha(tmp_path / "u.png"), 0.2, rtol=0, atol=1e-6)


def test_doubt_that_a_model_does_not_have_is_refused(tmp_path: Path) -> None:
    """Before any file is written."""
    with pytest.raises(InputError, match="must say how sure it is"):
        run(scene_file(tmp_path), Targets(tmp_path / "o.png", uncertainty=tmp_path / "u.png"))

    assert not (tmp_path / "o.png").exists()


def test_no_window_is_larger_than_its_tile(tmp_path: Path) -> None:
    """This is what bounds memory."""
    closer = RedCloser()
    tiling = Tiling(step=32, fade=8, halo=16)

    with open_large(scene_file(tmp_path), "photo") as large:
        assert isinstance(large, LargePhotograph)
        large.matte(RedReader(), closer, LargeHints(Hints()), tiling=tiling)

    assert max(max(size) for size in closer.seen) == 32 + 8 + 2 * 16


def test_nothing_stays_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The raw files are gone when all is written."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    path = tmp_path / "photo.jpg"
    path.write_bytes(encode(np.full((SIZE, SIZE, 3), 200, np.uint8), "JPEG"))

    run(path, Targets(tmp_path / "o.png"))

    assert list((tmp_path / "scratch").iterdir()) == []
