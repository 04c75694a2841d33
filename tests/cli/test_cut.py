"""`penumbra cut`: one picture or many, from every side a user comes from."""

import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from numpy.typing import NDArray
from PIL import Image

from penumbra.cli import cut_loop
from penumbra.core.hints import Box
from penumbra.io import read_photograph, save_image
from tests.cli.conftest import Draw, Obedient

Run = Callable[..., Result]

RED = (200, 30, 30)


def samples(path: str | Path) -> NDArray[np.uint8]:
    with Image.open(path) as picture:
        return np.asarray(picture)


def test_one_picture_becomes_one_cut_out(penumbra: Run, draw: Draw, model: Obedient) -> None:
    """The everyday case; standard output stays free for pipes."""
    draw("a.png", RED)

    result = penumbra("cut a.png -o b.png --box 0 0 3 4")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "wrote b.png\n")
    assert samples("b.png").shape == (4, 6, 4)
    assert samples("b.png")[0, 0].tolist() == [*RED, 255]
    assert samples("b.png")[0, 5, 3] == 0


def test_hints_of_the_command_line_reach_the_model(
    penumbra: Run, draw: Draw, model: Obedient
) -> None:
    """Points in the order in which they were typed, on before off."""
    draw("a.png")

    result = penumbra("cut a.png -o b.png --on 1 2 3 1 --off 5 0 --box 0 0 6 4 --text cat")

    assert result.exit_code == 0
    (hints,) = model.seen
    points = [(click.x, click.y, click.is_foreground) for click in hints.clicks]
    assert points == [(1, 2, True), (3, 1, True), (5, 0, False)]
    assert hints.box == Box(0, 0, 6, 4)
    assert hints.text == "cat"


@pytest.mark.parametrize("kind", ["trimap", "mask", "scribbles"])
def test_hints_in_files_reach_the_model(
    penumbra: Run, draw: Draw, model: Obedient, kind: str
) -> None:
    """White is the object in all three."""
    draw("a.png")
    draw("hint.png", (255,))

    result = penumbra(f"cut a.png -o b.png --{kind} hint.png")

    assert result.exit_code == 0, result.output
    (hints,) = model.seen
    if hints.trimap is not None:
        assert (hints.trimap == 1).all()
    elif hints.mask is not None:
        assert hints.mask.all()
    else:
        assert np.any([scribble.mask(4, 6) for scribble in hints.scribbles], axis=0).all()
    assert hints.kinds == {kind.removesuffix("s")}


@pytest.mark.parametrize(
    ("options", "chosen"),
    [
        ("--trimap hint.png", "ensemble-trimap"),
        ("--box 0 0 3 3", "ensemble"),
        ("--trimap hint.png --model knn", "knn"),
        ("--on 1 2", "ensemble"),
        ("--on 1 2 --licence open", "classical"),
        ("--on 1 2 --box 0 0 3 3", "ensemble"),
    ],
)
def test_auto_chooses_by_the_hints(
    penumbra: Run, draw: Draw, model: Obedient, options: str, chosen: str
) -> None:
    """The report says who answered."""
    draw("a.png")
    draw("hint.png", (128,))

    penumbra(f"cut a.png -o b.png {options} --report r.json")

    assert model.loaded == [chosen]
    assert json.loads(Path("r.json").read_text())["entries"][0]["model"] == chosen


