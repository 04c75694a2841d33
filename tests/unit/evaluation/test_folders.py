"""Files matched by stem."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from penumbra.core.errors import DatasetError, ImageError, TrimapError
from penumbra.evaluation.folders import evaluate_files
from penumbra.evaluation.presets import preset
from tests.unit.metrics.reference import GOLDEN

GENERIC = preset("generic")
REFERENCE = {name: np.array(GOLDEN[name], np.uint8) for name in ("alpha", "alpha_true", "trimap")}


def write(path: Path, grey: NDArray[np.uint8] = REFERENCE["alpha"]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(grey).save(path)
    return path


def test_two_files_are_one_image(tmp_path: Path) -> None:
    """Their names may differ; the row has the name of the truth."""
    predicted = write(tmp_path / "mine.png")
    truth = write(tmp_path / "cat.png", REFERENCE["alpha_true"])
    trimap = write(tmp_path / "hint.png", REFERENCE["trimap"])

    (row,) = evaluate_files(predicted, truth, GENERIC, trimap).rows

    assert row.name == "cat"
    assert row.raw["SAD"] == pytest.approx(GOLDEN["whole"]["sad"], abs=1e-6)
    assert row.raw["SAD unknown"] == pytest.approx(GOLDEN["unknown"]["sad"], abs=1e-6)
    assert row.raw["Conn"] == pytest.approx(GOLDEN["whole"]["connectivity_flag"], abs=1e-6)


def test_folders_are_matched_by_stem_in_the_order_of_the_names(tmp_path: Path) -> None:
    """Endings may differ; what is no picture, or hidden, is left alone."""
    for stem in ("b", "a"):
        write(tmp_path / "predicted" / f"{stem}.tif", REFERENCE["alpha"])
        write(tmp_path / "truth" / f"{stem}.png", REFERENCE["alpha_true"])
        write(tmp_path / "trimaps" / f"{stem}.bmp", REFERENCE["trimap"])
    (tmp_path / "truth" / "README.md").write_text("about these mattes")
    write(tmp_path / "truth" / ".hidden.png")
    write(tmp_path / "predicted" / "stray.png")

    report = evaluate_files(
        tmp_path / "predicted", tmp_path / "truth", GENERIC, tmp_path / "trimaps"
    )

    assert [row.name for row in report.rows] == ["a", "b"]
    assert report.rows[0].pixels == GOLDEN["pixels"]
    assert report.extra == ("stray",)


def test_missing_mattes_are_named(tmp_path: Path) -> None:
    """A mean over those that are there would hide the images a model failed on."""
    for number in range(13):
        write(tmp_path / "truth" / f"{number:02}.png")
    write(tmp_path / "predicted" / "03.png")
    write(tmp_path / "predicted" / "stray.png")

    with pytest.raises(DatasetError) as caught:
        evaluate_files(tmp_path / "predicted", tmp_path / "truth", GENERIC)

    assert str(caught.value) == (
        "predicted must hold a picture for each truth, missing: "
        "00, 01, 02, 04, 05, 06, 07, 08, 09, 10 and 2 more; without a truth: stray"
    )


def test_missing_trimaps_are_named(tmp_path: Path) -> None:
    """The unknown region of the others would stand for all."""
    for stem in ("a", "b"):
        write(tmp_path / "mattes" / f"{stem}.png")
    write(tmp_path / "trimaps" / "a.png", REFERENCE["trimap"])

    with pytest.raises(DatasetError, match=r"trimaps must hold .*, missing: b$"):
        evaluate_files(tmp_path / "mattes", tmp_path / "mattes", GENERIC, tmp_path / "trimaps")


def test_two_pictures_of_one_stem_are_refused(tmp_path: Path) -> None:
    """Which of them is meant cannot be guessed."""
    write(tmp_path / "mattes" / "a.png")
    write(tmp_path / "mattes" / "a.bmp")

    with pytest.raises(DatasetError, match=r"one picture for each stem, got a\.bmp and a\.png"):
        evaluate_files(tmp_path / "mattes", tmp_path / "mattes", GENERIC)


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    """One level up or down is the usual mistake."""
    write(tmp_path / "mattes" / "deeper" / "a.png")

    with pytest.raises(DatasetError, match="mattes must hold at least one picture, got none"):
        evaluate_files(tmp_path / "mattes", tmp_path / "mattes", GENERIC)


def test_a_folder_that_cannot_be_read_is_an_error_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Foreign exceptions end where they occur."""

    def refuse(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(Path, "iterdir", refuse)

    with pytest.raises(DatasetError, match="must be readable, got 'Permission denied'"):
        evaluate_files(tmp_path, tmp_path, GENERIC)


@pytest.mark.parametrize("which", ["predicted", "trimaps"])
def test_a_file_for_a_folder_is_refused(tmp_path: Path, which: str) -> None:
    """And the reverse."""
    file, folder = write(tmp_path / "a.png"), write(tmp_path / "mattes" / "a.png").parent
    places = {"predicted": folder, "trimaps": None, which: file}
    swapped = {"predicted": file, "trimaps": None, which: folder}

    with pytest.raises(DatasetError, match=f"{which} must be a folder as truth is, got "):
        evaluate_files(truth=folder, benchmark=GENERIC, **places)  # type: ignore[arg-type]
    with pytest.raises(DatasetError, match=f"{which} must be a file as truth is, got "):
        evaluate_files(truth=file, benchmark=GENERIC, **swapped)  # type: ignore[arg-type]


def test_a_matte_of_another_size_is_refused_by_name(tmp_path: Path) -> None:
    """Never resized in silence."""
    predicted = write(tmp_path / "small.png", REFERENCE["alpha"][:4])
    truth = write(tmp_path / "cat.png")

    with pytest.raises(ImageError, match=r"cat: alpha must have shape \(8, 8\), got \(4, 8\)"):
        evaluate_files(predicted, truth, GENERIC)


def test_a_trimap_of_other_greys_is_refused(tmp_path: Path) -> None:
    """Evaluators count 128 alone as unknown; a smoothed trimap gives each another region."""
    matte = write(tmp_path / "cat.png")
    smoothed = REFERENCE["trimap"].copy()
    smoothed[0, 0] = 64
    trimap = write(tmp_path / "trimap.png", smoothed)

    with pytest.raises(TrimapError, match=r"trimap\.png must hold only 0, 128 and 255 .*got 64"):
        evaluate_files(matte, matte, GENERIC, trimap)


def test_a_trimap_may_call_the_middle_127(tmp_path: Path) -> None:
    """Half of 255, rounded down: the other common code."""
    matte = write(tmp_path / "cat.png")
    trimap = write(tmp_path / "trimap.png", np.full((8, 8), 127, np.uint8))

    assert evaluate_files(matte, matte, GENERIC, trimap).rows[0].pixels["unknown"] == 64
