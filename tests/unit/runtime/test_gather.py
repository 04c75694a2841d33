"""Several questions at once, and each gets its own answer."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from penumbra.core.errors import InputError
from penumbra.runtime.gather import GatheredGraph, gathered, gathering
from penumbra.runtime.graph import Planes


class Doubler:
    """Doubles what it is given; remembers how many came together; 7 makes it fail."""

    inputs = ("image",)
    outputs = ("twice",)

    def __init__(self) -> None:
        self.batches: list[int] = []

    def run(self, **arrays: Planes) -> dict[str, Planes]:
        """Double."""
        image = arrays["image"]
        self.batches.append(len(image))
        if (image == 7).any():
            raise InputError("image must not be 7")
        return {"twice": 2 * image}


def plane(value: float, side: int = 2) -> Planes:
    return np.full((1, 1, side, side), value, np.float32)


def ask(graph: GatheredGraph, planes: list[Planes]) -> list[Planes | str]:
    """Ask from one thread each, all at the same time."""
    together = threading.Barrier(len(planes))

    def one(image: Planes) -> Planes | str:
        together.wait()
        try:
            return graph.run(image=image)["twice"]
        except InputError as error:
            return str(error)

    with ThreadPoolExecutor(len(planes)) as threads:
        return list(threads.map(one, planes))


def test_like_sizes_are_asked_together() -> None:
    """Four of one size and one of another are two calls."""
    doubler = Doubler()
    planes = [plane(1), plane(2), plane(3), plane(4), plane(5, side=3)]

    answers = ask(GatheredGraph(doubler, most=4, wait=1.0), planes)

    for image, answer in zip(planes, answers, strict=True):
        np.testing.assert_array_equal(answer, 2 * image)
    assert sorted(doubler.batches) == [1, 4]


def test_nobody_waits_for_ever() -> None:
    """Fewer than would go together are asked after a moment."""
    doubler = Doubler()

    answers = ask(GatheredGraph(doubler, most=8, wait=0.2), [plane(1), plane(2)])

    assert [float(np.max(answer)) for answer in answers if not isinstance(answer, str)] == [2, 4]
    assert sum(doubler.batches) == 2


def test_a_question_that_fails_spoils_no_other() -> None:
    """Each is asked again alone, and only the one to blame is told so."""
    doubler = Doubler()

    answers = ask(GatheredGraph(doubler, most=3, wait=1.0), [plane(1), plane(7), plane(3)])

    assert answers[1] == "image must not be 7"
    np.testing.assert_array_equal(answers[2], plane(6))


def test_batches_pass_as_they_are() -> None:
    """Whoever asks many at once has gathered them already."""
    doubler = Doubler()

    answer = GatheredGraph(doubler, most=4).run(image=np.ones((3, 1, 2, 2), np.float32))

    assert answer["twice"].shape == (3, 1, 2, 2)
    assert doubler.batches == [3]


@pytest.mark.parametrize("most", [1, 2])
def test_graphs_are_gathered_where_that_is_asked_for(most: int) -> None:
    """One at a time is the graph itself, whose bits are those of any other command."""
    doubler = Doubler()

    with gathering(most):
        graph = gathered(doubler)

    assert isinstance(graph, GatheredGraph) is (most > 1)
    assert gathered(doubler) is doubler
