"""Every gate lets through what is good, and stops a case made to be bad; section 7."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from penumbra.core.arrays import RGB, Mask
from penumbra.core.errors import InputError
from penumbra.systems.dfimat.synth.gates import (
    Detector,
    Gate,
    GateSettings,
    Kept,
    Measured,
    failed,
    judged,
)
from penumbra.systems.dfimat.synth.mattes import MatteSettings, People, people_of
from penumbra.systems.dfimat.synth.measures import fingerprint
from penumbra.systems.dfimat.synth.reading import Answers, Reading
from tests.made_sets import SIDE, photo, reading, squares

LIMITS = GateSettings(transition=(0.005, 0.35))
"""The sheet's, but for rims that are large for pictures of 64 pixels."""

NAMES = (
    "people", "confidence", "size", "alpha", "agreement", "coverage", "leftovers", "sharpness",
    "clipping", "safety", "novelty", "sentences", "balance",
)  # fmt: skip


def measured(it: Reading, sentences: tuple[int, ...] = (3, 3)) -> Measured:
    """A picture on its way to the gates."""
    people = people_of(it.answers, MatteSettings(), is_exact=True)
    assert isinstance(people, People)
    return Measured(it, people, it.image, sentences)


def gates_of(
    it: Reading | Measured,
    kept: Kept | None = None,
    limits: GateSettings = LIMITS,
    detector: Detector | None = None,
    **more: Any,  # noqa: ANN401
) -> dict[str, Gate]:
    """What all gates say, by name."""
    it = measured(it) if isinstance(it, Reading) else it
    gates = judged(it, kept or Kept(), limits, detector=detector, **more)
    return {gate.name: gate for gate in gates}


def stopped(it: Reading | Measured, *args: Any, **more: Any) -> list[str]:  # noqa: ANN401
    """The names of the gates that were not passed."""
    return [name for name, gate in gates_of(it, *args, **more).items() if gate.is_passed is False]


def people(*alphas: Any, human: float = 0.95) -> Answers:  # noqa: ANN401
    """Answers of people, all equally sure."""
    stacked = np.concatenate(alphas).astype(np.float32)
    return Answers(stacked, np.full(len(stacked), human, np.float32))


def test_a_good_picture_passes_and_everything_is_written_down() -> None:
    """What its source cannot tell is said to be not measured, and stops nothing."""
    gates = gates_of(reading())

    assert tuple(gates) == NAMES
    assert failed(tuple(gates.values())) is None
    unmeasured = [name for name, gate in gates.items() if gate.is_passed is None]
    assert unmeasured == ["agreement", "coverage", "leftovers", "safety"]
    assert gates["agreement"].told() == {"verdict": "not measured"}
    assert gates["people"].told() == {"verdict": "passed", "n": 2, "asked": 2}
    assert gates["confidence"].numbers == {"least": 0.95, "mean": 0.97}


def test_everything_can_be_measured() -> None:
    """With a second reading, attention, a detector and a safety filter."""
    first = reading()
    attention = first.answers.alphas.sum(axis=0)
    whole = replace(first, again=first.answers, attention=attention, is_safe=True)

    gates = gates_of(whole, detector=lambda image: [np.ones((SIDE, SIDE), np.bool_)])

    assert gates["leftovers"].numbers == {"found": 1, "outside": 1}
    assert {name for name, gate in gates.items() if not gate.is_passed} == {"leftovers"}


def test_confidence_of_what_is_known_is_not_measured() -> None:
    """Nobody had to be sure of a composite."""
    assert gates_of(reading(is_exact=True))["confidence"].is_passed is None


def test_one_person_is_too_few() -> None:
    alone = reading(answers=people(squares((20, 8))), asked=None)

    assert stopped(measured(alone, (3,))) == ["people"]


def test_two_people_more_than_the_caption_says_are_too_many() -> None:
    """One more is allowed."""
    assert stopped(reading(asked=3)) == []
    assert stopped(reading(asked=4)) == ["people"]


def test_somebody_who_may_be_nobody_stops_a_picture() -> None:
    """Below 0.8; and a mean below 0.9, though each may be so."""
    alphas = squares((20, 8), (24, 40))

    for human in ([0.99, 0.79], [0.85, 0.85]):
        unsure = Answers(alphas, np.array(human, np.float32))
        assert stopped(reading(answers=unsure)) == ["confidence"]


def test_whoever_is_tiny_or_huge_stops_a_picture() -> None:
    """Less than a hundredth of the area or 15 % of the height, or more than 70 % of the area."""
    limits = replace(LIMITS, transition=(0, 1))
    tiny = np.zeros((1, SIDE, SIDE), np.float32)
    tiny[0, 10:18, 10:18] = 1  # 12.5 % of the height
    huge, below = np.zeros((2, 1, SIDE, SIDE), np.float32)
    huge[0, :50] = 1
    below[0, 52:] = 1

    assert stopped(reading(answers=people(tiny, squares((30, 40)))), limits=limits) == ["size"]
    assert stopped(reading(answers=people(huge, below)), limits=limits) == ["size"]


