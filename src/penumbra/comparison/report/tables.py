"""The tables of a report: an overview for each protocol, then every group in detail."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from penumbra.comparison.record import Record
from penumbra.comparison.report.contests import Contest, entrants
from penumbra.comparison.report.document import Block, Cell, Heading, Paragraph, Table
from penumbra.comparison.report.pace import Pace
from penumbra.comparison.report.statistics import mean
from penumbra.comparison.report.wording import against, given, listed, number, region
from penumbra.comparison.scenes import Protocol

SCORES = {
    "SAD": "SAD /1000",
    "MSE": "MSE",
    "MAD": "MAD",
    "Grad": "Grad /1000",
    "Conn": "Conn /1000",
    "IoU": "IoU",
    "colour": "colour",
}
"""Label of a score to the head of its column."""

_HIGHER = ("IoU",)  # is better


@dataclass(frozen=True)
class Machine:
    """What an entrant needed of the machine.

    Attributes:
        memory: Peak memory in MB; None where it was not measured.
        device: What it ran on; "" where nothing ran.
    """

    memory: float | None = None
    device: str = ""


def overview(protocol: Protocol, found: Sequence[Contest]) -> Table:
    """Return the mean SAD of every entrant in every group of one protocol.

    Entrants that answered too few pictures to be ranked show how many.
    """
    names = entrants(records_of(found))
    rows = []
    for name in names:
        cells = [Cell(name)]
        for contest in found:
            value = contest.mean(name, "SAD") if name in contest.answers else None
            cells.append(Cell(number(value) + _few(contest, name), name == contest.best))
        rows.append(tuple(cells))
    heads = tuple(f"{contest.group} ({len(contest.common)})" for contest in found)
    caption = (
        f"Mean SAD in thousands, given {given(protocol)}; the smaller the better. In brackets: "
        "pictures that the mean is over."
    )
    return Table(caption, ("entrant", *heads), tuple(rows))


def detail(contest: Contest, pace: Pace | None, machines: Mapping[str, Machine]) -> Iterator[Block]:
    """Yield everything that was measured of one group under one protocol."""
    yield Heading(f"{contest.group}, given {given(contest.protocol)}", 4)
    yield Paragraph(_lead(contest, pace))
    yield _scores_table(contest)
    yield _cost_table(contest, pace, machines)


def by_kind(contest: Contest) -> Table | None:
    """Return the mean SAD by what the pictures show; None where there are not two kinds."""
    names = kinds(contest)
    if len(names) < 2:
        return None
    found = {kind: kind_means(contest, kind) for kind in names}
    counts = {
        kind: max(sum(it.kind == kind for it in contest.counted(name)) for name in contest.answers)
        for kind in names
    }
    best = {kind: _least(means, contest.ranked) for kind, means in found.items()}
    rows = tuple(
        (
            Cell(name),
            *(Cell(number(found[kind].get(name)), best[kind] == name) for kind in names),
        )
        for name in contest.answers
    )
    head = ("entrant", *(f"{kind} ({counts[kind]})" for kind in names))
    caption = f"{contest.group}, given {given(contest.protocol)}: mean SAD in thousands by type"
    return Table(caption, head, rows)


def kinds(contest: Contest) -> tuple[str, ...]:
    """Return what the pictures of a contest show, where that is known."""
    met = (it.kind for name in contest.answers for it in contest.counted(name))
    return tuple(sorted({kind for kind in met if kind}))


def kind_means(contest: Contest, kind: str) -> dict[str, float]:
    """Return the mean SAD of each entrant over the pictures of one kind."""
    found = {
        name: mean(
            [
                it.scores["SAD"]
                for it in contest.counted(name)
                if it.kind == kind and "SAD" in it.scores
            ]
        )
        for name in contest.answers
    }
    return {name: value for name, value in found.items() if value is not None}


def records_of(found: Iterable[Contest]) -> list[Record]:
    """Return all records of contests, failures among them."""
    return [it for contest in found for held in contest.answers.values() for it in held.values()]


def _scores_table(contest: Contest) -> Table:
    labels = [label for label in SCORES if _is_measured(contest, label)]
    head = ("entrant", "n", *(SCORES[label] for label in labels), "SAD less best, 95 %")
    rows = tuple(
        (
            Cell(name),
            Cell(f"{len(contest.counted(name))} of {len(contest.pictures)}"),
            *_scores(contest, name, labels),
            Cell(_behind(contest, name)),
        )
        for name in contest.answers
    )
    caption = (
        f"{contest.group}, given {given(contest.protocol)}: means; the best of those that are "
        "compared is bold."
    )
    return Table(caption, head, rows)


def _cost_table(contest: Contest, pace: Pace | None, machines: Mapping[str, Machine]) -> Table:
    is_said = any(it.effort_seconds for it in records_of([contest]))
    head = ["entrant"]
    head += [f"time / {pace.name}"] if pace else []
    head += ["time of an answer"] if pace and contest.protocol == "clicks" else []
    head += ["clicks", "effort, s"] if is_said else []
    head += ["memory, MB", "device", "failed"]
    rows = []
    for name in contest.answers:
        held, machine = contest.counted(name), machines.get(name, Machine())
        texts = [name]
        if pace:
            texts.append(number(pace.ratio(contest, name)))
        if pace and contest.protocol == "clicks":
            texts.append(number(pace.answer_ratio(contest, name)))
        if is_said:
            texts.append(number(mean([it.effort_clicks for it in held])))
            texts.append(number(mean([it.effort_seconds for it in held])))
        texts += [number(machine.memory), machine.device or "-"]
        texts.append(str(len(contest.failures(name))))
        rows.append(tuple(map(Cell, texts)))
    caption = f"{contest.group}, given {given(contest.protocol)}: what it costs"
    return Table(caption, tuple(head), tuple(rows))


def _lead(contest: Contest, pace: Pace | None) -> str:
    records = records_of([contest])
    regions = tuple(dict.fromkeys(region(it.region) for it in records))
    size = mean([it.megapixels for it in records])
    part = mean([it.region_megapixels for it in records])
    whole = "" if part == size else f", {number(part)} megapixels"
    text = (
        f"{len(contest.pictures)} pictures of {number(size)} megapixels on average. Errors are "
        f"summed over {listed(regions)}{whole}. Means are over the {len(contest.common)} pictures "
        "that all who are compared answered."
    )
    few = tuple(name for name in contest.answers if name not in contest.ranked)
    if few:
        text += f" Too few answers to be compared: {listed(few)}."
    if pace and (seconds := pace.mean_seconds(contest)) is not None:
        text += f" Time 1 is that of {pace.name}: {number(seconds)} s a picture."
    return text


def _scores(contest: Contest, name: str, labels: Iterable[str]) -> Iterator[Cell]:
    for label in labels:
        value = contest.mean(name, label)
        yield Cell(number(value), value is not None and value == _top(contest, label))


def _top(contest: Contest, label: str) -> float | None:
    values = [contest.mean(name, label) for name in contest.ranked]
    known = [value for value in values if value is not None]
    if not known:
        return None
    return max(known) if label in _HIGHER else min(known)


def _behind(contest: Contest, name: str) -> str:
    if contest.best is None:
        return "-"
    return "best" if name == contest.best else against(contest.behind(name, contest.best))


def _least(means: Mapping[str, float], names: Iterable[str]) -> str | None:
    known = [name for name in names if name in means]
    return min(known, key=lambda name: means[name]) if known else None


def _few(contest: Contest, name: str) -> str:
    if name not in contest.answers or name in contest.ranked:
        return ""
    return f" (n {len(contest.counted(name))})"


def _is_measured(contest: Contest, label: str) -> bool:
    return any(label in it.scores for it in records_of([contest]))
