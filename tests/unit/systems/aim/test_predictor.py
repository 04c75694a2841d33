"""Photographs of any size through a stand-in network, without any hint."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from penumbra.core.errors import ConvergenceError, InputError
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.runtime.graph import check_arrays
from penumbra.systems.aim.card import AIM
from penumbra.systems.aim.options import SHIPPED, Options, Test
from penumbra.systems.aim.predictor import AimPredictor, confidence_of, doubt_of
from penumbra.systems.aim.sizes import size_seen

Planes = NDArray[np.float32]


class ColourGraph:
    """Takes red for foreground, green for transition, the rest for background; blue for matte."""

    inputs = ("image",)
    outputs = ("probability", "matte")

    def __init__(self) -> None:
        self.sizes: list[tuple[int, ...]] = []

    def run(self, **arrays: Planes) -> dict[str, Planes]:
        """Say what the colours say."""
        check_arrays(arrays, {"image": 3})
        image = arrays["image"]
        self.sizes.append(image.shape[2:])
        red, green = image[:, :1], image[:, 1:2]
        probability = np.concatenate([1 - red - green, green, red], axis=1)
        return {"probability": probability, "matte": image[:, 2:]}


def answer(image: Planes, options: Options = SHIPPED) -> Matte:
    """What the predictor makes of it."""
    predictor = AimPredictor(AIM, ColourGraph(), options)
    return predictor.decode(predictor.encode(image), Hints())


def stripes(height: int, width: int) -> Planes:
    """Background, transition of a tenth of opacity, foreground, in thirds from left to right."""
    image = np.zeros((height, width, 3), np.float32)
    image[:, width // 3 : 2 * width // 3, 1:] = 1, 0.1
    image[:, 2 * width // 3 :, 0] = 1
    return image


@pytest.mark.parametrize("size", [(192, 192), (101, 333), (700, 500)])
@pytest.mark.parametrize("test", ["hybrid", "resize"])
def test_background_and_foreground_are_exact_and_the_rest_is_the_matte(
    size: tuple[int, int], test: Test
) -> None:
    """Whatever the size; between the parts an enlarged map belongs to the transition."""
    height, width = size
    matte = answer(stripes(height, width), Options(test=test))

    assert matte.alpha.shape == size
    third = width // 3
    assert not matte.alpha[:, : third - 34].any()
    assert (matte.alpha[:, 2 * third + 34 :] == 1).all()
    assert_allclose(matte.alpha[:, third + 20 : 2 * third - 20], 0.1, atol=1e-6)
    assert matte.confidence == pytest.approx(1, abs=0.05)


def test_by_a_power_what_is_undecided_is_mixed_and_what_is_decided_stays() -> None:
    """Three chances of 0.2, 0.3 and 0.5 squared, where the transition has an opacity of a tenth."""
    undecided = np.broadcast_to(np.array((0.5, 0.3, 0.1), np.float32), (192, 192, 3))
    mixed, decided = (
        answer(image, Options(power=2)).alpha for image in (undecided, stripes(192, 192))
    )

    assert_allclose(mixed, (0.25 + 0.09 * 0.1) / 0.38, atol=1e-5)
    assert not decided[:, :30].any()
    assert (decided[:, 162:] == 1).all()


def test_hybrid_looks_again_at_a_larger_picture() -> None:
    """For the opacity; RESIZE looks once."""
    counts: dict[Test, int] = {"hybrid": 2, "resize": 1}
    for test, count in counts.items():
        graph = ColourGraph()
        AimPredictor(AIM, graph, Options(test=test)).encode(stripes(960, 1280))

        assert graph.sizes == [(224, 320), (320, 416)][:count]


def test_an_image_of_nothing_is_called_empty() -> None:
    """Not the little that the network believes in, made large."""
    faint = np.full((64, 64, 3), (0.35, 0.35, 0), np.float32)
    fainter = np.full((64, 64, 3), 0.1, np.float32)

    matte, nothing = answer(faint, replace(SHIPPED, least_confidence=0.8)), answer(fainter)

    assert not matte.alpha.any()
    assert matte.confidence == pytest.approx(0.7, abs=1e-5)
    assert matte.notes == ("no object found: confidence 0.70, least 0.8",)
    assert nothing.confidence == 0


def test_a_background_everywhere_is_empty_whatever_confidence_will_do() -> None:
    """Nothing is taken for an object, so there is none."""
    matte = answer(np.full((64, 64, 3), 0.1, np.float32), replace(SHIPPED, least_confidence=0))

    assert not matte.alpha.any()
    assert matte.notes == ("no object found: confidence 0.00, least 0",)


def test_confidence_is_presence_less_what_is_undecided_beyond_one_half() -> None:
    """By hand, of two pixels of sixteen; faint ones beside them do not count."""
    probability = np.zeros((3, 4, 4), np.float32)
    probability[:, :] = np.array([0.9, 0.05, 0.05])[:, None, None]
    matte = np.full((4, 4), 0.5, np.float32)
    assert confidence_of(probability, matte) == 0
    probability[:, 0, :2] = np.array([[0.1, 0.3], [0.0, 0.5], [0.9, 0.2]])
    matte[0, :2] = 0.5, 0.9  # of what is foreground, opacity is not asked for

    assert confidence_of(probability, matte) == pytest.approx(0.8)
    matte[0, 1] = 0.8
    assert confidence_of(probability, matte) == pytest.approx(0.8 - (4 * 0.8 * 0.2 - 0.5))


def test_a_transition_everywhere_is_something_only_where_its_opacity_is_decided() -> None:
    """A net is clear or opaque nearly everywhere; noise is neither."""
    probability = np.zeros((3, 8, 8), np.float32)
    probability[1] = 1
    net = (np.indices((8, 8)).sum(axis=0) % 3 == 0).astype(np.float32)

    assert confidence_of(probability, net) == 1
    assert confidence_of(probability, np.full((8, 8), 0.5, np.float32)) == 0.5


def test_a_small_object_is_one() -> None:
    """A hundredth of the picture, before a background that the network is nearly sure of."""
    image = np.full((200, 300, 3), 0.01, np.float32)
    image[90:110, 140:170, 0] = 0.97

    matte = answer(image)

    assert matte.confidence is not None
    assert matte.confidence > 0.9
    assert matte.alpha[100, 155] == 1


def test_doubt_is_half_of_the_entropy_in_bits() -> None:
    """None where it is sure; one half where two classes are as likely."""
    probability = np.array([[1, 0.5], [0, 0], [0, 0.5]], np.float32)[:, None]

    assert_allclose(doubt_of(probability), [[0, 0.5]], atol=1e-6)


@pytest.mark.parametrize(
    ("size", "seen"),
    [
        ((1000, 2000), [(224, 480), (320, 640)]),
        ((2160, 4320), [(256, 512), (352, 704)]),  # shrunk to 1080 first
        ((300, 400), [(288, 384), (288, 384)]),  # too small to be shrunk
        ((600, 9000), [(128, 1600), (192, 1600)]),
        ((20, 20), [(32, 32), (32, 32)]),
        ((500, 500), [(480, 480), (480, 480)]),  # a quarter is too small, so both are not shrunk
        ((1980, 3168), [(256, 416), (352, 576)]),  # 576 is not a whole number in floats
    ],
)
def test_sizes_follow_the_published_rule(
    size: tuple[int, int], seen: list[tuple[int, int]]
) -> None:
    """Section 8: down to a multiple of 32, no less, and 1600 at most."""
    assert [size_seen(size, Options(), is_local) for is_local in (False, True)] == seen


@pytest.mark.parametrize(
    ("size", "seen"),
    [
        ((480, 360), [(320, 256), (480, 352)]),
        ((3000, 4000), [(256, 320), (480, 640)]),
        ((900, 2000), [(160, 352), (288, 640)]),  # at 320 its shape would change
    ],
)
def test_what_ships_sees_all_photographs_at_much_the_same_size(
    size: tuple[int, int], seen: list[tuple[int, int]]
) -> None:
    """The size that it learned from; nothing is enlarged."""
    assert [size_seen(size, SHIPPED, is_local) for is_local in (False, True)] == seen


def test_a_change_of_shape_is_noted() -> None:
    """Multiples of 32 distort a strip."""
    (note,) = AimPredictor(AIM, ColourGraph(), SHIPPED).encode(stripes(20, 600)).notes

    assert note == "seen at 320x32, which changes the shape of a 600x20 image"


def test_an_answer_that_is_no_number_is_refused() -> None:
    """Nothing half-made is handed on."""

    class Broken(ColourGraph):
        def run(self, **arrays: Planes) -> dict[str, Planes]:
            answers = super().run(**arrays)
            answers["matte"][:] = np.nan
            return answers

    with pytest.raises(ConvergenceError, match="matte of the network must be finite"):
        AimPredictor(AIM, Broken()).encode(stripes(64, 64))


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ({"test": "x"}, "test"),
        ({"r_local": 0}, "r_local"),
        ({"power": 0.5}, "power must be at least 1"),
        ({"side_global": 8}, "side_global"),
        ({"side_global": 320, "r_global": 0.5}, "r_global must be left alone where side_global"),
    ],
)
def test_options_that_make_no_sense_are_refused(setting: dict[str, Any], name: str) -> None:
    """With their name."""
    with pytest.raises(InputError, match=name):
        Options(**setting)


def test_limits_of_ratios() -> None:
    """The longest side is a multiple of 32, too; and no limit leaves the photograph as it is."""
    assert size_seen((3000, 3000), Options(max_side=500, r_local=1 / 2), True) == (480, 480)
    assert size_seen((2160, 4320), Options(short_limit=None), True) == (704, 1440)


def test_decoding_changes_nothing() -> None:
    """There is one answer, whatever came before."""
    predictor = AimPredictor(AIM, ColourGraph())
    encoded = predictor.encode(stripes(64, 96))

    assert_array_equal(predictor.decode(encoded, Hints(), encoded).alpha, encoded.alpha)
