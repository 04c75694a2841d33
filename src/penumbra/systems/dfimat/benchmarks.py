"""What of DFIMat can be run again: tables 3 to 7, figures 5 and 6.

Simulated users want one person after the other, in rounds; see `evaluation.conversing`.
"""

from dataclasses import replace

from penumbra.evaluation.persons import him2k_cases, smpmat_cases
from penumbra.evaluation.presets import DFIMAT
from penumbra.evaluation.protocol import Input, PersonCurve, PersonTable, Printed, Talk

CLICK, SCRIBBLE, BOX, TEXT, MIXED = TALKS = (
    Talk("click", "click"),
    Talk("scribble", "scribble"),
    Talk("box", "box"),
    Talk("text", "text"),
    Talk("mixed", "mixed"),
)
"""The protocols of table 3."""

SINGLE = (
    Talk("click", "click", is_single=True),
    Talk("scribble", "scribble", is_single=True),
    Talk("box, then clicks", "box", "click", is_single=True),
    Talk("box, then scribbles", "box", "scribble", is_single=True),
    Talk("text", "text"),
)
"""One input in each round, as figure 6 is read here.

A user begins with one click or one scribble on the person, with its box, or with a sentence. In
every later round they correct the most significant area with one more click or one more scribble.
A box and a sentence leave nothing more of their kind to say: after a box marks follow, after a
sentence nothing does, and its one matte stands for all rounds.
"""

_PAPER = (
    'Jiao et al.: "DFIMat: Decoupled Flexible Interactive Matting in Multi-Person Scenarios", '
    "ACCV 2024"
)
_HIM2K = "a copy of HIM2K with its natural photographs: images/natural and alphas/natural"
_SMPMAT = (
    "pictures in the layout of SMPMat, which is not public: images/val/NAME.*, "
    "alphas/val/NAME/NN.png and meta.json beside these"
)
_USERS = "Chosen: users and sentences are simulated; what they say is the same for all models"
_TRAINED = "rows of other training are measured with weights trained with --set users=click etc."
_WEIGHTS = "rows are measured with weights trained with --set"
_ROWS = "Rows of the paper: its tables."
_MISPRINTS = (
    f"{_ROWS} Of Grad on SMPMat, 15.2 of the click-trained and 21.19 of the text-trained row may "
    "be misprints."
)
_CRM = f"{_ROWS} Of the SAD with CRM it prints 22.99 in table 5, and 22.89 in all others."
_DATA = (
    f"{_ROWS} Its networks saw 45,000 people, and 11.77 is also what table 3 has of all data. What "
    "is measured is the mixed protocol."
)

_SAD, _MSE, _MAD, _IOU = (
    next(score for score in DFIMAT.scores if score.label == label)
    for label in ("SAD", "MSE", "MAD", "IoU")
)
_ON_SMPMAT = replace(DFIMAT, dataset="SMPMat, one matte for each person")
_ON_HIM2K = replace(DFIMAT, dataset="HIM2K natural, one matte for each person")
_SHORT = (_SAD, _MSE, _MAD, _IOU)
_FOUR = ("SAD", "MSE", "Grad", "Conn")
_TWO = ("SAD", "MSE")
_THREE = ("NoC@90", "SAD", "MSE")

_Numbers = tuple[float, float, float, float]


def _row(label: str, labels: tuple[str, ...], *numbers: float, source: str = _ROWS) -> Printed:
    return Printed(f"paper: {label}", dict(zip(labels, numbers, strict=True)), source)


def _inputs(place: int) -> tuple[Input, ...]:
    """Return the rows of table 3 of one of its sets."""
    rows = [
        (talk, _row(f"{talk.label}, {method}", _FOUR, *numbers[place], source=_MISPRINTS))
        for talk, method, *numbers in _TABLE3
    ]
    return tuple(Input(each, tuple(row for talk, row in rows if talk == each)) for each in TALKS)


# Input, method, and the numbers of SMPMat and of HIM2K natural: SAD, MSE, Grad, Conn each.
# fmt: off
_TABLE3: tuple[tuple[Talk, str, _Numbers, _Numbers], ...] = (
    (CLICK, "ActiveMatting", (36.56, 0.93, 17.85, 37.46), (16.69, 0.49, 7.85, 16.73)),
    (CLICK, "InteractiveMatting", (30.47, 0.70, 15.82, 31.11), (14.06, 0.41, 7.02, 14.11)),
    (CLICK, "DIIM", (33.49, 0.81, 16.37, 32.04), (15.87, 0.43, 7.36, 15.89)),
    (CLICK, "MatAny", (30.49, 0.71, 15.89, 31.44), (14.01, 0.40, 7.00, 14.02)),
    (CLICK, "DFIMat, click-trained", (28.63, 0.67, 15.2, 28.49), (13.74, 0.39, 6.49, 13.77)),
    (CLICK, "DFIMat, mix-trained", (28.01, 0.66, 16.84, 27.36), (13.59, 0.38, 6.47, 13.62)),
    (SCRIBBLE, "SmartScribbles", (26.59, 0.58, 16.01, 26.77), (12.42, 0.41, 6.27, 12.26)),
    (SCRIBBLE, "FGI", (27.34, 0.61, 16.85, 26.95), (13.63, 0.39, 6.51, 14.01)),
    (SCRIBBLE, "UGDMatting", (30.95, 0.71, 17.90, 31.76), (14.58, 0.42, 7.39, 15.37)),
    (SCRIBBLE, "MatAny", (26.37, 0.58, 15.97, 26.82), (12.40, 0.41, 6.25, 12.51)),
    (SCRIBBLE, "DFIMat, scribble-trained", (24.14, 0.50, 15.82, 24.19), (12.22, 0.38, 6.25, 12.23)),
    (SCRIBBLE, "DFIMat, mix-trained", (23.86, 0.49, 15.79, 23.80), (12.07, 0.37, 6.18, 11.99)),
    (BOX, "MatAny", (50.31, 2.36, 30.16, 50.52), (21.85, 0.93, 10.79, 22.44)),
    (BOX, "DFIMat, box-trained", (47.44, 2.17, 28.13, 47.35), (20.46, 0.88, 9.88, 21.38)),
    (BOX, "DFIMat, mix-trained", (46.29, 1.85, 28.01, 46.24), (19.79, 0.85, 8.74, 20.54)),
    (TEXT, "RIM", (52.49, 2.94, 31.46, 52.87), (22.89, 0.97, 11.30, 23.33)),
    (TEXT, "DFIMat, text-trained", (54.86, 3.31, 21.19, 54.79), (23.53, 1.05, 12.06, 23.69)),
    (TEXT, "DFIMat, mix-trained", (50.32, 2.83, 30.70, 50.24), (22.45, 0.92, 11.19, 22.66)),
    (MIXED, "DFIMat, mix-trained", (22.89, 0.47, 15.54, 22.73), (11.77, 0.36, 5.98, 11.80)),
)
# fmt: on

