"""Undo and redo never invent a state."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from penumbra.core.errors import HintError
from penumbra.core.hints import Hints, Scribble
from penumbra.core.matte import Matte
from penumbra.session.session import Session
from tests.predictors import Answer, Echo
from tests.strategies import clicks

SIZE = (4, 6)
CLICKED = st.lists(clicks(SIZE), min_size=1, max_size=3).map(lambda drawn: Hints(tuple(drawn)))


class Rounds(RuleBasedStateMachine):
    """A session beside two stacks, the textbook form of undo and redo."""

    def __init__(self) -> None:
        super().__init__()
        self.session = Session(Echo(), np.zeros((*SIZE, 3), np.float32))
        self.done: list[Matte] = []
        self.undone: list[Matte] = []

    @property
    def on_screen(self) -> Matte | None:
        """The last answer that was not undone."""
        return self.done[-1] if self.done else None

    @rule(hints=CLICKED)
    def apply(self, hints: Hints) -> None:
        """A new answer builds on what is on screen, and nothing can be redone after it."""
        before = self.on_screen
        answer = self.session.apply(hints)
        assert isinstance(answer, Answer)
        assert answer.previous is before
        assert answer.hints is hints
        self.done.append(answer)
        self.undone.clear()

    @rule()
    def apply_what_is_refused(self) -> None:
        """A slip changes nothing, neither what is shown nor what can be redone."""
        try:
            self.session.apply(Hints(scribbles=(Scribble(((1, 1),)),)))
        except HintError:
            return
        raise AssertionError("a scribble must be refused")

    @precondition(lambda self: self.done)
    @rule()
    def undo(self) -> None:
        """One step back."""
        self.undone.append(self.done.pop())
        assert self.session.undo() is self.on_screen

    @precondition(lambda self: not self.done)
    @rule()
    def undo_nothing(self) -> None:
        """Before the first round, undo stays there."""
        assert self.session.undo() is None

    @precondition(lambda self: self.undone)
    @rule()
    def redo(self) -> None:
        """One step forward, to the very matte that was undone."""
        self.done.append(self.undone.pop())
        assert self.session.redo() is self.on_screen

    @precondition(lambda self: not self.undone)
    @rule()
    def redo_nothing(self) -> None:
        """At the last round, redo stays there."""
        assert self.session.redo() is self.on_screen

    @invariant()
    def screen_shows_a_round_that_was_applied(self) -> None:
        """Matte and hints belong to the same round."""
        assert self.session.matte is self.on_screen
        if isinstance(self.on_screen, Answer):
            assert self.session.hints is self.on_screen.hints
        else:
            assert self.session.hints.kinds == frozenset()


TestRounds = Rounds.TestCase
