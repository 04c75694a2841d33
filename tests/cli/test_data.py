"""`penumbra data list` and `penumbra data check`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from penumbra.cli.main import main
from penumbra.data.catalog import DATASETS
from tests.copies import COPIES

Penumbra = Callable[..., Result]


def test_the_table_names_every_dataset() -> None:
    """One line each, with the terms."""
    lines = CliRunner().invoke(main, ["data", "list"]).output.splitlines()

    assert lines[0].split() == ["name", "what", "pictures", "licence", "track"]
    assert [line.split()[0] for line in lines[1:]] == list(DATASETS)
    (duts,) = (line for line in lines if line.startswith("duts "))
    assert " 15,572 " in duts
    assert duts.endswith(" research")


def test_json_says_whom_to_cite_and_where_to_ask() -> None:
    """Everything the catalogue knows."""
    entries = json.loads(CliRunner().invoke(main, ["data", "list", "--json"]).output)

    assert [it["name"] for it in entries] == list(DATASETS)
    aim = entries[list(DATASETS).index("aim-500")]
    assert "IJCAI 2021" in aim["citation"]
    assert "github.com/JizhiziLi/AIM" in aim["where"]
    assert aim["splits"] == {"all": 500}
    assert aim["track"] == "research"


def test_a_whole_copy_is_counted(penumbra: Penumbra, here: Path) -> None:
    """Fewer than published is said and is no error: copies may be parts."""
    COPIES["duts"].write(here / "copy")

    result = penumbra("data check duts copy --decode")

    assert result.exit_code == 0
    assert result.output == "train  1 (expected about 10,553)\ntest   1 (expected about 5,019)\n"


@pytest.mark.parametrize("name", COPIES)
def test_every_layout_can_be_checked(name: str, penumbra: Penumbra, here: Path) -> None:
    """From the command line as from Python."""
    COPIES[name].write(here / "copy")

    result = penumbra(f"data check {name} copy --decode")

    assert result.exit_code == 0, result.output
    assert [line.split()[0] for line in result.output.splitlines()] == list(DATASETS[name].splits)


def test_a_count_as_published_needs_no_word(penumbra: Penumbra, here: Path) -> None:
    """Nor one that nobody published."""
    COPIES["pairs"].write(here / "copy")
    cut_outs = COPIES["rgba_fg"].write(here / "cut-outs")
    (cut_outs / "z.png").write_bytes((cut_outs / "x.png").read_bytes())

    assert penumbra("data check pairs copy").output == "all  2\n"
    assert penumbra("data check rgba_fg cut-outs").output == "all  3\n"


def test_a_broken_copy_is_one_line_and_status_two(penumbra: Penumbra, here: Path) -> None:
    """It names the files."""
    COPIES["duts"].write(here / "copy")
    (here / "copy/DUTS-TE/DUTS-TE-Mask/e.png").unlink()

    result = penumbra("data check duts copy")

    assert result.exit_code == 2
    assert result.output == (
        "Error: copy must be a whole copy of duts, missing: DUTS-TE/DUTS-TE-Mask/e.*\n"
    )


def test_one_split_can_be_checked(penumbra: Penumbra, here: Path) -> None:
    """The training set may be elsewhere."""
    COPIES["duts"].write(here / "copy")
    (here / "copy/DUTS-TR").rename(here / "elsewhere")

    assert penumbra("data check duts copy").exit_code == 2
    assert penumbra("data check duts copy --split test").exit_code == 0
    result = penumbra("data check duts copy --split val")
    assert result.exit_code == 2
    assert "must be train or test, got 'val'" in result.output


def test_damage_is_found_when_asked_for(penumbra: Penumbra, here: Path) -> None:
    """A header tells little: only decoding finds a truncated file."""
    path = COPIES["duts"].write(here / "copy") / "DUTS-TE/DUTS-TE-Image/e.jpg"
    path.write_bytes(path.read_bytes()[:200])

    assert penumbra("data check duts copy").exit_code == 0
    result = penumbra("data check duts copy --decode")
    assert result.exit_code == 2
    assert result.output.startswith(
        "Error: copy must be a whole copy of duts, damaged: DUTS-TE/DUTS-TE-Image/e.jpg (must be "
    )
    assert result.output.count("\n") == 1


def test_an_unknown_name_suggests_the_nearest(penumbra: Penumbra) -> None:
    """In one line."""
    result = penumbra("data check dutz .")

    assert result.exit_code == 2
    assert result.output.endswith("got 'dutz'; did you mean 'duts'?\n")


def test_a_folder_that_is_not_there_is_said(penumbra: Penumbra) -> None:
    """Not a traceback."""
    result = penumbra("data check duts nowhere")

    assert result.exit_code == 2
    assert result.output == "Error: nowhere must be a folder that holds duts, got none\n"
