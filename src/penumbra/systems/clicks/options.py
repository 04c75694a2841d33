"""How the room's networks are applied to a photograph."""

from dataclasses import dataclass
from typing import Literal, get_args

from penumbra.core.errors import require
from penumbra.core.patches import Selector

Refine = Literal["local", "global", "none"]
Rank = Literal["sigma", "alpha_band", "random"]
Doubt = Literal["softness", "sigma"]


@dataclass(frozen=True)
class Options:
    """How the networks are applied to a photograph.

    Attributes:
        work_long_side: Longer side in pixels of what the networks see, but of a smaller
            photograph its own; None for any photograph's own.
        is_enlarged: Whether a smaller photograph is enlarged to that, as the paper measures.
        hints_test: Whether clicks are told; without is how the rows No-Hints and Hints-Train are
            measured.
        click_radius: Of the disc that a click paints, in pixels of what the networks see.
        is_settled: Whether colours decide what the network leaves half transparent; see `settle`.
        doubt: What the uncertainty is: alpha's softness and a tenth of what its network says
            ("softness"), or that alone ("sigma"), as in the paper.
        refine: Whether "local" windows are refined, or the whole picture ("global"), or nothing.
        patch_rank: What the windows are ranked by: the uncertainty, alpha (1 - alpha), or nothing.
        selector: How windows are laid; see `patches.choose`.
        halo: Pixels around a window that are looked at and thrown away.
        feather: Pixels inside all windows together over which their answers pass into the matte.
        outline: How far from the matte's outline (alpha 0.5) it is refined, falling off to nothing
            there, in pixels of what the networks see; None for everywhere, as the paper does.

    Raises:
        InputError: A word is not one of those above, or a number is out of its range.
    """

    work_long_side: int | None = 512
    is_enlarged: bool = False
    hints_test: bool = True
    click_radius: float = 15.0
    is_settled: bool = True
    doubt: Doubt = "softness"
    refine: Refine = "local"
    patch_rank: Rank = "sigma"
    selector: Selector = "sum"
    halo: int = 10
    feather: int = 4
    outline: float | None = 1.5

    def __post_init__(self) -> None:
        kinds = {"doubt": Doubt, "refine": Refine, "patch_rank": Rank, "selector": Selector}
        for name, kind in kinds.items():
            words = get_args(kind)
            require(getattr(self, name) in words, name, f"one of {words}", getattr(self, name))
        side = self.work_long_side
        require(side is None or side >= 32, "work_long_side", "at least 32", side)
        require(self.click_radius >= 0, "click_radius", "at least 0", self.click_radius)
        require(self.halo >= 0, "halo", "at least 0", self.halo)
        require(0 <= self.feather <= 32, "feather", "in [0, 32]", self.feather)
        require(self.outline is None or self.outline > 0, "outline", "above 0", self.outline)


SHIPPED = Options()
"""What suits the small network on a CPU."""

PAPER = Options(work_long_side=800, is_enlarged=True, is_settled=False, doubt="sigma", outline=None)
"""As the paper measures."""
