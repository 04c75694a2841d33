"""Simulated users: where they click first, and how they correct; the sheet `dfimat`, section 6."""

import zlib
from collections import Counter

import numpy as np
import pytest
from scipy import ndimage

from penumbra.core.arrays import Alpha, Mask
from penumbra.core.errors import InputError
from penumbra.core.hints import Box, Click, Hints, Scribble
from penumbra.data.simulate import corrective_click
from penumbra.data.users import (
    ROUNDS,
    TRAINING_USER,
    ProtocolName,
    Target,
    UserOptions,
    first_round,
    joined,
    next_round,
    rng_of,
    significant_areas,
)

SIZE = 100


def rectangle(top: int, bottom: int, left: int, right: int) -> Alpha:
    """Opaque inside, (100, 100)."""
    alpha = np.zeros((SIZE, SIZE), np.float32)
    alpha[top:bottom, left:right] = 1
    return alpha


def rng(seed: int = 0) -> np.random.Generator:
    """Return a generator."""
    return np.random.default_rng(seed)


PERSON = rectangle(20, 80, 30, 60)
OTHERS: Mask = rectangle(30, 70, 75, 95) > 0.5
TARGET = Target(PERSON, OTHERS, ("the person on the left", "the tallest person"))


def test_a_user_clicks_into_the_larger_error() -> None:
    """Test 8 of the sheet, section 13: missing on one side, too much on the other."""
    shown = PERSON.copy()
    shown[20:60, 30:60] = 0  # 1200 pixels are missing
    shown[85:95, 10:60] = 1  # 500 are too many

    clicks = next_round(TARGET, shown, "click", rng()).clicks

    pixels = [click.pixel for click in clicks]
    assert len(set(pixels)) == 3
    assert all(click.is_foreground for click in clicks)
    assert all(20 <= row < 60 and 30 <= col < 60 for row, col in pixels)


def test_what_is_too_much_is_taken_off() -> None:
    """The other way round."""
    shown = PERSON.copy()
    shown[20:30, 30:60] = 0  # 300
    shown[85:95, 10:60] = 1  # 500

    clicks = next_round(TARGET, shown, "click", rng()).clicks

    assert [click.is_foreground for click in clicks] == [False] * 3
    assert all(85 <= click.y < 95 and 10 <= click.x < 60 for click in clicks)


def test_the_first_correction_is_that_of_the_robot() -> None:
    """Both users of the package agree on where a matte is worst."""
    blobs = ndimage.gaussian_filter(rng(3).standard_normal((SIZE, SIZE)), 4)
    shown = (blobs > 0).astype(np.float32)

    clicks = next_round(TARGET, shown, "click", rng()).clicks

    assert clicks[0] == corrective_click(shown, PERSON, least=0.0005)


def test_further_clicks_keep_away_from_those_before() -> None:
    """By half of the distance to the border, as a distance transform of SciPy has it."""
    clicks = next_round(TARGET, np.zeros_like(PERSON), "click", rng()).clicks

    depth = ndimage.distance_transform_edt(np.pad(PERSON, 1))[1:-1, 1:-1]
    rows, cols = np.indices(depth.shape)
    for click in clicks:
        row, col = click.pixel
        assert depth[row, col] == depth.max() > 5
        radius = max(5, 0.5 * depth[row, col])
        depth[np.hypot(rows - row, cols - col) <= radius] = 0


def test_the_next_area_takes_what_finds_no_room() -> None:
    """A disc of radius 5 covers the whole of a square of 7 by 7."""
    wanted = rectangle(10, 17, 10, 17) + rectangle(50, 56, 50, 56) + rectangle(80, 82, 80, 81)

    clicks = next_round(Target(wanted), 0 * wanted, "click", rng()).clicks

    assert clicks == (Click(13.5, 13.5), Click(52.5, 52.5))  # 2 pixels are too few


@pytest.mark.parametrize("protocol", list(ROUNDS))
def test_nobody_complains_about_what_is_right(protocol: ProtocolName) -> None:
    """No error, no hint."""
    assert next_round(TARGET, PERSON, protocol, rng()).kinds == frozenset()


@pytest.mark.parametrize("protocol", ["box", "text"])
def test_boxes_and_texts_are_given_once(protocol: ProtocolName) -> None:
    """These protocols have one round."""
    assert ROUNDS[protocol] == 1
    assert next_round(TARGET, 0 * PERSON, protocol, rng()).kinds == frozenset()


