"""Every example a reader can copy out of the README and the guide runs."""

import doctest
import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from penumbra import Box, Hints, Session, load_image, load_predictor
from penumbra.cli.main import main
from penumbra.core.arrays import Alpha
from penumbra.systems.clicks.flags import SENTENCES as OF_CLICKS
from penumbra.systems.dfimat.flags import SENTENCES as OF_DFIMAT
from tests.scenes import photograph, soft_disk

ROOT = Path(__file__).parents[2]
PAGES = {name: (ROOT / name).read_text("utf-8") for name in ("README.md", "docs/guide.md")}

COMMANDS = [
    line
    for page in PAGES.values()
    for block in re.findall(r"```bash\n(.*?)```", page, re.DOTALL)
    for line in block.splitlines()
]


@pytest.fixture(autouse=True)
def _the_files_the_examples_speak_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ball of 240x180 pixels takes the place of the cat."""
    monkeypatch.chdir(tmp_path)
    alpha = soft_disk(240, radius=60)[30:210]
    scene = photograph(alpha)
    trimap = np.select([alpha == 1, alpha == 0], [1.0, 0.0], 128 / 255).astype(np.float32)
    strokes = np.full_like(alpha, 0.5)
    strokes[85:95, 100:140], strokes[5:10] = 1, 0
    Image.fromarray(np.rint(scene.image * 255).astype(np.uint8)).save("cat.jpg", quality=95)
    for name, plane in {"trimap": trimap, "scribbles": strokes, "alpha": alpha}.items():
        grey(plane).save(f"cat-{name}.png")
    grey((alpha > 0.5).astype(np.float32)).save("cat-mask.png")
    grey(alpha).save("cat-true-alpha.png")
    for folder, source in {
        "photos": "cat.jpg",
        "masks": "cat-mask.png",
        "trimaps": "cat-trimap.png",
    }.items():
        Path(folder, "sub").mkdir(parents=True)
        for name in ("one", "sub/two"):
            Path(folder, name + Path(source).suffix).write_bytes(Path(source).read_bytes())


def grey(plane: Alpha) -> Image.Image:
    return Image.fromarray(np.rint(plane * 255).astype(np.uint8))


@pytest.mark.parametrize("line", sorted(set(COMMANDS)))
def test_a_command_of_the_documentation_runs(line: str) -> None:
    """With status 0, and the file it names is there."""
    program, *words = shlex.split(line)
    if words[0] == "replay":
        said = Session(load_predictor("classical"), load_image("cat.jpg"))
        said.apply(Hints(box=Box(40, 30, 200, 150)))
        said.save(words[1])
    result = CliRunner().invoke(main, words)

    assert program == "penumbra"
    assert result.exit_code == 0, result.output
    if "-o" in words:
        assert Path(words[words.index("-o") + 1]).exists()


@pytest.mark.parametrize("page", PAGES)
def test_the_python_of_the_documentation_runs(page: str) -> None:
    """As a doctest, every line of it."""
    test = doctest.DocTestParser().get_doctest(PAGES[page], {}, page, page, 0)
    said: list[str] = []

    found = doctest.DocTestRunner().run(test, out=said.append)

    assert found.attempted > 0
    assert found.failed == 0, "".join(said)


def test_the_report_of_the_guide_has_the_keys_of_a_report() -> None:
    """Programs are written after it."""
    (shown,) = re.findall(r"```json\n(.*?)```", PAGES["docs/guide.md"], re.DOTALL)
    example = json.loads(shown)
    line = "cut cat.jpg -o cat.png --trimap cat-trimap.png --report report.json"
    CliRunner().invoke(main, line.split())
    report = json.loads(Path("report.json").read_text())

    assert list(example) == list(report)
    assert list(example["totals"]) == list(report["totals"])
    assert all(list(entry) == list(report["entries"][0]) for entry in example["entries"])


@pytest.mark.parametrize("page", [ROOT / "README.md", *ROOT.glob("docs/**/*.md")])
def test_links_lead_somewhere(page: Path) -> None:
    """Files move, and their names stay behind in texts."""
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def test_every_flag_of_an_answer_is_explained() -> None:
    """In the table of the guide, in the order in which the rooms list them."""
    words = re.findall(
        r"^\| `(\w+)` \| ", PAGES["docs/guide.md"].split("| flag |")[1], re.MULTILINE
    )

    assert words == list(dict.fromkeys([*OF_DFIMAT, *OF_CLICKS]))
