"""Windows that are polished: which, how many, and how they pass into the matte."""

import itertools
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from penumbra.core.budget import Budget, parse_budget
from penumbra.core.hints import Click, Hints
from penumbra.core.matte import Matte
from penumbra.core.resample import resize
from penumbra.session.session import Session
from penumbra.systems.clicks.options import Options, Rank
from penumbra.systems.clicks.options import Refine as Refinement
from penumbra.systems.clicks.polish import blended, near_outline
from penumbra.systems.clicks.predictor import ClicksPredictor
from tests.click_graphs import (
    EVERYWHERE,
    Planes,
    Refine,
    encoded_and_answer,
    picture,
    predictor,
)


def test_windows_are_refined_where_it_is_doubtful_and_nowhere_else() -> None:
    """Inside the window fully, towards its sides less and less, outside not at all."""
    model = predictor()
    doubtful = (slice(64, 128), slice(96, 160))
    encoded, matte = encoded_and_answer(model, picture(256, 256, doubtful))

    refined = model.refine(encoded, matte, Budget(1))

    assert refined.refined == 1
    assert_allclose(refined.alpha[68:124, 100:156], 1)
    outside = np.ones((256, 256), np.bool_)
    outside[doubtful] = False
    assert_allclose(refined.alpha[outside], 0.5)
    edge = refined.alpha[64:68, 128]
    assert (np.diff(edge) > 0).all()
    assert 0.5 < edge[0] < edge[-1] < 1


