"""One image under edit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic

from penumbra.core.arrays import RGB, as_rgb
from penumbra.core.budget import Budget
from penumbra.core.errors import InputError, WeightsError, require
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.core.people import FoundPerson
from penumbra.core.predictor import Encoded, PeopleFinder, Predictor, Refiner
from penumbra.session.record import (
    Image,
    Made,
    Record,
    Said,
    digest,
    made_of,
    read_record,
    write_record,
)
from penumbra.systems import registry


@dataclass(frozen=True, eq=False)
class Round:
    """One step of a session.

    Attributes:
        hints: All that had been said.
        answer: What the model answered to that; None where it was forgotten, see `Session.thin`.
        matte: What was shown, the answer or its refinement; None as above.
        predictor: The model that answered.
        windows: How many windows were refined; None where it is no refinement.
        doubted: The matte with its uncertainty, once somebody has asked for it.
    """

    hints: Hints
    answer: Matte | None
    matte: Matte | None
    predictor: Predictor[Any]
    windows: int | None = None
    doubted: Matte | None = None


class Session(Generic[Encoded]):
    """Rounds of hints on one image, each kept with the matte it produced.

    Another model may go on where one has stopped: it is given the matte on screen to start from,
    unless a new box says where to look.

    Args:
        predictor: Any model of the kit.
        image: (H, W, 3) floats in [0, 1].

    Raises:
        ImageError: The image is not one.
    """

    def __init__(self, predictor: Predictor[Encoded], image: RGB) -> None:
        image = as_rgb(image)
        self.predictor = predictor
        self.height, self.width = image.shape[:2]
        self.image = image
        self._digest: str | None = None
        self._encoded: dict[int, tuple[Predictor[Any], Any]] = {}
        self._encode(predictor)
        self.is_same = True
        """Of a session that was loaded: whether it shows the very matte that was saved."""
        self._rounds: list[Round] = []
        self._now = -1  # index into _rounds; whatever lies after it can be redone

    def __len__(self) -> int:
        return len(self._rounds)

    @property
    def hints(self) -> Hints:
        """The hints of the round on screen; none before the first."""
        return self._rounds[self._now].hints if self._now >= 0 else Hints()

    @property
    def rounds(self) -> tuple[Round, ...]:
        """All rounds, those that had been undone and can be redone included."""
        return tuple(self._rounds)

    @property
    def shown(self) -> int:
        """How many rounds lead to what is on screen; 0 before the first."""
        return self._now + 1

    @property
    def matte(self) -> Matte | None:
        """The matte on screen, or None before the first round."""
        return self._rounds[self._now].matte if self._now >= 0 else None

    def apply(self, hints: Hints, predictor: Predictor[Encoded] | None = None) -> Matte:
        """Answer `hints` (all of them, old and new), forgetting whatever had been undone.

        The answer on screen is the starting point, so hints only ever grow: to take one back,
        `undo`.  What was refined of it is not: new hints discard that.

        Args:
            hints: Everything that is said.
            predictor: The model that answers from now on; the one that did when omitted.

        Raises:
            HintError: The model cannot use these hints; the session is unchanged.
        """
        predictor = predictor or self.predictor
        matte = self._answer(hints, predictor, self._now)
        return self._show(Round(hints, matte, matte, predictor))

    def preview(self, hints: Hints, predictor: Predictor[Encoded] | None = None) -> Matte:
        """Return what `apply` would answer now; the session is unchanged, and errors are its."""
        return self._answer(hints, predictor or self.predictor, self._now)

    def refine(self, budget: Budget) -> Matte:
        """Polish the answer on screen where it is most doubtful; a round of its own.

        Refining once more begins with the same answer again, not with what was refined.

        Args:
            budget: How much work it may cost.

        Raises:
            InputError: The model cannot refine, or nothing has been answered yet; the session is
                unchanged.
        """
        if not isinstance(self.predictor, Refiner):
            raise InputError(f"model must be one that can refine, got {self.predictor.card.name}")
        if self._now < 0:
            raise InputError("session must have an answer to refine, got none yet")
        shown = self._rounds[self._now]
        base = self._now
        while self._rounds[base].windows is not None:
            base -= 1
        # What is known of the answer's doubt need not be asked again.
        answer = self._rounds[base].doubted or shown.answer
        assert answer is not None, "what is on screen is never forgotten"
        refined = self.predictor.refine(self._encode(self.predictor), answer, budget)
        return self._show(replace(shown, matte=refined, windows=refined.refined, doubted=None))

    def doubt(self) -> Matte | None:
        """Return the matte on screen with its uncertainty; None before the first round.

        Where the model does not estimate it, there is none.
        """
        matte = self.matte
        if matte is None or matte.uncertainty is not None:
            return matte
        return self._doubted(self.predictor) if isinstance(self.predictor, Refiner) else matte

    def people(self, predictor: Predictor[Any] | None = None) -> list[FoundPerson]:
        """Return each person of the image, from the left to the right; the session is unchanged.

        Args:
            predictor: The model that finds them; the one of the session when omitted.

        Raises:
            InputError: The model does not find people.
            ConvergenceError: It found no answer it can stand behind.
        """
        finder = predictor or self.predictor
        if not isinstance(finder, PeopleFinder):
            name = finder.card.name
            raise InputError(
                f"model must be one that finds each person, such as dfimat, got {name}"
            )
        return finder.people(self._encode(finder))

    def show(self, shown: int, step: Callable[[], None] = lambda: None) -> Matte | None:
        """Put any round on screen: 0 is before the first.

        A matte that was forgotten is made again, and those that it depends on.

        Args:
            shown: How many rounds lead to it.
            step: Is called before each matte that is made; what it raises stops that.

        Raises:
            InputError: There are not so many; the session is unchanged.
        """
        most = len(self._rounds)
        require(0 <= shown <= most, "round", f"from 0 to {most}", shown)
        first = shown - 1
        while first >= 0 and self._rounds[first].answer is None:
            first -= 1
        for index in range(first + 1, shown):
            step()
            self._rounds[index] = self._played(index)
        self._now = shown - 1
        if shown:
            self.predictor = self._rounds[self._now].predictor
        return self.matte

    def undo(self) -> Matte | None:
        """Step back one round; before the first, stay there."""
        return self.show(max(self._now, 0))

    def redo(self) -> Matte | None:
        """Step forward one round; at the last, stay there."""
        return self.show(min(self._now + 2, len(self._rounds)))

    def recall(self, rounds: Sequence[tuple[Predictor[Any], Hints | int]]) -> None:
        """Take rounds of an earlier session, hints or windows refined; `show` makes their mattes.

        Args:
            rounds: Who answered, and what was said.
        """
        for predictor, what in rounds:
            if isinstance(what, int):
                before = self._rounds[-1]
                self._rounds.append(Round(before.hints, None, None, predictor, what))
            else:
                self._rounds.append(Round(what, None, None, predictor))

    def thin(self, most: int) -> None:
        """Forget all mattes but those of some rounds nearest to the one on screen, at least that.

        What was said is kept, so any of them can be made again, the same bit for bit.

        Args:
            most: Rounds whose mattes stay.
        """
        by_distance = sorted(range(len(self._rounds)), key=lambda at: abs(at - self._now))
        for index in by_distance[max(most, 1) :]:
            self._rounds[index] = replace(
                self._rounds[index], answer=None, matte=None, doubted=None
            )

    @property
    def held(self) -> list[object]:
        """What the session keeps in memory; see `bytes_of`."""
        known = [known for _, known in self._encoded.values()]
        return [self.image, known, self._rounds]

    def save(self, path: Path | str) -> None:
        """Write what was said, so that it can be played again: one JSON file, without pixels.

        Raises:
            OutputError: The file cannot be written; what stood there is untouched.
        """
        write_record(path, self.record())

    def record(self) -> Record:
        """Return what was said, so that it can be played again."""
        if self._digest is None:
            self._digest = digest(self.image)
        said = tuple(
            Said(each.predictor.card.name, each.hints if each.windows is None else each.windows)
            for each in self._rounds
        )
        used = [self.predictor, *(each.predictor for each in self._rounds)]
        matte = self.matte
        return Record(
            model=self.predictor.card.name,
            models={each.card.name: made_of(each) for each in used},
            image=Image(self.height, self.width, self._digest),
            rounds=said,
            shown=self.shown,
            alpha="" if matte is None else digest(matte.alpha),
        )

    @classmethod
    def load(
        cls, path: Path | str, image: RGB, predictor: Predictor[Any] | None = None
    ) -> "Session[Any]":
        """Play a saved session again.

        On the machine that it was made on, every matte is the same bit for bit.

        Args:
            path: What `save` wrote.
            image: The same image, (H, W, 3) floats in [0, 1].
            predictor: The model of the whole session; the kit's own of their names when omitted.

        Raises:
            InputError: The file is no session, or is one of another image, of another model, or
                of one that was applied otherwise.
            WeightsError: The model has other weights.
            HintError: As in `apply`.
        """
        record = read_record(path)
        image = as_rgb(image)
        height, width = image.shape[:2]
        theirs = Image(height, width, digest(image))
        if theirs != record.image:
            was, came = (
                f"{it.width}x{it.height}, sha256 {it.sha256[:12]}" for it in (record.image, theirs)
            )
            raise InputError(f"image must be the one of {path} ({was}), got {came}")
        played = {
            name: _same(path, name, made, predictor or registry.load_predictor(name))
            for name, made in record.models.items()
        }
        session = cls(played[record.model], image)
        for said in record.rounds:
            if isinstance(said.what, int):
                session.refine(Budget(said.what))
            else:
                session.apply(said.what, played[said.model])
        session.show(record.shown)
        session.predictor = played[record.model]
        matte = session.matte
        session.is_same = matte is None or digest(matte.alpha) == record.alpha
        return session

    def _answer(self, hints: Hints, predictor: Predictor[Encoded], before: int) -> Matte:
        """Answer hints that follow a round; -1 is before the first."""
        predictor.card.check(hints)
        predictor.card.check_inside(hints, self.height, self.width)
        previous = None
        if before >= 0:
            shown = self._rounds[before]
            # A new box says where to look: what another model saw elsewhere is not wanted.
            is_new_box = hints.box is not None and hints.box != shown.hints.box
            if shown.predictor is predictor or not is_new_box:
                previous = shown.answer
        return predictor.decode(self._encode(predictor), hints, previous)

    def _encode(self, predictor: Predictor[Encoded]) -> Encoded:
        """Return what a model knows of the image alone, which it is asked once."""
        if id(predictor) not in self._encoded:
            self._encoded[id(predictor)] = predictor, predictor.encode(self.image)
        return self._encoded[id(predictor)][1]

    def _doubted(self, refiner: Refiner[Encoded]) -> Matte:
        """Return the matte on screen with its uncertainty, which is estimated once."""
        shown = self._rounds[self._now]
        if shown.doubted is None:
            assert shown.matte is not None, "what is on screen is never forgotten"
            doubted = refiner.doubt(self._encode(refiner), shown.matte)
            shown = self._rounds[self._now] = replace(shown, doubted=doubted)
        assert shown.doubted is not None
        return shown.doubted

    def _show(self, new: Round) -> Matte:
        assert new.matte is not None, "it has just been made"
        self._rounds[self._now + 1 :] = [new]
        self._now += 1
        self.predictor = new.predictor
        return new.matte

    def _played(self, index: int) -> Round:
        """Return a round with the mattes that had been forgotten; the one before has its own."""
        said = self._rounds[index]
        if said.windows is None:
            matte = self._answer(said.hints, said.predictor, index - 1)
            return replace(said, answer=matte, matte=matte)
        answer = self._rounds[index - 1].answer
        assert answer is not None, "it has been made before"
        assert isinstance(said.predictor, Refiner), "it has refined before"
        encoded = self._encode(said.predictor)
        refined = said.predictor.refine(encoded, answer, Budget(said.windows))
        return replace(said, answer=answer, matte=refined)


def _same(path: Path | str, name: str, made: Made, predictor: Predictor[Any]) -> Predictor[Any]:
    """Return a model if it is what it was when it answered; see `Session.load` for errors."""
    if predictor.card.name != name:
        raise InputError(f"model must be {name} for {path}, got {predictor.card.name}")
    ours = made_of(predictor)
    if ours.weights != made.weights:
        raise WeightsError(
            f"weights of {name} must be those of {path} ({_listed(made.weights)}), "
            f"got {_listed(ours.weights)}"
        )
    if ours.options != made.options:
        raise InputError(
            f"options of {name} must be those of {path} ({made.options}), got {ours.options}"
        )
    return predictor


def _listed(weights: Mapping[str, str]) -> str:
    return ", ".join(f"{file} {sha[:12]}" for file, sha in sorted(weights.items())) or "none"
