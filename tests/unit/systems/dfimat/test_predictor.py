"""Rounds on a photograph, with networks that are small, and have learned nothing."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from penumbra.core.errors import InputError
from penumbra.core.hints import Box, Click, Hints, Scribble
from penumbra.core.matte import Matte
from penumbra.runtime.graph import Planes
from penumbra.session.session import Session
from penumbra.systems.dfimat.iscn.conflicts import SPILLED
from penumbra.systems.dfimat.mrn.progressive import fuse
from penumbra.systems.dfimat.mrn.region import region_of
from penumbra.systems.dfimat.options import Options
from penumbra.systems.dfimat.rounds import DfimatMatte, Encoded
from tests.unit.systems.dfimat.predictors import OPTIONS, TINY, made, photograph, predictor

NETWORK = made()
CLICKS = (Click(70.5, 40.5), Click(20.5, 20.5, False), Click(50.5, 10.5), Click(30.5, 55.5))
ROUNDS = (
    Hints(CLICKS[:1], text="the person in red"),
    Hints(CLICKS[:2], text="the person in red"),
    Hints(CLICKS[:2], (Scribble(((40.0, 50.0), (80.0, 55.0)), 5),), None, "the person in red"),
    Hints(CLICKS, (Scribble(((40.0, 50.0), (80.0, 55.0)), 5),), Box(4, 4, 90, 60), "the man"),
)


def shown(session: Session[Encoded]) -> DfimatMatte:
    """The matte on screen."""
    matte = session.matte
    assert isinstance(matte, DfimatMatte)
    return matte


def assert_same(one: DfimatMatte, other: DfimatMatte) -> None:
    """Both are the same bit for bit, with all that later rounds depend on."""
    for name in ("alpha", "mask", "conflicts", "logits"):
        assert_array_equal(getattr(one, name), getattr(other, name))
    assert (one.flags, one.notes, one.consistency) == (other.flags, other.notes, other.consistency)


def test_undone_rounds_equal_a_replay_of_those_before() -> None:
    """The mask before and what was new are inputs, and so is what was forgotten and made again."""
    model = predictor(NETWORK)
    session = Session(model, photograph())
    for hints in ROUNDS:
        session.apply(hints)
    mattes = [it.answer for it in session.rounds]
    session.undo()
    session.undo()
    undone = shown(session)
    other = replace(ROUNDS[2], clicks=(*CLICKS[:2], Click(5.5, 5.5, False)))
    session.apply(other)

    replayed = Session(model, photograph())
    for hints in (*ROUNDS[:2], other):
        replayed.apply(hints)

    first = replayed.rounds[1].answer
    assert isinstance(first, DfimatMatte)
    assert_same(undone, first)
    assert_same(shown(session), shown(replayed))
    assert all(it is not None for it in mattes)
    for one, two in pairwise(mattes):
        assert isinstance(one, DfimatMatte)
        assert isinstance(two, DfimatMatte)
        assert np.abs(one.logits - two.logits).max() > 1e-3


def test_rounds_that_were_forgotten_are_made_again() -> None:
    """With the same bits."""
    session = Session(predictor(NETWORK), photograph())
    for hints in ROUNDS:
        session.apply(hints)
    before = shown(session)
    session.show(1)
    session.thin(1)

    session.show(4)

    assert_same(shown(session), before)
    assert shown(session) is not before


def test_rounds_matter() -> None:
    """All at once is not the same as one after the other."""
    model = predictor(NETWORK)
    encoded = model.encode(photograph())

    first = model.decode(encoded, ROUNDS[0])
    second = model.decode(encoded, ROUNDS[1], first)
    at_once = model.decode(encoded, ROUNDS[1])

    assert second.conflicts.any()
    assert np.abs(second.logits - at_once.logits).max() > 1e-3


def test_a_new_target_is_found_in_what_is_known_of_the_photograph() -> None:
    """After the session goes back to its start, nothing is remembered."""
    model = predictor(NETWORK)
    session = Session(model, photograph())
    session.apply(ROUNDS[0])
    session.apply(ROUNDS[1])

    session.show(0)
    again = session.apply(Hints((Click(10, 10),)))

    fresh = model.decode(model.encode(photograph()), Hints((Click(10, 10),)))
    assert isinstance(again, DfimatMatte)
    assert_same(again, fresh)


def test_the_order_of_old_clicks_does_not_matter() -> None:
    """They are a set; and so is what is new, but for what it paints."""
    model = predictor(NETWORK)
    encoded = model.encode(photograph())
    first = model.decode(encoded, Hints(CLICKS[:3]))

    last, *others = (
        model.decode(encoded, Hints(clicks), first)
        for clicks in (CLICKS, (*CLICKS[2::-1], CLICKS[3]), (CLICKS[3], *CLICKS[:3]))
    )

    for matte in others:
        assert_allclose(matte.logits, last.logits, atol=1e-5)
        assert_array_equal(matte.conflicts, last.conflicts)


def test_the_matte_is_what_the_refinement_network_says_of_the_region() -> None:
    """Its mask is hard, and alpha is 0 outside of its window."""
    image = np.zeros((150, 220, 3), np.float32)
    image[:, :80] = photograph(150, 80)
    model = predictor(NETWORK)
    encoded = model.encode(image)
    matte = model.decode(encoded, Hints((Click(30, 70),)))
    mask = matte.mask.astype(np.float32)
    region = region_of(mask, OPTIONS.mrn_max_side)
    assert region is not None

    assert NETWORK.mrn is not None
    with torch.no_grad():
        alphas = NETWORK.mrn(
            torch.from_numpy(region.plane(image).transpose(2, 0, 1)[None].copy()),
            torch.from_numpy(region.plane(mask)[None, None]),
        )

    # Where a value lies at the limit of what is sure, rounding decides.
    fused = region.back(fuse([it[0, 0].numpy() for it in alphas]))
    assert np.mean(np.abs(matte.alpha - fused) < 1e-4) > 0.99
    assert np.abs(fused - region.back(alphas[-1][0, 0].numpy())).max() > 0.1
    outside = np.ones(mask.shape, np.bool_)
    outside[region.crop.top : region.crop.bottom, region.crop.left : region.crop.right] = False
    assert not matte.alpha[outside].any()
    assert matte.alpha.max() > 0


def test_the_mask_is_the_logits_of_the_part_that_shows_the_photograph() -> None:
    """Nearest to each of their cells; nothing is known of what was added."""
    image = photograph(150, 220)
    model = predictor(NETWORK)
    encoded = model.encode(image)
    matte = model.decode(encoded, Hints((Click(30, 70),)))

    assert encoded.planes.shape == (1, 3, 96, 96)
    assert not encoded.planes[:, :, 65:].any()
    assert encoded.planes[:, :, :65].all()
    # 65 rows are seen, and a cell of the mask is 4 of them and 9.2 of the photograph's.
    rows = ((np.arange(16) * 4 + 2) * 150 / 65).astype(int)
    cols = ((np.arange(24) * 4 + 2) * 220 / 96).astype(int)
    cells = matte.logits[:16]
    is_sure = np.abs(cells) > np.median(np.abs(cells))
    agrees = matte.mask[rows[:, None], cols] == (cells > 0)
    assert 0 < matte.mask.mean() < 1
    assert agrees[is_sure].mean() > 0.95


def test_conflicts_are_shown_where_the_user_marked() -> None:
    """In pixels of the photograph, whatever the networks see."""
    model = predictor(NETWORK)
    encoded = model.encode(photograph(150, 220))
    first = model.decode(encoded, Hints((Click(30, 70),)))
    places = np.argwhere(first.mask[20:-20, 20:-20]) + 20
    row, col = places[len(places) // 2]

    matte = model.decode(
        encoded, Hints((Click(30, 70), Click(float(col), float(row), False))), first
    )

    found = np.argwhere(matte.conflicts == SPILLED)
    assert matte.conflicts[row, col] == SPILLED
    assert np.abs(found - (row, col)).max() < 7 * 220 / 96  # a disc of 5 and a half
    assert not (matte.conflicts == SPILLED)[~first.mask].sum() > 0.1 * len(found)


def test_what_was_added_to_the_photograph_counts_for_nothing() -> None:
    """Of a mask's cells, those that show a pixel of it are looked at."""
    encoded = predictor(NETWORK).encode(photograph(150, 220))

    inner = encoded.inner(np.arange(24 * 24, dtype=np.float32).reshape(1, 24, 24))

    assert encoded.size == (96, 96)
    assert_array_equal(inner[0, :, 0], np.arange(17) * 24)  # 65 rows are seen
    assert inner.shape == (1, 17, 24)


