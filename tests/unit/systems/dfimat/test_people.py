"""Each person of a photograph, without a word said."""

from dataclasses import replace

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from penumbra.core.hints import Box
from penumbra.core.predictor import PeopleFinder
from penumbra.runtime.graph import Planes
from penumbra.systems.dfimat.people import shared
from penumbra.systems.dfimat.rounds import iou
from tests.unit.systems.dfimat.predictors import Staged, photograph, square

LEFT, RIGHT = square(4, 2, 14, 9), square(3, 14, 15, 22)


def test_people_come_from_the_left_each_once() -> None:
    """Whoever is hardly human, and who is seen twice less surely, is not among them."""
    again, child = square(4, 14, 15, 22), square(10, 10, 15, 13)
    scene = Staged([RIGHT, again, LEFT, child], [0.8, 0.9, 0.7, 0.4], LEFT)
    model = scene.predictor()

    people = model.people(model.encode(photograph()))

    assert [it.score for it in people] == [float(np.float32(0.7)), float(np.float32(0.9))]
    found = [it.alpha[2::4, 2::4] > 0.5 for it in people]
    assert_array_equal(found, [LEFT, again])
    assert people[0].box == Box(8, 16, 36, 56)
    model = replace(model, options=replace(model.options, person_threshold=0.3))
    assert len(model.people(model.encode(photograph()))) == 3


def test_the_card_says_that_people_are_found() -> None:
    """Command line and server ask the card, sessions the predictor."""
    model = Staged([LEFT], [0.8], LEFT).predictor()

    assert isinstance(model, PeopleFinder)
    assert model.card.can_find_people


def test_nobody_is_an_empty_list() -> None:
    """Also where a mask is nothing."""
    nobody = Staged([LEFT], [0.2], LEFT).predictor()
    empty = Staged([square(0, 0, 0, 0)], [0.9], LEFT).predictor()

    for model in (nobody, empty):
        assert model.people(model.encode(photograph())) == []


def test_opacities_that_overlap_are_shared_out() -> None:
    """In proportion, and only where they add up to more than 1."""
    one, other = (np.array([it], np.float32) for it in ([0.9, 0.2, 0.0], [0.6, 0.3, 1.0]))

    halves = shared([one, other])

    assert_allclose(halves, [[[0.6, 0.2, 0]], [[0.4, 0.3, 1]]], rtol=1e-6)
    assert shared([]) == []


def test_rounding_makes_no_more_of_what_is_shared_out() -> None:
    """Three of a third each are not one and a little."""
    rng = np.random.default_rng(9)
    alphas = list(rng.random((7, 40, 50), np.float32))

    total = np.sum(shared(alphas), axis=0, dtype=np.float64)

    assert total.max() <= 1
    assert_allclose(total, np.minimum(np.sum(alphas, axis=0), 1), rtol=1e-6)


def test_people_who_are_greedy_are_kept_to_one() -> None:
    """Whatever the refinement network says of each alone."""

    class Greedy:
        inputs, outputs = ("image", "mask"), ("alpha1",)

        def run(self, **arrays: Planes) -> dict[str, Planes]:
            return {"alpha1": np.ones_like(arrays["mask"])}

    model = Staged([LEFT, RIGHT], [0.9, 0.9], LEFT).predictor()
    model = replace(model, graphs={**model.graphs, "mrn": Greedy()})

    first, second = model.people(model.encode(photograph()))

    assert_allclose((first.alpha + second.alpha).max(), 1, atol=1e-6)
    assert ((first.alpha > 0) & (second.alpha > 0)).any()


def test_overlap_of_masks() -> None:
    """By hand; two empty ones are alike."""
    assert iou(square(0, 0, 2, 2), square(1, 0, 3, 2)) == 2 / 6
    assert iou(square(0, 0, 0, 0), square(0, 0, 0, 0)) == 1
