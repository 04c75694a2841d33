"""Sessions as files."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from penumbra.core.budget import Budget
from penumbra.core.errors import InputError, WeightsError
from penumbra.core.hints import Box, Click, Hints, Scribble
from penumbra.session.record import Made, made_of
from penumbra.session.session import Session
from penumbra.systems.aim.predictor import AimPredictor
from penumbra.systems.registry import load_predictor
from penumbra.weights import entry
from tests.predictors import Echo, Encoding, Polisher

IMAGE = np.full((4, 6, 3), 0.5, np.float32)
P = {"model": "polisher"}


def saved(path: Path) -> Session[Encoding]:
    """A session of three rounds, one of them refined and one undone."""
    session = Session(Polisher(), IMAGE)
    session.apply(Hints(clicks=(Click(1, 1),)))
    session.refine(Budget(0.3, "seconds"))
    session.apply(Hints(clicks=(Click(1, 1), Click(2.5, 3, False)), box=Box(0, 0, 4, 4)))
    session.undo()
    session.save(path)
    return session


def test_a_session_is_written_as_it_is_read(tmp_path: Path) -> None:
    """What is on screen, what had been undone, and how many windows a time had come to."""
    session = saved(tmp_path / "s.json")

    stated = json.loads((tmp_path / "s.json").read_text())

    assert session.matte is not None
    assert stated["model"] == "polisher"
    assert stated["image"]["width"] == 6
    assert [list(each)[1] for each in stated["rounds"]] == ["hints", "refine", "hints"]
    assert stated["rounds"][1] == {"model": "polisher", "refine": 3}
    assert stated["shown"] == 2
    again = Session.load(tmp_path / "s.json", IMAGE, Polisher())
    assert again.matte is not None
    assert_array_equal(again.matte.alpha, session.matte.alpha)
    redone = again.redo()
    assert redone is not None
    assert_array_equal(redone.alpha, np.full((4, 6), 0.2, np.float32))


def test_weights_and_options_of_all_that_vote_are_written(tmp_path: Path) -> None:
    """Without them a session would be played again with other voters than it was made with."""
    image = np.random.default_rng(5).random((40, 50, 3), np.float32)
    session = Session(load_predictor("ensemble"), image)
    session.apply(Hints())
    session.save(tmp_path / "s.json")

    made = made_of(session.predictor)

    assert made.weights["aim/graph"] == entry("aim-s").sha256
    voters = {key.partition("/")[0] for key in made.weights}
    assert voters == {"aim", "safe", "segment", "clicks", "dfimat"}
    assert made.options["aim"] == made_of(load_predictor("aim")).options
    again = Session.load(tmp_path / "s.json", image)
    assert again.matte is not None
    assert session.matte is not None
    assert_array_equal(again.matte.alpha, session.matte.alpha)


def test_thirty_rounds_of_a_real_model_are_the_same_bits(tmp_path: Path) -> None:
    """Scribbles on a classical model, each round from the matte of the last one."""
    rng = np.random.default_rng(3)
    image = rng.random((24, 30, 3), np.float32)
    image[6:18, 8:22] = 0.2 * image[6:18, 8:22] + np.array([0.8, 0.1, 0], np.float32)
    session = Session(load_predictor("classical"), image)
    hints = Hints(scribbles=(Scribble(((12, 12), (16, 12)), 2), Scribble(((1, 1),), 2, False)))
    session.apply(hints)
    for _ in range(29):
        x, y = rng.uniform(0, 30), rng.uniform(0, 24)
        hints = hints.add(Click(x, y, bool(8 <= x < 22 and 6 <= y < 18)))
        session.apply(hints)
    session.save(tmp_path / "s.json")

    again = Session.load(tmp_path / "s.json", image)

    assert session.matte is not None
    assert again.matte is not None
    assert_array_equal(again.matte.alpha, session.matte.alpha)
    assert again.hints.clicks == session.hints.clicks


def test_a_session_before_its_first_round_can_be_saved(tmp_path: Path) -> None:
    """It shows nothing."""
    Session(Echo(), IMAGE).save(tmp_path / "s.json")

    assert Session.load(tmp_path / "s.json", IMAGE, Echo()).matte is None


def test_two_models_in_one_session_are_played_again(tmp_path: Path) -> None:
    """Clicks first, then a stroke, which another model answers, starting from the matte shown."""
    rng = np.random.default_rng(5)
    image = rng.random((40, 48, 3), np.float32)
    clicks, classical = load_predictor("clicks"), load_predictor("classical")
    session = Session(clicks, image)
    hints = Hints(clicks=(Click(20, 20), Click(2, 2, False)))
    session.apply(hints)
    session.refine(Budget(1))
    second = session.apply(hints.add(Scribble(((5, 5), (9, 30)), 4, False)), classical)
    third = session.apply(session.hints.add(Click(40, 30, False)))

    session.save(tmp_path / "s.json")
    again = Session.load(tmp_path / "s.json", image)

    assert [each.predictor.card.name for each in again.rounds] == ["clicks"] * 2 + ["classical"] * 2
    assert again.matte is not None
    assert again.is_same
    assert_array_equal(again.matte.alpha, third.alpha)
    undone = again.undo()
    assert undone is not None
    assert_array_equal(undone.alpha, second.alpha)
    again.show(2)
    assert again.predictor.card.name == "clicks"
    again.refine(Budget(1))
    assert len(again) == 3


def test_weights_are_named_by_what_they_hash_to(tmp_path: Path) -> None:
    """Those of classical models are their code."""
    assert made_of(load_predictor("classical")) == Made({}, {})
    assert made_of(load_predictor("aim")).options["side_global"] == 320

    Session(load_predictor("segment"), IMAGE).save(tmp_path / "s.json")
    stated = json.loads((tmp_path / "s.json").read_text())
    weights = stated["models"]["segment"]["weights"]
    assert weights == {"graph": entry("segment-s").sha256}
    weights["graph"] = 64 * "0"
    (tmp_path / "s.json").write_text(json.dumps(stated))

    with pytest.raises(WeightsError, match=r"weights of segment must be those of .*000000000000"):
        Session.load(tmp_path / "s.json", IMAGE)


def test_a_model_that_is_applied_otherwise_is_refused(tmp_path: Path) -> None:
    """Its answers would have other bits."""
    aim = load_predictor("aim")
    assert isinstance(aim, AimPredictor)
    Session(aim, IMAGE).save(tmp_path / "s.json")
    other = replace(aim, options=replace(aim.options, least_confidence=0.1))

    with pytest.raises(InputError, match=r"options of aim must be those of .*0\.1"):
        Session.load(tmp_path / "s.json", IMAGE, other)


def test_another_image_is_refused(tmp_path: Path) -> None:
    """One value that differs, or another size."""
    saved(tmp_path / "s.json")
    other = IMAGE.copy()
    other[0, 0, 0] = 0.51

    for image in (other, IMAGE[:3]):
        with pytest.raises(InputError, match=r"image must be the one of .*s\.json \(6x4, sha256"):
            Session.load(tmp_path / "s.json", image, Polisher())


def test_another_model_is_refused(tmp_path: Path) -> None:
    """By name."""
    saved(tmp_path / "s.json")

    with pytest.raises(InputError, match=r"model must be polisher for .*, got echo"):
        Session.load(tmp_path / "s.json", IMAGE, Echo())
    with pytest.raises(InputError, match=r"model must be one of .*, got 'polisher'"):
        Session.load(tmp_path / "s.json", IMAGE)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"rounds": {}}, "a list of rounds"),
        ({"rounds": [{**P, "hints": {}, "refine": 1}]}, "hints or refine, as round 1"),
        ({"rounds": [{"hints": {}}]}, "a model, and hints or refine, as round 1"),
        ({"rounds": [{"model": 3, "refine": 1}]}, "the model of round 1 as text"),
        ({"rounds": [{"model": "aim", "refine": 1}]}, "what aim is made of"),
        ({"rounds": [{**P, "hints": {}}, {**P, "refine": -1}]}, "windows as round 2"),
        ({"rounds": [{**P, "refine": 1.5}]}, "windows as round 1"),
        ({"rounds": [{**P, "hints": {"clicks": [{"x": 1}]}}]}, "hints or refine, as round 1"),
        ({"shown": 9}, r"shown in \[0, 3\]"),
        ({"shown": True}, r"shown in \[0, 3\]"),
        ({"image": {"height": 4}}, "an image of height, width and sha256"),
        ({"image": {"height": 4, "width": 0, "sha256": ""}}, "an image of positive size"),
        ({"models": []}, "models by name"),
        ({"models": {"polisher": {}}}, "weights and options of polisher"),
        ({"models": {"polisher": {"weights": {"a": 1}, "options": {}}}}, "weights of polisher by"),
        ({"models": {"polisher": {"weights": {}, "options": 1}}}, "options of polisher by name"),
        ({"model": 3}, "model as text"),
        ({"model": "aim"}, "what aim is made of"),
        ({"more": 3}, "alpha"),
    ],
)
def test_a_damaged_session_says_where(change: dict[str, Any], rule: str, tmp_path: Path) -> None:
    """Nothing is guessed."""
    saved(tmp_path / "s.json")
    stated = json.loads((tmp_path / "s.json").read_text()) | change
    (tmp_path / "s.json").write_text(json.dumps(stated))

    with pytest.raises(InputError, match=rule):
        Session.load(tmp_path / "s.json", IMAGE, Polisher())


def test_what_is_no_session_at_all_is_refused(tmp_path: Path) -> None:
    """Missing, and not even JSON."""
    (tmp_path / "s.json").write_bytes(b"\x89PNG")

    with pytest.raises(InputError, match="must be a readable file"):
        Session.load(tmp_path / "none.json", IMAGE, Echo())
    with pytest.raises(InputError, match="must be JSON"):
        Session.load(tmp_path / "s.json", IMAGE, Echo())