TABLE3_SMPMAT = PersonTable(
    name="dfimat-table3-smpmat",
    needs=_SMPMAT,
    source=f"{_PAPER}, table 3; {_TRAINED} {_USERS}",
    benchmark=_ON_SMPMAT,
    cases=smpmat_cases,
    inputs=_inputs(0),
)

TABLE3_HIM2K = PersonTable(
    name="dfimat-table3-him2k",
    needs=_HIM2K,
    source=f"{_PAPER}, table 3; {_TRAINED} {_USERS}; sentences are of templates",
    benchmark=_ON_HIM2K,
    cases=him2k_cases,
    inputs=_inputs(1),
)

TABLE4 = PersonTable(
    name="dfimat-table4",
    needs=_SMPMAT,
    source=f"{_PAPER}, table 4; {_WEIGHTS} decouple=none, net or net+train. {_USERS}",
    benchmark=replace(_ON_SMPMAT, scores=_SHORT),
    cases=smpmat_cases,
    inputs=(
        Input(
            MIXED,
            (
                _row("coupled network", _THREE, 7.43, 25.19, 0.53),
                _row("coupled training", _THREE, 6.82, 23.62, 0.48),
                _row("decoupled", _THREE, 6.51, 22.89, 0.47),
            ),
        ),
    ),
    has_effort=True,
)

TABLE5 = PersonTable(
    name="dfimat-table5",
    needs=_SMPMAT,
    source=f"{_PAPER}, table 5; {_WEIGHTS} crm=false or true. {_USERS}",
    benchmark=replace(_ON_SMPMAT, scores=_SHORT),
    cases=smpmat_cases,
    inputs=(
        Input(
            MIXED,
            (
                _row("without CRM", _THREE, 7.93, 25.03, 0.52, source=_CRM),
                _row("with CRM", _THREE, 6.51, 22.89, 0.47, source=_CRM),
            ),
        ),
    ),
    has_effort=True,
)

TABLE6 = PersonTable(
    name="dfimat-table6",
    needs=_SMPMAT,
    source=f"{_PAPER}, table 6; {_WEIGHTS} mrn_branch=global, local or hybrid. {_USERS}",
    benchmark=replace(_ON_SMPMAT, scores=_SHORT),
    cases=smpmat_cases,
    inputs=(
        Input(
            MIXED,
            (
                _row("global", _TWO, 24.79, 0.51),
                _row("local", _TWO, 23.35, 0.48),
                _row("hybrid", _TWO, 22.89, 0.47),
            ),
        ),
    ),
    has_effort=True,
)

TABLE7 = PersonTable(
    name="dfimat-table7",
    needs=_HIM2K,
    source=f"{_PAPER}, table 7; rows are measured with weights trained on these data. {_USERS}",
    benchmark=replace(_ON_HIM2K, scores=_SHORT),
    cases=him2k_cases,
    inputs=(
        Input(
            MIXED,
            (
                _row("composites, MG", _TWO, 17.23, 0.51, source=_DATA),
                _row("composites, MatteFormer", _TWO, 19.74, 0.85, source=_DATA),
                _row("composites, MRN", _TWO, 15.82, 0.46, source=_DATA),
                _row("diffusion, MG", _TWO, 12.48, 0.43, source=_DATA),
                _row("diffusion, MatteFormer", _TWO, 13.59, 0.38, source=_DATA),
                _row("diffusion, MRN", _TWO, 11.77, 0.36, source=_DATA),
            ),
        ),
    ),
)

FIGURE5 = PersonCurve(
    name="dfimat-figure5",
    needs=_HIM2K,
    source=(
        f"{_PAPER}, figure 5, of which no number can be read. {_USERS}; the photographs are those "
        "of HIM2K"
    ),
    benchmark=replace(_ON_HIM2K, scores=(_SAD,)),
    cases=him2k_cases,
    talks=(CLICK, SCRIBBLE),
)

FIGURE6 = PersonCurve(
    name="dfimat-figure6",
    needs=_HIM2K,
    source=(
        f"{_PAPER}, figure 6, of which no number can be read. {_USERS}; the photographs are those "
        "of HIM2K; a box is followed by one mark a round, a sentence by nothing"
    ),
    benchmark=replace(_ON_HIM2K, scores=(_IOU, _SAD)),
    cases=him2k_cases,
    talks=SINGLE,
)

BENCHMARKS = (
    TABLE3_SMPMAT, TABLE3_HIM2K, TABLE4, TABLE5, TABLE6, TABLE7, FIGURE5, FIGURE6,
)  # fmt: skip
