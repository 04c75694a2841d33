"""What of Deep Image Matting can be run again: a table and a curve, both on Composition-1k.

The table is an image in the paper; its numbers are those that several re-implementations quote.
Rows that nobody quotes are left out.
"""

from penumbra.evaluation.composition import composition_1k_cases
from penumbra.evaluation.presets import COMP1K
from penumbra.evaluation.protocol import Curve, Printed, Table
from penumbra.evaluation.sensitivity import DISTANCES

_NEEDS = (
    "a copy of Composition-1k with its test set; also --backgrounds, the pictures of PASCAL VOC, "
    "where Test_set/merged or Test_set/bg do not hold them"
)
_QUOTED = "Rows of the paper: as quoted by public re-implementations."


def _printed(label: str, sad: float, mse: float, grad: float, conn: float) -> Printed:
    numbers = {"SAD": sad, "MSE": mse, "Grad": grad, "Conn": conn}
    return Printed(f"paper: {label}", numbers, _QUOTED)


COMP1K_TABLE = Table(
    name="comp1k",
    needs=_NEEDS,
    source='Xu, Price, Cohen, Huang: "Deep Image Matting", CVPR 2017, the table of Composition-1k',
    benchmark=COMP1K,
    cases=composition_1k_cases,
    printed=(
        _printed("alpha loss only", 59.6, 0.019, 40.5, 59.3),
        _printed("both losses", 54.6, 0.017, 36.7, 55.3),
        _printed("with refinement", 50.4, 0.014, 31.0, 50.8),
    ),
)

TRIMAP_SENSITIVITY = Curve(
    name="trimap-sensitivity",
    needs=_NEEDS,
    source=(
        'Xu, Price, Cohen, Huang: "Deep Image Matting", CVPR 2017, the figure of SAD over the '
        "dilation of the trimap; the first background of each object. Chosen: the true matte is "
        "dilated by a disc on both sides, object and background"
    ),
    cases=composition_1k_cases,
    distances=DISTANCES,
)

BENCHMARKS = (COMP1K_TABLE, TRIMAP_SENSITIVITY)
