"""`penumbra cut --each person`: a numbered file for each one, and a report that names them."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result
from numpy.testing import assert_array_equal
from numpy.typing import NDArray
from PIL import Image

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.errors import ConvergenceError
from penumbra.core.hints import Box
from penumbra.core.people import FoundPerson
from penumbra.io import read_photograph
from penumbra.systems import registry
from tests.cli.conftest import CARD, Draw, Obedient

Run = Callable[..., Result]

RED, BLUE = (200, 30, 30), (20, 40, 210)
SCORES = (0.9, 0.80004, 0.7)


def strips(image: RGB, count: int) -> list[Alpha]:
    """People of two columns each, side by side."""
    alphas = []
    for number in range(count):
        alphas.append(np.zeros(image.shape[:2], np.float32))
        alphas[-1][:, 2 * number : 2 * number + 2] = 1
    return alphas


@dataclass
class Crowd(Obedient):
    """Finds people whom a test can set.

    Attributes:
        crowd: From the picture to the opacities of those on it.
    """

    crowd: Callable[[RGB], list[Alpha]] = lambda image: strips(image, 2)

    def people(self, encoded: RGB) -> list[FoundPerson]:
        """Answer what was set."""
        height = encoded.shape[0]
        return [
            FoundPerson(alpha, Box(2 * number, 0, 2 * number + 2, height), SCORES[number])
            for number, alpha in enumerate(self.crowd(encoded))
        ]


@pytest.fixture
def crowd(monkeypatch: pytest.MonkeyPatch) -> Crowd:
    """Stand in for every model of the registry; of the cards only that of `dfimat` finds people."""
    finder = Crowd(card=replace(CARD, can_find_people=True))

    def load(name: str, licence: str) -> Crowd:
        finder.loaded.append(name)
        finder.licences.append(licence)
        return finder

    monkeypatch.setattr(registry, "load_predictor", load)
    monkeypatch.setattr(
        registry, "card", lambda name: replace(CARD, name=name, can_find_people=name == "dfimat")
    )
    return finder


@pytest.fixture
def group(here: Path) -> Path:
    """A picture of 6 x 4 pixels: red, blue and grey, two columns each."""
    picture = np.full((4, 6, 3), 128, np.uint8)
    picture[:, :2], picture[:, 2:4] = RED, BLUE
    Image.fromarray(picture).save(here / "group.png")
    return here / "group.png"


def samples(path: str | Path) -> NDArray[np.uint8]:
    with Image.open(path) as picture:
        return np.asarray(picture)


def names(folder: str = ".") -> list[str]:
    """All files below a folder."""
    root = Path(folder)
    return sorted(it.relative_to(root).as_posix() for it in root.rglob("*") if it.is_file())


def entries(report: str = "r.json") -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(Path(report).read_text())["entries"]
    return listed


def test_each_person_has_a_file(penumbra: Run, group: Path, crowd: Crowd) -> None:
    """From the left to the right, with colours of their own; `people.png` itself is none."""
    result = penumbra("cut group.png -o people.png --each person")

    said = "wrote people-1.png\nwrote people-2.png\n"
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", said)
    assert names() == ["group.png", "people-1.png", "people-2.png"]
    for number, colour in ((1, RED), (2, BLUE)):
        person = samples(f"people-{number}.png")
        own = slice(2 * number - 2, 2 * number)
        assert (person[:, own] == [*colour, 255]).all()
        assert np.delete(person, own, axis=1)[:, :, 3].max() == 0
    assert crowd.loaded == ["dfimat"]


def test_mattes_and_colours_are_numbered_alike(penumbra: Run, group: Path, crowd: Crowd) -> None:
    """A file for each person of every result; laid over something they are opaque."""
    line = "cut group.png -o out/p.jpg --alpha a --foreground f.tif --background lime"

    result = penumbra(f"{line} --each person")

    assert result.exit_code == 0, result.output
    expected = ["a/group-1.png", "a/group-2.png", "f-1.tif", "f-2.tif", "group.png"]
    assert names() == [*expected, "out/p-1.jpg", "out/p-2.jpg"]
    assert samples("a/group-2.png")[0].tolist() == [0, 0, 255, 255, 0, 0]
    assert samples("f-2.tif")[0, 2].tolist() == list(BLUE)
    assert samples("out/p-1.jpg").shape == (4, 6, 3)
    assert samples("out/p-1.jpg")[0, 5, 1] > 200


def test_the_report_has_each_person(penumbra: Run, group: Path, crowd: Crowd) -> None:
    """Where they are, how sure the model is, and exactly what was written."""
    penumbra("cut group.png -o p.png --alpha a.png --each person --report r.json")

    (entry,) = entries()
    assert (entry["status"], entry["output"], entry["model"]) == ("done", None, "dfimat")
    assert (entry["empty"], entry["width"]) == (False, 6)
    first = {"number": 1, "box": [0, 0, 2, 4], "score": 0.9, "output": "p-1.png"}
    second = {"number": 2, "box": [2, 0, 4, 4], "score": 0.8, "output": "p-2.png"}
    assert entry["people"] == [
        {**first, "alpha": "a-1.png", "foreground": None},
        {**second, "alpha": "a-2.png", "foreground": None},
    ]


def test_a_folder_keeps_its_names(penumbra: Run, draw: Draw, crowd: Crowd) -> None:
    """Each photograph counts from 1; names that end in a number do not meet."""
    for name in ("in/a.png", "in/a-1.jpg", "in/sub/a.png"):
        draw(name)

    result = penumbra("cut in -o out --each person --report r.json")

    assert result.exit_code == 0, result.output
    assert names("out") == [
        "a-1-1.png",
        "a-1-2.png",
        "a-1.png",
        "a-2.png",
        "sub/a-1.png",
        "sub/a-2.png",
    ]
    assert len(entries()) == 3
    assert crowd.loaded == ["dfimat"]


def test_standard_input_can_be_a_group(penumbra: Run, group: Path, crowd: Crowd) -> None:
    """Standard output cannot be several files."""
    piped = penumbra("cut - -o p.png --each person", stdin=group.read_bytes())
    poured = penumbra("cut group.png -o - --each person")

    assert piped.exit_code == 0, piped.output
    assert names() == ["group.png", "p-1.png", "p-2.png"]
    assert poured.exit_code == 2
    assert poured.stderr == "Error: output must be a file or a folder, got -\n"


@pytest.mark.parametrize(
    "said",
    [
        "--on 1 1",
        "--off 1 1",
        "--box 0 0 3 3",
        "--text man",
        "--trimap hint.png",
        "--mask hint.png",
        "--scribbles hint.png",
        "--uncertainty u.png",
        "--refine 8",
        "--session s.json",
    ],
)
def test_what_means_one_object_cannot_go_along(
    penumbra: Run, group: Path, draw: Draw, crowd: Crowd, said: str
) -> None:
    """Rather than being ignored."""
    draw("hint.png", (128,))

    result = penumbra(f"cut group.png -o p.png --each person {said}")

    assert result.exit_code == 2
    assert f"--each person cannot go with {said.split()[0]}\n" in result.stderr
    assert names() == ["group.png", "hint.png"]


def test_a_model_that_finds_nobody_of_its_own_is_refused(
    penumbra: Run, group: Path, crowd: Crowd
) -> None:
    """By its card, before anything is loaded."""
    result = penumbra("cut group.png -o p.png --each person --model clicks")

    assert result.exit_code == 2
    reason = "model must be one that finds each person, such as dfimat, got clicks"
    assert result.stderr == f"Error: {reason}\n"
    assert crowd.loaded == []
    named = penumbra("cut group.png -o p.png --each person --model dfimat --licence open")
    assert (named.exit_code, crowd.licences) == (0, ["open"])
    assert penumbra("cut group.png -o p.png --each dog").exit_code == 2


def test_nobody_is_a_failure_that_says_so(penumbra: Run, draw: Draw, crowd: Crowd) -> None:
    """Alone, and among others."""
    draw("in/empty.png", size=(8, 4))
    draw("in/full.png")
    crowd.crowd = lambda image: strips(image, 2 if image.shape[1] == 6 else 0)

    alone = penumbra("cut in/empty.png -o p.png --each person --report r.json")
    reason = "photograph must show somebody, got one on which nobody was found"
    assert (alone.exit_code, alone.stderr) == (2, f"Error: {reason}\n")
    (entry,) = entries()
    assert (entry["status"], entry["reason"]) == ("failed", reason)
    assert (entry["people"], entry["empty"]) == ([], True)
    assert not list(Path().glob("p*"))
    among = penumbra("cut in -o out --each person --report r.json")

    assert among.exit_code == 3
    assert f"failed: in/empty.png: {reason}" in among.stderr
    assert names("out") == ["full-1.png", "full-2.png"]


def test_files_of_an_earlier_run_stay(penumbra: Run, group: Path, crowd: Crowd) -> None:
    """The report says which are of this one."""
    crowd.crowd = lambda image: strips(image, 3)
    penumbra("cut group.png -o p.png --each person")
    before = Path("p-3.png").read_bytes()
    crowd.crowd = lambda image: strips(image, 1)

    assert penumbra("cut group.png -o p.png --each person --report r.json").exit_code == 0
    assert names() == ["group.png", "p-1.png", "p-2.png", "p-3.png", "r.json"]
    assert Path("p-3.png").read_bytes() == before
    assert [it["output"] for it in entries()[0]["people"]] == ["p-1.png"]


def test_nothing_is_written_unless_all_can_be(penumbra: Run, group: Path, crowd: Crowd) -> None:
    """The last person's matte is no matte."""
    crowd.crowd = lambda image: [*strips(image, 2), np.full((4, 6), np.nan, np.float32)]

    result = penumbra("cut group.png -o p.png --alpha a.png --each person --report r.json")

    assert result.exit_code == 2
    assert "must be finite" in result.stderr
    assert entries()[0]["people"] == []
    assert names() == ["group.png", "r.json"]


