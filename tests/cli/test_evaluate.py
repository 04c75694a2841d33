"""`penumbra evaluate`."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from penumbra.cli.main import main
from tests.unit.metrics.reference import GOLDEN


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two images, each with estimate, truth and trimap."""
    for place in ("alpha", "alpha_true", "trimap"):
        (tmp_path / place).mkdir()
        for stem in ("cat", "dog"):
            image = Image.fromarray(np.array(GOLDEN[place], np.uint8))
            image.save(tmp_path / place / f"{stem}.png")
    return tmp_path


def evaluate(*arguments: Path | str) -> Result:
    return CliRunner().invoke(main, ["evaluate", *map(str, arguments)])


def test_folders_give_a_table(folder: Path) -> None:
    """The default: whole image and unknown region, on standard output."""
    result = evaluate(folder / "alpha", folder / "alpha_true", "--trimaps", folder / "trimap")

    assert result.exit_code == 0, result.output
    assert "| cat   | 6.4e-05 |  0.003153 |" in result.stdout
    assert "| mean  | 6.4e-05 |  0.003153 |" in result.stdout
    assert "MAD unknown" in result.stdout


def test_two_files_are_enough(folder: Path) -> None:
    """No trimap: the columns of the unknown region are missing, and it says so."""
    result = evaluate(folder / "alpha" / "cat.png", folder / "alpha_true" / "dog.png")

    assert result.exit_code == 0, result.output
    assert "| dog   |" in result.stdout
    assert "No trimaps: 5 columns left out." in result.stdout


def test_json_goes_to_a_file(folder: Path) -> None:
    """Everything measured, at full precision."""
    target = folder / "report.json"

    result = evaluate(
        folder / "alpha", folder / "alpha_true", "--trimaps", folder / "trimap",
        "--preset", "comp1k", "--json", target,
    )  # fmt: skip

    values = json.loads(target.read_text())
    assert result.exit_code == 0, result.output
    assert values["benchmark"] == "comp1k"
    assert values["scores"]["SAD"]["raw"] == pytest.approx(GOLDEN["unknown"]["sad"], abs=1e-6)
    assert [row["name"] for row in values["rows"]] == ["cat", "dog"]


def test_a_missing_matte_is_one_line_and_status_two(folder: Path) -> None:
    """Not a mean over the others, and no traceback."""
    (folder / "alpha" / "dog.png").rename(folder / "alpha" / "cow.png")

    result = evaluate(folder / "alpha", folder / "alpha_true")

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == (
        "Error: predicted must hold a picture for each truth, missing: dog; without a truth: cow\n"
    )


def test_a_preset_of_the_unknown_region_asks_for_trimaps(folder: Path) -> None:
    """Composition-1k's numbers mean nothing elsewhere."""
    result = evaluate(folder / "alpha", folder / "alpha_true", "--preset", "comp1k")

    assert result.exit_code == 2
    assert result.stderr == "Error: cat: comp1k must be given a trimap for each image, got none\n"


def test_an_unknown_preset_names_those_there_are(folder: Path) -> None:
    """So that the next attempt succeeds."""
    result = evaluate(folder / "alpha", folder / "alpha_true", "--preset", "adobe")

    assert result.exit_code == 2
    assert "preset must be one of generic, comp1k, aim500, safe," in result.stderr


def test_nothing_is_written_when_the_input_is_refused(folder: Path) -> None:
    """A report of the last run must not be taken for one of this."""
    target = folder / "report.json"

    result = evaluate(folder / "alpha" / "cat.png", folder / "alpha_true", "--json", target)

    assert result.exit_code == 2
    assert not target.exists()


@pytest.mark.parametrize("is_folder", [True, False])
def test_the_report_never_replaces_a_matte(folder: Path, is_folder: bool) -> None:
    """A slip in the order of the arguments must not cost the truth."""
    matte = folder / "alpha_true" / "cat.png"
    before = matte.read_bytes()
    name = "" if is_folder else "cat.png"

    result = evaluate(folder / "alpha" / name, folder / "alpha_true" / name, "--json", matte)

    assert result.exit_code == 2
    assert result.stderr.startswith("Error: output must not replace an input, got ")
    assert matte.read_bytes() == before


def test_help_names_the_options() -> None:
    """The options are the ones the README shows."""
    result = evaluate("--help")

    assert result.exit_code == 0
    for option in ("PREDICTED", "TRUTH", "--trimaps", "--preset", "--json"):
        assert option in result.stdout