def test_a_folder_is_cut_with_its_hints_and_one_bad_picture_stops_nothing(
    penumbra: Run, draw: Draw, model: Obedient
) -> None:
    """The failed one is named with its reason, on the screen and in the report."""
    draw("in/a.png")
    draw("in/sub/b.png", size=(8, 2))
    draw("in/sub/lonely.png")
    Path("in/torn.jpg").write_bytes(b"\xff\xd8\xff\xe0 torn")
    draw("hints/a.png", (128,))
    draw("hints/torn.png", (128,))
    draw("hints/sub/b.png.tif", (128,), size=(8, 2))

    result = penumbra("cut in -o out --trimap hints --alpha alphas --report r.json")

    assert result.exit_code == 3
    assert "failed: in/torn.jpg must " in result.stderr
    assert "failed: in/sub/lonely.png: trimap must be one file sub/lonely.*" in result.stderr
    assert result.stderr.endswith("Error: 2 of 4 inputs failed\n")
    written = sorted(path.as_posix() for path in Path().glob("[oa]*/**/*.*"))
    assert written == ["alphas/a.png", "alphas/sub/b.png", "out/a.png", "out/sub/b.png"]
    report = json.loads(Path("r.json").read_text())
    assert {k: v for k, v in report["totals"].items() if k != "seconds"} == {
        "inputs": 4,
        "done": 2,
        "failed": 2,
        "bug": 0,
    }
    entries = {entry.pop("input"): entry for entry in report["entries"]}
    assert entries["in/sub/b.png"].pop("seconds") >= 0
    assert entries["in/sub/b.png"] == {
        "output": "out/sub/b.png",
        "status": "done",
        "reason": None,
        "model": "ensemble-trimap",
        "width": 8,
        "height": 2,
        "megapixels": 0.0,
        "notes": [],
        "confidence": None,
        "empty": False,
        "expected_error": None,
        "refined": 0,
        "flags": [],
        "people": None,
    }
    assert entries["in/torn.jpg"]["status"] == "failed"
    assert entries["in/torn.jpg"]["output"] is None
    assert "torn.jpg" in entries["in/torn.jpg"]["reason"]


def test_a_model_is_made_ready_once_for_all_pictures(
    penumbra: Run, draw: Draw, model: Obedient
) -> None:
    """A trained one takes seconds to load."""
    draw("in/a.png")
    draw("in/b.png")

    assert penumbra("cut in -o out --box 0 0 3 3").exit_code == 0
    assert model.loaded == ["ensemble"]


def test_pipes(penumbra: Run, draw: Draw, model: Obedient) -> None:
    """Bytes in, a PNG out, and nothing else on standard output."""
    picture = draw("a.jpg", size=(10, 8)).read_bytes()

    result = penumbra("cut - -o - --box 0 0 3 3 --report r.json", stdin=picture)

    assert result.exit_code == 0
    with Image.open(io.BytesIO(result.stdout_bytes)) as out:
        assert (out.format, out.mode, out.size) == ("PNG", "RGBA", (10, 8))
    entry = json.loads(Path("r.json").read_text())["entries"][0]
    assert (entry["input"], entry["output"]) == ("-", "-")


def test_a_picture_is_not_poured_into_a_terminal(draw: Draw) -> None:
    """Whoever forgets the pipe gets a line, not a screen of bytes."""
    draw("a.png")
    program = "from penumbra.cli.main import main; main()"
    words = ["cut", "a.png", "-o", "-", "--box", "0", "0", "3", "3"]
    environment = os.environ | {"PYTHONPATH": str(Path(cut_loop.__file__).parents[2])}
    terminal, end = pty.openpty()

    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        stdout=end,
        stderr=subprocess.PIPE,
        env=environment,
        check=False,
    )
    os.close(end)
    os.close(terminal)

    assert done.returncode == 2
    assert done.stderr == b"Error: output must be a file or a pipe, got a terminal\n"


def test_what_the_file_leaves_transparent_stays_so(
    penumbra: Run, draw: Draw, model: Obedient
) -> None:
    """The matte is multiplied by the file's own alpha."""
    draw("a.png", (*RED, 51))

    penumbra("cut a.png -o b.png --box 0 0 3 3 --alpha alpha.png")

    assert samples("b.png")[0, :, 3].tolist() == [51, 51, 51, 0, 0, 0]
    assert samples("alpha.png")[0].tolist() == [51, 51, 51, 0, 0, 0]


