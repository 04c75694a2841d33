"""What the catalogue promises of every entry."""

import pytest

from penumbra.core.errors import InputError
from penumbra.data.catalog import DATASETS, dataset


@pytest.mark.parametrize("name", DATASETS)
def test_every_entry_can_be_acted_upon(name: str) -> None:
    """Whom to cite, on which terms, where to ask: nothing is left empty."""
    entry = dataset(name)

    assert entry.name == name
    assert all([entry.title, entry.citation, entry.licence, entry.where, entry.splits])


def test_no_two_entries_share_a_name() -> None:
    """A dictionary would lose one without a word."""
    from penumbra.data.collected import COLLECTED
    from penumbra.data.published import PUBLISHED

    assert len(DATASETS) == len(COLLECTED) + len(PUBLISHED)


def test_nothing_of_unclear_terms_is_open() -> None:
    """Track open is for pictures free to use; of these, only a split of the backgrounds."""
    assert {it.track for it in DATASETS.values()} == {"research"}
    assert "free" in DATASETS["bg"].splits


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [("DUTS", "duts"), ("aim500", "aim-500"), ("portrait", "portrait_eg")],
)
def test_a_wrong_name_suggests_the_nearest(asked: str, nearest: str) -> None:
    """Nobody remembers every hyphen."""
    with pytest.raises(InputError, match=f"did you mean '{nearest}'"):
        dataset(asked)


def test_a_name_like_none_has_no_suggestion() -> None:
    """A far-fetched one would send the reader astray."""
    with pytest.raises(InputError, match=r"got 'qqqqqq'$"):
        dataset("qqqqqq")
