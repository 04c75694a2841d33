"""The calibration plot: risk against error for each model, and what is caught at what price."""

from collections.abc import Mapping, Sequence
from io import BytesIO

import numpy as np
from triage_fit import BAD, Row, recalls

from penumbra.batch.triage import Scale
from penumbra.evaluation.plot import require_matplotlib

RATES = [step / 50 for step in range(51)]


def plot(rooms: Mapping[str, tuple[Scale, Sequence[Row]]]) -> bytes:
    """Draw the half that was not fitted, and return the SVG file."""
    figure_class = require_matplotlib()
    from matplotlib import rc_context

    figure = figure_class(figsize=(4.2 * (len(rooms) + 1), 4), layout="constrained")
    for number, (room, (scale, rows)) in enumerate(rooms.items(), start=1):
        axes = figure.add_subplot(1, len(rooms) + 1, number)
        risk = np.array([scale.risk(row.signs) for row in rows])
        error = np.array([row.error for row in rows])
        sad = error * [row.pixels for row in rows]
        is_bad = sad >= np.quantile(sad, 1 - BAD)
        axes.plot([1e-3, 1], [1e-3, 1], color="grey", linewidth=1)
        axes.plot(risk[~is_bad], error[~is_bad], ".", alpha=0.6, label="pictures")
        axes.plot(risk[is_bad], error[is_bad], "x", label="worst tenth by SAD")
        axes.axvline(scale.limit, linestyle="--", color="black", label="limit")
        axes.set(xscale="log", yscale="log", xlim=(1e-3, 1), ylim=(1e-3, 1), title=room)
        axes.set(xlabel="risk: error that is expected", ylabel="error: MAD to the truth")
        axes.legend(loc="upper left")
    axes = figure.add_subplot(1, len(rooms) + 1, len(rooms) + 1)
    for room, (scale, rows) in rooms.items():
        axes.plot(RATES, recalls(scale, rows, RATES), label=room)
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1, label="by chance")
    axes.axvline(0.25, linestyle="--", color="black", linewidth=1)
    axes.axhline(0.7, linestyle="--", color="black", linewidth=1)
    axes.set(xlabel="share in review", ylabel="share of the worst tenth by SAD that is caught")
    axes.legend(loc="lower right")
    file = BytesIO()
    with rc_context({"svg.hashsalt": "penumbra", "svg.fonttype": "none"}):
        figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()
