"""Sessions that are written and played again; doubt that is written, polish that is bought."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from numpy.testing import assert_array_equal
from PIL import Image

from penumbra.io import load_alpha, read_photograph

Run = Callable[..., Result]


@pytest.fixture
def photo(penumbra: Run) -> Path:
    """A red square on green, with some grain, in the folder where the command runs."""
    image = np.full((60, 80, 3), (40, 120, 60), np.float64)
    image[15:45, 20:60] = 200, 50, 40
    image += np.random.default_rng(0).normal(0, 6, image.shape)
    Image.fromarray(np.clip(image, 0, 255).astype(np.uint8)).save("photo.png")
    return Path("photo.png")


def test_a_session_is_played_again(photo: Path, penumbra: Run) -> None:
    """To the same cut-out, byte for byte, and it says that it is the same matte."""
    done = penumbra("cut photo.png -o a.png --on 40 30 --off 5 5 --session s.json")
    again = penumbra("replay s.json photo.png -o b.png --alpha alpha.png")

    assert (done.exit_code, again.exit_code) == (0, 0), done.output + again.output
    assert Path("a.png").read_bytes() == Path("b.png").read_bytes()
    assert_array_equal(load_alpha("alpha.png"), read_photograph(Path("b.png")).alpha)
    assert "1 round, the same matte bit for bit: b.png" in again.stderr


def test_what_differs_is_said(photo: Path, penumbra: Run) -> None:
    """A session from another machine may come to other bits."""
    penumbra("cut photo.png -o a.png --on 40 30 --off 5 5 --session s.json")
    stated = json.loads(Path("s.json").read_text())
    Path("s.json").write_text(json.dumps(stated | {"alpha": "0" * 64}))

    again = penumbra("replay s.json photo.png -o b.png")

    assert again.exit_code == 0
    assert "not quite the matte that was saved" in again.stderr


def test_another_photograph_is_refused(photo: Path, penumbra: Run) -> None:
    """By its pixels, whatever its name; and nothing is written."""
    penumbra("cut photo.png -o a.png --on 40 30 --off 5 5 --session s.json")
    Image.fromarray(np.zeros((60, 80, 3), np.uint8)).save("photo.png")

    again = penumbra("replay s.json photo.png -o b.png")

    assert again.exit_code == 2
    assert "image must be the one of s.json" in again.stderr
    assert not Path("b.png").exists()


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("photo.png", "output must not be a file that is read, got photo.png"),
        ("s.json", "s.json must end in"),
    ],
)
def test_replay_writes_over_nothing_that_it_reads(
    place: str, message: str, photo: Path, penumbra: Run
) -> None:
    """Neither the photograph nor the session."""
    penumbra("cut photo.png -o a.png --on 40 30 --off 5 5 --session s.json")
    before = Path(place).read_bytes()

    again = penumbra(f"replay s.json photo.png -o {place}")

    assert again.exit_code == 2
    assert message in again.stderr
    assert Path(place).read_bytes() == before


def test_folders_get_a_session_each(photo: Path, penumbra: Run) -> None:
    """By the photographs' names; and the guard knows these files, too."""
    Path("in").mkdir()
    for name in ("a.png", "b.png"):
        photo_bytes = photo.read_bytes()
        Path("in", name).write_bytes(photo_bytes)

    result = penumbra("cut in -o out --model segment --session said --uncertainty doubt")

    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in Path("said").iterdir()) == ["a.json", "b.json"]
    assert sorted(path.name for path in Path("doubt").iterdir()) == ["a.png", "b.png"]
    assert penumbra("cut in -o out --model segment --session x.json").exit_code == 2
    assert penumbra("cut photo.png -o o.png --model segment --session x.png").exit_code == 2


def test_doubt_is_written_and_told(photo: Path, penumbra: Run) -> None:
    """As a grey picture of expected errors, whose mean is in the report."""
    result = penumbra("cut photo.png -o a.png --model segment --uncertainty d.png --report r.json")

    assert result.exit_code == 0, result.output
    (entry,) = json.loads(Path("r.json").read_text())["entries"]
    assert entry["expected_error"] == pytest.approx(load_alpha("d.png").mean(), abs=0.005)
    assert entry["refined"] == 0