def test_sixteen_bits_stay_sixteen_bits(penumbra: Run, here: Path, model: Obedient) -> None:
    """The value has no counterpart among 8 bits."""
    value = np.float32(12345 / 65535)
    wide = read_photograph(_png16(here, value))

    result = penumbra(
        "cut wide.png -o out.png --box 0 0 3 3 --foreground colours.png --alpha m.png"
    )

    assert result.exit_code == 0, result.output
    assert wide.bits == 16
    for name in ("out.png", "colours.png"):
        written = read_photograph(here / name)
        assert written.bits == 16
        assert round(float(written.rgb[0, 0, 0]) * 65535) == 12345
    assert read_photograph(here / "m.png").bits == 16


@pytest.mark.parametrize(
    ("background", "expected"),
    [("white", (255, 255, 255)), ("#102030", (16, 32, 48)), ("wall.png", (7, 8, 9))],
)
def test_an_object_laid_over_something_is_opaque(
    penumbra: Run, draw: Draw, model: Obedient, background: str, expected: tuple[int, ...]
) -> None:
    """A colour or a picture; the object keeps its own colour."""
    draw("a.png", RED)
    draw("wall.png", (7, 8, 9), size=(50, 20))

    result = penumbra(f"cut a.png -o b.png --box 0 0 3 3 --background {background}")

    assert result.exit_code == 0, result.output
    assert samples("b.png").shape == (4, 6, 3)
    assert samples("b.png")[0, 0].tolist() == list(RED)
    assert samples("b.png")[0, 5].tolist() == list(expected)


def test_an_opaque_result_may_be_a_jpeg(penumbra: Run, draw: Draw, model: Obedient) -> None:
    """It has no transparency to lose."""
    draw("a.png", RED)

    result = penumbra("cut a.png -o b.jpg --box 0 0 3 3 --background white")

    assert result.exit_code == 0, result.output
    with Image.open("b.jpg") as picture:
        assert (picture.format, picture.size) == ("JPEG", (6, 4))
    assert penumbra("cut a.png -o c.jpg --box 0 0 3 3").exit_code == 2
    assert len(model.seen) == 1, "the ending was refused only after the work"


def test_the_object_s_colours_and_its_matte_stand_alone(
    penumbra: Run, draw: Draw, model: Obedient
) -> None:
    """Editors want them in separate files."""
    draw("a.png", RED)

    penumbra("cut a.png -o b.png --box 0 0 3 3 --alpha m.png --foreground f.png")

    assert samples("m.png")[0].tolist() == [255, 255, 255, 0, 0, 0]
    assert samples("f.png").shape == (4, 6, 3)
    assert samples("f.png")[0, 0].tolist() == list(RED)


def _png16(folder: Path, value: np.float32) -> Path:
    import tifffile

    path = folder / "wide.tif"
    tifffile.imwrite(path, np.full((4, 6, 3), round(float(value) * 65535), np.uint16))
    save_image(folder / "wide.png", read_photograph(path).rgb, read_photograph(path))
    return folder / "wide.png"


@pytest.mark.parametrize(("words", "licence"), [("", "any"), ("--licence open", "open")])
def test_the_licence_wanted_reaches_the_weights(
    penumbra: Run, draw: Draw, model: Obedient, words: str, licence: str
) -> None:
    """Who sells cut-outs must be able to rule research weights out."""
    draw("a.png")

    result = penumbra(f"cut a.png -o b.png {words}")

    assert result.exit_code == 0, result.output
    assert model.licences == [licence]


def test_weights_for_research_are_refused_where_open_ones_are_wanted(
    penumbra: Run, draw: Draw
) -> None:
    """With the data that make them so."""
    draw("a.png")

    result = penumbra("cut a.png -o b.png --licence open")

    assert result.exit_code == 2
    assert "licence of aim-s.onnx must be open, got research (" in result.stderr
    assert not Path("b.png").exists()
