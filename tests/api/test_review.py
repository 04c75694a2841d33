"""`/v1/review`: a pile of results, of which each is decided once."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from numpy.testing import assert_array_equal
from starlette.testclient import TestClient

from penumbra.core.arrays import Alpha
from penumbra.core.budget import Budget
from penumbra.core.errors import InputError, OutputError
from penumbra.core.hints import Click, Hints
from penumbra.io import Photograph
from penumbra.server.app import create_app
from penumbra.server.review import Item, Opening
from penumbra.server.settings import Settings
from penumbra.session.session import Session
from tests.api.talk import CLICK, PHOTO, TWO, ask, good, house_of, own, refusal, say
from tests.likeness import load

SAID = Hints(clicks=(Click(3.5, 4.5),))


@dataclass
class Heap:
    """A pile of three that remembers what became of it."""

    name: str = "job"
    items: Sequence[Item] = (
        Item("sub/a.png", 0.2, (20.5, 9.5), ("seen small",)),
        Item("b.png"),
        Item("c.png", 0.1),
    )
    budget: Budget | None = None
    decisions: list[tuple[str, str, Alpha | None]] = field(default_factory=list)
    problem: str | None = None

    def open(self, item: Item) -> Opening:
        """Each is the same photograph, which `clicks` was asked about."""
        if self.problem:
            raise InputError(self.problem)
        return Opening(PHOTO, SAID, "clicks", budget=self.budget)

    def accept(
        self, item: Item, photograph: Photograph, session: Session[Any], is_changed: bool
    ) -> None:
        """Keep the matte, where it was changed."""
        if self.problem:
            raise OutputError(self.problem)
        assert session.matte is not None
        self.decisions.append((item.key, "accepted", session.matte.alpha if is_changed else None))

    def reject(self, item: Item) -> None:
        """Keep the name."""
        self.decisions.append((item.key, "rejected", None))


@pytest.fixture
def heap() -> Heap:
    """The pile of `reviewer`."""
    return Heap()


@pytest.fixture
def reviewer(heap: Heap, tmp_path: Path) -> Iterator[TestClient]:
    """Of a server that is there for a pile."""
    app = create_app(Settings(tmp_path / "reviewer"), load, heap)
    with ExitStack() as stack:
        yield stack.enter_context(TestClient(app, base_url="http://127.0.0.1"))


def post(client: TestClient, path: str, **body: object) -> Any:  # noqa: ANN401
    """Post to a route of the review."""
    return client.post(f"/v1/review/{path}", json=body)


def opened(client: TestClient, number: int) -> dict[str, Any]:
    """Open a picture of the pile."""
    return good(post(client, str(number)))


def test_a_picture_opens_as_the_batch_answered_it(reviewer: TestClient) -> None:
    """By the model and the hints of its first answer, and where to look first."""
    found = opened(reviewer, 1)

    session = found.pop("session")
    assert found == {
        "number": 1,
        "total": 3,
        "key": "sub/a.png",
        "risk": 0.2,
        "spot": [20.5, 9.5],
        "notes": ["seen small"],
    }
    assert (session["name"], session["shown"], session["model"]) == ("a.png", 1, "auto")
    assert session["rounds"][0]["model"] == "clicks"
    assert session["rounds"][0]["hints"]["clicks"] == [{"x": 3.5, "y": 4.5, "is_foreground": True}]
    assert opened(reviewer, 1)["session"]["id"] == session["id"]


def test_what_was_polished_is_polished_again(reviewer: TestClient, heap: Heap) -> None:
    heap.budget = Budget(4)
    rounds = opened(reviewer, 1)["session"]["rounds"]

    assert [each["kind"] for each in rounds] == ["hints", "refine"]
    assert rounds[1]["refined"] == 4


def test_what_nobody_changed_is_taken_as_it_is(reviewer: TestClient, heap: Heap) -> None:
    """The file that the batch wrote is good enough: there is nothing to write again."""
    opened(reviewer, 1)
    progress = good(post(reviewer, "1/accept", base=1))

    assert heap.decisions == [("sub/a.png", "accepted", None)]
    assert progress == {
        "pile": "job",
        "total": 3,
        "accepted": 1,
        "rejected": 0,
        "next": 2,
        "key": "b.png",
    }
    assert house_of(reviewer).store.count()[0] == 0


def test_what_was_corrected_is_written(reviewer: TestClient, heap: Heap) -> None:
    session = opened(reviewer, 2)["session"]
    say(reviewer, session, TWO)
    good(post(reviewer, "2/accept", base=2))

    same = own()
    same.apply(SAID)
    same.apply(Hints(clicks=(*SAID.clicks, Click(20, 9, is_foreground=False))))
    ((key, decision, alpha),) = heap.decisions
    assert (key, decision) == ("b.png", "accepted")
    assert same.matte is not None
    assert alpha is not None
    assert_array_equal(alpha, same.matte.alpha)


def test_another_answer_in_the_place_of_the_first_is_a_change(
    reviewer: TestClient, heap: Heap
) -> None:
    """There are as many rounds as in the beginning, yet the answer is another."""
    session = opened(reviewer, 1)["session"]
    good(ask(reviewer, session, "undo"))
    say(reviewer, session, TWO)
    good(post(reviewer, "1/accept", base=1))

    assert heap.decisions[0][2] is not None


def test_only_what_is_on_screen_can_be_accepted(reviewer: TestClient, heap: Heap) -> None:
    """A picture that was never opened, another round, no answer at all."""
    never = post(reviewer, "1/accept", base=1)
    session = opened(reviewer, 1)["session"]
    say(reviewer, session, CLICK)
    stale = post(reviewer, "1/accept", base=1)
    good(ask(reviewer, session, "show", {"round": 0}))
    nothing = post(reviewer, "1/accept", base=0)

    assert refusal(never) == (404, "not_found")
    assert refusal(stale) == (409, "stale")
    assert refusal(nothing) == (404, "no_matte")
    assert heap.decisions == []


def test_each_is_decided_once(reviewer: TestClient, heap: Heap) -> None:
    """Two tabs, or a key that was pressed twice, change nothing."""
    opened(reviewer, 1)
    good(post(reviewer, "1/reject"))

    for path in ("1", "1/accept", "1/reject"):
        assert refusal(post(reviewer, path, base=1)) == (409, "decided")
    assert [decision[:2] for decision in heap.decisions] == [("sub/a.png", "rejected")]
    for number in (0, 4):
        assert refusal(post(reviewer, str(number))) == (404, "not_found")


def test_what_was_skipped_comes_again_after_the_last(reviewer: TestClient) -> None:
    """Until everything is decided."""
    path = "/v1/review"
    assert [good(reviewer.get(path, params={"after": n}))["next"] for n in range(4)] == [1, 2, 3, 1]
    assert good(post(reviewer, "3/reject"))["next"] == 1
    assert good(post(reviewer, "1/reject"))["next"] == 2
    assert good(post(reviewer, "2/reject")) == {
        "pile": "job",
        "total": 3,
        "accepted": 0,
        "rejected": 3,
        "next": None,
        "key": None,
    }


def test_what_cannot_be_read_or_written_stays_undecided(reviewer: TestClient, heap: Heap) -> None:
    """The reason is told, and the picture can be decided later."""
    opened(reviewer, 1)
    heap.problem = "disk must have room, got none"
    full = post(reviewer, "1/accept", base=1)
    gone = post(reviewer, "2")

    assert (full.status_code, full.json()["error"]["message"]) == (422, heap.problem)
    assert refusal(gone) == (422, "input")
    heap.problem = None
    good(post(reviewer, "1/accept", base=1))


def test_the_page_of_a_review_has_its_own_module_first(
    reviewer: TestClient, client: TestClient
) -> None:
    """It adds keys to the list that the main module shows; the usual page knows of no review."""
    text = reviewer.get("/").text

    assert 0 < text.index("web/review.js") < text.index("web/main.js")
    for file in ("review.js", "review.css"):
        assert reviewer.get(f"/web/{file}").status_code == 200
    assert "web/review" not in client.get("/").text
    assert refusal(client.get("/v1/review")) == (404, "not_found")


def test_a_review_asks_for_the_token(heap: Heap, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "guarded", token="0123456789abcdef")
    app = create_app(settings, load, heap)
    with TestClient(app, base_url="http://127.0.0.1") as stranger:
        assert refusal(stranger.get("/v1/review")) == (401, "token")
