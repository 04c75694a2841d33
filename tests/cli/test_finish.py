"""`penumbra cut` with looks, layers, formats and pages."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import tifffile
from click.testing import Result
from numpy.typing import NDArray
from PIL import Image

from penumbra.io import read_photograph
from tests.cli.conftest import Draw, Obedient
from tests.unit.io.files import srgb_profile

NEEDS_LAYERS = pytest.mark.skipif(
    find_spec("psd_tools") is None or find_spec("OpenEXR") is None,
    reason="the extra 'layers' is not installed",
)


def pixels(path: str) -> NDArray[np.uint8]:
    """What is in a file."""
    with Image.open(path) as image:
        return np.array(image)


def test_a_crop_leaves_the_object(
    model: Obedient, penumbra: Callable[..., Result], draw: Draw
) -> None:
    """Its left half, with a margin that reaches out of the photograph; side files alike."""
    draw("a.png", size=(20, 10))
    line = "cut a.png -o out.png --crop 2px --alpha alpha.png --foreground colours.png"
    result = penumbra(line)

    assert result.exit_code == 0, result.output
    assert [pixels(it).shape[:2] for it in ("out.png", "alpha.png", "colours.png")] == 3 * [
        (14, 14)
    ]
    assert pixels("alpha.png").sum() == 255 * 100


def test_a_square_crop(model: Obedient, penumbra: Callable[..., Result], draw: Draw) -> None:
    """For pictures of users and goods."""
    draw("a.png", size=(20, 30))
    result = penumbra("cut a.png -o out.png --crop 0 --square")

    assert result.exit_code == 0, result.output
    assert pixels("out.png").shape[:2] == (30, 30)


def test_a_sticker_with_a_shadow(
    model: Obedient, penumbra: Callable[..., Result], draw: Draw
) -> None:
    """Over a background, which lies below the shadow; the matte beside it has neither."""
    draw("a.png", size=(40, 20))
    line = "cut a.png -o out.png --outline 3px,#00ff00 --background white --alpha alpha.png"
    result = penumbra(f"{line} --shadow drop,x=9px,y=0px,blur=0px,opacity=50%,colour=black")
    out = pixels("out.png")
    row = out[len(out) // 2]

    assert result.exit_code == 0, result.output
    assert row[25].tolist() == [0, 255, 0]
    assert row[32].tolist() in ([127, 127, 127], [128, 128, 128])
    assert row[39].tolist() == [255, 255, 255]
    assert pixels("alpha.png").sum() == 255 * 400


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--square", "--square needs --crop"),
        ("--crop wide", "crop must be like 20px or 5%, got 'wide'"),
        ("--outline 2px,mauvish", "outline must be a colour, got 'mauvish'"),
        ("--outline 2px,#ff000080", "outline must be an opaque colour"),
        ("--shadow long", "shadow must be drop or floor, got 'long'"),
        ("--shadow drop,z=3px", "shadow must have x, y, blur, opacity and colour, got 'z=3px'"),
        ("--shadow drop,opacity=2", "opacity must be in [0, 1]"),
        ("--format psd", "output must be a folder to have a format that is named"),
        ("--page 2", "page of a.png must be 1"),
    ],
)
def test_what_cannot_be_is_refused(
    model: Obedient, penumbra: Callable[..., Result], draw: Draw, options: str, message: str
) -> None:
    """With status 2 and one line, and nothing is written."""
    draw("a.png")
    result = penumbra(f"cut a.png -o out.png {options}")

    assert result.exit_code == 2
    assert message in result.output
    assert not Path("out.png").exists()


def test_a_shadow_on_the_floor_and_its_colour_with_commas(
    model: Obedient, penumbra: Callable[..., Result], draw: Draw
) -> None:
    """The colour comes last, because it may hold commas."""
    draw("a.png", size=(20, 10))
    result = penumbra("cut a.png -o out.png --shadow floor,blur=0px,opacity=1,colour=rgb(0,0,255)")

    assert result.exit_code == 0, result.output
    assert pixels("out.png")[-1, 0].tolist() == [0, 0, 255, 255]


@NEEDS_LAYERS
@pytest.mark.parametrize("format", ["psd", "ora", "exr"])
def test_a_folder_of_layers(
    model: Obedient, penumbra: Callable[..., Result], draw: Draw, format: str
) -> None:
    """Names as with PNG, endings as asked for; files beside it stay PNG."""
    draw("in/a.png")
    draw("in/sub/b.jpg")
    draw("in/sub/b.png")
    result = penumbra(f"cut in -o out --format {format} --alpha mattes")

    assert result.exit_code == 0, result.output
    files = sorted(it.relative_to("out").as_posix() for it in Path("out").rglob("*.*"))
    assert files == [f"a.{format}", f"sub/b.jpg.{format}", f"sub/b.png.{format}"]
    assert Path("mattes/a.png").exists()


def test_a_format_without_transparency_needs_a_background(
    model: Obedient, penumbra: Callable[..., Result], draw: Draw
) -> None:
    """As one file does."""
    draw("in/a.png")

    refused = penumbra("cut in -o out --format jpg")
    done = penumbra("cut in -o out --format jpg --background white")

    assert refused.exit_code == 2
    assert "no transparency" in refused.output
    assert done.exit_code == 0, done.output
    assert Path("out/a.jpg").exists()


@NEEDS_LAYERS
def test_a_background_is_a_layer(
    model: Obedient, penumbra: Callable[..., Result], draw: Draw
) -> None:
    """And the flattened picture is what a PNG would show."""
    draw("a.png", size=(20, 10))
    looks = "--background green --outline 2px --crop 3px"
    for name in ("out.psd", "out.png"):
        assert penumbra(f"cut a.png -o {name} {looks}").exit_code == 0

    layered, flat = read_photograph("out.psd"), read_photograph("out.png")
    assert layered.alpha is None
    np.testing.assert_array_equal(layered.rgb, flat.rgb)


@NEEDS_LAYERS
def test_what_a_file_loses_is_told(
    model: Obedient, penumbra: Callable[..., Result], here: Path
) -> None:
    """EXR has no place for a profile: the note and the report say what became of it."""
    Image.new("RGB", (6, 4), "red").save("a.png", icc_profile=srgb_profile())
    result = penumbra("cut a.png -o out.exr --report report.json")

    assert result.exit_code == 0, result.output
    assert "a.png: EXR holds no profile" in result.output
    assert "EXR holds no profile" in Path("report.json").read_text()


def test_a_page_of_a_tiff(model: Obedient, penumbra: Callable[..., Result], here: Path) -> None:
    """Refused until one is chosen: another one than was meant would be silently wrong."""
    stack = np.zeros((2, 4, 6, 3), np.uint8)
    stack[1, ..., 1] = 200
    tifffile.imwrite("a.tif", stack, photometric="rgb")

    refused = penumbra("cut a.tif -o out.png")
    done = penumbra("cut a.tif -o out.png --page 2")

    assert refused.exit_code == 2
    assert "got a TIFF of 2 pages, of which none is chosen" in refused.output
    assert done.exit_code == 0, done.output
    assert pixels("out.png")[0, 0].tolist() == [0, 200, 0, 255]
