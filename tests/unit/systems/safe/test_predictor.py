"""Photographs of any size through stand-in networks, without any hint."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from penumbra.core.errors import ConvergenceError, InputError
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.runtime.graph import Graph, check_arrays
from penumbra.systems.safe.card import SAFE
from penumbra.systems.safe.options import EVALUATED, SHIPPED, Options
from penumbra.systems.safe.predictor import NOBODY, SafePredictor, expected_error, fitted

Planes = NDArray[np.float32]


class Look:
    """Takes red for the first matte, and remembers what sizes it saw."""

    inputs = ("image",)
    outputs = ("alpha", "deep", "shallow", "memory")

    def __init__(self) -> None:
        self.sizes: list[tuple[int, ...]] = []

    def run(self, **arrays: Planes) -> dict[str, Planes]:
        """Say what the colours say."""
        check_arrays(arrays, {"image": 3})
        image = arrays["image"]
        self.sizes.append(image.shape[2:])
        _, _, height, width = image.shape
        nothing = np.zeros((1, 1, height, width), np.float32)
        return {"alpha": image[:, :1], "deep": nothing, "shallow": nothing, "memory": nothing}


class Round:
    """Halves what is wrong: moves half-way to green, and counts its rounds in the state."""

    inputs = ("image", "alpha", "attention", "deep", "shallow", "flaws", "hidden", "cell")
    outputs = ("alpha_next", "hidden_next", "cell_next")

    def __init__(self) -> None:
        self.given: list[dict[str, Planes]] = []

    def run(self, **arrays: Planes) -> dict[str, Planes]:
        """One round."""
        check_arrays(arrays, dict.fromkeys(self.inputs, 1) | {"image": 3})
        self.given.append(arrays)
        half, one, two = map(np.float32, (0.5, 1, 2))
        return {
            "alpha_next": half * arrays["alpha"] + half * arrays["image"][:, 1:2],
            "hidden_next": arrays["hidden"] + one,
            "cell_next": arrays["cell"] + two,
        }


class Flaws:
    """The true distance to green, times two, so that it may leave [0, 1]."""

    inputs = ("image", "alpha")
    outputs = ("flaws",)

    def run(self, **arrays: Planes) -> dict[str, Planes]:
        """Say where it is wrong."""
        check_arrays(arrays, {"image": 3, "alpha": 1})
        wrong: Planes = arrays["image"][:, 1:2] - arrays["alpha"]
        return {"flaws": wrong + wrong}


def predictor(**options: Any) -> tuple[SafePredictor, Look, Round]:  # noqa: ANN401 - any option
    """All stand-ins."""
    look, step = Look(), Round()
    graphs: dict[str, Graph] = {"look": look, "round": step, "flaws": Flaws()}
    return SafePredictor(SAFE, graphs, Options(**options)), look, step


def coloured(height: int = 64, width: int = 96, red: float = 0.0, green: float = 0.8) -> Planes:
    """One colour everywhere."""
    image = np.full((height, width, 3), 0.5, np.float32)
    image[..., 0], image[..., 1] = red, green
    return image


def test_all_rounds_are_gone_through_and_all_mattes_can_be_had() -> None:
    """From 0 half-way to 0.8 each time; the last one is the answer."""
    model, _, _ = predictor(rounds=3)

    mattes, matte = model.rounds(coloured()), model.encode(coloured())

    assert_allclose([each[5, 5] for each in mattes], [0, 0.4, 0.6, 0.7], atol=1e-6)
    assert_array_equal(matte.alpha, mattes[-1])
    assert matte.notes == ()
    assert_array_equal(model.decode(matte, Hints(), matte).alpha, matte.alpha)


def test_no_round_is_the_first_matte() -> None:
    """T = 0."""
    model, _, step = predictor(rounds=0)

    assert len(model.rounds(coloured())) == 1
    assert step.given == []
    assert model.encode(coloured(red=0.3)).alpha[0, 0] == pytest.approx(0.3)


def test_a_round_is_told_flaws_and_what_was_remembered() -> None:
    """Flaws within [0, 1]; the state begins with nothing for every picture."""
    model, _, step = predictor(rounds=2)
    for _ in range(2):
        model.rounds(coloured())

    assert [it["hidden"].max() for it in step.given] == [0, 1, 0, 1]
    assert [it["cell"].max() for it in step.given] == [0, 2, 0, 2]
    assert_allclose([it["flaws"].max() for it in step.given[:2]], [1, 0.8], atol=1e-6)
    assert_allclose([it["attention"].max() for it in step.given[:2]], [0, 0])


def test_the_rounds_end_where_they_change_little() -> None:
    """0.4, 0.2, 0.1, 0.05: the first change below 0.15 is the last."""
    model, _, _ = predictor(rounds=9, stop="delta", least_change=0.15)

    assert len(model.rounds(coloured())) == 1 + 3


def test_flaws_of_the_last_matte_are_its_uncertainty() -> None:
    """After one round 0.4 is off by 0.4, twice that is said; as an error where both are known."""
    plain = predictor(rounds=1)[0].encode(coloured())
    scaled = predictor(rounds=1, error_sure=0.1, error_unsure=0.5)[0].encode(coloured())

    assert plain.uncertainty is not None
    assert scaled.uncertainty is not None
    assert_allclose(plain.uncertainty, 0.8, atol=1e-6)
    weight = 4 * 0.4 * 0.6
    assert_allclose(scaled.uncertainty, 0.8 * (0.1 + 0.4 * weight), atol=1e-6)


def test_errors_are_fitted_on_mattes_held_aside() -> None:
    """What was made of two numbers gives them back; neither ever is below nothing."""
    rng = np.random.default_rng(1)
    flaws, alpha = rng.random((2, 500)).astype(np.float32)
    error = expected_error(flaws, alpha, Options(error_sure=0.05, error_unsure=0.4))

    assert fitted(flaws, alpha, alpha + error) == pytest.approx((0.05, 0.4), abs=1e-4)
    alone = flaws * (1 - 4 * alpha * (1 - alpha))
    sure, unsure = fitted(flaws, alpha, alpha + np.where(alone > 0.3, 1, 0))
    assert 0 < sure <= 1
    assert unsure == 0


@pytest.mark.parametrize(
    ("size", "seen"),
    [
        ((512, 512), (512, 512)),
        ((300, 400), (320, 416)),
        ((2000, 1000), (512, 256)),
        ((20, 600), (64, 512)),  # shrunk to 17 x 512, and then repeated
        ((1, 1), (64, 64)),
        ((50, 65), (64, 128)),
    ],
)
def test_photographs_of_any_size_are_answered_at_their_own(
    size: tuple[int, int], seen: tuple[int, int]
) -> None:
    """Nothing is enlarged; sides are made multiples of 32, and no shorter than 64."""
    model, look, _ = predictor(long_side=512)

    matte = model.encode(coloured(*size))

    assert look.sizes == [seen]
    assert matte.alpha.shape == size
    assert matte.uncertainty is not None
    assert matte.uncertainty.shape == size
    assert_allclose(matte.alpha, 0.7, atol=1e-5)


def test_the_paper_is_measured_in_squares() -> None:
    """Whatever the shape, enlarged too."""
    look = Look()

    matte = SafePredictor(SAFE, {"look": look}, EVALUATED).encode(coloured(40, 100, red=1))

    assert look.sizes == [(512, 512)]
    assert matte.alpha.shape == (40, 100)
    assert matte.uncertainty is None


def test_nobody_is_said_to_be_there() -> None:
    """Instead of an empty cut-out without a word."""
    assert predictor()[0].encode(coloured(green=0.01)).notes == (NOBODY,)


def test_without_a_detector_there_are_no_flaws() -> None:
    """Of FEM*, whose rounds are told so."""
    step = Round()
    model = SafePredictor(SAFE, {"look": Look(), "round": step}, SHIPPED)

    matte: Matte = model.encode(coloured())

    assert matte.uncertainty is None
    assert not any(it["flaws"].any() for it in step.given)


def test_maps_are_filtered_as_the_network_learned_them() -> None:
    """Of a constant there is nothing left to tell."""
    model, _, step = predictor(fm_post="gct", rounds=1)

    model.rounds(coloured())

    assert not step.given[0]["flaws"].any()


@pytest.mark.parametrize("name", ["look", "round", "flaws"])
def test_an_answer_that_is_no_number_is_refused(name: str) -> None:
    """Nothing half-made is handed on."""
    model, _, _ = predictor()

    class Broken:
        def __init__(self) -> None:
            inner = model.graphs[name]
            self.inner, self.inputs, self.outputs = inner, inner.inputs, inner.outputs

        def run(self, **arrays: Planes) -> dict[str, Planes]:
            return {key: it + np.float32(np.nan) for key, it in self.inner.run(**arrays).items()}

    broken = SafePredictor(SAFE, {**model.graphs, name: Broken()})
    with pytest.raises(ConvergenceError, match="must be finite"):
        broken.encode(coloured())


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ({"stop": "oracle"}, "stop"),
        ({"fm_post": "x"}, "fm_post"),
        ({"long_side": 32}, "long_side"),
        ({"rounds": -1}, "rounds"),
        ({"least_change": -1}, "least_change"),
        ({"error_sure": 2}, "error_sure"),
    ],
)
def test_options_that_make_no_sense_are_refused(setting: dict[str, Any], name: str) -> None:
    """With their name."""
    with pytest.raises(InputError, match=name):
        Options(**setting)
