"""The public surface: what may be relied upon, and how it is called.

`api.json` is edited by hand, with a thought for those who use the name.  A name that is missing
there was added in passing; one that is missing in the package was promised.
"""

import ast
import inspect
import json
from pathlib import Path

import pytest

import penumbra

API: dict[str, list[str] | str] = json.loads((Path(__file__).parent / "api.json").read_text())


def test_the_package_exports_what_is_promised() -> None:
    """No more and no less; everything else is an inner matter."""
    assert sorted(penumbra.__all__) == sorted(API)
    assert set(penumbra.__all__) <= set(dir(penumbra))


@pytest.mark.parametrize("name", API)
def test_a_public_name_is_called_as_promised(name: str) -> None:
    """Parameters in their order; errors by what they descend from."""
    thing = getattr(penumbra, name)

    if isinstance(thing, type) and issubclass(thing, Exception):
        assert thing.__bases__[0].__name__ == API[name]
    else:
        assert list(inspect.signature(thing).parameters) == API[name]


def test_type_checkers_see_the_same_names() -> None:
    """The block for them is written by hand beside the table that imports."""
    tree = ast.parse(Path(penumbra.__file__).read_text(encoding="utf-8"))
    seen = {
        alias.name: node.module
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    homes = {name: home for home, names in penumbra._HOMES.items() for name in names}

    assert seen == homes
    assert sorted(homes) == penumbra.__all__


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    """As of any module; `hasattr` relies on it."""
    with pytest.raises(AttributeError, match="has no attribute 'carve_out'"):
        _ = penumbra.carve_out
