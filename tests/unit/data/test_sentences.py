"""Sentences that name one person; the sheets `smpmat`, section 5, and `dfimat`, section 6."""

import re
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from penumbra.core.arrays import RGB
from penumbra.core.errors import InputError
from penumbra.data.attributes import COLOURS, Attributes, Noun, attributes_of, colour_bins
from penumbra.data.sentences import (
    Sentence,
    claims_about,
    mirrored,
    mirrored_text,
    sentences_about,
    sentences_about_nobody,
)

RED, BLUE, SKIN = (0.8, 0.05, 0.1), (0.1, 0.2, 0.8), (0.85, 0.65, 0.55)
GREEN, BLACK, WHITE = (0.1, 0.6, 0.2), (0.05, 0.05, 0.05), (0.95, 0.95, 0.95)


def picture(
    *figures: tuple[int, int, int, tuple[float, ...], tuple[float, ...]],
) -> tuple[RGB, NDArray[np.float32]]:
    """Draw people 20 wide, later ones over earlier: x, top, bottom, upper and lower colour."""
    image = np.full((100, 200, 3), 0.5, np.float32)
    alphas = np.zeros((len(figures), 100, 200), np.float32)
    for number, (x, top, bottom, upper, lower) in enumerate(figures):
        waist = top + (bottom - top) // 2
        cols = slice(x - 10, x + 10)
        image[top:waist, cols], image[waist:bottom, cols] = upper, lower
        alphas[:, top:bottom, cols] = 0
        alphas[number, top:bottom, cols] = 1
    return image, alphas


def texts(people: tuple[Attributes, ...], number: int) -> set[str]:
    """Everything that is said of a person."""
    return {sentence.text for sentence in sentences_about(people, number)}


THREE = picture(
    (30, 30, 90, RED, BLACK),  # 60 tall, far left
    (105, 10, 90, BLUE, BLACK),  # 80 tall, middle
    (120, 20, 95, RED, WHITE),  # 75 tall, covers the one before
)


def test_each_person_is_told_from_the_others() -> None:
    """By hand: rows of people, heights, depth where masks touch, colours that others lack."""
    people = attributes_of(*THREE, order=(0, 1, 2))

    assert texts(people, 0) == {
        "the first person from the left",
        "the third person from the right",
        "the leftmost person",
        "the person on the left",
        "the smallest person",
    }
    assert texts(people, 1) == {
        "the second person from the left",
        "the second person from the right",
        "the person in the middle",
        "the tallest person",
        "the person in a blue top",
        "the person in blue",
    }
    assert texts(people, 2) == {
        "the third person from the left",
        "the first person from the right",
        "the rightmost person",
        "the person at the front",
        "the person in white below the waist",
    }


def test_the_farthest_is_at_the_back_if_somebody_covers_it() -> None:
    """Who touches nobody may be anywhere, for all one sees."""
    alone, covered = (attributes_of(*THREE, order) for order in ((0, 1, 2), (1, 0, 2)))

    assert "the person at the back" not in texts(alone, 0) | texts(alone, 1)
    assert "the person at the back" in texts(covered, 1)


def test_unknown_order_is_not_spoken_of() -> None:
    """Nor one that cannot be seen."""
    image, alphas = picture((30, 30, 90, RED, BLACK), (150, 10, 90, RED, BLACK))

    for people in (attributes_of(*THREE), attributes_of(image, alphas, (0, 1))):
        assert not [it for it in claims_about(people) if it.sentence.kind == "order" and it.holds]


def test_uniqueness_is_a_count_of_those_it_is_true_of() -> None:
    """Every sentence kept holds for its person and nobody else; others say they are not unique."""
    people = attributes_of(*THREE, order=(0, 1, 2))

    for claim in claims_about(people):
        if claim.sentence.unique:
            assert len(claim.holds) == 1
            assert claim.sentence in sentences_about(people, claim.holds[0])
    red = next(it for it in claims_about(people) if it.sentence.text == "the person in a red top")
    assert red.holds == (0, 2)
    assert not red.sentence.unique


def test_ranks_need_room() -> None:
    """People above each other are not first and second."""
    image, alphas = picture((30, 10, 40, RED, RED), (32, 60, 90, RED, RED))
    people = attributes_of(image, alphas)

    assert texts(people, 0) == texts(people, 1) == set()


def test_a_little_of_a_colour_makes_it_doubtful() -> None:
    """A person in red, and one who is three tenths red."""
    image, alphas = picture((50, 10, 90, RED, BLACK), (150, 10, 90, GREEN, BLACK))
    people = attributes_of(image, alphas)
    assert "the person in a red top" in texts(people, 0)
    assert people[1].upper is not None
    shares = tuple(0.3 if name == "red" else 0.7 * (name == "green") for name in COLOURS)

    doubtful = (people[0], replace(people[1], upper=shares))

    assert "the person in a red top" not in texts(doubtful, 0)
    assert "the person in a green top" in texts(doubtful, 1)


def test_red_trousers_are_red_too() -> None:
    """Who is in red? But a top is a top."""
    image, alphas = picture((50, 10, 90, RED, BLACK), (150, 10, 90, GREEN, RED))

    said = texts(attributes_of(image, alphas), 0)

    assert "the person in a red top" in said
    assert "the person in red" not in said


