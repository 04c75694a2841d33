"""Several pictures through a network at once.

Threads that each work on a picture of their own ask one graph; those that ask for like sizes at
about the same time are answered together.  That pays on a GPU; on a CPU it gains nothing, and sums
in another order may change the last bits.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import numpy as np

from penumbra.runtime.graph import Graph, Planes

WAIT = 0.02
"""Seconds that a first question waits for others of its size."""

_Key = tuple[tuple[str, tuple[int, ...]], ...]
_Answer = dict[str, Planes]

_most: ContextVar[int] = ContextVar("most", default=1)


@contextmanager
def gathering(most: int) -> Iterator[None]:
    """Let graphs that are loaded inside answer up to `most` questions at once."""
    token = _most.set(most)
    try:
        yield
    finally:
        _most.reset(token)


def gathered(graph: Graph) -> Graph:
    """Return a graph that does as `gathering` says; the graph itself outside of it."""
    most = _most.get()
    return GatheredGraph(graph, most) if most > 1 else graph


@dataclass(eq=False)
class _Party:
    """Questions of one size that wait to be asked together."""

    arrays: list[dict[str, Planes]] = field(default_factory=list)
    answers: list["Future[_Answer]"] = field(default_factory=list)
    is_full: threading.Event = field(default_factory=threading.Event)


class GatheredGraph:
    """A graph that answers several threads at once.

    Whoever asks first waits for others, then asks for all; the rest wait for the answer.

    Args:
        graph: Answers batches of any length.
        most: Questions that are asked at once.
        wait: Seconds that the first waits.
    """

    def __init__(self, graph: Graph, most: int, wait: float = WAIT) -> None:
        self.graph = graph
        self.most = most
        self.wait = wait
        self.inputs = graph.inputs
        self.outputs = graph.outputs
        self._lock = threading.Lock()
        self._open: dict[_Key, _Party] = {}

    def run(self, **arrays: Planes) -> _Answer:
        """Compute every output; see `Graph.run`.

        Raises:
            InputError: As there; whoever is asked together with a question that fails is asked
                again alone.
        """
        if any(array.ndim != 4 or array.shape[0] != 1 for array in arrays.values()):
            return self.graph.run(**arrays)
        key: _Key = tuple(sorted((name, array.shape) for name, array in arrays.items()))
        answer: Future[_Answer] = Future()
        with self._lock:
            party = self._open.get(key)
            is_first = party is None
            if party is None:
                party = self._open[key] = _Party()
            party.arrays.append(arrays)
            party.answers.append(answer)
            if len(party.answers) == self.most:
                del self._open[key]
                party.is_full.set()
        if is_first:
            self._lead(key, party)
        return answer.result()

    def _lead(self, key: _Key, party: _Party) -> None:
        party.is_full.wait(self.wait)
        with self._lock:
            if self._open.get(key) is party:
                del self._open[key]
        try:
            together = {
                name: np.concatenate([arrays[name] for arrays in party.arrays])
                for name in party.arrays[0]
            }
            outputs = self.graph.run(**together)
        except Exception:  # whoever is to blame is told so, and nobody else
            self._one_by_one(party)
            return
        for number, answer in enumerate(party.answers):
            answer.set_result({name: it[number : number + 1] for name, it in outputs.items()})

    def _one_by_one(self, party: _Party) -> None:
        for arrays, answer in zip(party.arrays, party.answers, strict=True):
            try:
                answer.set_result(self.graph.run(**arrays))
            except Exception as error:  # raised again where it was asked
                answer.set_exception(error)
