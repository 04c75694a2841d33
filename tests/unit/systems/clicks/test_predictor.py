"""Photographs of any size through stand-in networks."""

import itertools
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from penumbra.core.budget import Budget, parse_budget
from penumbra.core.card import ModelCard
from penumbra.core.errors import ConvergenceError, InputError
from penumbra.core.hints import Click, Hints
from penumbra.core.matte import Matte
from penumbra.core.predictor import Refiner
from penumbra.runtime.graph import check_arrays
from penumbra.session.session import Session
from penumbra.systems.clicks.options import Options
from penumbra.systems.clicks.predictor import ClicksPredictor, Encoded

Planes = NDArray[np.float32]
CARD = ModelCard("stand-in", "", "", frozenset({"click"}))


class Look:
    """Keeps the red of the picture at an eighth of the size."""

    inputs: tuple[str, ...] = ("image",)
    outputs: tuple[str, ...] = ("look8",)

    def __init__(self) -> None:
        self.seen: list[dict[str, Planes]] = []

    def run(self, **arrays: Planes) -> dict[str, Planes]:
        """Look."""
        self.seen.append(arrays)
        check_arrays(arrays, {"image": 3})
        return {"look8": arrays["image"][:, :1, ::8, ::8].copy()}


class Alpha(Look):
    """Takes red for alpha, and whatever was clicked for what was said of it."""

    inputs: tuple[str, ...] = ("image", "hints", "look8")
    outputs = ("alpha", "map8")

    def run(self, **arrays: Planes) -> dict[str, Planes]:
        """Answer."""
        self.seen.append(arrays)
        check_arrays(arrays, {"image": 3, "hints": 1, "look8": 1})
        hints = arrays["hints"]
        alpha = np.where(hints == 0, arrays["image"][:, :1], hints > 0).astype(np.float32)
        return {"alpha": alpha, "map8": arrays["look8"]}


class Doubt(Look):
    """Doubts where there is green."""

    inputs = ("image", "map8")
    outputs = ("uncertainty",)

    def run(self, **arrays: Planes) -> dict[str, Planes]:
        """Doubt."""
        self.seen.append(arrays)
        check_arrays(arrays, {"image": 3, "map8": 1})
        return {"uncertainty": arrays["image"][:, 1:2].copy()}


class Refine(Look):
    """Takes blue for the better alpha."""

    inputs = ("image", "alpha")
    outputs = ("alpha_refined",)

    def run(self, **arrays: Planes) -> dict[str, Planes]:
        """Refine."""
        self.seen.append(arrays)
        check_arrays(arrays, {"image": 3, "alpha": 1})
        return {"alpha_refined": arrays["image"][:, 2:].copy()}


def predictor(**options: Any) -> ClicksPredictor:  # noqa: ANN401 - fields of Options
    """One that answers as above."""
    graphs = {"look": Look(), "alpha": Alpha(), "uncertainty": Doubt(), "refine": Refine()}
    return ClicksPredictor(CARD, graphs, Options(**options))


def picture(height: int, width: int, doubtful: tuple[slice, slice] | None = None) -> Planes:
    """Half opaque in red, fully in blue, and doubtful where it is asked for."""
    image = np.zeros((height, width, 3), np.float32)
    image[..., 0], image[..., 2] = 0.5, 1
    if doubtful is not None:
        image[(*doubtful, 1)] = 0.8
    return image


def encoded_and_answer(
    model: ClicksPredictor, image: Planes, *clicks: Click
) -> tuple[Encoded, Matte]:
    """A look and an answer."""
    encoded = model.encode(image)
    return encoded, model.decode(encoded, Hints(clicks=clicks))


@pytest.mark.parametrize("size", [(64, 96), (33, 70), (20, 31), (700, 1100), (1, 1)])
def test_answers_have_the_size_of_the_photograph(size: tuple[int, int]) -> None:
    """Whatever is padded or shrunk in between."""
    model = predictor()
    encoded, matte = encoded_and_answer(model, picture(*size))

    assert matte.alpha.shape == size
    assert_allclose(matte.alpha, 0.5, atol=1e-6)
    assert model.doubt(encoded, matte).uncertainty is not None
    refined = model.refine(encoded, matte, Budget(3))
    assert refined.alpha.shape == size


def test_the_photograph_is_looked_at_once() -> None:
    """However many clicks; the uncertainty only where somebody asks."""
    model = predictor()
    encoded = model.encode(picture(64, 64))
    mattes = [model.decode(encoded, Hints(clicks=(Click(x, 9),))) for x in range(5, 10)]
    graphs: Any = model.graphs

    assert [len(graphs[name].seen) for name in ("look", "alpha", "uncertainty")] == [1, 5, 0]
    model.doubt(encoded, mattes[0])
    assert len(graphs["uncertainty"].seen) == 1


def test_a_click_lies_where_it_was_made() -> None:
    """Also on a photograph that is seen smaller: its disc is round the clicked pixel there."""
    model = predictor(work_long_side=64, click_radius=4)
    graphs: Any = model.graphs
    encoded_and_answer(model, picture(128, 256), Click(128, 40), Click(220, 100, False))

    hints = graphs["alpha"].seen[0]["hints"][0, 0]

    on, off = np.argwhere(hints == 1), np.argwhere(hints == -1)
    assert hints.shape == (32, 64)
    assert_array_equal(on.mean(axis=0), [10, 32])
    assert_array_equal(off.mean(axis=0), [25, 55])