def test_soft_masks_stay_soft_where_the_network_has_learned_them() -> None:
    """Hard ones are 0 and 1 but where they are resized."""
    whole = predictor(NETWORK)
    masks: list[Planes] = []

    class Spy:
        inputs, outputs = ("image", "mask"), ("alpha1",)

        def run(self, **arrays: Planes) -> dict[str, Planes]:
            masks.append(arrays["mask"])
            return {"alpha1": arrays["mask"]}

    for mask_in in ("hard", "soft"):
        mrn = replace(whole.config.mrn, mask_in=mask_in)
        options = replace(OPTIONS, mrn_max_side=128)
        model = replace(
            whole,
            graphs={**whole.graphs, "mrn": Spy()},
            config=replace(whole.config, mrn=mrn),
            options=options,
        )
        matte = model.decode(model.encode(photograph()), ROUNDS[0])

    hard, soft = masks
    assert set(np.unique(hard)) <= {0.0, 1.0}
    assert_array_equal(hard, soft > 0.5)
    expected = 1 / (1 + np.exp(-matte.logits.astype(float)))
    assert soft.max() <= expected.max() + 1e-6
    assert 0 < soft.std() < hard.std()


def test_another_models_matte_is_the_mask_to_start_from() -> None:
    """As sessions pass it on; all marks are then new."""
    model = predictor(NETWORK)
    encoded = model.encode(photograph())
    alpha = np.zeros((64, 96), np.float32)
    alpha[:, :48] = 1

    matte = model.decode(encoded, Hints(CLICKS[:2]), Matte(alpha))
    none = model.decode(encoded, Hints(CLICKS[:2]))

    assert matte.flags[-1] == "conflict"
    assert (matte.conflicts[40, 70], matte.conflicts[20, 20]) == (1, 2)
    assert matte.consistency == 0
    assert np.abs(matte.logits - none.logits).max() > 1e-3


