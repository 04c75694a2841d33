"""No two inputs of a batch ever write one output."""

from pathlib import PurePosixPath

from hypothesis import given
from hypothesis.strategies import dictionaries, lists, sampled_from, text

from penumbra.batch.inputs import fold
from penumbra.batch.names import place_names

parts = text("aAb.", min_size=1, max_size=3).filter(lambda it: it.strip("."))
stems = lists(parts, min_size=1, max_size=3).map("/".join)
keys = lists(stems.flatmap(lambda it: sampled_from([it, f"{it}.jpg", f"{it}.png"])), unique=True)


@given(keys=keys)
def test_places_are_distinct_whatever_the_keys(keys: list[str]) -> None:
    """On file systems that ignore case, too; and no file stands where a folder must."""
    names = place_names(keys, {})
    places = [PurePosixPath(name) for name in names.values()]
    files = {fold(place) for place in places}

    assert set(names) == set(keys)
    assert len(files) == len(keys)
    assert not files & {fold(folder) for place in places for folder in place.parents}


@given(keys=keys)
def test_places_do_not_depend_on_the_order(keys: list[str]) -> None:
    """What an interrupted batch goes on with is listed in any order."""
    assert place_names(keys, {}) == place_names(keys[::-1], {})


@given(keys=keys, cut=sampled_from([0, 1, 2, 3]))
def test_places_that_are_known_stay_and_all_others_are_as_planned(
    keys: list[str], cut: int
) -> None:
    """A batch that goes on writes what one that was never interrupted would have written."""
    whole = place_names(keys, {})
    known = {key: whole[key] for key in keys[:cut]}

    assert place_names(keys[cut:], known) == whole


@given(known=dictionaries(stems, parts.map(lambda it: f"{it}.png"), max_size=3), keys=keys)
def test_new_inputs_keep_out_of_the_way_of_old_ones(known: dict[str, str], keys: list[str]) -> None:
    """What arrives later takes no place of what was there."""
    taken = {fold(PurePosixPath(place)) for place in known.values()}
    names = place_names(keys, known)
    new = [fold(PurePosixPath(place)) for key, place in names.items() if key not in known]

    assert len({*new}) == len(new)
    assert not taken & {*new}


def test_long_names_have_room_for_what_is_added() -> None:
    """File systems end at 255 bytes, and results have longer endings than some inputs."""
    long, other = "ä" * 125 + ".jp", "ä" * 124 + "b.jp"

    names = place_names([long, other], {})

    assert all(len(name.encode()) < 200 for name in names.values())
    assert names[long] != names[other]


def test_a_folder_moves_out_of_the_way_of_an_old_file() -> None:
    """`a.png` was written for `a.jpg`; then a folder of that name arrives."""
    names = place_names(["a.jpg", "a.png/b.jpg"], {"a.jpg": "a.png"})

    assert names == {"a.jpg": "a.png", "a.png/b.jpg": "a.png-folder/b.png"}