def test_mattes_that_are_hard_blurred_or_in_pieces_stop_a_picture() -> None:
    """No soft pixel at all, a rim as wide as the person, four components."""
    hard = np.zeros((1, SIDE, SIDE), np.float32)
    hard[0, 10:40, 8:20] = 1
    rows = np.arange(SIDE)[:, None]
    blurred = np.clip(1.2 - np.abs(rows - 30) / 30, 0, 1).astype(np.float32)
    blurred = np.repeat(blurred, SIDE, axis=1)[None] * (np.arange(SIDE) < 30)
    pieces = squares((0, 0), (30, 0), (0, 14), (30, 14)).max(axis=0, keepdims=True)
    other = squares((24, 44))

    assert stopped(reading(answers=people(hard, other))) == ["alpha"]
    wide = gates_of(reading(answers=people(blurred, other)), limits=GateSettings(transition=(0, 1)))
    assert wide["alpha"].is_passed is False
    assert wide["alpha"].numbers["width"] > 8
    broken = gates_of(reading(answers=people(pieces, other)), limits=replace(LIMITS, area=(0, 1)))
    assert broken["alpha"].is_passed is False
    assert broken["alpha"].numbers["pieces"] == 4


def test_a_second_reading_must_agree() -> None:
    """One person has moved by half a width; then nobody is found at all."""
    first = reading()
    same = replace(first, again=first.answers)
    moved = replace(first, again=people(squares((20, 8), (24, 46))))
    gone = replace(first, again=people(squares((20, 8)), human=0.1))

    assert gates_of(same)["agreement"].numbers == {"least": 1}
    assert stopped(moved) == stopped(gone) == ["agreement"]
    assert gates_of(gone)["agreement"].numbers == {"least": 0}


def test_attention_must_lie_on_people() -> None:
    """Here it lies in the lower half, where less than 60 % of it meets anybody."""
    attention = np.zeros((8, 8), np.float32)
    attention[4:] = 1

    assert stopped(reading(attention=attention)) == ["coverage"]


def test_nobody_may_be_left_over() -> None:
    """A detector sees somebody who has no matte."""
    seen = list[RGB]()

    def detector(image: RGB) -> list[Mask]:
        seen.append(image)
        mask = np.zeros((SIDE, SIDE), np.bool_)
        mask[50:, 20:30] = True
        return [mask]

    it = reading()

    assert stopped(it, detector=detector) == ["leftovers"]
    assert seen[0] is it.image


def test_pictures_that_are_blurred_noise_or_clipped_are_stopped() -> None:
    """Flat; noise of the largest variance; white in more than a third."""
    flat = np.full((SIDE, SIDE, 3), 0.5, np.float32)
    noise = np.random.default_rng(0).integers(0, 2, (SIDE, SIDE, 1)).astype(np.float32)
    noise = (0.1 + 0.8 * noise).repeat(3, axis=2)
    white = photo()
    white[:22] = 1

    assert stopped(reading(image=flat)) == ["sharpness"]
    assert stopped(reading(image=noise)) == ["sharpness"]
    assert stopped(reading(image=white)) == ["clipping"]


def test_what_a_safety_filter_refuses_is_stopped() -> None:
    """Whatever it says is said again."""
    assert stopped(reading(is_safe=False)) == ["safety"]
    assert stopped(reading(is_safe=True)) == []


def test_a_picture_that_was_there_before_is_no_news() -> None:
    """Nor is one that looks like it."""
    kept = Kept()
    kept.add(fingerprint(photo(0)) ^ 0b11111, {})

    assert stopped(reading(0), kept) == ["novelty"]
    assert stopped(reading(1), kept) == []


def test_somebody_of_whom_nothing_can_be_said_stops_a_picture() -> None:
    """No sentence means this person alone."""
    assert stopped(measured(reading(), (3, 0))) == ["sentences"]


@pytest.mark.parametrize("slot", ["n", "place", "pose"])
def test_no_number_place_or_pose_takes_over(slot: str) -> None:
    """Three are free; then shares count, of all that would be kept."""
    quota = {"n": 0.5, "place": 0.1, "pose": 0.15}[slot]
    kept = Kept()
    values = {"n": "2", "place": "place 0", "pose": "pose 0"}
    for number in range(99):
        is_alike = number < 100 * quota - 1
        kept.add(number << 20, {slot: values[slot] if is_alike else f"other {number}"})
    limits = replace(LIMITS, distance=0)

    assert stopped(reading(), kept, limits) == []
    kept.slots[slot][values[slot]] += 1
    assert stopped(reading(), kept, limits) == ["balance"]


def test_a_quota_asks_for_no_more_variety_than_there_is() -> None:
    """Of four places each may have half of the pictures."""
    kept = Kept()
    for number in range(20):
        kept.add(number << 20, {"place": f"place {number % 4}"})
    limits = replace(LIMITS, distance=0)

    assert stopped(reading(), kept, limits) == ["balance"]
    assert stopped(reading(), kept, limits, variety={"place": 4}) == []


def test_limits_that_make_no_sense_are_refused() -> None:
    """Ranges that are upside down, shares beyond 1, numbers below 0."""
    wrong: dict[str, Any]
    for wrong in ({"area": (0.7, 0.1)}, {"coverage": 2}, {"pieces": -1}):
        with pytest.raises(InputError, match=next(iter(wrong))):
            GateSettings(**wrong)
