"""Photographs of any size through a stand-in network."""

from collections.abc import Mapping

import cv2
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Trimap
from penumbra.core.card import ModelCard
from penumbra.core.errors import ConvergenceError, InputError
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.core.progress import listening
from penumbra.core.trimap import from_alpha
from penumbra.runtime.graph import check_arrays
from penumbra.systems.dim.options import Options
from penumbra.systems.dim.predictor import NOTHING_OPEN, DimPredictor
from tests.scenes import soft_disk

CARD = ModelCard(
    name="stand-in",
    title="Stands in for the network",
    paper="None",
    accepts=frozenset({"trimap"}),
    requires=frozenset({"trimap"}),
)
WHOLE = Options(tile=8192)
SMALL = Options(tile=160, margin=32, fade=32)

Arrays = Mapping[str, NDArray[np.float32]]


class BlurGraph:
    """Answers with means over 9 x 9 pixels, so nothing depends on what lies farther away."""

    inputs = ("image", "trimap")
    outputs: tuple[str, ...] = ("alpha0", "alpha", "uncertainty")

    def __init__(self) -> None:
        self.seen: list[Arrays] = []

    def run(self, **arrays: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Blur brightness (and half the trimap), brightness alone, and the trimap."""
        check_arrays(arrays, {"image": 3, "trimap": 1})
        self.seen.append(arrays)
        grey, trimap = arrays["image"][0].mean(axis=0), arrays["trimap"][0, 0]
        blurred, near = (cv2.blur(plane, (9, 9)) for plane in (grey, trimap))
        answers = (blurred, (blurred + near) / 2, near / 4)
        return {name: plane[None, None] for name, plane in zip(self.outputs, answers, strict=False)}


class OneStageGraph(BlurGraph):
    """The same without an estimate of its error."""

    outputs = ("alpha0", "alpha")


class ConstantGraph(BlurGraph):
    """Answers each of its outputs with one number everywhere."""

    def __init__(self, alpha0: float, alpha: float, uncertainty: float = 0.25) -> None:
        super().__init__()
        self.values = {"alpha0": alpha0, "alpha": alpha, "uncertainty": uncertainty}

    def run(self, **arrays: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Return constants."""
        self.seen.append(arrays)
        shape = arrays["trimap"].shape
        return {name: np.full(shape, v, np.float32) for name, v in self.values.items()}


def noise(height: int, width: int) -> RGB:
    return np.random.default_rng(11).random((height, width, 3), dtype=np.float32)


def ring(height: int, width: int) -> Trimap:
    """An ellipse, known inside and outside, unknown along its edge."""
    y, x = np.ogrid[:height, :width]
    distance = np.hypot((y + 0.5) / height - 0.5, (x + 0.5) / width - 0.5)
    trimap = np.full((height, width), 0.5, np.float32)
    trimap[distance < 0.3], trimap[distance > 0.4] = 1, 0
    return trimap


def answer(graph: BlurGraph, image: RGB, trimap: Trimap, options: Options | None = None) -> Matte:
    predictor = DimPredictor(CARD, graph, options or Options())
    return predictor.decode(predictor.encode(image), Hints(trimap=trimap))


@pytest.mark.parametrize("size", [(500, 700), (333, 421), (20, 2000), (1000, 64)])
@pytest.mark.parametrize("post", ["none", "guided"])
@pytest.mark.parametrize("apply_trimap", [True, False])
def test_tiles_answer_as_the_whole_photograph_does(
    size: tuple[int, int], post: str, apply_trimap: bool
) -> None:
    """Everything the network's answer depends on lies within the margin."""
    image, trimap = noise(*size), ring(*size)
    tiled, whole = BlurGraph(), BlurGraph()

    kwargs = {"post": post, "apply_trimap": apply_trimap}
    a = answer(tiled, image, trimap, Options(tile=160, margin=32, fade=32, **kwargs))  # type: ignore[arg-type]
    b = answer(whole, image, trimap, Options(tile=8192, **kwargs))  # type: ignore[arg-type]

    assert (len(tiled.seen) > 1, len(whole.seen)) == (True, 1)
    assert_allclose(a.alpha, b.alpha, rtol=0, atol=2e-6)
    if b.uncertainty is not None:
        assert a.uncertainty is not None
        assert_allclose(a.uncertainty, b.uncertainty, rtol=0, atol=2e-6)


def test_the_answer_is_the_networks_where_the_trimap_is_unknown() -> None:
    """And the uncertainty, too, which is nothing where all is known."""
    image, trimap = noise(320, 352), ring(320, 352)
    near = cv2.blur(trimap, (9, 9), borderType=cv2.BORDER_DEFAULT)
    expected = (cv2.blur(image.mean(axis=2), (9, 9)) + near) / 2

    matte = answer(BlurGraph(), image, trimap)

    unknown = trimap == 0.5
    assert_allclose(matte.alpha[unknown], expected[unknown], rtol=0, atol=1e-6)
    assert matte.uncertainty is not None
    assert_allclose(matte.uncertainty[unknown], near[unknown] / 4, rtol=0, atol=1e-6)
    assert (matte.uncertainty[~unknown] == 0).all()
    assert matte.trimap is trimap


@pytest.mark.parametrize("options", [WHOLE, SMALL, Options(post="guided"), Options(fit="resize")])
def test_known_pixels_are_kept_bit_for_bit(options: Options) -> None:
    """Whatever the network says of them."""
    trimap = ring(317, 411)

    matte = answer(BlurGraph(), noise(317, 411), trimap, options)

    known = trimap != 0.5
    assert_array_equal(matte.alpha[known], trimap[known])
    assert matte.alpha.dtype == np.float32
    if matte.uncertainty is not None:
        assert (matte.uncertainty[known] == 0).all()
    assert matte.alpha.min() >= 0
    assert matte.alpha.max() <= 1


def test_known_pixels_are_the_networks_when_asked_for() -> None:
    """To see what it makes of them; then it looks everywhere."""
    graph = ConstantGraph(0.2, 0.75)

    matte = answer(
        graph, noise(300, 500), ring(300, 500), Options(apply_trimap=False, tile=160, margin=32)
    )

    assert_allclose(matte.alpha, 0.75, rtol=0, atol=1e-6)
    assert matte.uncertainty is not None
    assert (matte.uncertainty[ring(300, 500) != 0.5] == 0).all()


@pytest.mark.parametrize("size", [(1, 1), (31, 33), (33, 65), (20, 700), (64, 96)])
@pytest.mark.parametrize("options", [WHOLE, SMALL, Options(fit="resize")])
def test_any_size_comes_back_and_the_network_sees_multiples_of_32(
    size: tuple[int, int], options: Options
) -> None:
    """Down to a single pixel."""
    graph = BlurGraph()

    matte = answer(graph, noise(*size), np.full(size, 0.5, np.float32), options)

    assert matte.alpha.shape == size
    assert matte.uncertainty is not None
    assert matte.uncertainty.shape == size
    for arrays in graph.seen:
        assert all(side % 32 == 0 for side in arrays["trimap"].shape[2:])
        assert arrays["image"].shape[2:] == arrays["trimap"].shape[2:]


def test_what_is_added_is_reflected_or_repeated_where_there_is_too_little() -> None:
    """Section 10 of the sheet: 40 rows are reflected, 20 columns are not enough for that."""
    graph, image = BlurGraph(), noise(40, 20)

    answer(graph, image, np.full((40, 20), 0.5, np.float32))

    seen = graph.seen[0]["image"][0].transpose(1, 2, 0)
    assert seen.shape == (64, 32, 3)
    assert_array_equal(seen[:40, :20], image)
    assert_array_equal(seen[40:, :20], image[15:39][::-1])
    assert_array_equal(seen[:40, 20:], np.repeat(image[:, 19:], 12, axis=1))


def test_the_network_never_looks_where_all_is_known() -> None:
    """Two specks in a large photograph cost two small windows."""
    trimap = np.zeros((2000, 3000), np.float32)
    trimap[5, 5] = trimap[1990, 2990] = 0.5
    trimap[900:1100, 1400:1600] = 1
    graph = BlurGraph()

    answer(graph, np.zeros((2000, 3000, 3), np.float32), trimap)

    assert len(graph.seen) == 2
    assert all((arrays["trimap"] == 0.5).any() for arrays in graph.seen)
    assert sum(arrays["trimap"].size for arrays in graph.seen) < 0.05 * trimap.size


def test_where_tiles_disagree_one_passes_into_the_other_without_a_step() -> None:
    """A network that sees more than the margin still leaves no seam."""

    class CountingGraph(BlurGraph):
        def run(self, **arrays: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
            self.seen.append(arrays)
            level = np.full(arrays["trimap"].shape, len(self.seen) % 2, np.float32)
            return dict.fromkeys(self.outputs, level)

    image, trimap = noise(500, 600), np.full((500, 600), 0.5, np.float32)

    alpha = answer(CountingGraph(), image, trimap, SMALL).alpha

    steps = [np.abs(np.diff(alpha, axis=axis)).max() for axis in (0, 1)]
    assert alpha.min() < 0.01
    assert alpha.max() > 0.99
    assert max(steps) <= 1 / SMALL.fade + 1e-6


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_trimap_without_unknown_pixels_is_the_answer(level: float) -> None:
    """The network is not asked, and whoever called is told."""
    graph, trimap = BlurGraph(), np.full((40, 50), level, np.float32)
    trimap[:, :10] = 1 - level

    matte = answer(graph, noise(40, 50), trimap)

    assert graph.seen == []
    assert matte.notes == (NOTHING_OPEN,)
    trimap_open = np.full((40, 50), 0.5, np.float32)
    assert answer(graph, noise(40, 50), trimap_open).notes == ()
    assert_array_equal(matte.alpha, trimap)
    assert matte.alpha is not trimap
    assert matte.uncertainty is not None
    assert (matte.uncertainty == 0).all()


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_a_trimap_without_object_or_without_background_is_nothing_special(level: float) -> None:
    """The paper's network answers without any certain pixel, too."""
    graph, trimap = ConstantGraph(0.2, 0.75), np.full((50, 70), level, np.float32)
    trimap[10:20, 10:20] = 0.5

    matte = answer(graph, noise(50, 70), trimap)

    assert len(graph.seen) == 1
    assert (matte.alpha[10:20, 10:20] == 0.75).all()


def test_without_refinement_the_first_stage_answers() -> None:
    """The uncertainty was estimated for the second, so there is none."""
    matte = answer(ConstantGraph(0.25, 0.75), noise(40, 40), ring(40, 40), Options(refine=False))

    assert (matte.alpha[ring(40, 40) == 0.5] == 0.25).all()
    assert matte.uncertainty is None


def test_a_network_that_does_not_estimate_its_error_has_no_uncertainty() -> None:
    """None, and not zero."""
    assert answer(OneStageGraph(), noise(40, 40), ring(40, 40)).uncertainty is None


def test_answers_are_limited_to_what_an_opacity_can_be() -> None:
    """Some graphs overshoot."""
    matte = answer(ConstantGraph(0.5, 1.5, -0.5), noise(40, 40), ring(40, 40))

    assert matte.alpha.max() == 1
    assert matte.uncertainty is not None
    assert (matte.uncertainty == 0).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_an_answer_that_is_not_finite_is_refused(value: float) -> None:
    """A matte with a hole in it would be found much later."""
    with pytest.raises(ConvergenceError, match="alpha of the network must be finite"):
        answer(ConstantGraph(0.5, value), noise(40, 40), ring(40, 40))


def test_the_guided_filter_follows_the_edges_of_the_photograph() -> None:
    """A first stage that says a half everywhere gets nearer to the truth."""
    truth = soft_disk(96, radius=30.0, edge=4.0)
    trimap = from_alpha(truth, 3)
    image = np.repeat(0.2 + 0.6 * truth[:, :, None], 3, axis=2)

    plain = answer(ConstantGraph(0.5, 0.9), image, trimap, Options(refine=False))
    guided = answer(ConstantGraph(0.5, 0.9), image, trimap, Options(post="guided"))

    unknown = trimap == 0.5
    errors = [np.abs(matte.alpha - truth)[unknown].mean() for matte in (plain, guided)]
    assert errors[1] < 0.5 * errors[0]
    assert guided.uncertainty is None


def test_resizing_shows_the_network_the_whole_photograph_in_small() -> None:
    """Each side on its own: 32 times what fits, at most the longest that was asked for."""
    graph, truth = BlurGraph(), soft_disk(200, radius=60.0, edge=8.0)
    image = np.repeat(truth[:, :150, None], 3, axis=2)

    matte = answer(
        graph, image, np.full((200, 150), 0.5, np.float32), Options(fit="resize", max_side=100)
    )

    assert [arrays["image"].shape for arrays in graph.seen] == [(1, 3, 96, 96)]
    assert matte.alpha.shape == (200, 150)
    assert np.corrcoef(matte.alpha.ravel(), truth[:, :150].ravel())[0, 1] > 0.97


def test_resizing_may_lose_what_little_is_unknown() -> None:
    """One pixel between those that are looked at; it still gets an answer in [0, 1]."""
    trimap = np.zeros((100, 100), np.float32)
    trimap[:, 50:], trimap[3, 49] = 1, 0.5

    matte = answer(BlurGraph(), noise(100, 100), trimap, Options(fit="resize", max_side=32))

    assert_array_equal(matte.alpha[trimap != 0.5], trimap[trimap != 0.5])
    assert 0 <= matte.alpha[3, 49] <= 1


@pytest.mark.parametrize("options", [WHOLE, SMALL])
def test_progress_is_told_from_nothing_to_all(options: Options) -> None:
    """One step for each window."""
    graph = BlurGraph()
    heard: list[tuple[int, int]] = []

    with listening(lambda done, total: heard.append((done, total))):
        answer(graph, noise(500, 600), ring(500, 600), options)

    count = len(graph.seen)
    assert heard == [(done, count) for done in range(count + 1)]


@pytest.mark.parametrize("options", [SMALL, Options(post="guided"), Options(fit="resize")])
def test_inputs_are_not_changed(options: Options) -> None:
    """Not even for a while: they are locked."""
    image, trimap = noise(300, 400), ring(300, 400)
    image.setflags(write=False)
    trimap.setflags(write=False)

    matte = answer(BlurGraph(), image, trimap, options)

    assert matte.alpha.flags.writeable
    assert_array_equal(trimap, ring(300, 400))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"post": "blur"}, "post must be none or guided, got 'blur'"),
        ({"fit": "crop"}, "fit must be pad or resize, got 'crop'"),
        ({"max_side": 31}, "max_side must be at least 32, got 31"),
        ({"tile": 1000}, "tile must be a positive multiple of 32, got 1000"),
        ({"margin": 0}, "margin must be a positive multiple of 32, got 0"),
        ({"fade": -32}, "fade must be a positive multiple of 32, got -32"),
        ({"tile": 288}, r"tile must be at least 2 \(margin \+ fade\) = 320, got 288"),
    ],
)
def test_options_that_cannot_be_followed_are_refused(options: dict[str, int], message: str) -> None:
    """Before any work."""
    with pytest.raises(InputError, match=message):
        Options(**options)  # type: ignore[arg-type]
