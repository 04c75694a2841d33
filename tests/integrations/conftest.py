"""A real server, a scene it can cut out, and plug-ins loaded from where they lie."""

from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from tests.server_process import start_server

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where `penumbra serve` listens, as users start it."""
    server = start_server(tmp_path_factory.mktemp("state"))
    yield server.address
    server.stop()


def load(path: str) -> ModuleType:
    """Load a file below the repository as a module, as programs load their plug-ins."""
    spec = spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
