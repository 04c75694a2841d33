"""A tiny pack, loaded once for each file of tests."""

import pytest

from penumbra.training.compose import Composer
from penumbra.training.pool import Pool
from tests.packs import tiny_pack


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Pool:
    """Five pictures of each role."""
    path = tmp_path_factory.mktemp("packs") / "tiny.tar"
    tiny_pack(path, 5)
    return Pool.load([path])


@pytest.fixture(scope="module")
def composer(pool: Pool) -> Composer:
    """Makes batches of them."""
    return Composer(pool)
