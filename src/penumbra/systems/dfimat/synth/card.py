"""What a set says of itself: its sums, and a page for whoever finds it.

Nothing in them depends on when or how often the job was run.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from penumbra.data.captions import words_of
from penumbra.io import write_atomically
from penumbra.systems.dfimat.synth.journal import SUMMARY, Account, Line

CARD = "README.md"


def write_card(root: Path, account: Account, record: Mapping[str, Any]) -> dict[str, Any]:
    """Write the sums and the page of a set, and return the sums.

    Args:
        root: The folder of the set.
        account: All that became of it.
        record: The settings it was begun with.

    Raises:
        OutputError: They cannot be written.
    """
    summary = {**account.summary(), **diversity(account.kept)}
    write_atomically(root / SUMMARY, json.dumps(summary, indent=1).encode() + b"\n")
    page = "\n".join(_page(account, record, summary)) + "\n"
    write_atomically(root / CARD, page.encode())
    return summary


def diversity(kept: Iterable[Line]) -> dict[str, int]:
    """Return how many different captions, words of them, and places there are.

    Source:
        The sheet `smpmat`, section 9.
    """
    kept = list(kept)
    captions = {it.caption or "" for it in kept}
    return {
        "different_captions": len(captions),
        "different_words": len({word for caption in captions for word in words_of(caption)}),
        "different_places": len({it.slots["place"] for it in kept if "place" in it.slots}),
    }


def track_of(sources: Iterable[Mapping[str, str]]) -> str:
    """Return what the whole may be used for: anything only if all sources may."""
    tracks = [source.get("track") for source in sources]
    return "open" if tracks and all(track == "open" for track in tracks) else "research"


def _page(account: Account, record: Mapping[str, Any], summary: Mapping[str, Any]) -> Iterator[str]:
    sources = record.get("sources", [])
    yield "# Pictures of several people, with a matte of each"
    yield ""
    yield from _introduction(record, summary)
    yield ""
    yield "## Sources and licences"
    yield ""
    yield f"The whole is of track **{track_of(sources)}**."
    yield ""
    yield from _table("source | track | terms", (
        (it["name"], it["track"], it["terms"]) for it in sources
    ))  # fmt: skip
    yield "## How it was made"
    yield ""
    plain = {name: value for name, value in record.items() if name not in _TOLD_ELSEWHERE}
    yield from _table("setting | value", ((name, _said(it)) for name, it in plain.items()))
    mattes = record.get("mattes", {})
    yield from _table("mattes | value", ((name, _said(it)) for name, it in mattes.items()))
    yield "## Gates"
    yield ""
    gates = record.get("gates", {})
    yield from _table("limit | value", ((name, _said(it)) for name, it in gates.items()))
    yield from _verdicts(account)
    yield "## Counts"
    yield ""
    yield from _table("what | how many", (
        (name.replace("_", " "), it) for name, it in summary.items() if not isinstance(it, dict)
    ))  # fmt: skip
    yield from _table("rejected for | pictures", summary["rejected_by_reason"].items())
    yield from _table("split | pictures", summary["splits"].items())
    yield "## People per picture"
    yield ""
    yield from _histogram(summary["people_per_picture"])


_TOLD_ELSEWHERE = frozenset({"sources", "mattes", "gates"})


def _introduction(record: Mapping[str, Any], summary: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"{summary['kept']} pictures of {summary['people']} people, made by `penumbra synth "
        f"people` (maker `{record.get('maker')}`, seed {record.get('seed')}). No picture is a "
        "photograph of a scene that took place."
    )
    yield ""
    yield (
        "`images/SPLIT/NAME.*` are the pictures, `alphas/SPLIT/NAME/NN.png` what is seen of each "
        "person (8 bits; they add up to at most 255), `meta.json` beside them what is known. "
        "`report.jsonl` has a line for every attempt, `summary.json` the sums, `settings.json` all "
        "settings. Sentences have `unique: true`: in the files as they are, each is true of one "
        "person alone."
    )


def _verdicts(account: Account) -> Iterator[str]:
    """Yield how often each gate passed, failed, or could not be measured."""
    found: dict[str, dict[str, int]] = {}
    for line in account.standing.values():
        for name, told in line.gates.items():
            counts = found.setdefault(name, {"passed": 0, "failed": 0, "not measured": 0})
            counts[told["verdict"]] += 1
    rows = ((name, *counts.values()) for name, counts in found.items())
    yield from _table("gate | passed | failed | not measured", rows)


def _histogram(counts: Mapping[str, int]) -> Iterator[str]:
    most = max(counts.values(), default=1)
    yield "```"
    for number, count in sorted(counts.items(), key=lambda pair: int(pair[0])):
        yield f"{number:>2}  {'#' * max(1, round(40 * count / most))} {count}"
    yield "```"


def _table(head: str, rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Yield a table, and an empty line; nothing if it has no rows."""
    lines = [
        " | ".join(str(cell).replace("|", "/").replace("\n", " ") for cell in it) for it in rows
    ]
    if lines:
        yield f"| {head} |"
        yield "|" + "---|" * (head.count("|") + 1)
        yield from (f"| {line} |" for line in lines)
        yield ""


def _said(value: object) -> str:
    return f"`{json.dumps(value)}`"
