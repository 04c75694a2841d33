"""What a set says of itself."""

import json
from dataclasses import replace
from pathlib import Path

from penumbra.data.pack import Source
from penumbra.systems.dfimat.synth.card import CARD, track_of
from penumbra.systems.dfimat.synth.job import make_set
from penumbra.systems.dfimat.synth.reading import Refused
from tests.made_sets import LOOSE, Told, reading


def test_the_card_names_sources_settings_gates_and_counts(tmp_path: Path) -> None:
    """As tables that a reader can check against the account."""
    maker = Told({1: Refused("no_paint", "dry"), 2: reading(2, split="val")})
    maker.sources = (Source("drawn", "free", "open"), Source("found", "for | research", "research"))

    make_set(tmp_path, maker, 3, LOOSE)

    card = (tmp_path / CARD).read_text()
    for line in (
        "The whole is of track **research**.",
        "| drawn | open | free |",
        "| found | research | for / research |",
        "| seed | `0` |",
        "| coverage | `0.6` |",
        "| coverage | 0 | 0 | 3 |",
        "| people | 3 | 0 | 0 |",
        "| attempts | 4 |",
        "| kept | 3 |",
        "| yield | 0.75 |",
        "| no_paint | 1 |",
        "| train | 2 |",
        "| val | 1 |",
        "| different captions | 3 |",
        " 2  ######################################## 3",
    ):
        assert line in card.splitlines(), line


def test_words_of_captions_are_counted_once(tmp_path: Path) -> None:
    """Diversity is what differs: two captions, four words, one place."""
    captions = ["two people", "two people", "two old friends"]
    readings = {
        k: reading(k, caption=caption, slots={"place": "here"})
        for k, caption in enumerate(captions)
    }

    summary = make_set(tmp_path, Told(readings), 3, LOOSE)

    assert summary["different_captions"] == 2
    assert summary["different_words"] == 4
    assert summary["different_places"] == 1


def test_a_set_is_open_only_if_all_its_sources_are() -> None:
    """And nothing is known of one without any."""
    free, bound = {"track": "open"}, {"track": "research"}

    assert track_of([free, free]) == "open"
    assert track_of([free, bound]) == track_of([]) == "research"


def test_neither_card_nor_sums_depend_on_how_often_the_job_ran(tmp_path: Path) -> None:
    """No time, no date, no machine."""
    for name, counts in (("a", (3,)), ("b", (1, 2, 3))):
        for count in counts:
            make_set(tmp_path / name, replace(Told()), count, LOOSE)

    for file in (CARD, "summary.json", "settings.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    assert json.loads((tmp_path / "a/settings.json").read_text())["maker"] == "told"
