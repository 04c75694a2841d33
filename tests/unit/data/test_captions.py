"""Captions: the grammar, and what no caption may say."""

from collections import Counter
from typing import Any

import numpy as np
import pytest

from penumbra.core.errors import InputError
from penumbra.data import captions_words as lists
from penumbra.data.captions import (
    COUNT_SHARES,
    SLOTS,
    WORDS,
    caption_of,
    draw_caption,
    objection,
    plain_caption,
)

GIVEN: dict[str, Any] = {
    "count": "two",
    "relation": "friends",
    "identities": ["an old man", "a tall woman"],
    "clothing": "in raincoats",
    "pose": "walking",
    "place": "on a hill",
    "light": "at dawn",
    "camera": "wide shot",
}


def test_a_hundred_thousand_captions_hold_no_forbidden_word() -> None:
    """Looked for here in another way: letters alone, split at whatever is none."""
    rng = np.random.default_rng(2024)
    refused = {*lists.CROWD, *lists.STYLES, *lists.BRANDS, *lists.NAMES, *lists.UNFIT}
    children, contexts = set(lists.CHILDREN), set(lists.NOT_WITH_CHILDREN)
    groups = [f" {phrase} " for phrase in refused if " " in phrase]
    numbers = Counter[int]()
    seen = set[str]()

    for _ in range(100_000):
        caption = draw_caption(rng)
        text = caption.text
        numbers[caption.n] += 1
        plain = text.replace(",", "").replace("-", " ")
        assert not any(phrase in f" {plain} " for phrase in groups), text
        words = set(plain.split())
        assert not words & refused, text
        assert not (words & children and words & contexts), text
        seen |= words

    assert "boy" in seen  # children are there, in other contexts
    assert "bar" in seen
    for n, share in COUNT_SHARES.items():
        assert numbers[n] / 100_000 == pytest.approx(share, abs=0.006)


def test_no_phrase_of_the_grammar_holds_a_forbidden_one() -> None:
    """Groups of words, too, wherever slots meet: no slot ends or begins one."""
    phrases = [phrase for words in WORDS.values() for phrase in words]

    assert [phrase for phrase in phrases if objection(phrase) is not None] == []
    starts = {phrase.split()[0] for phrase in phrases}
    groups = [it for it in (*lists.CROWD, *lists.STYLES, *lists.BRANDS, *lists.NAMES) if " " in it]
    ends = {phrase.split()[-1] for phrase in phrases}
    assert not [it for it in groups if it.split()[0] in ends and it.split()[-1] in starts]


def test_every_slot_has_twenty_words() -> None:
    """As the sheet asks."""
    assert tuple(WORDS) == SLOTS
    assert all(len(set(words)) >= 20 for words in WORDS.values())


def test_a_seed_makes_a_caption() -> None:
    """And another seed another."""
    texts = [draw_caption(np.random.default_rng(seed)).text for seed in (3, 3, 4)]

    assert texts[0] == texts[1] != texts[2]


def test_a_caption_says_all_slots_in_their_order() -> None:
    """With as many identities as the count says, all different."""
    for seed in range(50):
        caption = draw_caption(np.random.default_rng(seed))
        places = [caption.text.index(caption.slots[slot]) for slot in SLOTS]
        people = caption.slots["identities"].replace(" and ", ", ").split(", ")

        assert places == sorted(places)
        assert len(set(people)) == caption.n
        assert caption.slots["place"] in caption.family
        assert caption.slots["pose"] in caption.family


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("two friends in a crowded street", "crowd word: 'crowded'"),
        ("two friends, a street full of people", "crowd word: 'full of people'"),
        ("two friends, Anime", "style: 'anime'"),
        ("two friends, oil on canvas", "style: 'oil on canvas'"),
        ("two friends in Nike shoes", "brand: 'nike'"),
        ("two friends with coca-cola", "brand: 'coca-cola'"),
        ("two friends who look like Taylor Swift", "celebrity: 'taylor swift'"),
        ("two naked friends", "unfit word: 'naked'"),
        ("two children with a beer", "child in an unsuitable context: 'children' with 'beer'"),
        ("two friends and Jolanta", "name: 'Jolanta'"),
        ("a painting-like photograph", "style: 'painting'"),
    ],
)
def test_what_is_forbidden_is_named(text: str, reason: str) -> None:
    """In any case of letters, alone or in groups, and as part of words with hyphens."""
    assert objection(text) == reason


@pytest.mark.parametrize(
    "text",
    [
        "two children in a park",
        "two adults in a small bar",
        "Two friends in a park. They laugh",
        "two friends on a barge",  # not a bar
        "",
    ],
)
def test_what_is_allowed_has_no_objection(text: str) -> None:
    """Parts of words, beginnings of sentences, and children where children are."""
    assert objection(text) is None


def test_slots_of_others_make_a_caption() -> None:
    """Spaces are tidied, identities joined."""
    caption = caption_of({**GIVEN, "place": " on  a hill "})

    assert caption.n == 2
    assert caption.text == (
        "two friends, an old man and a tall woman, in raincoats, walking on a hill, at dawn, wide "
        "shot, photograph"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mood": "happy"}, "slots must be"),
        ({"identities": "an old man"}, "identities must be a list"),
        ({"identities": ["an old man"]}, "count must be"),
        ({"count": "a dozen"}, "count must be"),
        ({"pose": ""}, "slot must be words"),
        ({"pose": 3}, "slot must be words"),
        ({"identities": ["an old man", None]}, "slot must be words"),
        ({"place": "at a festival"}, "must not hold a crowd word: 'festival'"),
        ({"place": "far away " * 60}, "caption must be at most 400 long"),
    ],
)
def test_slots_that_do_not_fit_are_refused(change: dict[str, object], message: str) -> None:
    """Each with its reason."""
    with pytest.raises(InputError, match=message):
        caption_of({**GIVEN, **change})


def test_a_missing_slot_is_refused() -> None:
    """All eight must be there."""
    with pytest.raises(InputError, match="slots must be"):
        caption_of({slot: GIVEN[slot] for slot in SLOTS[:-1]})


def test_plain_captions_count() -> None:
    """They say how many there are, and nothing else."""
    rng = np.random.default_rng(0)
    texts = {plain_caption(3, rng) for _ in range(50)}

    assert "three people, photograph" in texts
    assert "a trio of people, photograph" in texts
    with pytest.raises(InputError, match="n must be 2 to 6"):
        plain_caption(7, rng)
