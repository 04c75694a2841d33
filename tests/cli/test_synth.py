"""`penumbra synth`."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from PIL import Image

from penumbra.cli.synth_job import read_captions
from penumbra.core.errors import InputError
from penumbra.data.captions import draw_caption
from penumbra.data.people_set import read_people
from penumbra.nn.weights import WeightsHeader, save_weights
from penumbra.systems.dfimat.synth.interpreter.config import Config
from penumbra.systems.dfimat.synth.interpreter.reader import ROOM, Reader
from penumbra.systems.dfimat.synth.sources.tiny import TinyConfig, make_tiny, save_tiny
from tests.made_sets import LOOSE_WORDS, files_below, people_pack, person, place

Run = Callable[..., Result]


@pytest.fixture
def people(here: Path, penumbra: Run) -> Callable[..., Result]:
    """Make a set of two in `out`, of a tiny pack."""
    people_pack(here / "people.tar")

    def run(more: str = "--count 2") -> Result:
        return penumbra(f"synth people out --pack people.tar {LOOSE_WORDS} {more}")

    return run


def test_captions_are_lines_of_json(here: Path, penumbra: Run) -> None:
    """With slots, number, text and family; the same for the same seed."""
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        result = penumbra(f"synth captions --count 20 --seed {seed} --output {name}.jsonl")
        assert result.exit_code == 0, result.output
        assert result.stderr == f"wrote 20 captions to {name}.jsonl\n"

    rows = [json.loads(row) for row in (here / "a.jsonl").read_text().splitlines()]
    assert len(rows) == 20
    assert set(rows[0]) == {"slots", "n", "text", "family"}
    assert rows[0]["slots"]["place"] in rows[0]["text"]
    assert (here / "a.jsonl").read_bytes() == (here / "b.jsonl").read_bytes()
    assert (here / "a.jsonl").read_bytes() != (here / "c.jsonl").read_bytes()


def test_a_language_model_needs_address_and_name(penumbra: Run) -> None:
    """One line, exit status 2."""
    result = penumbra("synth captions --count 2 -o a.jsonl --llm http://localhost:1/v1")

    assert result.exit_code == 2
    assert "--llm and --llm-model must be given together" in result.stderr


def test_a_language_model_that_is_not_there_is_one_line(here: Path, penumbra: Run) -> None:
    """And no file."""
    result = penumbra(
        "synth captions --count 2 -o a.jsonl --llm http://127.0.0.1:9/v1 --llm-model small"
    )

    assert result.exit_code == 2
    assert "Error: http://127.0.0.1:9/v1/chat/completions must answer" in result.stderr
    assert not (here / "a.jsonl").exists()


def test_a_set_of_a_pack(here: Path, people: Run, penumbra: Run) -> None:
    """Pictures of the size that was asked for, an account, a card; the catalogue reads it."""
    result = people()

    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert result.stderr.endswith(" people\n")
    assert "kept 2 of 2 in out" in result.stderr
    assert [it.image.shape for it in read_people(here / "out")] == [(64, 64, 3)] * 2
    assert "| drawn | open | free |" in (here / "out/README.md").read_text()
    check = penumbra("data check smpmat out --split train --decode")
    assert check.exit_code == 0, check.output


def test_a_set_can_be_packed_for_training(here: Path, people: Run, penumbra: Run) -> None:
    """A scene of each person, by the commands there are."""
    people()

    result = penumbra("data pack scenes.tar --instances smpmat=out:train")

    assert result.exit_code == 0, result.output


def test_a_second_run_finds_all_done(here: Path, people: Run) -> None:
    """No file is another."""
    people()
    before = files_below(here / "out")

    result = people()

    assert result.exit_code == 0
    assert files_below(here / "out") == before


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("--count 2 --seed 1", "setting seed must be 0 as when out was begun, got 1"),
        ("--count 2 --layout random", "setting layout must be 'scene'"),
        ("--count 2 --side 80", "setting side must be 64"),
        ("--count 2 --gate coverage=0.5", "setting gates.coverage must be 0.6"),
        ("--count 2 --matte human=0.6", "setting mattes.human must be 0.5"),
    ],
)
def test_other_options_need_another_folder(people: Run, more: str, message: str) -> None:
    """The message names what differs."""
    people()

    result = people(more)

    assert result.exit_code == 2
    assert f"Error: {message}" in result.stderr


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("--count 2 --gate speed=1", "setting must be one of people"),
        ("--count 2 --gate area=1", "area must be 2 values"),
        ("--count 2 --gate people=3,2", "people must be a range"),
        ("--count 1 --foregrounds nowhere", "nowhere must hold pictures, got none"),
        ("--count 1 --foregrounds nothing=nowhere", "dataset must be one of"),
        ("--count 2 --tries 1 --gate people=6,7 --gate miscount=0", "must be 2 after 2 attempts"),
    ],
)
def test_what_cannot_be_done_is_one_line(people: Run, more: str, message: str) -> None:
    """With exit status 2."""
    result = people(more)

    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_a_set_of_folders(here: Path, penumbra: Run) -> None:
    """Of people with alpha, and of photographs; their terms are not known."""
    for name in ("cutouts", "places"):
        (here / name).mkdir()
    for number in range(4):
        planes = np.dstack(person(number))
        Image.fromarray(np.rint(255 * planes).astype(np.uint8)).save(here / f"cutouts/{number}.png")
    colours = np.rint(255 * place(0)[0]).astype(np.uint8)
    Image.fromarray(colours).save(here / "places/a.png")

    result = penumbra(
        f"synth people out --foregrounds cutouts --backgrounds places {LOOSE_WORDS} --count 1"
        " --gate people=2,4 --tries 20"
    )

    assert result.exit_code == 0, result.output
    (picture,) = read_people(here / "out")
    assert picture.meta["model"]["place"] == "places/a"
    assert "| cutouts | research | unstated |" in (here / "out/README.md").read_text()


def test_a_review_and_what_was_decided(here: Path, people: Run, penumbra: Run) -> None:
    """Sheets and page; then a picture is moved, and the next run makes another."""
    people()
    result = penumbra("synth review out")
    assert result.exit_code == 0, result.output
    assert "wrote out/review.html: 2 pictures to look at" in result.stderr
    assert (here / "out/sheets/0001.png").is_file()

    decisions = {"format": 1, "decisions": {"000000": "reject", "000001": "accept"}}
    (here / "review.json").write_text(json.dumps(decisions))
    result = penumbra("synth review out --apply review.json")
    assert result.stderr == "accepted 1, moved 1 to out/rejected\n"
    assert "kept 2 of 3" in people().stderr


def test_a_review_of_something_else_is_one_line(here: Path, penumbra: Run) -> None:
    """With exit status 2."""
    (here / "photos").mkdir()

    result = penumbra("synth review photos")

    assert result.exit_code == 2
    assert "Error: photos/settings.json must hold the settings of a set" in result.stderr


def test_making_a_set_loads_no_torch(here: Path) -> None:
    """Composites, captions and reviews need no network, and no machine that has one."""
    people_pack(here / "people.tar")
    program = (
        "import sys; from penumbra.cli.main import main;"
        f"main('synth people out --pack people.tar {LOOSE_WORDS} --count 1'.split(),"
        " standalone_mode=False);"
        "main('synth review out'.split(), standalone_mode=False);"
        "main('synth captions --count 1 -o a.jsonl'.split(), standalone_mode=False);"
        "sys.exit('torch' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr


def test_pictures_are_painted_where_an_interpreter_is_named(here: Path, penumbra: Run) -> None:
    """By its painter; one query cannot read the people of any caption, which is in the account."""
    small = TinyConfig(side=128, width=8, vae_width=8, text="toy")
    source = make_tiny(small)
    config = Config(source="tiny", width=32, queries=1, layers=3, ffn=32, grid_ffn=32)
    header = WeightsHeader(ROOM, "s", asdict(config), {})
    save_weights(here / "reader.safetensors", Reader(config, source), header)
    save_tiny(here / "tiny.safetensors", source, small)

    result = penumbra(
        "synth people out --interpreter reader.safetensors --weights tiny.safetensors --steps 2 "
        f"--count 1 --tries 1 {LOOSE_WORDS.replace('--side 64', '')}"
    )

    assert result.exit_code == 2, result.output
    assert "pictures that are kept must be 1 after 1 attempts" in result.stderr
    (line,) = map(json.loads, (here / "out" / "report.jsonl").read_text().splitlines())
    assert (line["event"], line["reason"]) == ("rejected", "too_few_queries")
    assert line["caption"].endswith("photograph")
    settings = json.loads((here / "out" / "settings.json").read_text())
    assert settings["maker"] == "tiny"
    assert settings["weights"]["painter"] == "tiny.safetensors"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("--interpreter one.jsonl --pack one.jsonl", "must come without packs, folders and --side"),
        ("--captions one.jsonl", "--weights and --captions must come with --interpreter"),
        ("--interpreter one.jsonl --captions one.jsonl", "line 1 of one.jsonl must be a caption"),
    ],
)
def test_what_does_not_go_together_is_one_line(
    more: str, message: str, here: Path, penumbra: Run
) -> None:
    """With status 2, and no folder."""
    (here / "one.jsonl").write_text('{"n": 2}\n')

    result = penumbra(f"synth people out --count 1 {more}")

    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert not (here / "out").exists()


def test_painting_without_torch_says_what_to_install(
    here: Path, penumbra: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line; composites need none of it."""
    (here / "reader.safetensors").touch()
    monkeypatch.delitem(sys.modules, "penumbra.systems.dfimat.synth.interpreter.reader")
    monkeypatch.setitem(sys.modules, "torch", None)

    result = penumbra("synth people out --interpreter reader.safetensors --count 1")

    assert result.exit_code == 2, result.output
    assert "torch must be installed to paint, got none: pip install" in result.stderr


def test_captions_that_may_not_be_painted_are_refused(tmp_path: Path) -> None:
    """Whoever wrote them."""
    caption = draw_caption(np.random.default_rng(0))
    slots = dict(caption.slots) | {"place": "in a crowd"}
    (tmp_path / "a.jsonl").write_text(json.dumps({"slots": dict(caption.slots), "n": caption.n}))
    (tmp_path / "b.jsonl").write_text(json.dumps({"slots": slots, "n": caption.n}))

    assert read_captions(tmp_path / "a.jsonl") == [caption]
    with pytest.raises(InputError, match=r"line 1 of .* must be fit to be painted, got crowd"):
        read_captions(tmp_path / "b.jsonl")
