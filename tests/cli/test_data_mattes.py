"""`penumbra data mattes`."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from penumbra.cli.main import main
from penumbra.io import load_image, read_photograph
from tests.scenes import object_mask, photograph, soft_disk


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work where two pictures have good masks and one has an empty one."""
    monkeypatch.chdir(tmp_path)
    alpha = soft_disk(64, 20, 4)
    image = Image.fromarray(np.rint(photograph(alpha).image * 255).astype(np.uint8))
    (tmp_path / "images").mkdir()
    (tmp_path / "masks").mkdir()
    for name in ("cat", "dog", "nothing"):
        image.save(tmp_path / "images" / f"{name}.png")
        mask = object_mask(alpha) & (name != "nothing")
        Image.fromarray(mask).convert("L").save(tmp_path / "masks" / f"{name}.png")
    return tmp_path


def mattes(*arguments: str) -> Result:
    line = ["data", "mattes", "images", "masks", "out", "--workers", "1", *arguments]
    return CliRunner().invoke(main, line)


def test_a_folder_of_cutouts_and_what_became_of_each(folders: Path) -> None:
    result = mattes()

    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert result.stderr == "rejected 1: area\nkept 2 of 3 in out\n"
    assert read_photograph(folders / "out" / "cat.png").alpha is not None
    rows = [json.loads(row) for row in (folders / "out" / "report.jsonl").read_text().splitlines()]
    assert [(row["image"], row["reason"]) for row in rows] == [
        ("cat.png", None),
        ("dog.png", None),
        ("nothing.png", "area"),
    ]
    assert json.loads((folders / "out" / "summary.json").read_text())["kept"] == 2


def test_a_second_run_finds_all_done(folders: Path) -> None:
    """The same sums, and no file touched."""
    mattes()
    before = (folders / "out" / "cat.png").stat().st_mtime_ns

    result = mattes()

    assert result.stderr.endswith("kept 2 of 3 in out\n")
    assert (folders / "out" / "cat.png").stat().st_mtime_ns == before


def test_long_jobs_say_how_far_they_are(folders: Path) -> None:
    """Every fifty pictures; the rate differs from day to day."""
    for number in range(49):
        image = folders / "images" / f"x{number:02d}.png"
        image.write_bytes((folders / "images" / "cat.png").read_bytes())

    assert "50 of 52, " in mattes().stderr


def test_other_settings_are_refused(folders: Path) -> None:
    """One line, exit status 2, and the folder as it was."""
    mattes()

    result = mattes("--edge", "coarse")

    assert result.exit_code == 2
    assert "Error: setting edge must be 'fine' as when out was begun" in result.stderr


@pytest.mark.parametrize("name", ["sheet.png", "out/sheet.jpg"])
def test_a_sheet_can_be_asked_for(folders: Path, name: str) -> None:
    result = mattes("--sheet", name)

    assert result.exit_code == 0, result.output
    assert load_image(folders / name).shape[1] > 1000


@pytest.mark.parametrize(
    ("sheet", "message"),
    [
        ("sheet.gif", "must end in"),
        ("nowhere/sheet.png", "folder of the sheet must exist"),
        ("images/cat.png", "must not replace an input"),
        ("masks/cat.png", "must not replace an input"),
        ("out/cat.png", "must not replace an input"),
    ],
)
def test_a_sheet_in_the_wrong_place_is_refused_before_any_work(
    folders: Path, sheet: str, message: str
) -> None:
    result = mattes("--sheet", sheet)

    assert result.exit_code == 2
    assert message in result.stderr
    assert not (folders / "out").exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda folders: [path.unlink() for path in (folders / "masks").iterdir()],
        lambda folders: (folders / "masks").rename(folders / "elsewhere"),
        lambda folders: (folders / "out").touch(),
    ],
    ids=["no masks", "no folder of masks", "a file for a folder"],
)
def test_what_cannot_be_worked_on_is_one_line(
    folders: Path, change: Callable[[Path], object]
) -> None:
    change(folders)

    result = mattes()

    assert result.exit_code == 2
    assert "Error: " in result.stderr
    assert "Traceback" not in result.stderr


def test_no_workers_do_no_work(folders: Path) -> None:
    result = CliRunner().invoke(main, ["data", "mattes", "images", "masks", "o", "--workers", "0"])

    assert result.exit_code == 2
    assert "--workers" in result.stderr
