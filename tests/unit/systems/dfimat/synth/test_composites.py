"""Composites of people of packs and folders, as a maker makes them."""

from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from penumbra.core.errors import InputError
from penumbra.data.pack import Item, Pack, Source, read_pack, write_pack
from penumbra.systems.dfimat.synth.composites import Composites
from penumbra.systems.dfimat.synth.reading import Reading, Refused, Split
from penumbra.systems.dfimat.synth.stock import Stock, stocked
from tests.made_sets import SOURCE, people_pack, person, place


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """Thirty people, six places."""
    return read_pack(people_pack(tmp_path_factory.mktemp("packs") / "people.tar"))


@pytest.fixture(scope="module")
def stock(pack: Pack) -> Stock:
    """All of it, with a part for validation."""
    return stocked([pack])


def made(maker: Composites, number: int) -> Reading:
    """A picture that comes to be."""
    reading = maker.make(number)
    assert isinstance(reading, Reading)
    return reading


def test_a_number_makes_a_picture(stock: Stock) -> None:
    """The same one each time, in whatever order; another seed makes another."""
    one, other = Composites(stock, side=64, seed=3), Composites(stock, side=64, seed=3)
    first = made(one, 4)
    made(other, 9)
    again, different = made(other, 4), made(Composites(stock, side=64, seed=4), 4)

    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.answers.alphas, again.answers.alphas)
    assert first.provenance == again.provenance
    assert first.image.shape == (64, 64, 3)
    assert not np.array_equal(first.image, different.image)


def test_what_is_known_is_said(stock: Stock) -> None:
    """Number, order, people and place; nothing that would have to be guessed."""
    reading = made(Composites(stock, side=64), 0)
    count = len(reading.answers.alphas)

    assert reading.is_exact
    assert reading.asked == count
    assert sorted(reading.order or ()) == list(range(count))
    assert len(set(reading.provenance["people"])) == count
    assert reading.slots == {"place": reading.provenance["place"]}
    assert reading.again is None
    assert reading.attention is None
    assert "people, photograph" in reading.caption


def test_nobody_and_no_place_is_on_both_sides(stock: Stock) -> None:
    """Of training and validation; both are there."""
    maker = Composites(stock, side=64, validation=0.4)
    seen: dict[Split, set[str]] = {"train": set(), "val": set()}
    for number in range(40):
        reading = made(maker, number)
        seen[reading.split] |= {*reading.provenance["people"], reading.provenance["place"]}

    assert len(seen["train"]) > 10
    assert len(seen["val"]) > 10
    assert not seen["train"] & seen["val"]


def test_too_little_is_not_divided(pack: Pack, tmp_path: Path) -> None:
    """Where one side would have hardly anybody, everything is for training."""
    small = read_pack(people_pack(tmp_path / "small.tar", people=23))

    assert not stocked([small]).sides
    assert not stocked([pack], validation=0).sides
    maker = Composites(stocked([small]), side=64, validation=0.5)
    assert {made(maker, number).split for number in range(10)} == {"train"}


def test_layouts_differ(stock: Stock) -> None:
    """In a scene people without feet stand on the lower border; at random they do not."""
    below = {}
    for layout in ("scene", "random"):
        maker = Composites(stock, "random" if layout == "random" else "scene", side=64)
        alphas: list[NDArray[np.float32]] = []
        for number in range(6):
            alphas += list(made(maker, number).answers.alphas)
        below[layout] = np.mean([(alpha[-1] > 0.5).any() for alpha in alphas])

    assert below["scene"] == 1
    assert below["random"] < 0.7


def test_people_whose_heads_are_cut_off_are_left_out(tmp_path: Path) -> None:
    """Where too few are whole, the picture is refused."""

    def cut(number: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        colours, alpha = person(number)
        return colours[24:], alpha[24:]

    items = [
        Item("foreground", f"c{k}", "drawn", partial(cut, k), category="person") for k in (0, 1)
    ]
    items += [Item("background", "b", "drawn", partial(place, 0), category="nothing")]
    pack = write_pack(tmp_path / "cut.tar", items, [SOURCE], 1_000_000)

    refused = Composites(stocked([pack]), side=64).make(0)

    assert isinstance(refused, Refused)
    assert refused.reason == "too_few_people"


def test_the_version_with_strands_is_the_same_person(tmp_path: Path) -> None:
    """Nobody stands beside a twin, or on both sides."""
    names = ["a", "a+strands", "b", "b+strands"]
    items = [
        Item("foreground", name, "drawn", partial(person, k), category="person")
        for k, name in enumerate(names)
    ]
    items += [Item("background", "b", "drawn", partial(place, 0), category="nothing")]
    pack = write_pack(tmp_path / "twins.tar", items, [SOURCE], 1_000_000)
    stock = stocked([pack])

    assert len(stock.people) == 4
    assert len({it.digest for it in stock.people}) == 2
    maker = Composites(stock, side=64)
    for number in range(12):
        reading = maker.make(number)
        if isinstance(reading, Reading):
            assert sorted(reading.provenance["people"]) == ["drawn/a", "drawn/b"]


def test_places_that_may_hold_somebody_are_used_only_where_asked_for(tmp_path: Path) -> None:
    """Or where there are no others, which the record says."""

    def places_of(*categories: str, is_any: bool = False) -> tuple[list[str], bool]:
        items = [
            Item("background", it or "unknown", "drawn", partial(place, k), category=it)
            for k, it in enumerate(categories)
        ]
        items.append(Item("foreground", "p", "drawn", partial(person, 0), category="person"))
        pack = write_pack(tmp_path / "places.tar", items, [SOURCE], 1_000_000)
        stock = stocked([pack], is_any_place=is_any)
        return sorted(it.name for it in stock.places), stock.is_empty

    assert places_of("", "nothing", "scenery") == (["nothing", "scenery"], True)
    assert places_of("", "nothing", is_any=True) == (["nothing", "unknown"], False)
    assert places_of("") == (["unknown"], False)


def test_the_record_changes_with_what_there_is(pack: Pack, tmp_path: Path) -> None:
    """A folder that was begun with another pack is not gone on with; order does not matter."""
    others = read_pack(people_pack(tmp_path / "others.tar", people=29))
    both = [stocked(packs).fingerprint for packs in ([pack, others], [others, pack])]

    assert stocked([pack]).fingerprint != stocked([others]).fingerprint
    assert both[0] == both[1]
    stock = stocked([pack])
    records = [
        maker.record
        for maker in (
            Composites(stock, "scene", 64, 0),
            Composites(stock, "random", 64, 0),
            Composites(stock, "scene", 80, 0),
            Composites(stock, "scene", 64, 1),
        )
    ]
    assert all(one != other for one, other in pairwise(records))


def test_a_stock_without_people_or_places_is_refused(pack: Pack, tmp_path: Path) -> None:
    """And one with two sources of a name that differ."""
    items = [Item("background", "b", "drawn", partial(place, 0))]
    lonely = write_pack(tmp_path / "lonely.tar", items, [SOURCE], 1_000_000)
    with pytest.raises(InputError, match=r"people .* must be at least one"):
        stocked([lonely])
    items = [Item("foreground", "p", "drawn", partial(person, 0), category="person")]
    nowhere = write_pack(tmp_path / "nowhere.tar", items, [SOURCE], 1_000_000)
    with pytest.raises(InputError, match=r"places .* must be at least one"):
        stocked([nowhere])
    with pytest.raises(InputError, match="one track and terms"):
        stocked([pack], sources=[Source("drawn", "another", "research")])
