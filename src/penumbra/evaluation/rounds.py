"""How good mattes are after each round with a simulated user, as curves.

Jiao et al., "DFIMat: Decoupled Flexible Interactive Matting in Multi-Person Scenarios", ACCV 2024,
figures 5 and 6; the sheet `dfimat`, section 8.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from penumbra.core.predictor import Predictor
from penumbra.evaluation.conversing import Subject, talked
from penumbra.evaluation.protocol import PersonCase, PersonCurve
from penumbra.evaluation.run import Failure, Row, Sample, gather, measure
from penumbra.evaluation.spoken import is_wordless, suited, talk_notes
from penumbra.evaluation.table import aligned, left_out, number, unit


@dataclass(frozen=True)
class Rounds:
    """What came of one person.

    Attributes:
        name: Of the person.
        rows: Name of a curve to the numbers after each round; where the user fell silent, those
            of the last answer stand for all that follow.
        has_words: Whether any sentence means this person alone.
    """

    name: str
    rows: dict[str, tuple[Row, ...]]
    has_words: bool


def person_rounds(
    case: PersonCase, predictors: Mapping[str, Predictor[Any]], curve: PersonCurve
) -> Rounds:
    """Talk about one person in every way that suits each model, and measure all mattes.

    Args:
        case: The person.
        predictors: Models by name, which names their curves where there are several.
        curve: What is run again.

    Raises:
        MatteError: A file of the person cannot be used, or a model cannot answer.
    """
    target, image = case.target(), case.image()
    subject = Subject(case.picture, case.number)
    rows = {}
    for name, predictor in predictors.items():
        encoded = predictor.encode(image)
        for talk in suited(curve.talks, predictor.card):
            if is_wordless(talk, target.sentences):
                continue
            measured = [
                measure(Sample(case.name, each.matte.alpha, target.alpha), curve.benchmark)
                for each in talked(predictor, encoded, target, talk, subject, curve.rounds)
            ]
            measured += measured[-1:] * (curve.rounds - len(measured))
            label = talk.label if len(predictors) == 1 else f"{name}: {talk.label}"
            rows[label] = tuple(measured)
    return Rounds(case.name, rows, bool(target.sentences))


def means_of(found: Sequence[Rounds], curve: PersonCurve) -> dict[str, dict[str, list[float]]]:
    """Return label of a score to name of a curve to its mean after each round, scaled.

    Args:
        found: At least one person.
        curve: What was run again.
    """
    reports = {
        name: [
            gather([rows[place] for rows in people], curve.benchmark)
            for place in range(curve.rounds)
        ]
        for name, people in _people(found).items()
    }
    return {
        f"{score.label}{unit(score)}": {
            name: [report.mean(score).scaled for report in each] for name, each in reports.items()
        }
        for score in curve.benchmark.scores
    }


def rounds_text(
    found: Sequence[Rounds],
    curve: PersonCurve,
    predictors: Mapping[str, Predictor[Any]],
    failed: tuple[Failure, ...] = (),
) -> str:
    """Lay the means out as Markdown tables, one for each score: a row for each curve.

    Args:
        found: At least one person.
        curve: What was run again.
        predictors: Models by name.
        failed: People who could not be measured.
    """
    counts = {name: len(people) for name, people in _people(found).items()}
    lines = []
    for label, curves in means_of(found, curve).items():
        head = [label, "people", *(f"round {place + 1}" for place in range(curve.rounds))]
        body = [[name, str(counts[name]), *map(number, it)] for name, it in curves.items()]
        lines += [*aligned(head, body), ""]
    notes = [f"Mean of {len(found)} people. {curve.benchmark.source}"]
    has_words = [each.has_words for each in found]
    for predictor in predictors.values():
        notes += talk_notes(curve.talks, predictor.card, has_words)
    return "\n".join([*lines, *dict.fromkeys(notes), *left_out(failed, len(found), "people"), ""])


def rounds_json(
    found: Sequence[Rounds], curve: PersonCurve, failed: tuple[Failure, ...] = ()
) -> dict[str, Any]:
    """Return everything measured as values that JSON knows."""
    return {
        "people": len(found),
        "without words": sum(not each.has_words for each in found),
        "means": means_of(found, curve),
        "rows": [
            {
                "name": each.name,
                "raw": {name: [row.raw for row in rows] for name, rows in each.rows.items()},
            }
            for each in found
        ],
        "failed": {failure.name: failure.reason for failure in failed},
    }


def _people(found: Sequence[Rounds]) -> dict[str, list[tuple[Row, ...]]]:
    """Return name of a curve to the rows of all whom it is of."""
    people: dict[str, list[tuple[Row, ...]]] = {}
    for each in found:
        for name, rows in each.rows.items():
            people.setdefault(name, []).append(rows)
    return people
