"""What of automatic image matting can be run again: the table of AIM-500.

Means by type and by category follow it; `evaluation.breakdown` checks that they add up.
"""

from penumbra.evaluation.aim500 import aim_500_cases
from penumbra.evaluation.presets import AIM500
from penumbra.evaluation.protocol import Printed, Table

_LABELS = ("SAD", "MSE", "MAD", "Conn", "Grad", "SAD tran")
_TYPES = ("SO", "STM", "NS")
_CATEGORIES = ("animal", "portrait", "transparent", "plant", "furniture", "toy", "fruit")
_OF_PAPER = "Rows of the paper: its table 2."
_OF_AUTHORS = "Re-trained: the authors' repository."


def _printed(
    label: str,
    numbers: tuple[float, ...],
    types: tuple[float, ...],
    categories: tuple[float, ...],
    source: str = _OF_PAPER,
) -> Printed:
    means = {
        "type": dict(zip(_TYPES, types, strict=True)),
        "category": dict(zip(_CATEGORIES, categories, strict=True)),
    }
    return Printed(label, dict(zip(_LABELS, numbers, strict=True)), source, means)


AIM500_TABLE = Table(
    name="aim500",
    needs="a copy of AIM-500: original, mask, trimap and aim_category_type.json",
    source='Li, Zhang, Tao: "Deep Automatic Natural Image Matting", IJCAI 2021, table 2',
    benchmark=AIM500,
    cases=aim_500_cases,
    printed=(
        _printed(
            "paper: U2NET",
            (83.46, 0.0348, 0.0493, 82.14, 51.02, 43.37),
            (69.69, 120.59, 211.98),
            (67.67, 89.50, 210.34, 75.72, 87.20, 54.64, 52.24),
        ),
        _printed(
            "paper: SHM",
            (170.44, 0.0921, 0.1012, 170.67, 115.29, 69.41),
            (154.56, 204.67, 329.90),
            (174.65, 141.49, 333.24, 157.24, 166.81, 126.04, 97.31),
        ),
        _printed(  # one of its categories is misprinted: they do not add up to 191.74
            "paper: LF",
            (191.74, 0.0667, 0.1130, 181.26, 63.51, 78.13),
            (177.98, 220.22, 331.34),
            (167.90, 131.96, 276.13, 228.94, 249.70, 224.50, 287.40),
        ),
        _printed(
            "paper: HATT",
            (479.17, 0.2700, 0.2806, 473.98, 238.63, 114.23),
            (509.75, 338.11, 270.07),
            (579.96, 484.85, 264.35, 433.96, 299.19, 447.01, 401.73),
        ),
        _printed(
            "paper: GFM",
            (52.66, 0.0213, 0.0313, 52.69, 46.11, 37.43),
            (35.45, 123.15, 181.90),
            (28.18, 27.61, 190.50, 75.77, 80.94, 51.42, 27.87),
        ),
        _printed(
            "paper: DIM, true trimap",
            (49.27, 0.0147, 0.0293, 47.10, 29.30, 49.27),
            (19.51, 115.42, 345.33),
            (16.41, 15.10, 273.96, 95.60, 43.06, 34.67, 17.00),
        ),
        _printed(
            "paper: AIM",
            (43.92, 0.0161, 0.0262, 43.18, 33.05, 30.74),
            (31.80, 94.02, 134.31),
            (26.39, 24.68, 148.68, 54.03, 62.70, 53.15, 37.17),
        ),
        _printed(
            "re-trained AIM, 1/3 and 1/4",
            (41.72, 0.0153, 0.0248, 41.23, 33.97, 28.47),
            (30.57, 86.94, 125.97),
            (24.97, 24.11, 131.20, 52.11, 65.09, 50.11, 35.26),
            _OF_AUTHORS,
        ),
        _printed(
            "re-trained AIM, 1/2 and 1/4",
            (44.25, 0.0165, 0.0263, 43.78, 34.66, 28.89),
            (32.48, 91.86, 133.46),
            (26.05, 25.09, 137.31, 57.75, 68.88, 53.81, 36.87),
            _OF_AUTHORS,
        ),
    ),
    has_trimap=False,
)

BENCHMARKS = (AIM500_TABLE,)
