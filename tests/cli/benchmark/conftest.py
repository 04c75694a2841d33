"""Models that stand in for those of the rooms, whose benchmarks these tests run."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from penumbra.cli.main import main
from penumbra.core.card import Wanted
from penumbra.systems import registry
from penumbra.systems.aim.benchmarks import BENCHMARKS as AUTOMATIC
from penumbra.systems.clicks import benchmarks as clicked
from penumbra.systems.dfimat.benchmarks import BENCHMARKS as ROUNDS
from penumbra.systems.dim.benchmarks import BENCHMARKS
from penumbra.systems.room import System
from penumbra.systems.safe.benchmarks import BENCHMARKS as PEOPLE
from tests.compositions import write_copy
from tests.hint_painter import CARD, HintPainter
from tests.red_reader import RedReader
from tests.square_clicker import SquareClicker
from tests.trimap_reader import Options, TrimapReader

Benchmark = Callable[[str], Result]
SYSTEM = registry.system


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> TrimapReader:
    """Stand in for the model of the room, whose benchmarks these are."""
    reader, bold = TrimapReader(), TrimapReader(options=Options(refine=False))

    def load(licence: Wanted) -> TrimapReader:
        return reader

    def load_bold(licence: Wanted) -> TrimapReader:
        return bold

    def load_reds(licence: Wanted) -> RedReader:
        return RedReader()

    def load_clicks(licence: Wanted) -> SquareClicker:
        return SquareClicker()

    def load_hints(licence: Wanted) -> HintPainter:
        return HintPainter()

    monkeypatch.setattr(clicked, "SIDE", 32)  # of the copy's pictures
    systems = {
        "dim": System(reader.card, load, BENCHMARKS),
        "bold": System(bold.card, load_bold),
        "aim": System(RedReader.card, load_reds, AUTOMATIC),
        "clicks": System(SquareClicker().card, load_clicks, clicked.BENCHMARKS),
        "safe": System(RedReader.card, load_reds, PEOPLE),
        "dfimat": System(CARD, load_hints, ROUNDS),
    }
    monkeypatch.setattr(registry, "system", lambda name: systems.get(name) or SYSTEM(name))
    monkeypatch.setattr(registry, "NAMES", ("closed-form", "segment", *systems))
    return reader


@pytest.fixture
def benchmark(model: TrimapReader, here: Path) -> Benchmark:
    """Run the command beside a tiny copy in `copy` and its backgrounds in `voc`."""
    write_copy(here / "copy")

    def run(line: str) -> Result:
        return CliRunner().invoke(main, ["benchmark", *line.split()])

    return run
