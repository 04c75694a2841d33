"""Curves as a picture; the one place that needs matplotlib, from the extra `bench`."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from penumbra.core.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def curves_svg(
    x: Sequence[float],
    curves: Mapping[str, Sequence[float]],
    x_label: str,
    y_label: str,
) -> bytes:
    """Draw curves over common places, from zero upwards, and return the SVG file.

    The same numbers give the same bytes.

    Args:
        x: Places.
        curves: Name to a value for each place.
        x_label: What the places are.
        y_label: What the values are.

    Raises:
        InputError: Matplotlib is not installed.
    """
    return panels_svg(x, {y_label: curves}, x_label)


def panels_svg(
    x: Sequence[float], panels: Mapping[str, Mapping[str, Sequence[float]]], x_label: str
) -> bytes:
    """Draw several kinds of curves over common places side by side; otherwise as `curves_svg`.

    Args:
        x: Places.
        panels: What the values are, to the curves of these values.
        x_label: What the places are.

    Raises:
        InputError: Matplotlib is not installed.
    """
    figure_class = require_matplotlib()
    figure = figure_class(figsize=(6 * len(panels), 4), layout="constrained")
    for number, (y_label, curves) in enumerate(panels.items(), start=1):
        axes = figure.add_subplot(1, len(panels), number)
        for name, values in curves.items():
            axes.plot(x, values, marker="o", label=name)
        axes.set(xlabel=x_label, ylabel=y_label)
        if len(x) <= 10:  # more would lie on top of one another
            axes.set_xticks(x)
        axes.set_ylim(bottom=0)
        axes.legend()
    return svg_of(figure)


def svg_of(figure: "Figure") -> bytes:
    """Return a figure as an SVG file whose words stay words; the same numbers, the same bytes."""
    from matplotlib import rc_context

    file = BytesIO()
    with rc_context({"svg.hashsalt": "penumbra", "svg.fonttype": "none"}):
        figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def require_matplotlib() -> "type[Figure]":
    """Return what a plot is made of, or raise `InputError` where it is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InputError(
            "matplotlib must be installed for a plot, got none: pip install 'penumbra[bench]'"
        ) from error
    return Figure