def test_nothing_is_said_of_what_is_added() -> None:
    """A disc ends at the border of the picture."""
    model = predictor()
    graphs: Any = model.graphs
    encoded_and_answer(model, picture(40, 40), Click(39, 39))

    hints = graphs["alpha"].seen[0]["hints"][0, 0]

    assert hints.shape == (64, 64)
    assert hints[:40, :40].any()
    assert not hints[40:].any()
    assert not hints[:, 40:].any()


def test_without_clicks_there_is_an_answer() -> None:
    """And none are told where they are switched off."""
    _, plain = encoded_and_answer(predictor(), picture(64, 64))
    _, untold = encoded_and_answer(predictor(hints_test=False), picture(64, 64), Click(9, 9))

    assert_array_equal(plain.alpha, untold.alpha)
    assert plain.notes == ()


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
    assert refined.uncertainty is not None
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


def with_refiner(refiner: Refine, **options: Any) -> ClicksPredictor:  # noqa: ANN401 - of Options
    """The predictor with another last network."""
    model = predictor(**options)
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
    model = with_refiner(Picky(), feather=0)
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
    ways: dict[str, dict[str, Any]] = {
        "whole": {"refine": "global"},
        "halo": {"halo": 10, "feather": 0},
        "none": {"halo": 0, "feather": 0},
    }
    for name, options in ways.items():
        model = with_refiner(Mean(), **options)
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


def test_a_small_photograph_is_enlarged_where_it_is_asked_for() -> None:
    """As the paper measures: a longer side of 800 pixels whatever it was."""
    model = predictor(work_long_side=128, is_enlarged=True)
    graphs: Any = model.graphs
    _, matte = encoded_and_answer(model, picture(32, 64), Click(60, 20))

    assert graphs["look"].seen[0]["image"].shape == (1, 3, 64, 128)
    assert np.argwhere(graphs["alpha"].seen[0]["hints"][0, 0] > 0).mean(axis=0)[0] > 32
    assert matte.alpha.shape == (32, 64)


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


def test_what_is_sure_is_not_refined() -> None:
    """No window is worth it."""
    model = predictor()
    encoded, matte = encoded_and_answer(model, picture(256, 256))

    refined = model.refine(encoded, matte, Budget(8))

    assert refined.refined == 0
    assert_array_equal(refined.alpha, matte.alpha)


@pytest.mark.parametrize("refine", ["global", "none"])
def test_the_whole_or_nothing_can_be_refined(refine: str) -> None:
    """What the paper compares windows with."""
    model = predictor(refine=refine)
    encoded, matte = encoded_and_answer(model, picture(200, 300, (slice(0, 9), slice(0, 9))))

    refined = model.refine(encoded, matte, Budget(1))

    assert_allclose(refined.alpha, 1 if refine == "global" else 0.5)


@pytest.mark.parametrize("rank", ["alpha_band", "random"])
def test_windows_can_be_ranked_by_something_else(rank: str) -> None:
    """For comparison; alpha is half everywhere, so that any window will do."""
    model = predictor(patch_rank=rank)
    encoded, matte = encoded_and_answer(model, picture(256, 256))

    assert model.refine(encoded, matte, Budget(5)).refined == 5


def test_what_an_earlier_matte_says_is_told_where_it_is_learned() -> None:
    """By networks that take it; in the first round there is none."""

    class Remembers(Alpha):
        inputs = ("image", "hints", "previous", "look8")

        def run(self, **arrays: Planes) -> dict[str, Planes]:
            previous = arrays.pop("previous")
            return {**super().run(**arrays), "alpha": 0.9 * previous + 0.1}

    model = predictor()
    model = replace(model, graphs={**model.graphs, "alpha": Remembers()})
    encoded = model.encode(picture(64, 64))

    first = model.decode(encoded, Hints())
    second = model.decode(encoded, Hints(), first)

    assert_allclose(first.alpha, 0.1, atol=1e-6)
    assert_allclose(second.alpha, 0.19, atol=1e-6)


def test_clicks_on_top_of_each_other_are_worth_a_note() -> None:
    """The last one wins; and what leaves nothing says so."""
    _, matte = encoded_and_answer(predictor(), picture(64, 64), Click(9, 9), Click(11, 9, False))
    _, nothing = encoded_and_answer(predictor(), 0 * picture(64, 64), Click(9, 9, False))

    assert matte.notes == (
        "clicks on and off the object lie on top of each other: the last one wins",
    )
    assert nothing.notes == ("nothing left: no pixel has an opacity of 2 % or more",)


def test_an_answer_that_is_not_finite_is_refused() -> None:
    """Rather than written."""
    image = picture(64, 64)
    image[5, 5, 0] = np.nan

    with pytest.raises(ConvergenceError, match="alpha of the network must be finite"):
        encoded_and_answer(predictor(), image)


def test_a_matte_of_another_model_cannot_be_doubted() -> None:
    """What its uncertainty would be made of is not in it."""
    model = predictor()
    encoded = model.encode(picture(64, 64))

    with pytest.raises(InputError, match="matte must be one that this model answered"):
        model.doubt(encoded, Matte(np.zeros((64, 64), np.float32)))


def test_it_is_a_refiner() -> None:
    """What a session asks for."""
    assert isinstance(predictor(), Refiner)


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"refine": "all"}, "refine must be one of"),
        ({"work_long_side": 8}, "work_long_side must be at least 32"),
        ({"feather": 40}, r"feather must be in \[0, 32\]"),
        ({"halo": -1}, "halo must be at least 0"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, Any], rule: str) -> None:
    """By name, with what was expected."""
    with pytest.raises(InputError, match=rule):
        Options(**options)
