"""The plots of a report: panels whose lines differ by more than their colour."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from penumbra.comparison.report.contests import Contest, entrants
from penumbra.comparison.report.curves import Curves, click_curves
from penumbra.comparison.report.document import Picture
from penumbra.comparison.report.pace import Pace
from penumbra.comparison.report.tables import kind_means, kinds, records_of
from penumbra.comparison.report.wording import given, number
from penumbra.evaluation.plot import require_matplotlib, svg_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PLOTS = "plots"
"""Folder beside the report."""

COLUMNS = 3
_WIDE, _HIGH = 3.4, 2.7  # inches of a panel

# Okabe and Ito's colours, which people of all kinds of colour vision tell apart; without yellow.
_COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h", "*", "d", "8", "H")
_LINES = ("-", "--", "-.", ":")

_PLACES = re.compile(rb'\b(?:d|x|y|x1|y1|x2|y2|transform|width|height)="[^"]*"')
_LONG = re.compile(rb"(\d\.\d\d)\d+")

Drawing = Callable[["Axes"], None]


def time_plot(found: Sequence[Contest], pace: Pace | None, names: Sequence[str]) -> Picture | None:
    """Draw mean SAD against computing time, a panel for each group, a dot for each entrant.

    Args:
        found: Of one protocol, at least one.
        pace: Whom times are compared with.
        names: All entrants of the report, so that each looks the same in every plot.

    Returns:
        None where nobody was timed.
    """
    if pace is None:
        return None
    protocol = found[0].protocol
    panels: dict[str, Drawing] = {}
    told = []
    for contest in found:
        dots = _dots(contest, pace)
        if dots:
            panels[contest.group] = _dotted(dots, names)
            best = min(dots, key=lambda name: dots[name][1])
            told.append(f"{contest.group}: best {best} at {number(dots[best][0])} times")
    if not panels:
        return None
    shown = [name for name in names if any(name in _dots(contest, pace) for contest in found)]
    untimed = [name for name in entrants(records_of(found)) if name not in shown]
    caption = f"Mean SAD in thousands against time, given {given(protocol)}; 1 is {pace.name}."
    if untimed:
        caption += f" Without a time: {', '.join(untimed)}."
    svg = _panels(panels, f"time, {pace.name} = 1", "SAD /1000", _handles(names, shown, False))
    alt = f"Quality against time, given {given(protocol)}. {'; '.join(told)}."
    return Picture(f"{PLOTS}/time-{protocol}.svg", svg, alt, caption)


def clicks_plot(found: Sequence[Contest], names: Sequence[str]) -> Picture | None:
    """Draw mean SAD after 0, 1, 2, ... clicks, a panel for each group; None without any.

    Args:
        found: All that may have such curves.
        names: As in `time_plot`.
    """
    curves = {contest.group: click_curves(contest) for contest in found}
    curves = {group: held for group, held in curves.items() if held}
    if not curves:
        return None
    panels = {group: _lined(held, names) for group, held in curves.items()}
    shown = [name for name in names if any(name in held for held in curves.values())]
    told = "; ".join(
        f"{group}: " + ", ".join(f"{name} {number(line[-1])}" for name, line in held.items())
        for group, held in curves.items()
    )
    svg = _panels(panels, "clicks", "SAD /1000", _handles(names, shown, True))
    caption = (
        "Mean SAD in thousands after so many clicks. Who needs no further click keeps the error."
    )
    alt = f"SAD by clicks. After the last click, {told}."
    return Picture(f"{PLOTS}/clicks.svg", svg, alt, caption)


def sparsification_plot(found: Sequence[Curves]) -> Picture | None:
    """Draw what error is left without the most uncertain pixels, a panel for each; None of none."""
    if not found:
        return None
    from matplotlib.lines import Line2D

    panels = {f"{it.entrant}, {it.protocol} (AUSE {number(it.ause)})": _sparse(it) for it in found}
    handles = [
        Line2D([], [], color=_COLOURS[1], linestyle="-", label="by uncertainty"),
        Line2D([], [], color=_COLOURS[2], linestyle="--", label="oracle, by error"),
    ]
    svg = _panels(panels, "share of pixels taken away", "error left", handles)
    alt = "Sparsification. AUSE: " + "; ".join(
        f"{it.entrant}, {it.protocol}: {number(it.ause)}" for it in found
    )
    caption = (
        "Error that is left, relative to the whole, when the most uncertain pixels are taken "
        "away; the area between both curves is AUSE, the smaller the better."
    )
    return Picture(f"{PLOTS}/sparsification.svg", svg, f"{alt}.", caption)


def kind_plot(contest: Contest, file: str) -> Picture:
    """Draw the mean SAD by type as bars, a panel for each type."""
    panels: dict[str, Drawing] = {}
    told = []
    for kind in kinds(contest):
        means = kind_means(contest, kind)
        panels[kind] = _barred(means)
        told.append(f"{kind}: least of {min(means, key=lambda name: means[name])}")
    svg = _panels(panels, "SAD /1000", "", [], high=0.9 + 0.22 * len(contest.answers))
    where = f"{contest.group}, given {given(contest.protocol)}"
    return Picture(
        f"{PLOTS}/{file}.svg",
        svg,
        f"SAD by type, {where}. {'; '.join(told)}.",
        f"The numbers of the next table: {where}.",
    )


def _dots(contest: Contest, pace: Pace) -> dict[str, tuple[float, float]]:
    found = {}
    for name in contest.answers:
        ratio, error = pace.ratio(contest, name), contest.mean(name, "SAD")
        if ratio and error is not None:
            found[name] = (ratio, error)
    return found


def _dotted(dots: Mapping[str, tuple[float, float]], names: Sequence[str]) -> Drawing:
    def draw(axes: "Axes") -> None:
        from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

        for name, (x, y) in dots.items():
            axes.plot(x, y, **_look(names, name), **_dot())
        axes.set_xscale("log")
        low, high = min(x for x, _ in dots.values()), max(x for x, _ in dots.values())
        axes.set_xlim(low / 1.6, high * 1.6)
        axes.xaxis.set_major_locator(
            LogLocator(subs=(1.0,) if high > 30 * low else (1.0, 2.0, 5.0))
        )
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_ylim(0, 1.1 * max(y for _, y in dots.values()) or 1)

    return draw


def _lined(curves: Mapping[str, Sequence[float]], names: Sequence[str]) -> Drawing:
    def draw(axes: "Axes") -> None:
        from matplotlib.ticker import MaxNLocator

        for name, line in curves.items():
            look = _look(names, name) | _dash(names, name)
            axes.plot(range(len(line)), line, markevery=max(1, len(line) // 5), **look)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.set_ylim(0, 1.08 * max(max(line) for line in curves.values()) or 1)

    return draw


def _sparse(curves: Curves) -> Drawing:
    def draw(axes: "Axes") -> None:
        shares = np.linspace(0, 1, len(curves.oracle))
        axes.plot(shares, curves.by_uncertainty, color=_COLOURS[1], linestyle="-")
        axes.plot(shares, curves.oracle, color=_COLOURS[2], linestyle="--")
        axes.set_ylim(bottom=0)

    return draw


def _barred(means: Mapping[str, float]) -> Drawing:
    def draw(axes: "Axes") -> None:
        bars = axes.barh(list(means), list(means.values()), color="#9ecae1", edgecolor="black")
        axes.bar_label(bars, [number(value) for value in means.values()], padding=3, fontsize=8)
        axes.set_xlim(0, 1.25 * max(means.values()) or 1)
        axes.invert_yaxis()

    return draw


def _panels(
    panels: Mapping[str, Drawing],
    x_label: str,
    y_label: str,
    handles: Sequence[object],
    high: float = _HIGH,
) -> bytes:
    """Draw panels row by row under their titles, with one legend below all; return the SVG."""
    figure_class: type[Figure] = require_matplotlib()
    from matplotlib.ticker import MaxNLocator

    columns = min(COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    lines = -(-len(handles) // 4)
    size = (max(_WIDE * columns, 7.0), high * rows + 0.3 * lines)
    figure = figure_class(figsize=size, layout="constrained")
    for place, (title, draw) in enumerate(panels.items()):
        axes = figure.add_subplot(rows, columns, place + 1)
        draw(axes)
        axes.set_title(title, fontsize=10)
        axes.set_xlabel(x_label, fontsize=9)
        if place % columns == 0:
            axes.set_ylabel(y_label, fontsize=9)
        axes.tick_params(labelsize=8)
        if y_label:
            axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.grid(color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
    if handles:
        figure.legend(
            handles=list(handles),
            loc="outside lower center",
            ncols=min(4, len(handles)),
            fontsize=9,
        )
    return slim(svg_of(figure))


def slim(svg: bytes) -> bytes:
    r"""Return an SVG file without comments and indents, with places to a hundredth of a point.

    Example:
        >>> slim(b'<!-- a -->\n  <path d="M 1.23456 7.8"/><text>0.12345</text>')
        b'<path d="M 1.23 7.8"/><text>0.12345</text>'
    """
    bare = re.sub(rb"\n\s*", b"\n", re.sub(rb"<!--.*?-->", b"", svg)).lstrip()
    return _PLACES.sub(lambda found: _LONG.sub(rb"\1", found.group()), bare)


def _handles(names: Sequence[str], shown: Sequence[str], has_lines: bool) -> list[object]:
    from matplotlib.lines import Line2D

    return [
        Line2D(
            [],
            [],
            label=name,
            **_look(names, name),
            **(_dash(names, name) if has_lines else _dot()),
        )
        for name in shown
    ]


def _dash(names: Sequence[str], name: str) -> dict[str, Any]:
    return {"linestyle": _LINES[list(names).index(name) % len(_LINES)]}


def _dot() -> dict[str, Any]:
    """A hollow marker, so that one upon another is seen."""
    return {"linestyle": "", "fillstyle": "none", "markersize": 8, "markeredgewidth": 2}


def _look(names: Sequence[str], name: str) -> dict[str, Any]:
    """Colour and marker of an entrant; fifteen are told apart by the marker alone."""
    place = list(names).index(name)
    return {"color": _COLOURS[place % len(_COLOURS)], "marker": _MARKERS[place % len(_MARKERS)]}
