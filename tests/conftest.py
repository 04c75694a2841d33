"""What every test may use: the shared photographs, and how hypothesis searches."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"

# A slow machine is no reason to fail; continuous integration repeats the same examples.
settings.register_profile("local", deadline=None, max_examples=50)
settings.register_profile("ci", deadline=None, max_examples=50, derandomize=True, database=None)
settings.load_profile("ci" if "CI" in os.environ else "local")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip tests marked `shared_data` where the photographs are missing."""
    if item.get_closest_marker("shared_data") is not None:
        _skip_without_photographs()


@pytest.fixture
def shared_data() -> Path:
    """The folder of photographs; skips the test where it is missing."""
    _skip_without_photographs()
    return SHARED_DATA


def _skip_without_photographs() -> None:
    if not SHARED_DATA.is_dir():
        pytest.skip("needs the photographs of ../shared/data, which are not part of the repository")


@pytest.fixture(autouse=True)
def _denormal_numbers_come_back() -> Iterator[None]:
    """Training flushes them to zero for the whole process; other tests draw them."""
    yield
    if "torch" in sys.modules:
        sys.modules["torch"].set_flush_denormal(False)
