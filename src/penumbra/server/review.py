"""`/v1/review`: a pile of results, one after another, each with a session to correct it in.

Where the pile comes from and where decisions go is not known here: see `Pile`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from penumbra.core.budget import Budget
from penumbra.core.card import Wanted
from penumbra.core.hints import Hints
from penumbra.io import Photograph
from penumbra.server.desk import AUTO
from penumbra.server.failures import RequestError, not_found
from penumbra.server.house import House, house_of
from penumbra.server.sessions import FAILURES, state_of
from penumbra.server.store import Row
from penumbra.server.wire import State
from penumbra.server.worker import Ticket
from penumbra.session.session import Session


@dataclass(frozen=True)
class Item:
    """One picture of a pile.

    Attributes:
        key: Its name within the pile.
        risk: Expected mean absolute error of the matte, in [0, 1]; None where nobody knows.
        spot: Most doubtful place, (x, y) in pixels of the upright photograph, or None.
        notes: What is unusual about the matte.
    """

    key: str
    risk: float | None = None
    spot: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Opening:
    """What the matte of a picture came from.

    Attributes:
        data: The photograph's file.
        hints: That were given.
        model: That answered.
        licence: Of its weights.
        budget: What polish might cost; None where the matte was not polished.
    """

    data: bytes
    hints: Hints
    model: str
    licence: Wanted = "any"
    budget: Budget | None = None


class Pile(Protocol):
    """Results that wait for somebody's decision.  Each is decided once."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def items(self) -> Sequence[Item]:
        """All of them, in the order in which they are looked at."""

    def open(self, item: Item) -> Opening:
        """Return what the matte came from, for a session that begins with that matte.

        Raises:
            InputError: The photograph is not what it was.
        """

    def accept(
        self, item: Item, photograph: Photograph, session: Session[Any], is_changed: bool
    ) -> None:
        """Take what a session shows for the result.

        Args:
            item: That is decided.
            photograph: It.
            session: With a matte on screen.
            is_changed: Whether that is another one than the first, which is there already.

        Raises:
            OutputError: The result cannot be written.
        """

    def reject(self, item: Item) -> None:
        """Take the result away.

        Raises:
            OutputError: It cannot be moved.
        """


@dataclass(eq=False)
class Review:
    """How far a pile has been looked through.

    Attributes:
        pile: Items are numbered from 1.
        sessions: Number to the session of an item that was opened, and the stamp of its first
            answer.
        decided: Number to "accepted" or "rejected".
    """

    pile: Pile
    sessions: dict[int, tuple[str, str]] = field(default_factory=dict)
    decided: dict[int, str] = field(default_factory=dict)

    def item(self, number: int) -> Item:
        """Return an item that is not decided yet.

        Raises:
            RequestError: There is none of that number, or it has been decided.
        """
        if not 1 <= number <= len(self.pile.items):
            raise not_found("picture")
        if number in self.decided:
            message = f"picture must be one that is not decided, got {self.decided[number]}"
            raise RequestError(409, "decided", message)
        return self.pile.items[number - 1]

    def progress(self, after: int = 0) -> "Progress":
        """Return how much is left, and what comes after an item, at the end from the front."""
        total = len(self.pile.items)
        numbers = [*range(after + 1, total + 1), *range(1, min(after, total) + 1)]
        left = [number for number in numbers if number not in self.decided]
        decisions = list(self.decided.values())
        return Progress(
            pile=self.pile.name,
            total=total,
            accepted=decisions.count("accepted"),
            rejected=decisions.count("rejected"),
            next=left[0] if left else None,
            key=self.pile.items[left[0] - 1].key if left else None,
        )


class Progress(BaseModel):
    """How far a pile has been looked through, and number and name of what comes next."""

    pile: str
    total: int
    accepted: int
    rejected: int
    next: int | None
    key: str | None


class Opened(BaseModel):
    """One picture of the pile with the session that shows it."""

    number: int
    total: int
    key: str
    risk: float | None
    spot: tuple[float, float] | None
    notes: list[str]
    session: State


class Seen(BaseModel):
    """The round that whoever decides has on screen."""

    base: int


def review_of(request: Request) -> Review:
    """Return the review of a server; for `Depends`."""
    review: Review = request.app.state.review
    return review


Shared = Annotated[House, Depends(house_of)]
Reviewed = Annotated[Review, Depends(review_of)]

router = APIRouter(prefix="/v1/review", responses=FAILURES)

_MAIN = '  <script type="module" src="web/main.js"></script>'
_MORE = """  <link rel="stylesheet" href="web/review.css">
  <script type="module" src="web/review.js"></script>"""


def page_of(web: Path) -> str:
    """Return the usual page with what looks through a pile, which comes first: it adds keys."""
    usual = (web / "index.html").read_text(encoding="utf-8")
    assert _MAIN in usual, "the page must load its main script"
    return usual.replace(_MAIN, f"{_MORE}\n{_MAIN}")


@router.get("")
def progress(review: Reviewed, after: Annotated[int, Query(ge=0)] = 0) -> Progress:
    """Tell how much is left, and which picture comes next."""
    return review.progress(after)


@router.post("/{number}")
async def open_item(number: int, request: Request, house: Shared, review: Reviewed) -> Opened:
    """Begin a session that shows the matte of a picture, or return the one that has begun."""

    def work(ticket: Ticket) -> Row:
        item = review.item(number)
        if number in review.sessions:
            return house.row(review.sessions[number][0])
        opening = review.pile.open(item)
        name = PurePosixPath(item.key).name
        row = house.desk.begin(opening.data, name, AUTO, opening.licence, ticket)
        row = house.desk.say(row, opening.hints, opening.model, ticket)
        if opening.budget is not None:
            row = house.desk.refine(row, opening.budget, ticket)
        review.sessions[number] = row.id, _stamp(row)
        return row

    row = await house.run(request, work)
    item = review.item(number)
    return Opened(
        number=number,
        total=len(review.pile.items),
        key=item.key,
        risk=item.risk,
        spot=item.spot,
        notes=list(item.notes),
        session=state_of(row, house),
    )


@router.post("/{number}/accept")
async def accept(
    number: int, seen: Seen, request: Request, house: Shared, review: Reviewed
) -> Progress:
    """Take what is on screen for the result of a picture."""

    def work(ticket: Ticket) -> None:
        item = review.item(number)
        if number not in review.sessions:
            raise not_found()
        session, first = review.sessions[number]
        row = house.row(session, seen.base)
        if not row.shown:
            raise RequestError(404, "no_matte", "session must have an answer, got none yet")
        live = house.desk.open(row, ticket)
        review.pile.accept(item, live.photograph, live.session, _stamp(row) != first)
        _decide(number, "accepted", house, review)

    await house.run(request, work)
    return review.progress(number)


@router.post("/{number}/reject")
async def reject(number: int, request: Request, house: Shared, review: Reviewed) -> Progress:
    """Take the result of a picture away."""

    def work(_: Ticket) -> None:
        review.pile.reject(review.item(number))
        _decide(number, "rejected", house, review)

    await house.run(request, work)
    return review.progress(number)


def _stamp(row: Row) -> str:
    """Return what no other round has but the one on screen."""
    return str(row.rounds[row.shown - 1]["stamp"])


def _decide(number: int, decision: str, house: House, review: Review) -> None:
    review.decided[number] = decision
    session = review.sessions.pop(number, None)
    if session is not None:
        house.store.remove(session[0])
        house.desk.forget(session[0])
