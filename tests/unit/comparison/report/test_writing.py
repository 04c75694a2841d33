"""The whole report: what stands in it, what it escapes, and what it refuses."""

import json
import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from penumbra.comparison.record import write_run
from penumbra.comparison.report import write_report, writing
from penumbra.comparison.report.preamble import without_folders
from penumbra.core.errors import InputError
from tests.unit.comparison.report.records import failed, find, journal, record, several

pytest.importorskip("matplotlib")

ABOUT = {
    "command": [
        "penumbra", "benchmark", "all", "--data", "/home/me/data", "--output", "out",
        "--onnx", "u2net=/home/me/u2net.onnx",
    ],
    "date": "2026-01-02T03:04:05+00:00",
    "hardware": {"cpu": "A CPU", "cores": 2, "threads": 2, "memory": 8_000_000_000, "system": "L"},
    "versions": {"penumbra": "0.1", "numpy": "2.0"},
    "of": {"weights": {"aim-s.onnx": "0123456789abcdef"}, "clicks": 5},
    "groups": {"drawn": {"note": "Made.", "pictures": 9, "protocols": ["none", "trimap"]}},
    "entrants": {"aim": {"maker": "room", "device": "cpu", "peak_memory": 250_000_000}},
    "left_out": {"cats": "/home/me/data/feral_cats must be a folder"},
    "leaks": {
        "is_checked": True, "limit": 8, "packs": ["a.tar"], "pictures": 3, "entries": 70,
        "leaks": [{"group": "cats", "picture": "secret-cat", "pack": "a.tar",
                   "entry": "feral_cats/secret-cat (image)", "distance": 2}],
    },
}  # fmt: skip


