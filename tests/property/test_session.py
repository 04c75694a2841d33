"""Undo and redo never invent a state."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from numpy.testing import assert_array_equal

from penumbra.core.budget import Budget
from penumbra.core.errors import HintError
from penumbra.core.hints import Hints, Scribble
from penumbra.core.matte import Matte
from penumbra.session.session import Session
from tests.predictors import Answer, Polisher
from tests.strategies import clicks

SIZE = (4, 6)
IMAGE = np.zeros((*SIZE, 3), np.float32)
CLICKED = st.lists(clicks(SIZE), min_size=1, max_size=3).map(lambda drawn: Hints(tuple(drawn)))


class Rounds(RuleBasedStateMachine):
    """A session beside two stacks, the textbook form of undo and redo."""

    def __init__(self) -> None:
        super().__init__()
        self.session = Session(Polisher(), IMAGE)
        self.done: list[Matte] = []
        self.undone: list[Matte] = []
        self.answer_of: dict[Matte, Answer] = {}

    @property
    def on_screen(self) -> Matte | None:
        """The last answer that was not undone."""
        return self.done[-1] if self.done else None

    @rule(hints=CLICKED)
    def apply(self, hints: Hints) -> None:
        """A new answer builds on the one on screen, and nothing can be redone after it.

        Not on what was refined of that, nor on what was doubted of it: whether somebody has looked
        changes nothing.
        """
        before = None if self.on_screen is None else self.answer_of[self.on_screen]
        answer = self.session.apply(hints)
        assert isinstance(answer, Answer)
        assert answer.previous is before
        assert answer.hints is hints
        self.done.append(answer)
        self.answer_of[answer] = answer
        self.undone.clear()

    @precondition(lambda self: self.done)
    @rule(windows=st.integers(0, 9))
    def refine(self, windows: int) -> None:
        """A refinement is a round like any other, of the same hints."""
        before, shown = self.session.hints, self.done[-1]
        refined = self.session.refine(Budget(windows))
        assert self.session.hints is before
        self.done.append(refined)
        self.answer_of[refined] = self.answer_of[shown]
        self.undone.clear()

    @rule()
    def doubt(self) -> None:
        """Of what is on screen, which stays there."""
        doubted = self.session.doubt()
        assert (doubted is None) == (self.on_screen is None)
        if doubted is not None and self.on_screen is not None:
            assert doubted.uncertainty is not None
            assert_array_equal(doubted.alpha, self.on_screen.alpha)

    @rule()
    def save_and_load(self) -> None:
        """Played again, the session shows the same, undoes the same and redoes the same."""
        with TemporaryDirectory() as folder:
            self.session.save(Path(folder) / "session.json")
            again = Session.load(Path(folder) / "session.json", IMAGE, Polisher())
        steps = (*(again.undo for _ in self.done), *(again.redo for _ in self.done))
        seen = [again.matte, *(step() for step in steps), *(again.redo() for _ in self.undone)]
        shown = [*self.done, *self.undone[::-1]]
        wanted = [
            self.on_screen,
            *reversed(self.done[:-1]),
            *([None] if self.done else []),
            *shown,
        ]
        assert len(seen) == len(wanted)
        for ours, theirs in zip(seen, wanted, strict=True):
            assert (ours is None) == (theirs is None)
            if ours is not None and theirs is not None:
                assert_array_equal(ours.alpha, theirs.alpha)

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
TestRounds.settings = settings(deadline=None, stateful_step_count=30)
