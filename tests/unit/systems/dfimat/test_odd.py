"""Inputs out of the ordinary, and what is said about the answers; the sheet, section 12."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from penumbra.core.errors import ConvergenceError, HintError, InputError, WeightsError
from penumbra.core.hints import Box, Click, Hints, Scribble
from penumbra.core.matte import Matte
from penumbra.runtime.graph import Graph
from penumbra.session.session import Session
from penumbra.session.weight import bytes_of
from penumbra.systems.dfimat.flags import SENTENCES, Flag
from penumbra.systems.dfimat.iscn.conflicts import MISSED, OK, SPILLED
from penumbra.systems.dfimat.predictor import DfimatPredictor
from penumbra.systems.dfimat.rounds import DfimatMatte
from penumbra.systems.dfimat.text import encoder
from tests.unit.systems.dfimat.predictors import OPTIONS, TINY, Fake, Staged, photograph, square

LEFT, RIGHT = square(4, 2, 14, 9), square(3, 14, 15, 22)
SCENE = Staged([LEFT, RIGHT, square(0, 0, 2, 2)], [0.8, 0.95, 0.1], LEFT)
INSIDE = Hints((Click(20, 30),))


def answer(hints: Hints, scene: Staged = SCENE, previous: Matte | None = None) -> DfimatMatte:
    """What the fake networks make of hints on noise."""
    model = scene.predictor()
    return model.decode(model.encode(photograph()), hints, previous)


def shows(matte: DfimatMatte, mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> bool:
    """Whether the person of a mask, (16, 24), is the one who was found."""
    return bool(np.array_equal(matte.mask[2::4, 2::4], mask))


def test_what_is_usual_has_no_flags() -> None:
    """A click inside: the visual query answers, and the model says how sure it is."""
    matte = answer(INSIDE)

    assert shows(matte, LEFT)
    assert matte.flags == ()
    assert matte.notes == ()
    assert matte.confidence == pytest.approx(0.9)
    assert matte.consistency == 1
    assert_array_equal(matte.alpha > 0.5, matte.mask)


def test_without_a_prompt_the_surest_person_is_proposed() -> None:
    """And a text that says nothing is none; no round is played."""
    for hints in (Hints(), Hints(text="...")):
        matte = answer(hints)

        assert shows(matte, RIGHT)
        assert matte.flags == ("no_prompt",)
        assert matte.notes == (SENTENCES["no_prompt"],)
        assert matte.confidence == pytest.approx(0.95)


def test_text_longer_than_is_read_is_cut() -> None:
    """Sixteen words are not; words that nobody knows are no error."""
    words = ["word"] * 16

    assert answer(Hints(text=" ".join(words))).flags == ()
    assert answer(Hints(text=" ".join([*words, "more"]))).flags == ("text_truncated",)
    assert answer(Hints(text="Ωβγ 女人 zzqx")).flags == ()


def test_words_that_mean_somebody_else_than_marks_are_overruled() -> None:
    """Where both masks overlap by less than 0.3; without marks there is nothing to overrule."""
    scene = replace(SCENE, text_mask=RIGHT)

    both = answer(Hints((Click(20, 30),), text="the person on the right"), scene)
    near = answer(
        Hints((Click(20, 30),), text="left"), replace(SCENE, text_mask=square(4, 2, 14, 6))
    )
    words = answer(Hints(text="the person on the right"), scene)

    assert shows(both, LEFT)
    assert both.flags == ("text_visual_disagree",)
    assert near.flags == ()
    assert words.flags == ()


def test_opposite_clicks_on_one_place_are_flagged() -> None:
    """The last one wins: the earlier one is no token, and is painted over."""
    hints = Hints((Click(20, 30), Click(21, 31, False)))
    model = SCENE.predictor()
    matte = model.decode(model.encode(photograph()), hints)

    assert matte.flags == ("opposite_clicks",)
    step = model.graphs["round"]
    assert isinstance(step, Fake)
    assert step.given[0]["kinds"][0, 0, 0, :2].tolist() == [1, -1]


def test_marks_that_are_all_negative_mean_somebody_else() -> None:
    """In the first round: the surest person that none of them lies on."""
    on_right, on_left = Click(70, 30, False), Click(20, 30, False)
    twins = replace(SCENE, people=[LEFT, RIGHT, square(4, 14, 15, 22)], human=[0.5, 0.9, 0.8])

    matte = answer(Hints((on_right,)), replace(SCENE, mask=RIGHT))
    line = answer(Hints(scribbles=(Scribble(((15, 30), (25, 40)), 3, False),)))
    # A cell of the first of two masks of one person is not part of the second.
    twin = answer(Hints((Click(60, 14, False),)), replace(twins, mask=RIGHT))
    nobody = answer(Hints((on_right, on_left, Click(2, 2, False))))
    later = answer(Hints((on_right,)), replace(SCENE, mask=RIGHT), answer(Hints()))
    boxed = answer(Hints((on_right,), box=Box(4, 4, 40, 60)))

    assert shows(matte, LEFT)
    assert matte.flags == ("only_negative",)
    assert matte.confidence == pytest.approx(0.8)
    assert shows(line, RIGHT)
    assert shows(twin, LEFT)
    assert shows(nobody, LEFT)
    assert nobody.flags == ("only_negative",)
    assert shows(later, RIGHT)
    assert "only_negative" not in later.flags
    assert boxed.flags == ()


def test_what_contradicts_the_mask_before_is_shown() -> None:
    """Pixel by pixel, with the share that agreed; only what is new counts."""
    first = answer(INSIDE)
    missed, spilled, right = Click(70.5, 20.5), Click(12.5, 30.5, False), Click(20.5, 40.5)

    matte = answer(Hints((*INSIDE.clicks, missed, spilled, right)), previous=first)
    again = answer(Hints((*INSIDE.clicks, missed, spilled, right)), previous=matte)

    y, x = np.mgrid[:64, :96] + 0.5
    discs = [(x - it.x) ** 2 + (y - it.y) ** 2 <= 25 for it in (missed, spilled, right)]
    expected = np.full((64, 96), OK)
    expected[discs[0] & ~first.mask] = MISSED
    expected[discs[1] & first.mask] = SPILLED
    assert_array_equal(matte.conflicts, expected)
    painted = sum(disc.sum() for disc in discs)
    assert matte.consistency == pytest.approx(1 - (expected > 0).sum() / painted)
    assert 0 < matte.consistency < 0.5
    assert matte.flags == ("conflict",)
    assert matte.notes == ("66 % of what is new contradicts the mask that was shown",)
    assert not again.conflicts.any()
    assert again.flags == ()
    assert not first.conflicts.any()
    assert first.conflicts.shape == (64, 96)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({}, OK), ({"crm_box": True}, SPILLED), ({"crm_scope": "all", "crm_box": True}, SPILLED)],
)
def test_a_box_contradicts_where_the_network_has_learned_it(
    changes: dict[str, object], expected: int
) -> None:
    """What lies outside is then background; once, unless all hints are judged every time."""
    config = replace(TINY, **changes)  # type: ignore[arg-type]
    model = SCENE.predictor(config)
    encoded = model.encode(photograph())
    first = model.decode(encoded, INSIDE)
    hints = replace(INSIDE, box=Box(20, 0, 96, 64))

    second = model.decode(encoded, hints, first)
    third = model.decode(encoded, hints, second)

    assert second.conflicts[30, 12] == expected
    assert second.conflicts[30, 25] == OK
    assert third.conflicts[30, 12] == (expected if config.crm_scope == "all" else OK)


def test_who_is_hardly_human_is_returned_all_the_same() -> None:
    """With a flag below 0.3."""
    matte = answer(INSIDE, replace(SCENE, score=0.29))

    assert matte.flags == ("not_human",)
    assert matte.alpha.max() == 1
    assert answer(INSIDE, replace(SCENE, score=0.31)).flags == ()


def test_a_mask_of_hardly_a_pixel_is_empty() -> None:
    """Nothing is refined then."""
    model = replace(SCENE, mask=square(0, 0, 0, 0)).predictor()

    matte = model.decode(model.encode(photograph()), INSIDE)

    assert matte.flags == ("empty",)
    assert_array_equal(matte.alpha, np.zeros((64, 96)))
    assert matte.alpha.dtype == np.float32
    assert not matte.mask.any()
    refiner = model.graphs["mrn"]
    assert getattr(refiner, "shapes", None) == []


def test_marks_that_leave_the_picture_are_cut() -> None:
    """And those outside are refused."""
    assert answer(Hints(scribbles=(Scribble(((20, 30), (200, 30))),))).flags == ("outside_dropped",)
    with pytest.raises(HintError, match="scribble must lie inside"):
        answer(Hints(scribbles=(Scribble(((120, 30), (200, 30))),)))
    with pytest.raises(HintError, match="click must lie inside"):
        answer(Hints((Click(96, 3),)))
    with pytest.raises(HintError, match="box must lie inside"):
        answer(Hints(box=Box(100, 0, 120, 9)))


def test_odd_boxes_are_understood() -> None:
    """A sliver is a click, the whole picture is allowed."""
    assert answer(Hints(box=Box(20, 10, 21, 40))).flags == ("box_as_click",)
    assert answer(Hints(box=Box(0, 0, 96, 64))).flags == ("whole_box",)
    assert answer(Hints(box=Box(0, 0, 95, 64))).flags == ()


def test_a_mask_that_touches_all_borders_is_refined_whole() -> None:
    """In one window, as large as the picture."""
    scene = replace(SCENE, mask=square(0, 0, 16, 24))
    model = scene.predictor(options=replace(scene.predictor().options, mrn_max_side=96))

    model.decode(model.encode(photograph()), INSIDE)

    assert getattr(model.graphs["mrn"], "shapes", None) == [(1, 1, 64, 96)]


def test_a_matte_of_another_picture_is_refused() -> None:
    """By its size."""
    with pytest.raises(InputError, match=r"previous must be a matte of \(64, 96\) pixels"):
        answer(INSIDE, previous=Matte(np.zeros((64, 95), np.float32)))


@pytest.mark.parametrize(
    ("height", "width", "seen"),
    [(9, 7, (96, 96)), (40, 63, (64, 96)), (2900, 2800, (96, 96)), (3, 900, (32, 96))],
)
def test_pictures_of_any_size_are_answered(height: int, width: int, seen: tuple[int, int]) -> None:
    """Small ones are enlarged, large ones are not; the matte has the picture's size."""
    cells = np.ones((seen[0] // 4, seen[1] // 4), np.bool_)
    model = replace(SCENE, people=[cells], human=[0.9], mask=cells).predictor()

    matte = model.decode(model.encode(photograph(height, width)), Hints((Click(1, 1),)))

    look = model.graphs["look"]
    assert isinstance(look, Fake)
    assert look.given[0]["image"].shape == (1, 3, *seen)
    assert matte.alpha.shape == matte.mask.shape == matte.conflicts.shape == (height, width)
    assert matte.alpha.min() == 1


def test_what_is_not_finite_is_refused() -> None:
    """Rather than written."""
    model = SCENE.predictor()
    step = model.graphs["round"]
    assert isinstance(step, Fake)
    step.answers["mask"] = np.full_like(step.answers["mask"], np.nan)

    with pytest.raises(ConvergenceError, match="mask of the network must be finite"):
        model.decode(model.encode(photograph()), INSIDE)


def test_words_need_their_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing is named; a network of another text encoder says which there are."""

    def missing(name: str) -> None:
        raise WeightsError(f"the text encoder must be installed, got no {name}")

    for name in ("minilm", "clip"):
        scene = SCENE.predictor(replace(TINY, text_encoder=name))
        with monkeypatch.context() as patched:
            patched.setattr(encoder, "_encoder", missing)
            with pytest.raises((WeightsError, InputError), match=f"minilm.*{name}|no {name}"):
                scene.decode(scene.encode(photograph()), Hints(text="her"))


def test_every_flag_has_a_sentence() -> None:
    """That ends without a full stop, as all notes do."""
    flags: tuple[Flag, ...] = Flag.__args__  # type: ignore[attr-defined]

    assert set(SENTENCES) == set(flags)
    assert all(it[-1] != "." for it in SENTENCES.values())


@pytest.mark.parametrize(("box_tokens", "count"), [(True, 16 + 2 + 6), (False, 2 + 6)])
def test_marks_become_as_many_tokens_as_the_network_has_learned(
    box_tokens: bool, count: int
) -> None:
    """Of a box the corners, and a grid inside; of a scribble six points here."""
    config = replace(TINY, box_tokens=box_tokens, scribble_points=6)
    model = SCENE.predictor(config)
    hints = Hints(scribbles=(Scribble(((20, 30), (40, 30))),), box=Box(4, 4, 60, 60))

    model.decode(model.encode(photograph()), hints)

    step = model.graphs["round"]
    assert isinstance(step, Fake)
    assert (step.given[0]["kinds"] >= 0).sum() == count


def test_a_graph_is_asked_for_what_it_takes() -> None:
    """A network without memory or reasoning is not told of either."""
    model = SCENE.predictor()
    step = model.graphs["round"]
    assert isinstance(step, Fake)
    less = Fake(step.answers, ("points", "kinds", "text", "is_word", "sentence"))
    named: dict[str, Graph] = {**model.graphs, "round": less}

    matte = DfimatPredictor(model.card, named, model.config, OPTIONS).decode(
        model.encode(photograph()), INSIDE, answer(INSIDE)
    )

    assert shows(matte, LEFT)


def test_a_session_leaves_it_to_the_room_to_cut_marks() -> None:
    """What is outside is dropped and said; all outside it is refused, and nothing changes."""
    session = Session(SCENE.predictor(), photograph())
    stroke = Scribble(((20, 30), (20, -400)), 5)

    matte = session.apply(Hints(scribbles=(stroke,), box=Box(-50, 10, 40, 900)))

    assert matte.flags == ("outside_dropped",)
    assert session.hints.scribbles == (stroke,)
    for outside in (Hints((Click(96, 3),)), Hints(box=Box(100, 0, 120, 9))):
        with pytest.raises(HintError, match="must lie inside the 96x64 image"):
            session.apply(outside)
    assert session.matte is matte


def test_conflicts_count_as_memory() -> None:
    """By which a server decides whose mattes are forgotten."""
    matte = answer(INSIDE)

    without = replace(matte, conflicts=np.zeros((0, 0), np.uint8))

    assert bytes_of(matte) - bytes_of(without) == 64 * 96
