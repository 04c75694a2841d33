"""Sessions at work: what a photograph and its rounds are in memory, made again when they are not.

All but `held` is for the one thread of `Worker`.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

import numpy as np

from penumbra.core.budget import Budget
from penumbra.core.card import Wanted
from penumbra.core.cutout import Cutout
from penumbra.core.errors import HintError, require
from penumbra.core.hints import Hints, Scribble
from penumbra.core.matte import Matte, is_empty
from penumbra.core.people import FoundPerson
from penumbra.core.predictor import Predictor
from penumbra.io import Photograph, read_photograph
from penumbra.server.failures import RequestError
from penumbra.server.settings import Limits
from penumbra.server.store import PHOTO, Row, Store
from penumbra.server.wire import hints_of, json_of
from penumbra.server.worker import Ticket
from penumbra.session.session import Round, Session
from penumbra.session.weight import bytes_of
from penumbra.systems import registry

AUTO = "auto"

Load = Callable[[str, Wanted], Predictor[Any]]
"""Makes the model of a name ready for use."""


@dataclass(eq=False)
class Live:
    """A session in memory.

    Attributes:
        photograph: As its file has it.
        session: Its rounds.
        kept: Cut-outs that were made of it, by round and size.
        people: Each person of the photograph, once somebody has asked for them.
    """

    photograph: Photograph
    session: Session[Any]
    kept: dict[object, Cutout] = field(default_factory=dict)
    people: list[FoundPerson] | None = None

    @property
    def bytes(self) -> int:
        """Memory that it takes: photograph, what models made of it, mattes and cut-outs."""
        return bytes_of([self.session.held, self.photograph, self.kept, self.people])

    def shrink(self, most: int) -> None:
        """Forget mattes far from the one on screen, then people, until the rest takes so much."""
        rounds = len(self.session)
        while rounds > 1 and self.bytes > most:
            rounds = rounds // 2
            self.session.thin(rounds)
        if self.bytes > most:
            self.people = None


class Desk:
    """The sessions in memory, the models, and the store behind them.

    Args:
        store: Keeps what was said.
        limits: Memory, pixels, rounds.
        load: Makes the model of a name ready for use.
    """

    def __init__(self, store: Store, limits: Limits, load: Load = registry.load_predictor) -> None:
        self.store, self.limits = store, limits
        self._load = load
        self._models: dict[tuple[str, Wanted], Predictor[Any]] = {}
        self._live: OrderedDict[str, Live] = OrderedDict()
        self.held = 0
        """Memory that sessions take, when it was last looked at."""

    def model(self, name: str, licence: Wanted) -> Predictor[Any]:
        """Return a model, which is loaded once."""
        key = name, licence
        if key not in self._models:
            self._models[key] = self._load(name, licence)
        return self._models[key]

    def read(self, data: bytes, name: str = "image") -> Photograph:
        """Read an upload; larger ones than are allowed are refused by their header."""
        return read_photograph(data, self.limits.pixels, name)

    def begin(self, data: bytes, name: str, model: str, licence: Wanted, ticket: Ticket) -> Row:
        """Take a photograph and look at it; the session has no round yet."""
        photograph = self.read(data)
        ticket.check()
        first = chosen(model, Hints(), licence)
        live = Live(photograph, Session(self.model(first, licence), photograph.rgb))
        ticket.check()
        height, width = photograph.rgb.shape[:2]
        self.expire(len(data))
        row = self.store.add(
            data,
            name=name,
            model=model,
            licence=licence,
            first=first,
            height=height,
            width=width,
            bits=photograph.bits,
            has_profile=photograph.icc_profile is not None,
        )
        self._hold(row.id, live)
        return row

    def photograph(self, row: Row) -> Photograph:
        """Return the photograph of a session, for which nothing is played."""
        live = self._live.get(row.id)
        return self.read(self.store.file(row.id, PHOTO)) if live is None else live.photograph

    def people(self, row: Row) -> tuple[Photograph, list[FoundPerson]]:
        """Return the photograph of a session and each person of it, for which nothing is played.

        Raises:
            LicenceError: Who finds people is not free as the session wants it.
        """
        live = self._live.get(row.id) or self._recalled(row)
        if live.people is None:
            finder = self.model(registry.EACH_PERSON, _licence(row))
            live.people = live.session.people(finder)
        people = live.people
        self._hold(row.id, live)
        return live.photograph, people

    def open(self, row: Row, ticket: Ticket) -> Live:
        """Return a session from memory, or play it again from what is kept of it.

        Only what leads to the round on screen is played, and only while somebody waits.
        """
        live = self._live.get(row.id) or self._recalled(row)
        if live.session.shown != row.shown:
            try:
                live.session.show(row.shown, ticket.check)
            except BaseException:
                self._hold(row.id, live)  # with the rounds that were played
                raise
        self._hold(row.id, live)
        return live

    def _recalled(self, row: Row) -> Live:
        """Return a session as it is kept: with all that was said, and no matte."""
        photograph = self.read(self.store.file(row.id, PHOTO))
        licence = _licence(row)
        session = Session(self.model(row.first, licence), photograph.rgb)
        said: list[tuple[Predictor[Any], Hints | int]] = []
        for about, hints in zip(row.rounds, self.store.hints(row.id), strict=True):
            is_refined = about["kind"] == "refine"
            what = about["refined"] if is_refined else hints_of(hints, row.height, row.width)
            said.append((self.model(about["model"], licence), what))
        session.recall(said)
        return Live(photograph, session)

    def say(self, row: Row, hints: Hints, model: str | None, ticket: Ticket) -> Row:
        """Answer a round of hints.

        Args:
            row: The session.
            hints: Everything that is said.
            model: Who is asked; as the session has it when omitted.
            ticket: Of the one who asks.
        """
        live = self._open_for_more(row, ticket)
        began = time.monotonic()
        matte = live.session.matte
        live.session.apply(hints, self._chosen(row, hints, model))
        return self._keep(row, live, matte, time.monotonic() - began)

    def preview(self, row: Row, hints: Hints, model: str | None, ticket: Ticket) -> Matte:
        """Return what `say` would answer; nothing is kept."""
        session = self.open(row, ticket).session
        return session.preview(hints, self._chosen(row, hints, model))

    def refine(self, row: Row, budget: Budget, ticket: Ticket) -> Row:
        """Polish what is on screen."""
        live = self._open_for_more(row, ticket)
        began = time.monotonic()
        matte = live.session.matte
        live.session.refine(budget)
        live.session.doubt()
        return self._keep(row, live, matte, time.monotonic() - began)

    def show(self, row: Row, shown: int) -> Row:
        """Put any round on screen; only the store is asked, the session follows when it is used."""
        require(0 <= shown <= len(row.rounds), "round", f"from 0 to {len(row.rounds)}", shown)
        self.store.show(row.id, shown)
        return self.store.get(row.id)

    def lay_under(self, row: Row, data: bytes) -> None:
        """Keep a picture to lay the object over."""
        self.read(data, "background")
        self.store.lay_under(row.id, data)
        self.expire()

    def expire(self, making_room_for: int = 0) -> None:
        """Forget sessions that are too old, too many or too large; see `Store.expire`."""
        for session in self.store.expire(making_room_for):
            self.forget(session)

    def forget(self, session: str) -> None:
        """Let go of a session's memory."""
        self._live.pop(session, None)

    def _chosen(self, row: Row, hints: Hints, model: str | None) -> Predictor[Any]:
        """Return the model that answers: the one asked for, else the session's own way."""
        licence = _licence(row)
        return self.model(chosen(model or row.model, hints, licence), licence)

    def _open_for_more(self, row: Row, ticket: Ticket) -> Live:
        if row.shown >= self.limits.rounds:
            message = f"session must have at most {self.limits.rounds} rounds, got one more"
            raise RequestError(409, "rounds", message)
        return self.open(row, ticket)

    def _keep(self, row: Row, live: Live, before: Matte | None, seconds: float) -> Row:
        session = live.session
        shown = session.rounds[session.shown - 1]
        about = _about(shown, session.shown, before, seconds)
        hints = json_of(shown.hints) if shown.windows is None else None
        try:
            self.store.say(row.id, session.shown, about, hints)
        except BaseException:
            # What is not on disk did not happen: the next request plays the session again.
            self.forget(row.id)
            raise
        live.kept.clear()
        self._hold(row.id, live)
        return self.store.get(row.id)

    def _hold(self, name: str, live: Live) -> None:
        """Keep a session in memory, as the one that was used last."""
        self._live[name] = live
        self._live.move_to_end(name)
        most = self.limits.live_bytes
        live.shrink(most // 2)
        sizes = {name: each.bytes for name, each in self._live.items()}
        while len(sizes) > 1 and sum(sizes.values()) > most:
            oldest, _ = self._live.popitem(last=False)
            del sizes[oldest]
        self.held = sum(sizes.values())


def chosen(model: str, hints: Hints, licence: Wanted) -> str:
    """Return the name of the model that answers."""
    if model != AUTO:
        return model
    if licence == "open" and not hints.kinds:
        return "classical"  # of what looks at a photograph alone, nothing is open
    return registry.choose(hints, licence)


def _licence(row: Row) -> Wanted:
    return "open" if row.licence == "open" else "any"


def check_marks(hints: Hints, limits: Limits, height: int, width: int) -> None:
    """Raise `HintError` where more was said of a picture than anybody means."""
    if len(hints.clicks) > limits.clicks:
        raise HintError(f"hints must have at most {limits.clicks} clicks, got {len(hints.clicks)}")
    marks = len(hints.clicks) + sum(len(stroke.points) for stroke in hints.scribbles)
    if marks > limits.marks:
        raise HintError(f"hints must have at most {limits.marks} clicks and points, got {marks}")
    painted = sum(_painted(stroke, height, width) for stroke in hints.scribbles)
    if painted > limits.painted:
        most = f"{limits.painted:,} pixels"
        raise HintError(f"scribbles must touch at most {most}, got {painted:,.0f}")


def _painted(stroke: Scribble, height: int, width: int) -> float:
    """Return the pixels of the boxes around the parts of a stroke."""
    starts = stroke.points[:-1] or stroke.points
    return sum(
        min(abs(y1 - y0) + stroke.width, height) * min(abs(x1 - x0) + stroke.width, width)
        for (x0, y0), (x1, y1) in zip(starts, stroke.points[-len(starts) :], strict=True)
    )


def _about(said: Round, number: int, before: Matte | None, seconds: float) -> dict[str, Any]:
    """Return what is told of a round besides its hints."""
    matte = said.matte
    assert matte is not None, "it has just been made"
    doubted = said.doubted or matte
    was = np.zeros_like(matte.alpha) if before is None else before.alpha
    changed = float(np.mean(np.abs(matte.alpha - was) > 1 / 255))
    return {
        "number": number,
        "kind": "hints" if said.windows is None else "refine",
        "kinds": _counts(said.hints),
        "stamp": token_hex(8),  # so that no two rounds are taken for one
        "model": said.predictor.card.name,
        "seconds": round(seconds, 4),
        "empty": is_empty(matte.alpha),
        "confidence": _rounded(matte.confidence),
        "expected_error": _rounded(doubted.expected_error),
        "refined": matte.refined,
        "changed": round(changed, 6),
        "notes": list(matte.notes),
        "flags": list(matte.flags),
        "has_conflicts": matte.conflicts is not None,
    }


def _counts(hints: Hints) -> dict[str, int]:
    """Return how many hints there are of each kind."""
    many = {"click": len(hints.clicks), "scribble": len(hints.scribbles)}
    return {kind: many.get(kind, 1) for kind in sorted(hints.kinds)}


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 4)
