"""A table of people whom simulated users want: how good mattes are after the last round.

Jiao et al., "DFIMat: Decoupled Flexible Interactive Matting in Multi-Person Scenarios", ACCV 2024,
tables 3 to 7; the sheet `dfimat`, section 8.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from penumbra.core.card import ModelCard
from penumbra.core.predictor import Predictor
from penumbra.evaluation.benchmark import Score
from penumbra.evaluation.conversing import Subject, talked
from penumbra.evaluation.effort import Effort, clicks_by_threes, clicks_one_by_one, effort_of
from penumbra.evaluation.protocol import OfPeople, PersonCase, PersonTable, Printed, Talk
from penumbra.evaluation.run import Failure, Report, Row, Sample, gather, measure
from penumbra.evaluation.table import aligned, as_json, left_out, number, unit
from penumbra.metrics.interaction import Clicks

EFFORT = ("NoC@90", "NoC_3")
"""Heads of the columns of clicks, one by one and by threes."""

_COUNTED = (
    "NoC@90 counts clicks one by one, 20 at most; NoC_3 by threes, 15 at most. The paper does not "
    "say how it counts: its numbers stand below the former."
)


@dataclass(frozen=True)
class Outcome:
    """What came of one person.

    Attributes:
        rows: Label of a talk to the numbers after its last round.
        has_words: Whether any sentence means this person alone.
        effort: What it took to find the person by clicks; None where that is not counted.
    """

    rows: dict[str, Row]
    has_words: bool
    effort: Effort | None


def talks_of(found: OfPeople) -> tuple[Talk, ...]:
    """Return all ways of talking of a table or a curve."""
    if isinstance(found, PersonTable):
        return tuple(each.talk for each in found.inputs)
    return found.talks


def suited(talks: Iterable[Talk], card: ModelCard) -> tuple[Talk, ...]:
    """Return the ways of talking that a model understands: it takes all, and needs no more."""
    return tuple(talk for talk in talks if card.requires <= talk.kinds <= card.accepts)


def is_wordless(talk: Talk, sentences: Sequence[str]) -> bool:
    """Tell whether somebody cannot be talked about so: by words alone, without any that fit."""
    return talk.first == "text" and not sentences


def person_outcome(case: PersonCase, predictor: Predictor[Any], table: PersonTable) -> Outcome:
    """Talk about one person in every way that suits the model, and measure the last mattes.

    Raises:
        MatteError: A file of the person cannot be used, or the model cannot answer.
    """
    target = case.target()
    encoded = predictor.encode(case.image())
    rows = {}
    for talk in suited(talks_of(table), predictor.card):
        if is_wordless(talk, target.sentences):
            continue
        subject = Subject(case.picture, case.number)
        *_, last = talked(predictor, encoded, target, talk, subject)
        sample = Sample(case.name, last.matte.alpha, target.alpha)
        rows[talk.label] = measure(sample, table.benchmark)
    effort = effort_of(case, predictor) if table.has_effort else None
    return Outcome(rows, bool(target.sentences), effort)


def spoken_text(
    found: Sequence[Outcome],
    table: PersonTable,
    card: ModelCard,
    failed: tuple[Failure, ...] = (),
) -> str:
    """Lay the means out as a Markdown table: each input of ours above those of the paper.

    Args:
        found: At least one person.
        table: What was run again.
        card: Of the model.
        failed: People who could not be measured.
    """
    scores, efforts = table.benchmark.scores, _efforts(found)
    heads = [*EFFORT] if table.has_effort else []
    body: list[list[str]] = []
    for each in table.inputs:
        report = _report(found, table, each.talk)
        if report is not None:
            clicks = [number(it.mean) for it in efforts.values()]
            means = [number(report.mean(score).scaled) for score in scores]
            body.append([each.talk.label, str(len(report.rows)), *clicks, *means])
        body += [[it.label, "-", *_printed(it, heads, scores)] for it in each.printed]
    head = ["input", "people", *heads, *(f"{score.label}{unit(score)}" for score in scores)]
    printed = [row for each in table.inputs for row in each.printed]
    notes = [
        f"Mean of {len(found)} people. {table.benchmark.source}",
        *dict.fromkeys(row.source for row in printed),
        *([_COUNTED] if efforts else []),
        *(
            f"{name}: {it.failures} of {len(found)} people were not found."
            for name, it in efforts.items()
        ),
        *talk_notes(talks_of(table), card, [each.has_words for each in found]),
        *left_out(failed, len(found), "people"),
    ]
    lines = [f"{table.name}: {table.benchmark.dataset}", "", *aligned(head, body), "", *notes, ""]
    return "\n".join(lines)


def talk_notes(talks: Sequence[Talk], card: ModelCard, has_words: Sequence[bool]) -> Iterator[str]:
    """Say which ways of talking a model does not understand, and for whom words are lacking.

    Args:
        talks: Those of the paper.
        card: Of the model.
        has_words: Of each person, whether a sentence means that person alone.
    """
    mine = suited(talks, card)
    if lacking := [talk.label for talk in talks if talk not in mine]:
        yield f"{card.name} does not take what these need, left out: {', '.join(lacking)}."
    spoken = [talk for talk in mine if "text" in talk.kinds]
    if spoken and (without := list(has_words).count(False)):
        means = [
            f"{talk.label} {'leaves them out' if talk.first == 'text' else 'goes without words'}"
            for talk in spoken
        ]
        yield (
            f"No sentence means one person alone for {without} of {len(has_words)} people: "
            f"{', '.join(means)}."
        )


def spoken_json(
    found: Sequence[Outcome], table: PersonTable, failed: tuple[Failure, ...] = ()
) -> dict[str, Any]:
    """Return everything measured as values that JSON knows."""
    reports = {each.talk.label: _report(found, table, each.talk) for each in table.inputs}
    return {
        "inputs": {
            label: as_json(replace(report, failed=failed))
            for label, report in reports.items()
            if report is not None
        },
        "people": len(found),
        "without words": sum(not each.has_words for each in found),
        "effort": {name: asdict(clicks) for name, clicks in _efforts(found).items()},
        "ious": [asdict(each.effort) for each in found if each.effort is not None],
    }


def _report(found: Sequence[Outcome], table: PersonTable, talk: Talk) -> Report | None:
    """Return the numbers of one way of talking; None where nobody was talked about so."""
    rows = [each.rows[talk.label] for each in found if talk.label in each.rows]
    return gather(rows, table.benchmark) if rows else None


def _efforts(found: Sequence[Outcome]) -> dict[str, Clicks]:
    efforts = [each.effort for each in found if each.effort is not None]
    counts = (clicks_one_by_one(efforts), clicks_by_threes(efforts)) if efforts else ()
    return dict(zip(EFFORT, counts, strict=False))


def _printed(row: Printed, heads: Sequence[str], scores: Sequence[Score]) -> list[str]:
    labels = [*heads, *(score.label for score in scores)]
    return [number(row.numbers.get(label, math.nan)) for label in labels]
