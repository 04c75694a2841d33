"""Who is asked what."""

from pathlib import Path

import pytest

from penumbra.comparison import entrants
from penumbra.comparison.entrants import OF_PYMATTING, ROOMS, Entrant, own_entrants
from penumbra.comparison.plan import MOST, tasks_of, without
from penumbra.comparison.scenes import Group, Places
from penumbra.comparison.sets import groups_of
from penumbra.systems import registry


@pytest.fixture
def groups(tmp_path: Path) -> list[Group]:
    """The drawn pictures; none is drawn."""
    return groups_of(Places(None, None, tmp_path))[0]


def test_each_way_of_speaking_has_its_number_of_pictures(groups: list[Group]) -> None:
    both = Entrant("dfimat", "room", ("none", "clicks"), (), "dfimat")

    said = [protocol for _, _, protocol in tasks_of(both, groups, None)]

    assert said == ["none"] * MOST["none"] + ["clicks"] * MOST["clicks"]
    assert len(tasks_of(both, groups, 3)) == 6
    assert len(tasks_of(both, groups, 1000)) == 2 * len(groups[0].cases)


def test_pymatting_is_asked_about_pictures_that_the_rooms_are_asked_about(
    groups: list[Group], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the two could not be compared."""
    monkeypatch.setattr(entrants, "find_spec", lambda name: object())
    everybody = {each.name: each for each in own_entrants()[0]}

    theirs = tasks_of(everybody["pymatting knn"], groups, None)

    assert len(theirs) == OF_PYMATTING
    assert set(theirs) < set(tasks_of(everybody["knn"], groups, None))


def test_pymatting_is_left_out_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrants, "find_spec", lambda name: None)

    everybody, absent = own_entrants()

    assert not [each for each in everybody if each.maker == "pymatting"]
    assert absent == {"pymatting": "it is not installed; it is part of the extra bench"}


def test_every_model_of_the_kit_that_answers_alone_takes_part() -> None:
    """Whoever adds a model says here what is to be said to it, in what its card accepts."""
    alone = {name for name in registry.NAMES if not registry.card(name).voters}
    assert set(ROOMS) == alone
    kinds = {"trimap": {"trimap"}, "clicks": {"click"}, "box": {"box"}, "none": set[str]()}
    for name, protocols in ROOMS.items():
        card = registry.card(name)
        for protocol in protocols:
            assert card.requires <= kinds[protocol] <= card.accepts


def test_an_entrant_is_asked_only_about_its_groups(groups: list[Group]) -> None:
    abroad = Entrant("abroad", "room", ("none",), ("cats",), "aim")

    assert tasks_of(abroad, groups, None) == ()


def test_what_is_done_is_not_asked() -> None:
    assert without([("a", "b", "none"), ("a", "c", "none")], [("a", "b", "none")]) == (
        ("a", "c", "none"),
    )