def test_a_matte_of_other_networks_of_the_room_is_taken_as_well() -> None:
    """Which see the photograph at another size, so their logits do not fit."""
    other, model = predictor(NETWORK, replace(OPTIONS, iscn_long_side=64)), predictor(NETWORK)
    first = other.decode(other.encode(photograph()), ROUNDS[0])

    second = model.decode(model.encode(photograph()), ROUNDS[1], first)

    assert first.logits.shape == (16, 16)
    assert second.logits.shape == (16, 24)
    assert np.isfinite(second.alpha).all()


def test_many_rounds_are_thinned() -> None:
    """Tokens of this round are kept, older ones as many as fit."""
    model = predictor(NETWORK)
    encoded = model.encode(photograph())
    given: list[dict[str, Planes]] = []
    graph = model.graphs["round"]

    class Spy:
        inputs, outputs = graph.inputs, graph.outputs

        def run(self, **arrays: Planes) -> dict[str, Planes]:
            given.append(arrays)
            return graph.run(**arrays)

    model = replace(model, graphs={**model.graphs, "round": Spy()})
    matte: DfimatMatte | None = None
    clicks: tuple[Click, ...] = ()
    for number in range(30):
        clicks = (*clicks, Click(3 * number + 2.5, 2 * number + 2.5, number % 2 == 0))
        matte = model.decode(encoded, Hints(clicks), matte)

    assert matte is not None
    assert np.isfinite(matte.alpha).all()
    last = given[-1]
    count = int((last["kinds"] >= 0).sum())
    assert count == TINY.token_budget < len(clicks)
    assert_allclose(last["points"][0, :, 0, count - 1], [89.5 / 96, 60.5 / 64], rtol=1e-6)


def test_each_person_has_a_share_of_every_pixel() -> None:
    """Untrained queries overlap, and all of them count here."""
    model = predictor(NETWORK, replace(OPTIONS, person_threshold=0.0, duplicate_iou=0.99))

    people = model.people(model.encode(photograph()))

    assert len(people) > 1
    total = np.sum([it.alpha for it in people], axis=0)
    assert total.max() <= 1 + 1e-6
    assert all(it.alpha.shape == (64, 96) and it.alpha.min() >= 0 for it in people)
    alone = replace(model, options=replace(model.options, duplicate_iou=0.0))
    (surest,) = alone.people(alone.encode(photograph()))
    assert any(np.all(it.alpha <= surest.alpha + 1e-6) for it in people)


@pytest.mark.parametrize(
    ("name", "value"),
    [("iscn_long_side", 63), ("mrn_max_side", 0), ("human_threshold", 1.5), ("disagree_iou", -1)],
)
def test_options_out_of_range_are_refused(name: str, value: float) -> None:
    """By name."""
    with pytest.raises(InputError, match=f"{name} must be"):
        Options(**{name: value})  # type: ignore[arg-type]


def test_somebody_else_is_meant_where_all_is_taken_back() -> None:
    """Then a round is a first one; where a word of it still holds, it is not."""
    model = predictor(NETWORK)
    encoded = model.encode(photograph())
    first = model.decode(encoded, Hints(CLICKS[:1], text="the man"))
    other = Hints(box=Box(30, 5, 90, 60))

    assert_same(model.decode(encoded, other, first), model.decode(encoded, other))
    kept = replace(other, text="the man")
    followed = model.decode(encoded, kept, first)
    assert (followed.logits != model.decode(encoded, kept).logits).any()
