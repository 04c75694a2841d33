"""`penumbra data pack`: from datasets on disk to one file."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from penumbra.data.pack import read_pack
from penumbra.io import save_alpha, save_image
from tests.cli.conftest import Draw
from tests.portraits import portrait

Penumbra = Callable[..., Result]


@pytest.fixture
def pairs(draw: Draw) -> Path:
    """Two photographs with masks, as the plain layout has them."""
    for name in ("a", "b"):
        draw(f"own/images/{name}.png", size=(96, 80))
        draw(f"own/masks/{name}.png", (255,), size=(96, 80))
    return Path("own")


def test_datasets_and_procedures_go_into_one_file(penumbra: Penumbra, pairs: Path) -> None:
    """Scenes with masks, backgrounds, and drawings; the table says what and on which terms."""
    result = penumbra(
        "data pack out.tar --scenes pairs=own --backgrounds pairs=own:all --procedural 1 "
        "--procedural-side 64 --procedural-backgrounds 2 --budget 2MB"
    )

    assert result.exit_code == 0, result.output
    pack = read_pack("out.tar")
    roles = [entry.role for entry in pack.entries]
    assert roles[:4] == ["scene"] * 2 + ["background"] * 2
    assert roles.count("foreground") == len(roles) - 6
    assert {source.name: source.track for source in pack.sources}["procedural"] == "open"
    assert "  procedural (open: drawn by penumbra, free)" in result.output
    assert result.output.splitlines()[-1].endswith("MB: out.tar")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--scenes pairs", "source must be NAME=DIR or NAME=DIR:SPLIT, got 'pairs'"),
        ("--scenes pear=own", "did you mean"),
        ("--scenes pairs=nowhere", "nowhere must be a folder that holds pairs"),
        ("--foregrounds pairs=own", "make mattes of masks with `penumbra data mattes` first"),
        ("--scenes pairs=own --mattes pairs=own", "mattes must belong to foregrounds, got pairs"),
        ("--scenes pairs=own --budget lots", "budget must be a size such as 60MB, got 'lots'"),
        ("--scenes pairs=own --budget inf", "budget must be a size such as 60MB, got 'inf'"),
        ("--scenes pairs=own --budget=-5MB", "budget must be at least a byte, got -5000000"),
        ("--scenes pairs=own --budget 1kB", "budget must hold 2 pictures of 64 pixels"),
        ("", "items must hold at least one picture"),
    ],
)
def test_refusals_are_one_line_and_leave_nothing(
    penumbra: Penumbra, pairs: Path, line: str, message: str
) -> None:
    """Said before, or instead of, anything half-written."""
    result = penumbra(f"data pack out.tar {line}")

    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not Path("out.tar").exists()


def test_sizes_are_decimal(penumbra: Penumbra, pairs: Path) -> None:
    """A budget of 0.1 MB holds what 100 kB and 100000 bytes hold."""
    for budget in ("0.1mb", "100kB", "100000"):
        assert penumbra(f"data pack out.tar --scenes pairs=own --budget {budget}").exit_code == 0


def test_people_are_packed_a_second_time_with_strands(penumbra: Penumbra, here: Path) -> None:
    """Of all foregrounds of people, when the share is 1; nothing is added by itself."""
    image, alpha = portrait()
    for folder in ("image", "matte"):
        (here / "ppm" / folder).mkdir(parents=True)
    save_image(here / "ppm/image/one.jpg", image)
    save_alpha(here / "ppm/matte/one.png", alpha)

    for share, names in (("", ["one"]), ("--strands 1", ["one", "one+strands"])):
        result = penumbra(f"data pack out.tar --foregrounds ppm-100=ppm {share}")
        assert result.exit_code == 0, result.output
        pack = read_pack("out.tar")
        assert [entry.name for entry in pack.entries] == names

    first, second = (pack.load(entry)[1] for entry in pack.entries)
    assert first is not None
    assert second is not None
    assert (second.astype(int) - first).max() > 50


def test_a_share_of_people_is_at_most_all(penumbra: Penumbra, here: Path) -> None:
    """Said by the option itself."""
    result = penumbra("data pack out.tar --strands 2")

    assert result.exit_code == 2
    assert "2.0 is not in the range 0<=x<=1" in result.stderr