def test_what_was_written_before_a_failure_is_reported(
    penumbra: Run, group: Path, crowd: Crowd
) -> None:
    """A folder stands where the second person's file must be; the matte was written before."""
    Path("p-2.png").mkdir()

    result = penumbra("cut group.png -o p.png --alpha a.png --each person --report r.json")

    assert result.exit_code == 2
    assert "p-2.png must be a file, got a folder" in result.stderr
    (entry,) = entries()
    assert entry["status"] == "failed"
    written = [(it["output"], it["alpha"]) for it in entry["people"]]
    assert written == [("p-1.png", "a-1.png"), (None, "a-2.png")]
    assert names() == ["a-1.png", "a-2.png", "group.png", "p-1.png", "r.json"]


def test_a_finder_that_gives_up_is_a_failure(penumbra: Run, group: Path, crowd: Crowd) -> None:
    """As of any model."""

    def give_up(image: RGB) -> list[Alpha]:
        raise ConvergenceError("masks of the network must be finite")

    crowd.crowd = give_up
    result = penumbra("cut group.png -o p.png --each person")

    assert (result.exit_code, names()) == (2, ["group.png"])
    assert "masks of the network" in result.stderr


def test_depth_and_transparency_are_the_photograph_s(
    penumbra: Run, here: Path, crowd: Crowd
) -> None:
    """As with one object."""
    Image.new("RGBA", (6, 4), (*RED, 51)).save(here / "thin.png")
    Image.fromarray(np.full((4, 6), 40_000, np.uint16)).save(here / "deep.png")

    assert penumbra("cut thin.png -o t.png --each person --alpha a.png").exit_code == 0
    assert penumbra("cut deep.png -o d.png --each person --alpha b.png").exit_code == 0

    assert_array_equal(samples("t-1.png")[0, :, 3], [51, 51, 0, 0, 0, 0])
    assert_array_equal(samples("a-2.png")[0], [0, 0, 51, 51, 0, 0])
    assert [read_photograph(here / it).bits for it in ("d-1.png", "b-2.png")] == [16, 16]


@pytest.mark.parametrize(
    ("line", "harmed"),
    [
        ("group.png other-2.png -o .", "other-*.png"),
        ("group.png -o p.png --alpha p.png", "p-*.png"),
        ("group.png -o p.png --background p-7.png", "p-*.png"),
        ("group.png -o soft.png", "soft-*.png"),
    ],
)
def test_no_number_can_land_on_what_is_needed(
    penumbra: Run, group: Path, draw: Draw, crowd: Crowd, line: str, harmed: str
) -> None:
    """Refused before the work, though it is not known how many there will be."""
    for name in ("other-2.png", "other.png", "p-7.png"):
        draw(name)
    Path("soft-3.png").symlink_to("group.png")
    before = {name: Path(name).read_bytes() for name in names()}

    line = line.replace("group.png other", "other.png other")
    result = penumbra(f"cut {line} --each person --report r.json")

    assert result.exit_code in (2, 3)
    entry = entries()[0]
    assert entry["status"] == "failed"
    assert harmed in entry["reason"]
    for name, data in before.items():
        assert Path(name).read_bytes() == data