def test_small_and_soft_errors_are_none() -> None:
    """Less than 0.05 % of the image: 4 of 10000 pixels; and what is neither in nor out."""
    small = PERSON.copy()
    small[90, 10:14] = 1
    soft = PERSON.copy()
    soft[:10] = 0.9

    assert significant_areas(small, PERSON) == ()
    assert len(significant_areas(small, PERSON, least=0.0004)) == 1
    assert significant_areas(PERSON, soft) == ()


def test_areas_are_connected_over_corners_and_ordered_by_size() -> None:
    """Two squares that touch at a corner are one area; kinds compete with each other."""
    wanted = rectangle(10, 20, 10, 20) + rectangle(20, 30, 20, 30)
    shown = rectangle(50, 60, 50, 65)

    areas = significant_areas(shown, wanted)

    assert [(area.size, area.is_foreground) for area in areas] == [(200, True), (150, False)]
    np.testing.assert_array_equal(areas[0].region, wanted > 0.5)


def test_a_pixel_is_not_clicked_again() -> None:
    """If the model did not listen."""
    first = next_round(TARGET, 0 * PERSON, "click", rng())

    second = next_round(TARGET, 0 * PERSON, "click", rng(), given=first)

    assert not {it.pixel for it in first.clicks} & {it.pixel for it in second.clicks}


def test_first_clicks_lie_where_the_sheet_says() -> None:
    """On: 3 pixels from the outline. Off: other people, or a band of a tenth of the root."""
    inner = ndimage.distance_transform_edt(np.pad(PERSON, 1))[1:-1, 1:-1] > 3
    band = ndimage.distance_transform_edt(PERSON == 0) <= np.ceil(0.1 * np.sqrt(PERSON.sum()))
    band &= PERSON == 0
    kinds: Counter[str] = Counter()
    rounds = [first_round(TARGET, "click", rng(seed)).clicks for seed in range(200)]

    for clicks in rounds:
        assert len({click.pixel for click in clicks}) == 3
        assert clicks[0].is_foreground
        for click in clicks[1:]:
            places = {"on": inner, "band": band, "other": OTHERS}
            names = [name for name, place in places.items() if place[click.pixel]]
            assert len(names) == 1
            assert click.is_foreground == (names == ["on"])
            kinds.update(names)
    assert all(inner[clicks[0].pixel] for clicks in rounds)
    # 400 draws: 200, 100, 100 expected; four deviations are 40 and 35.
    assert abs(kinds["on"] - 200) < 40
    assert abs(kinds["band"] - 100) < 35


def test_the_thin_the_lonely_and_those_who_fill_the_picture_are_clicked_on() -> None:
    """What has no inside is clicked anywhere; without others off is near; without off, on."""
    thin = Target(rectangle(50, 52, 10, 90))
    for seed in range(20):
        clicks = first_round(thin, "click", rng(seed)).clicks
        assert all(click.is_foreground == (50 <= click.y < 52) for click in clicks)
        full = first_round(Target(np.ones_like(PERSON)), "click", rng(seed)).clicks
        assert all(click.is_foreground for click in full)


def test_hair_is_no_place_for_a_click_that_takes_off() -> None:
    """Around the person it is half opaque; beyond that it is clear."""
    hairy = PERSON.copy()
    hairy[hairy == 0] = 0.3
    clear = ndimage.distance_transform_edt(PERSON == 0) > 2
    hairy[clear & (PERSON == 0)] = 0

    for seed in range(20):
        for click in first_round(Target(hairy), "click", rng(seed)).clicks:
            assert hairy[click.pixel] in (0, 1)


def test_scribbles_start_on_the_person() -> None:
    """Two of them; the first on, the second either; brush of the test user."""
    is_on = []
    for seed in range(60):
        scribbles = first_round(TARGET, "scribble", rng(seed)).scribbles
        assert [scribble.width for scribble in scribbles] == [5, 5]
        assert scribbles[0].is_foreground
        for scribble in scribbles:
            on_person = [PERSON[int(y), int(x)] > 0.5 for x, y in scribble.points]
            assert on_person == [scribble.is_foreground] * len(on_person)
        is_on.append(scribbles[1].is_foreground)
    assert 15 < sum(is_on) < 45


