"""What the tests of sources share."""

from pathlib import Path

import pytest

from penumbra.systems.dfimat.synth.sources.diffusion import DiffusionSource
from penumbra.systems.dfimat.synth.sources.sd import load_sd
from tests.unit.systems.dfimat.synth.sources.folders import SIDE, write_folder


@pytest.fixture(scope="session")
def sd_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Narrow networks in the layout of diffusers; not to be changed."""
    return write_folder(tmp_path_factory.mktemp("sd"))


@pytest.fixture(scope="session")
def narrow(sd_folder: Path) -> DiffusionSource:
    """The source that was loaded from them; not to be changed."""
    return load_sd(sd_folder, SIDE)
