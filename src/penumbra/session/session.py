"""One image under edit."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic

from penumbra.core.arrays import RGB, as_rgb
from penumbra.core.budget import Budget
from penumbra.core.errors import InputError, WeightsError
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.core.predictor import Encoded, Predictor, Refiner
from penumbra.session.record import (
    Image,
    Record,
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
        answer: What the model answered to that.
        matte: What was shown: the answer, or its refinement.
        is_refined: Whether it is the latter.
        doubted: The answer with its uncertainty, once somebody has asked for it.
    """

    hints: Hints
    answer: Matte
    matte: Matte
    is_refined: bool = False
    doubted: Matte | None = None


class Session(Generic[Encoded]):
    """Rounds of hints on one image, each kept with the matte it produced.

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
        self._digest = digest(image)
        self._encoded = predictor.encode(image)
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
    def matte(self) -> Matte | None:
        """The matte on screen, or None before the first round."""
        return self._rounds[self._now].matte if self._now >= 0 else None

    def apply(self, hints: Hints) -> Matte:
        """Answer `hints` (all of them, old and new), forgetting whatever had been undone.

        The answer on screen is the starting point, so hints only ever grow: to take one back,
        `undo`.  What was refined of it is not: new hints discard that.

        Raises:
            HintError: The model cannot use these hints; the session is unchanged.
        """
        self.predictor.card.check(hints)
        hints.check_inside(self.height, self.width)
        previous = self._rounds[self._now].answer if self._now >= 0 else None
        matte = self.predictor.decode(self._encoded, hints, previous)
        return self._show(Round(hints, matte, matte))

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
        doubted = self._doubted(self.predictor)
        shown = self._rounds[self._now]
        refined = self.predictor.refine(self._encoded, doubted, budget)
        return self._show(replace(shown, matte=refined, is_refined=True))

    def doubt(self) -> Matte | None:
        """Return the matte on screen with its uncertainty; None before the first round.

        Where the model does not estimate it, there is none.
        """
        matte = self.matte
        if matte is None or matte.uncertainty is not None:
            return matte
        return self._doubted(self.predictor) if isinstance(self.predictor, Refiner) else matte

    def undo(self) -> Matte | None:
        """Step back one round; before the first, stay there."""
        self._now = max(self._now - 1, -1)
        return self.matte

    def redo(self) -> Matte | None:
        """Step forward one round; at the last, stay there."""
        self._now = min(self._now + 1, len(self._rounds) - 1)
        return self.matte

    def save(self, path: Path | str) -> None:
        """Write what was said, so that it can be played again: one JSON file, without pixels.

        Raises:
            OutputError: The file cannot be written; what stood there is untouched.
        """
        weights, options = made_of(self.predictor)
        said = tuple(each.matte.refined if each.is_refined else each.hints for each in self._rounds)
        matte = self.matte
        record = Record(
            model=self.predictor.card.name,
            weights=weights,
            options=options,
            image=Image(self.height, self.width, self._digest),
            rounds=said,
            shown=self._now + 1,
            alpha="" if matte is None else digest(matte.alpha),
        )
        write_record(path, record)

    @classmethod
    def load(
        cls, path: Path | str, image: RGB, predictor: Predictor[Any] | None = None
    ) -> "Session[Any]":
        """Play a saved session again.

        On the machine that it was made on, every matte is the same bit for bit.

        Args:
            path: What `save` wrote.
            image: The same image, (H, W, 3) floats in [0, 1].
            predictor: The same model; the kit's own of that name when omitted.

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
        if predictor is None:
            predictor = registry.load_predictor(record.model)
        name = predictor.card.name
        if name != record.model:
            raise InputError(f"model must be {record.model} for {path}, got {name}")
        weights, options = made_of(predictor)
        if weights != record.weights:
            raise WeightsError(
                f"weights of {name} must be those of {path} ({_listed(record.weights)}), "
                f"got {_listed(weights)}"
            )
        if options != record.options:
            raise InputError(
                f"options of {name} must be those of {path} ({record.options}), got {options}"
            )
        session = cls(predictor, image)
        for said in record.rounds:
            if isinstance(said, int):
                session.refine(Budget(said))
            else:
                session.apply(said)
        session._now = record.shown - 1
        matte = session.matte
        session.is_same = matte is None or digest(matte.alpha) == record.alpha
        return session

    def _doubted(self, refiner: Refiner[Encoded]) -> Matte:
        """Return the answer on screen with its uncertainty, which is estimated once."""
        shown = self._rounds[self._now]
        if shown.doubted is None:
            doubted = refiner.doubt(self._encoded, shown.answer)
            shown = self._rounds[self._now] = replace(shown, doubted=doubted)
        assert shown.doubted is not None
        return shown.doubted

    def _show(self, new: Round) -> Matte:
        self._rounds[self._now + 1 :] = [new]
        self._now += 1
        return new.matte


def _listed(weights: Mapping[str, str]) -> str:
    return ", ".join(f"{file} {sha[:12]}" for file, sha in sorted(weights.items())) or "none"