def test_sex_and_age_are_said_where_they_are_known() -> None:
    """Of everybody; then ranks are those among the people the noun fits."""
    nouns: list[Noun | None] = ["man", "woman", "man"]
    known = attributes_of(*THREE, nouns=nouns)
    partly = attributes_of(*THREE, nouns=[*nouns[:2], None])

    assert "the second man from the left" in texts(known, 2)
    assert "the tallest man" in texts(known, 2)
    assert "the woman in a blue top" in texts(known, 1)
    assert "the person in a blue top" in texts(known, 1)
    every = " ".join(claim.sentence.text for claim in claims_about(partly))
    assert not re.search(r"\b(man|woman|child)\b", every)
    assert "the child in a red top" in {it.text for it in sentences_about_nobody(known)}


def test_nobody_wears_what_nobody_wears() -> None:
    """Sentences that name nobody."""
    said = {sentence.text for sentence in sentences_about_nobody(attributes_of(*THREE))}

    assert "the person in an orange top" in said
    assert "the person in a white top" in said
    assert "the person in white" not in said
    assert "the person in a red top" not in said


def test_a_draw_takes_all_kinds_before_one_twice() -> None:
    """Three of them, from the generator."""
    people = attributes_of(*THREE, order=(0, 1, 2))

    draws = [sentences_about(people, 2, np.random.default_rng(seed)) for seed in range(20)]

    assert all({it.kind for it in drawn} == {"position", "colour", "order"} for drawn in draws)
    assert len({drawn for drawn in draws}) > 5
    assert draws[3] == sentences_about(people, 2, np.random.default_rng(3))
    assert len(sentences_about(people, 2, np.random.default_rng(0), most=2)) == 2


@pytest.mark.parametrize("order", [None, (0, 1, 2), (1, 2, 0)])
def test_the_mirrored_picture_has_the_mirrored_sentences(order: tuple[int, ...] | None) -> None:
    """Test 10 of the sheet `dfimat`, section 13."""
    image, alphas = THREE
    people = attributes_of(image, alphas, order)
    turned = attributes_of(image[:, ::-1], alphas[:, :, ::-1], order)

    for number in range(3):
        expected = {mirrored(sentence) for sentence in sentences_about(people, number)}
        assert set(sentences_about(turned, number)) == expected
        assert any("left" in sentence.text for sentence in expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the second man from the left", "the second man from the right"),
        ("the rightmost person, left of a tree", "the leftmost person, right of a tree"),
        ("Left or RIGHT", "Right or LEFT"),
        ("a bright person with leftovers", "a bright person with leftovers"),
        ("the person in the middle", "the person in the middle"),
    ],
)
def test_words_are_mirrored_whole(text: str, expected: str) -> None:
    """Only as words, with their case, and back again."""
    assert mirrored_text(text) == expected
    assert mirrored_text(expected) == text


def test_mirrored_sentences_keep_what_else_they_are() -> None:
    """Kind and uniqueness."""
    sentence = Sentence("the person on the left", "position", unique=False)

    assert mirrored(sentence) == Sentence("the person on the right", "position", unique=False)


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        (BLACK, "black"),
        (WHITE, "white"),
        ((0.5, 0.5, 0.5), "grey"),
        (RED, "red"),
        ((0.8, 0.0, 0.05), "red"),
        ((0.95, 0.5, 0.05), "orange"),
        ((0.9, 0.85, 0.1), "yellow"),
        (GREEN, "green"),
        (BLUE, "blue"),
        ((0.5, 0.1, 0.7), "purple"),
        ((0.95, 0.3, 0.65), "pink"),
        ((0.4, 0.22, 0.05), "brown"),
    ],
)
def test_colours_have_their_names(colour: tuple[float, ...], name: str) -> None:
    """One of each bin."""
    image = np.full((1, 1, 3), colour, np.float32)

    assert COLOURS[colour_bins(image)[0, 0]] == name


def test_skin_is_no_colour_of_a_garment() -> None:
    """A bare trunk is nothing to speak of."""
    image, alphas = picture((50, 10, 90, SKIN, BLUE), (150, 10, 90, GREEN, BLACK))

    people = attributes_of(image, alphas)

    assert people[0].upper == (0.0,) * len(COLOURS)
    assert "the person in blue below the waist" in texts(people, 0)


def test_who_is_wide_is_seen_from_the_waist_up() -> None:
    """The lowest quarter is the trunk; legs are not in the picture."""
    image, alphas = picture((100, 60, 90, RED, GREEN))

    person = attributes_of(image, alphas)[0]

    assert person.upper is not None
    assert person.upper[COLOURS.index("green")] == 1
    assert person.lower is None
    assert texts((person,), 0) >= {"the person in the middle", "the person in a green top"}


def test_a_few_pixels_show_no_clothes() -> None:
    """What is left of somebody behind others."""
    image, alphas = picture((100, 60, 90, RED, GREEN))
    alphas[0] = 0
    alphas[0, 80:84, 100:110] = 1

    person = attributes_of(image, alphas)[0]

    assert person.upper is None
    assert texts((person,), 0) == {"the person in the middle"}


def test_what_does_not_fit_is_refused() -> None:
    """An order of others, nouns for others, somebody who is not seen, a number of nobody."""
    image, alphas = THREE
    with pytest.raises(InputError, match="order"):
        attributes_of(image, alphas, (0, 1))
    with pytest.raises(InputError, match="nouns"):
        attributes_of(image, alphas, nouns=["man"])
    with pytest.raises(InputError, match="alphas"):
        attributes_of(image, 0 * alphas)
    with pytest.raises(InputError, match="number"):
        sentences_about(attributes_of(image, alphas), 3)
