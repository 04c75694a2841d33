"""Take the figures of cards and of the weights' manifest from the report of a comparison.

    python scripts/take_figures.py docs/comparison/report.json

Writes those of the manifest, and prints those of the cards; `test_published.py` of the tests
holds both against the report.
"""

import argparse
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from penumbra.systems.registry import NAMES, card
from penumbra.weights import add_entries, entries

WEIGHTS = Path("src/penumbra/weights")


class Figure(NamedTuple):
    """A mean of the report: of a score, to what was said, on a set of pictures."""

    score: str
    protocol: str
    group: str


def _of(score: str, protocol: str, *groups: str) -> tuple[Figure, ...]:
    return tuple(Figure(score, protocol, group) for group in groups)


SALIENT = _of("IoU", "none", "portraits", "street", "cats", "moving")
SALIENT += _of("MAD", "none", "natural", "animals", "soft hair", "composites")
MATTED = _of("SAD", "trimap", "natural", "natural-ten", "composites")
CLICKED = _of("IoU", "clicks", "portraits", "instances")
CLICKED += _of("SAD", "clicks", "natural", "composites")
BOXED = _of("IoU", "box", "portraits", "instances") + _of("SAD", "box", "natural")
PEOPLE = tuple(it for it in SALIENT if it.group in ("portraits", "street", "soft hair"))

FIGURES: Mapping[str, tuple[Figure, ...]] = {
    "closed-form": MATTED,
    "knn": MATTED,
    "shared": MATTED,
    "random-walk": MATTED,
    "classical": CLICKED + BOXED,
    "segment": SALIENT,
    "dim": MATTED,
    "aim": SALIENT,
    "clicks": CLICKED,
    "safe": PEOPLE,
    "dfimat": CLICKED[:2] + BOXED[:2],
    "ensemble": SALIENT + CLICKED + BOXED,
    "ensemble-trimap": MATTED,
}
"""What the card of each model has."""

SAID = {"none": "nothing said", "trimap": "a trimap", "clicks": "ten clicks", "box": "a box"}


def figures(report: Mapping[str, Any], model: str) -> dict[str, float]:
    """Return the figures of a model by what they are; an ensemble's are those of `auto`."""
    name = "auto" if card(model).voters else model
    found = {}
    for score, protocol, group in FIGURES[model]:
        held = report["protocols"][protocol][group]["entrants"][name]
        unit = " / 1000" if score == "SAD" else ""
        what = f"{score}{unit} on {held['n']} of {group}, {SAID[protocol]}"
        found[what] = float(f"{held[score]:.3g}")
    return found


def main() -> None:
    """Read the report, write the manifest, print the cards."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("report", type=Path)
    report = json.loads(parser.parse_args().report.read_text("utf-8"))
    add_entries(
        WEIGHTS,
        [replace(each, numbers=figures(report, each.room)) for each in entries(WEIGHTS)],
    )
    for name in NAMES:
        print(f"{name}:")
        for what, value in figures(report, name).items():
            print(f'        "{what}": (None, {value:g}),')


if __name__ == "__main__":
    main()