def test_scribbles_correct_the_worst_area() -> None:
    """Both inside it, and the second not over the first."""
    shown = PERSON.copy()
    shown[20:60] = 0

    first, second = next_round(TARGET, shown, "scribble", rng()).scribbles

    region = (PERSON > 0.5) & (shown < 0.5)
    for scribble in (first, second):
        assert scribble.is_foreground
        assert not (scribble.mask(SIZE, SIZE) & ~region).any()
    painted = first.mask(SIZE, SIZE)
    assert not any(painted[int(y), int(x)] for x, y in second.points)


def test_boxes_are_tight_in_tests_and_loose_in_training() -> None:
    """Each side is off by a tenth of the box at most, and stays in the picture."""
    assert first_round(TARGET, "box", rng()).box == Box(30, 20, 60, 80)

    boxes = [first_round(TARGET, "box", rng(seed), TRAINING_USER).box for seed in range(100)]
    sides = np.array([(it.x0, it.y0, it.x1, it.y1) for it in boxes if it is not None])
    off = np.abs(sides - [30, 20, 60, 80]) / [30, 60, 30, 60]
    assert 0.09 < off.max() <= 0.1
    edge = Target(rectangle(0, 100, 0, 50))
    for seed in range(20):
        first_round(edge, "box", rng(seed), TRAINING_USER).check_inside(SIZE, SIZE)


def test_texts_are_those_of_the_target() -> None:
    """One of them; without any there is no such user."""
    texts = {first_round(TARGET, "text", rng(seed)).text for seed in range(20)}

    assert texts == set(TARGET.sentences)
    with pytest.raises(InputError, match="sentences must hold one"):
        first_round(Target(PERSON), "text", rng())


def test_mixed_users_say_two_things_then_one() -> None:
    """Words and one of three; later clicks or scribbles."""
    first = Counter(first_round(TARGET, "mixed", rng(seed)).kinds for seed in range(90))
    later = Counter(next_round(TARGET, 0 * PERSON, "mixed", rng(seed)).kinds for seed in range(60))

    kinds: list[ProtocolName] = ["click", "scribble", "box"]
    assert set(first) == {frozenset({kind, "text"}) for kind in kinds}
    assert min(first.values()) > 15
    assert set(later) == {frozenset({"click"}), frozenset({"scribble"})}
    assert min(later.values()) > 15
    assert first_round(Target(PERSON), "mixed", rng()).text is None


def test_rounds_are_the_same_for_every_run() -> None:
    """A CRC of the names and the round is the seed."""
    seed = zlib.crc32(b"him/001.jpg/2/click")

    found = rng_of("him/001.jpg", 2, "click", 3).integers(1 << 40)

    assert found == np.random.default_rng([seed, 3]).integers(1 << 40)
    others = {
        int(rng_of(*names).integers(1 << 40))
        for names in (("a", 2, "click", 3), ("him/001.jpg", 1, "click", 3))
    }
    assert int(found) not in others
    one, other = (first_round(TARGET, "click", rng_of("a", 0, "click")) for _ in range(2))
    assert one.clicks == other.clicks


def test_hints_add_up() -> None:
    """Clicks and scribbles accumulate; of boxes and texts the last counts."""
    given = Hints(clicks=(Click(1, 1),), box=Box(0, 0, 5, 5), text="the man")
    new = Hints(clicks=(Click(2, 2),), scribbles=(Scribble(((3, 3),)),), box=Box(1, 1, 4, 4))

    both = joined(given, new)

    assert both.clicks == (Click(1, 1), Click(2, 2))
    assert both.scribbles == new.scribbles
    assert both.box == new.box
    assert both.text == "the man"


def test_strange_users_are_refused() -> None:
    """Nobody to want, another size, a brush of nothing, a box of nothing."""
    with pytest.raises(InputError, match=r"alpha must be above 0\.5"):
        Target(0 * PERSON)
    with pytest.raises(InputError, match="others must be of shape"):
        Target(PERSON, OTHERS[:50])
    with pytest.raises(InputError, match="width"):
        UserOptions(width=(0, 3))
    with pytest.raises(InputError, match="jitter"):
        UserOptions(jitter=0.5)
