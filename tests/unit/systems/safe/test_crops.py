"""Windows of people, as samples have them, and the rate of the detector."""

from pathlib import Path

import numpy as np
import pytest

from penumbra.training.compose import Composer
from penumbra.training.composition import Composition
from penumbra.training.draws import Draws
from penumbra.training.heads import above_heads
from penumbra.training.pool import Pool
from penumbra.training.recipe import Schedule
from penumbra.training.schedule import factor
from tests.packs import tiny_pack
from tests.samples import PLAIN, Wanted


def test_windows_of_people_lie_above_their_heads() -> None:
    """The sheet's section 10, in windows of 512 pixels around boxes of three sizes."""
    low = np.tile([[300.0, 200.0]], (900, 1))
    tall = np.repeat([100.0, 500.0, 900.0], 300)
    high = low + np.stack([np.full(900, 200.0), tall], axis=1)
    half = np.full((900, 2), 256.0)

    centre = above_heads(Draws(1, range(900), 900), low, high, half)

    middle = (low + high) / 2
    x, y = (centre - middle).T
    top = centre[:, 1] - 256
    assert -32 <= x.min() < -30 < 30 < x.max() <= 32
    assert (top <= low[:, 1]).all()
    assert -128 <= y[tall == 100].min() < -120 < -8 < y[tall == 100].max() <= 0
    over = low[:, 1] - top
    assert 0 <= over[tall == 900].min() < over[tall == 900].max() <= 32


@pytest.mark.parametrize("heads", [0.0, 1.0])
def test_samples_of_people_show_their_heads(heads: float, tmp_path: Path) -> None:
    """Of disks as large as one and a half windows the top is always there."""
    tiny_pack(tmp_path / "p.tar")
    how = Composition(**{**vars(PLAIN), "coverage": (1.5, 1.5), "heads": heads})

    batch = Composer(Pool.load([tmp_path / "p.tar"])).batch(Wanted(64, how), 1, 0, 24)

    is_cut = (batch.alpha[:, 0, 0] > 0.5).any(dim=1)
    assert bool(is_cut.any()) == (heads == 0)


def test_samples_of_all_others_stay_as_they_were(tmp_path: Path) -> None:
    """Nothing is drawn for windows that nobody asks for."""
    tiny_pack(tmp_path / "p.tar")
    source = Composer(Pool.load([tmp_path / "p.tar"]))
    some = Composition(**{**vars(PLAIN), "heads": 1e-12})

    plain, drawn = (source.batch(Wanted(64, how), 1, 0, 8) for how in (PLAIN, some))

    assert (plain.background != drawn.background).any()  # other numbers are left for it


def test_a_rate_falls_by_the_power_nine_tenths() -> None:
    """Of what is left of the stage, down to its floor."""
    poly = Schedule("poly", floor=0.1)

    assert factor(poly, 0, 100) == 1
    assert factor(poly, 50, 100) == pytest.approx(0.1 + 0.9 * 0.5**0.9)
    assert factor(poly, 100, 100) == pytest.approx(0.1)