@pytest.mark.parametrize(("width", "reach"), [(128, 3), (1024, 6)])
def test_polish_stays_near_the_outline(width: int, reach: int) -> None:
    """Of a matte that falls from 1 to 0 all of the way; in a larger photograph as much farther."""
    model = predictor(replace(EVERYWHERE, outline=3.0, feather=0))
    image = picture(width // 2, width, (slice(0, width // 2), slice(0, width)))
    encoded, answer = encoded_and_answer(model, image)
    ramp = np.linspace(1, 0, width, dtype=np.float32)[None].repeat(width // 2, axis=0)

    refined = model.refine(encoded, replace(answer, alpha=ramp), Budget(1, "share")).alpha

    far = np.abs(np.arange(width) - (width - 1) / 2) > reach
    assert_array_equal(refined[:, far], ramp[:, far])
    gain = (refined - ramp)[:, ~far] / (1 - ramp[:, ~far])
    assert (np.diff(gain[:, :reach]) > 0).all()
    assert gain.max() == pytest.approx(1 - 0.5 / reach, abs=0.02)


def test_windows_go_to_doubt_near_the_outline() -> None:
    """Not to a doubtful inside; and without an outline there is nothing to polish."""
    model = predictor(replace(EVERYWHERE, outline=3.0))
    everywhere = (slice(0, 256), slice(0, 256))
    encoded, answer = encoded_and_answer(model, picture(256, 256, everywhere))
    answer = model.doubt(encoded, answer)
    half = np.full_like(answer.alpha, 0.3)
    half[:, 208:] = 0.9

    refined = model.refine(encoded, replace(answer, alpha=half), Budget(2))
    faint = model.refine(encoded, replace(answer, alpha=np.full_like(half, 0.3)), Budget(2))

    changed = np.flatnonzero((refined.alpha != half).any(axis=0))
    assert refined.refined == 2
    assert (changed.min(), changed.max()) == (205, 210)
    assert faint.refined == 0
    assert (faint.alpha == np.float32(0.3)).all()


def test_doubt_as_shipped_is_softness_and_a_tenth_of_what_its_network_says() -> None:
    model = predictor(replace(EVERYWHERE, doubt="softness"))
    doubtful = (slice(64, 128), slice(96, 160))
    encoded, matte = encoded_and_answer(model, picture(256, 256, doubtful))
    said = predictor().doubt(encoded, matte).uncertainty
    assert said is not None

    doubt = model.doubt(encoded, matte).uncertainty

    assert doubt is not None
    assert_allclose(doubt, 2 * matte.alpha * (1 - matte.alpha) + 0.1 * said, atol=1e-6)
    assert said[doubtful].min() > 0.5


def test_sides_at_the_border_of_the_picture_do_not_fade() -> None:
    """There is nothing to pass into."""
    model = predictor()
    encoded, matte = encoded_and_answer(model, picture(64, 64, (slice(0, 64), slice(0, 64))))

    assert_allclose(model.refine(encoded, matte, Budget(1)).alpha, 1)


@pytest.mark.parametrize(
    ("budget", "windows"), [("0", 0), ("3", 3), ("50", 16), ("20%", 4), ("100%", 16), ("60s", 16)]
)
def test_a_budget_is_kept(budget: str, windows: int) -> None:
    """256 x 256 pixels hold 16 windows; what is asked for beyond that is not there."""
    model = predictor()
    everything = (slice(0, 256), slice(0, 256))
    encoded, matte = encoded_and_answer(model, picture(256, 256, everything))

    refined = model.refine(encoded, matte, parse_budget(budget))

    assert refined.refined == windows
    assert model.doubt(encoded, refined).uncertainty is not None
    assert ((refined.alpha == 1).mean() > 0.8) == (windows == 16)


class Picky(Refine):
    """Answers with blue, a little of the alpha that it sees, and a little of how many it sees."""

    def run(self, **arrays: Planes) -> dict[str, Planes]:
        """Refine."""
        blue, alpha = arrays["image"][:, 2:], arrays["alpha"]
        mean = alpha.mean(axis=(1, 2, 3), keepdims=True)
        answer = 0.5 * blue + 0.3 * mean + 0.01 * len(blue)
        return {"alpha_refined": answer.astype(np.float32)}


class Mean(Refine):
    """Answers with the mean of blue over 21 x 21 pixels, as far as the real one sees."""

    def run(self, **arrays: Planes) -> dict[str, Planes]:
        """Refine."""
        blue = arrays["image"][:, 2]
        means = [cv2.boxFilter(each, -1, (21, 21), borderType=cv2.BORDER_CONSTANT) for each in blue]
        return {"alpha_refined": np.stack(means)[:, None]}


def busy(height: int, width: int) -> Planes:
    """Half opaque, with noise in blue, and doubtful everywhere, here more and there less."""
    rng = np.random.default_rng(height)
    image = picture(height, width)
    image[..., 1:] = rng.random((height, width, 2), np.float32)
    image[..., 1] = 0.02 + 0.5 * image[..., 1] ** 3
    return image


def with_refiner(refiner: Refine, options: Options = EVERYWHERE) -> ClicksPredictor:
    """The predictor with another last network."""
    model = predictor(options)
    return replace(model, graphs={**model.graphs, "refine": refiner})


def test_time_that_is_up_still_buys_a_few_windows() -> None:
    """The first ones, which are looked at in one go; and the same number has the same bits."""
    model = with_refiner(Picky())
    encoded, matte = encoded_and_answer(model, busy(256, 256))

    soon = model.refine(encoded, matte, Budget(1e-9, "seconds"))

    assert soon.refined == 4
    assert_array_equal(soon.alpha, model.refine(encoded, matte, Budget(4)).alpha)


@pytest.mark.parametrize("size", [(512, 512), (480, 600)])
def test_windows_look_at_the_answer_and_not_at_each_other(size: tuple[int, int]) -> None:
    """However many come before: each sees an alpha of a half, whatever has been refined by then."""
    model = with_refiner(Picky(), replace(EVERYWHERE, feather=0))
    encoded, matte = encoded_and_answer(model, busy(*size))

    steps = [model.refine(encoded, matte, Budget(count)).alpha for count in (4, 8, 12)]

    for before, after in itertools.pairwise(steps):
        kept = before != 0.5
        assert kept.sum() < (after != 0.5).sum()
        assert_array_equal(after[kept], before[kept])
    mean, many = steps[-1][kept] - 0.5 * encoded.image[kept][:, 2], 0.01 * 4
    assert mean.min() >= 0.15 - 1e-6
    assert mean.max() <= 0.15 + many + 1e-6


def test_windows_with_a_halo_answer_like_the_whole_picture() -> None:
    """Ten pixels around them are all that the network depends on; without, their rims differ."""
    image = busy(256, 256)
    answers = {}
    ways = {
        "whole": replace(EVERYWHERE, refine="global"),
        "halo": replace(EVERYWHERE, halo=10, feather=0),
        "none": replace(EVERYWHERE, halo=0, feather=0),
    }
    for name, options in ways.items():
        model = with_refiner(Mean(), options)
        encoded, matte = encoded_and_answer(model, image)
        answers[name] = model.refine(encoded, matte, Budget(16)).alpha
    is_refined = answers["halo"] != 0.5

    assert is_refined.mean() > 0.3
    assert_allclose(answers["halo"][is_refined], answers["whole"][is_refined], atol=1e-6)
    assert np.abs(answers["none"] - answers["whole"])[is_refined].max() > 0.05


def test_windows_side_by_side_have_no_seam() -> None:
    """They fade where the matte begins again, not into each other."""
    model = predictor()
    everything = (slice(0, 128), slice(0, 128))
    encoded, matte = encoded_and_answer(model, picture(128, 256, everything))

    refined = model.refine(encoded, matte, Budget(4)).alpha

    assert_allclose(refined[:, :120], 1)
    assert_allclose(refined[:, 128:], 0.5)
    assert (np.diff(refined[60, 122:128]) < 0).any()


def test_without_an_uncertainty_there_is_still_polish() -> None:
    """Ranked by alpha (1 - alpha), which a note says; there is just no doubt to show."""
    model = predictor()
    graphs = {name: graph for name, graph in model.graphs.items() if name != "uncertainty"}
    model = replace(model, graphs=graphs)
    encoded, matte = encoded_and_answer(model, picture(256, 256))

    refined = model.refine(encoded, matte, Budget(3))

    assert model.doubt(encoded, matte).uncertainty is None
    assert refined.refined == 3
    assert refined.notes == ("uncertainty is not known: windows are ranked by alpha (1 - alpha)",)


def test_undo_shows_the_answer_to_fewer_clicks() -> None:
    """Sheet, section 13; and a session with windows bought by time is played again."""
    model = with_refiner(Picky())
    image = busy(256, 256)
    session, fresh = Session(model, image), Session(model, image)
    one = Hints(clicks=(Click(20, 20),))
    first = session.apply(one)
    session.apply(one.add(Click(200, 200, False)))

    assert session.undo() is first
    assert_array_equal(fresh.apply(one).alpha, first.alpha)
    session.refine(Budget(1e-9, "seconds"))
    with TemporaryDirectory() as folder:
        session.save(Path(folder) / "s.json")
        again = Session.load(Path(folder) / "s.json", image, model)
    assert again.is_same
    assert again.matte is not None
    assert again.matte.refined == 4


def test_doubt_is_estimated_once_for_an_answer() -> None:
    """However often it is refined, and also after undo."""
    model = predictor()
    graphs: Any = model.graphs
    session = Session(model, busy(256, 256))
    session.apply(Hints(clicks=(Click(20, 20),)))
    session.doubt()
    session.refine(Budget(2))
    session.refine(Budget(4))
    session.undo()
    session.undo()
    session.doubt()

    assert len(graphs["uncertainty"].seen) == 1


def test_windows_are_those_of_a_matte_that_was_doubted_before() -> None:
    """Of a photograph four times as large as what is seen, whose doubt need not be enlarged."""
    model = predictor(replace(EVERYWHERE, doubt="softness"))
    rng = np.random.default_rng(1)
    image = resize(rng.random((24, 64, 3), np.float32), 768, 2048)
    encoded, answer = encoded_and_answer(model, image)

    refined = model.refine(encoded, answer, Budget(3))
    again = model.refine(encoded, model.doubt(encoded, answer), Budget(3))

    assert answer.uncertainty is None
    assert refined.refined == 3
    assert_array_equal(refined.alpha, again.alpha)


def test_what_was_refined_is_doubted_anew() -> None:
    """So the map on screen belongs to the matte on screen; also after undo and redo."""
    model = predictor(replace(EVERYWHERE, doubt="softness"))
    session = Session(model, picture(256, 256, (slice(64, 128), slice(96, 160))))
    session.apply(Hints())
    before = session.doubt()
    refined = session.refine(Budget(1))

    after = session.doubt()

    assert before is not None
    assert after is not None
    assert before.uncertainty is not None
    assert after.uncertainty is not None
    assert_array_equal(after.alpha, refined.alpha)
    assert after.refined == 1
    assert_allclose(before.uncertainty[64:128, 96:160], 0.5 + 0.08, atol=0.01)
    assert_allclose(after.uncertainty[68:124, 100:156], 0.08, atol=0.01)
    assert session.undo() is not None
    assert session.doubt() is before
    assert session.redo() is refined
    assert session.doubt() is after


def test_a_matte_of_another_model_is_polished_where_that_doubts() -> None:
    """It keeps its uncertainty; without one windows go by softness, and it says so."""
    model = predictor()
    encoded, matte = encoded_and_answer(model, picture(256, 256))
    said = np.zeros((256, 256), np.float32)
    said[64:128, 96:160] = 0.4
    other = Matte(matte.alpha, uncertainty=said)

    refined = model.refine(encoded, other, Budget(1))
    untold = model.refine(encoded, Matte(matte.alpha), Budget(1))

    assert_allclose(refined.alpha[68:124, 100:156], 1)
    assert refined.uncertainty is said
    assert refined.flags == ()
    assert untold.refined == 1
    assert untold.flags == ("heuristic_rank",)


def test_what_is_sure_is_not_refined() -> None:
    """No window is worth it."""
    model = predictor()
    encoded, matte = encoded_and_answer(model, picture(256, 256))

    refined = model.refine(encoded, matte, Budget(8))

    assert refined.refined == 0
    assert_array_equal(refined.alpha, matte.alpha)


@pytest.mark.parametrize("refine", ["global", "none"])
def test_the_whole_or_nothing_can_be_refined(refine: Refinement) -> None:
    """What the paper compares windows with."""
    model = predictor(replace(EVERYWHERE, refine=refine))
    encoded, matte = encoded_and_answer(model, picture(200, 300, (slice(0, 9), slice(0, 9))))

    refined = model.refine(encoded, matte, Budget(1))

    assert_allclose(refined.alpha, 1 if refine == "global" else 0.5)


@pytest.mark.parametrize("rank", ["alpha_band", "random"])
def test_windows_can_be_ranked_by_something_else(rank: Rank) -> None:
    """For comparison; alpha is half everywhere, so that any window will do."""
    model = predictor(replace(EVERYWHERE, patch_rank=rank))
    encoded, matte = encoded_and_answer(model, picture(256, 256))

    refined = model.refine(encoded, matte, Budget(5))

    graphs: Any = model.graphs
    assert refined.refined == 5
    assert refined.flags == ()
    assert graphs["uncertainty"].seen == []


@pytest.mark.parametrize("reach", [None, 3.0, 20.0])
@pytest.mark.parametrize("feather", [0, 4])
def test_windows_pass_into_a_matte_as_if_all_of_it_were_looked_at(
    reach: float | None, feather: int
) -> None:
    """Though what is looked at ends a little way beyond each: at its border, and at others."""
    rng = np.random.default_rng(3)
    alpha = cv2.GaussianBlur(rng.random((150, 170), np.float32), (0, 0), 9)
    alpha = np.clip(0.5 + 20 * (alpha - 0.5), 0, 1).astype(np.float32)
    corners = [(0, 0), (0, 40), (64, 64), (118, 138)]
    windows = [(slice(y, y + 32), slice(x, x + 32)) for y, x in corners]
    answers = [(window, rng.random((32, 32), np.float32)) for window in windows]

    polished = blended(alpha, answers, reach, feather)

    near = np.ones_like(alpha) if reach is None else near_outline(alpha, reach)
    mask = np.zeros((162, 182), np.uint8)
    whole = alpha.copy()
    for window, answer in answers:
        mask[6:-6, 6:-6][window], whole[window] = 1, answer
    mask = np.pad(mask[6:-6, 6:-6], 6, mode="edge")
    depth = cv2.distanceTransform(mask, cv2.DIST_C, 3)[6:-6, 6:-6] - 0.5
    fading = 0.5 - 0.5 * np.cos(np.pi * np.clip(depth / max(feather, 1e-6), 0, 1))
    expected = alpha + near * fading * (whole - alpha)
    assert_allclose(polished, expected, atol=1e-5)
    assert (polished != alpha).sum() > 100