@pytest.fixture(autouse=True)
def _disks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are found without any dataset."""
    monkeypatch.setattr(writing, "finder", lambda output, data: find)


def report(output: Path, published: Path | None = None) -> str:
    write_report(output, None, published)
    return (output / "report.md").read_text("utf-8")


def everything(output: Path) -> None:
    """Write a journal with all that a report can show."""
    uncertain = {"sparsification": [1.0, 0.5, 0.0], "oracle": [1.0, 0.25, 0.0]}
    held = [
        replace(it, kind="hair" if it.picture in "ab" else "glass", curve=uncertain)
        for name in ("auto", "aim", "segment")
        for it in several(name, [1, 2, 3, 4, 5, 6])
    ]
    held += [
        replace(record("clicks", sad=2, protocol="clicks"), curve={"clicks": [9.0, 4.0, 2.0]}),
        failed("aim", "z", "it fell over"),
    ]
    journal(output, held)
    write_run(output, ABOUT)


def test_all_sections_stand_in_their_order(tmp_path: Path) -> None:
    everything(tmp_path)

    heads = re.findall(r"^## (.*)$", report(tmp_path), re.MULTILINE)

    assert heads == [
        "What was run",
        "Given the picture alone",
        "Given clicks",
        "What auto chooses",
        "Plots",
        "Pictures of the best, the median and the worst",
        "Which quality lines hold",
    ]


def test_what_was_run_is_said(tmp_path: Path) -> None:
    everything(tmp_path)

    text = report(tmp_path)

    assert "penumbra benchmark all --data /home/me/data" in text
    for said in ("A CPU, 2 cores", "8.00 GB", "numpy 2.0", "0123456789ab ", "Made.", "5 times"):
        assert said in text
    assert "cats: /home/me/data/feral\\_cats must be a folder" in text
    assert "aim, none, drawn: 1 without an answer (it fell over)" in text
    assert "secret-cat" in text


def test_every_plot_and_picture_is_a_file_that_the_markdown_shows(tmp_path: Path) -> None:
    everything(tmp_path)

    shown = re.findall(r"^!\[.+\]\((.*)\)$", report(tmp_path), re.MULTILINE)

    there_are = [*tmp_path.glob("plots/*"), *tmp_path.glob("pictures/*")]
    assert sorted(shown) == sorted(it.relative_to(tmp_path).as_posix() for it in there_are)
    assert {Path(it).stem for it in shown if it.endswith(".svg")} == {
        "time-none", "clicks", "sparsification", "types-none-drawn",
    }  # fmt: skip
    assert len([it for it in shown if it.endswith(".webp")]) == 3 * 3 + 1


def test_every_mean_is_in_the_numbers(tmp_path: Path) -> None:
    everything(tmp_path)
    report(tmp_path)

    said = json.loads((tmp_path / "report.json").read_text("utf-8"))

    drawn = said["protocols"]["none"]["drawn"]
    assert drawn["entrants"]["segment"]["SAD"] == 3.5
    assert drawn["entrants"]["aim"]["failed"] == 1
    assert drawn["entrants"]["aim"]["kinds"] == {"glass": 4.5, "hair": 1.5}
    assert drawn["entrants"]["aim"]["AUSE"] == said["ause"]["aim"]["none"] == 0.125
    assert said["protocols"]["clicks"]["drawn"]["entrants"]["clicks"]["clicks"] == [9, 4, 2]
    assert said["auto"][0]["is_within"] is True
    assert said["weights"] == {"aim-s.onnx": "0123456789abcdef"}


def test_the_same_results_give_the_same_report(tmp_path: Path) -> None:
    everything(tmp_path)
    report(tmp_path)
    before = {it: it.read_bytes() for it in tmp_path.rglob("*") if it.is_file()}

    report(tmp_path)

    assert {it: it.read_bytes() for it in tmp_path.rglob("*") if it.is_file()} == before


def test_nothing_that_is_not_free_is_published(tmp_path: Path) -> None:
    """Pictures of others may never leave the machine they are measured on."""
    free = several("aim", [1, 2, 3])
    unfree = [
        replace(it, is_free=False, picture=f"secret-{it.picture}")
        for it in several("aim", [4, 5, 6], "portraits")
    ]
    journal(tmp_path / "out", [*free, *unfree, failed("aim", "secret-z", "/home/me/secret-z.png")])
    write_run(tmp_path / "out", ABOUT)

    local = report(tmp_path / "out", tmp_path / "public")

    assert "secret" in local
    shown = sorted(it.name for it in tmp_path.glob("public/pictures/*"))
    assert shown == [f"none-aim-drawn-{rank}.webp" for rank in ("best", "median", "worst")]
    words = "".join(it.read_text("utf-8") for it in tmp_path.glob("public/report.*"))
    assert "secret" not in words
    assert "/home/me" not in words
    assert "--data DIR --output OUT --onnx u2net=u2net.onnx" in words
    assert "cats: 1 in a.tar" in words
    assert "portraits" in words
    assert not (tmp_path / "public" / "report.html").exists()


def test_pictures_of_an_earlier_report_are_removed_and_nothing_else(tmp_path: Path) -> None:
    everything(tmp_path)
    report(tmp_path)
    said = json.loads((tmp_path / "report.json").read_text("utf-8"))
    stale, mine = tmp_path / "pictures" / "none-gone-best.webp", tmp_path / "plots" / "mine.svg"
    outside = tmp_path / "keep.webp"
    for path in (stale, mine, outside):
        path.write_bytes(b"x")
    said["files"] += ["pictures/none-gone-best.webp", "keep.webp", "pictures/../keep.webp"]
    (tmp_path / "report.json").write_text(json.dumps(said), "utf-8")

    report(tmp_path)

    assert not stale.exists()
    assert mine.exists()
    assert outside.exists()


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="output must hold results of a comparison, got none"):
        write_report(tmp_path, None)

    assert list(tmp_path.iterdir()) == []


def test_a_run_in_which_everybody_failed_has_a_report(tmp_path: Path) -> None:
    journal(tmp_path, [failed("aim", "a"), failed("auto", "a")])

    text = report(tmp_path)

    assert "aim, none, drawn: 1 without an answer" in text
    assert "nan" not in text


def test_without_matplotlib_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal(tmp_path, [record()])
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)

    with pytest.raises(InputError, match=r"penumbra\[bench\]"):
        write_report(tmp_path, None)


def test_pictures_that_are_not_found_are_counted(tmp_path: Path) -> None:
    journal(tmp_path, [record(picture="lost")])

    assert "Of 1 rows 1 are missing" in report(tmp_path)


class Outline(HTMLParser):
    """Reads the headings, and checks that whatever is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.levels: list[int] = []
        self.images: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember it."""
        if tag == "img":
            self.images.append(dict(attrs))
        if tag not in ("meta", "img"):
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))

    def handle_endtag(self, tag: str) -> None:
        """Close what was opened last."""
        assert self.open.pop() == tag


def test_the_page_is_whole_and_has_an_outline_without_gaps(tmp_path: Path) -> None:
    everything(tmp_path)
    report(tmp_path)
    outline = Outline()

    outline.feed((tmp_path / "report.html").read_text("utf-8"))

    assert outline.open == []
    assert outline.levels[0] == 1
    assert (np.diff(outline.levels) <= 1).all()
    assert all(it["alt"] for it in outline.images)
    assert sum((it["src"] or "").startswith("data:image/svg+xml") for it in outline.images) == 4


def test_names_are_words_and_never_signs(tmp_path: Path) -> None:
    """A folder may be called anything, and a name must not become a part of the page."""
    journal(tmp_path, [record("folder <script>alert(1)</script> | *x*")])

    text = report(tmp_path)

    page = (tmp_path / "report.html").read_text("utf-8")
    assert "<script>" not in page
    assert "folder &lt;script&gt;" in page
    assert r"folder \<script\>alert(1)\</script\> \| \*x\*" in text


def test_tables_of_the_page_name_their_rows_and_columns(tmp_path: Path) -> None:
    journal(tmp_path, several("aim", [1, 2]))
    report(tmp_path)

    page = (tmp_path / "report.html").read_text("utf-8")

    assert '<th scope="col">drawn (2)</th>' in page
    assert '<th scope="row">aim</th><td><strong>1.50</strong></td>' in page


def test_folders_are_kept_out_of_words_but_ratios_are_not() -> None:
    assert without_folders("../data/ccp: SAD /1000 and 1/2") == "ccp: SAD 1000 and 1/2"