def test_a_model_that_does_not_doubt_says_so(photo: Path, penumbra: Run) -> None:
    """Nothing is written in place of what was asked for."""
    boxed = "--model classical --box 10 10 60 50"
    result = penumbra(f"cut photo.png -o a.png {boxed} --uncertainty d.png")

    assert result.exit_code == 2
    assert "model must say how sure it is, got classical, which does not" in result.stderr
    assert not Path("a.png").exists()
    assert not Path("d.png").exists()


@pytest.mark.parametrize(
    ("budget", "message"),
    [
        ("8", "model must be one that can refine, such as clicks, got classical"),
        ("lots", "budget must be like 8, 300ms, 1.5s or 20%, got 'lots'"),
    ],
)
def test_polish_that_cannot_be_had_is_refused(
    budget: str, message: str, photo: Path, penumbra: Run
) -> None:
    """By a model that cannot, or by words that nobody understands."""
    boxed = "--model classical --box 10 10 60 50"
    result = penumbra(f"cut photo.png -o a.png {boxed} --refine {budget}")

    assert result.exit_code == 2
    assert message in result.stderr
    assert not Path("a.png").exists()


def test_clicks_are_answered_doubted_polished_and_played_again(photo: Path, penumbra: Run) -> None:
    """By the model that ships for them, without a word about which."""
    with Image.open(photo) as small:
        small.resize((160, 120)).save(photo)
    said = "--on 80 60 --off 10 10 --refine 1 --uncertainty d.png --session s.json --report r.json"
    done = penumbra(f"cut photo.png -o a.png --alpha x.png {said}")
    again = penumbra("replay s.json photo.png -o b.png --alpha y.png")

    assert (done.exit_code, again.exit_code) == (0, 0), done.output + again.output
    (entry,) = json.loads(Path("r.json").read_text())["entries"]
    assert entry["model"] == "ensemble"
    assert entry["refined"] == 1
    assert 0 < entry["expected_error"] < 1
    assert load_alpha("x.png")[60, 80] > load_alpha("x.png")[10, 10]
    assert Path("x.png").read_bytes() == Path("y.png").read_bytes()


def test_a_file_that_is_transparent_itself_stays_so(photo: Path, penumbra: Run) -> None:
    """In the matte that replay writes as in that of cut."""
    with Image.open(photo) as opaque:
        picture = opaque.convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    picture.save("photo.png")

    done = penumbra("cut photo.png -o a.png --alpha x.png --on 40 30 --off 5 5 --session s.json")
    again = penumbra("replay s.json photo.png -o new/b.png --alpha y.png")

    assert (done.exit_code, again.exit_code) == (0, 0), done.output + again.output
    assert Path("x.png").read_bytes() == Path("y.png").read_bytes()
    assert Path("a.png").read_bytes() == Path("new/b.png").read_bytes()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("-o d.jpg --alpha e.png", "d.jpg must end in"),
        ("-o d.png --alpha d.png", "output must not be written twice"),
    ],
)
def test_nothing_is_half_written(options: str, message: str, photo: Path, penumbra: Run) -> None:
    """Names are looked at before anything is played."""
    penumbra("cut photo.png -o a.png --on 40 30 --off 5 5 --session s.json")

    again = penumbra(f"replay s.json photo.png {options}")

    assert again.exit_code == 2
    assert message in again.stderr
    assert not any(Path(name).exists() for name in ("d.jpg", "d.png", "e.png"))


def test_a_picture_that_cannot_be_encoded_leaves_nothing(penumbra: Run) -> None:
    """WebP holds at most 16383 pixels a side: neither session nor doubt are written then."""
    Image.fromarray(np.zeros((2, 16_400, 3), np.uint8)).save("wide.png")

    result = penumbra("cut wide.png -o o.webp --model segment --session s.json --uncertainty u.png")

    assert result.exit_code == 2
    assert not any(Path(name).exists() for name in ("o.webp", "s.json", "u.png"))
