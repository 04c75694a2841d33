"""The sections of a report that show what the tables say, and how good `auto` is."""

from collections.abc import Iterator, Mapping, Sequence

from penumbra.comparison.report.chosen import chosen_table, summary, verdicts
from penumbra.comparison.report.contests import Contest, entrants, protocols
from penumbra.comparison.report.curves import Curves, click_curves, sparsifications
from penumbra.comparison.report.document import Block, Cell, Heading, Paragraph, Picture, Table
from penumbra.comparison.report.pace import Pace
from penumbra.comparison.report.pictures import Example
from penumbra.comparison.report.plots import (
    clicks_plot,
    kind_plot,
    sparsification_plot,
    time_plot,
)
from penumbra.comparison.report.tables import Machine, by_kind, detail, overview, records_of
from penumbra.comparison.report.wording import given, number, stem
from penumbra.comparison.scenes import Protocol

CLICKS = (0, 1, 2, 3, 5, 7, 10, 15, 20)
"""Numbers of clicks that have a column."""


def tables_section(
    found: Sequence[Contest],
    paces: Mapping[Protocol, Pace | None],
    needed: Mapping[str, Machine],
) -> Iterator[Block]:
    """Yield a section for each protocol: who has the least error, then everything measured."""
    for protocol in protocols(records_of(found)):
        held = [it for it in found if it.protocol == protocol]
        yield Heading(f"Given {given(protocol)}")
        yield overview(protocol, held)
        yield Heading("In detail", 3)
        for contest in held:
            yield from detail(contest, paces[protocol], needed)


def auto_section(found: Sequence[Contest]) -> Iterator[Block]:
    """Yield how `auto` fares beside the best single room."""
    said = verdicts(found)
    yield Heading("What auto chooses")
    yield Paragraph(summary(said))
    if said:
        yield chosen_table(said)


def plots_section(
    found: Sequence[Contest], paces: Mapping[Protocol, Pace | None]
) -> Iterator[Block]:
    """Yield the plots, those whose numbers stand nowhere else with a table below."""
    names = entrants(records_of(found))
    yield Heading("Plots")
    yield Heading("Quality against time", 3)
    for protocol in protocols(records_of(found)):
        held = [it for it in found if it.protocol == protocol]
        if plot := time_plot(held, paces[protocol], names):
            yield plot
    clicked = [it for it in found if it.protocol == "clicks"]
    if plot := clicks_plot(clicked, names):
        yield Heading("SAD by clicks", 3)
        yield plot
        yield from (_clicks_table(it) for it in clicked if click_curves(it))
    whole, by_group = sparsifications(found)
    if plot := sparsification_plot(whole):
        yield Heading("Does it know where it is wrong", 3)
        yield plot
        yield _ause_table((*whole, *by_group))
    yield Heading("SAD by type", 3)
    for contest in found:
        if table := by_kind(contest):
            yield kind_plot(contest, stem("types", contest.protocol, contest.group))
            yield table


def pictures_section(
    rows: Mapping[Example, Picture], wanted: int, is_published: bool
) -> Iterator[Block]:
    """Yield best, median and worst of each room.

    Args:
        rows: Those that could be drawn.
        wanted: How many there should be.
        is_published: Whether pictures were left out that not everybody may be shown.
    """
    yield Heading("Pictures of the best, the median and the worst")
    text = "By SAD in each group: photograph, truth, matte, and cut-out over a checkerboard."
    if is_published:
        text += " Only drawn or free pictures are shown."
    if missing := wanted - len(rows):
        text += f" Of {wanted} rows {missing} are missing: their files were not found."
    yield Paragraph(text)
    before = ("", "", "")
    for example, picture in rows.items():
        it = example.record
        if it.protocol != before[0]:
            yield Heading(f"Shown: given {given(it.protocol)}", 3)
        if (it.protocol, it.entrant, it.group) != before:
            yield Heading(f"{it.entrant}, {it.group}", 4)
        before = (it.protocol, it.entrant, it.group)
        yield picture


def _clicks_table(contest: Contest) -> Table:
    lines = click_curves(contest)
    longest = max(map(len, lines.values()))
    columns = [it for it in CLICKS if it < longest]
    rows = tuple(
        (Cell(name), *(Cell(number(line[min(it, len(line) - 1)])) for it in columns))
        for name, line in lines.items()
    )
    caption = f"{contest.group}: mean SAD in thousands after so many clicks"
    return Table(caption, ("entrant", *map(str, columns)), rows)


def _ause_table(found: Sequence[Curves]) -> Table:
    rows = tuple(
        (
            Cell(it.entrant),
            Cell(given(it.protocol)),
            Cell(it.group or "all"),
            Cell(str(it.n)),
            Cell(number(it.ause)),
        )
        for it in found
    )
    return Table(
        "Area between both curves; of all groups that somebody answered, and by group.",
        ("entrant", "given", "group", "n", "AUSE"),
        rows,
    )
