"""`penumbra review`: what it starts, and what it refuses to."""

import json
import re
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import uvicorn
from click.testing import Result
from fastapi import FastAPI
from starlette.testclient import TestClient

from penumbra.batch.folder import JobFolder
from penumbra.batch.identity import input_hash
from penumbra.batch.review import Decisions
from penumbra.cli.review_pile import FolderPile, wish_of
from penumbra.core.budget import Budget
from penumbra.core.errors import InputError
from penumbra.io import read_photograph, save_alpha
from penumbra.server.app import create_app
from penumbra.server.settings import Settings
from tests.likeness import load
from tests.review_piles import WISH, made

Review = Callable[[str], Result]


@pytest.fixture
def folder(here: Path) -> JobFolder:
    """Two results in review."""
    return made(here)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[FastAPI]]:
    """What would be served; Ctrl-C comes at once."""
    found: list[FastAPI] = []

    def run(server: uvicorn.Server, sockets: list[socket.socket]) -> None:
        assert isinstance(server.config.app, FastAPI)
        found.append(server.config.app)
        found[-1].state.house.store.close()
        raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr("uvicorn.Server.run", run)
    yield found
    signal.signal(signal.SIGTERM, before)


def test_the_pile_and_its_address_are_told(
    penumbra: Review, folder: JobFolder, served: list[FastAPI]
) -> None:
    """On standard error; Ctrl-C is the usual end, and what is left is told then."""
    result = penumbra("review out --port 0")

    assert result.exit_code == 0, result.output
    told = result.stderr.splitlines()
    assert re.fullmatch(r"2 to review on http://127\.0\.0\.1:\d+/", told[0])
    assert told[1:] == ["2 left to review in out"]
    assert [item.key for item in served[0].state.review.pile.items] == ["a.png", "sub/b.png"]
    assert len(folder.report.read_text().splitlines()) == 2


def test_an_empty_pile_starts_nothing(
    penumbra: Review, folder: JobFolder, served: list[FastAPI]
) -> None:
    for record in folder.pile():
        Decisions(folder, WISH).reject(record)

    result = penumbra("review out --port 0")

    assert (result.exit_code, result.stderr) == (0, "nothing to review in out\n")
    assert served == []


def test_a_folder_of_something_else_is_refused(penumbra: Review, here: Path) -> None:
    """Also one that is not there."""
    (here / "plain").mkdir()

    for name in ("plain", "nowhere"):
        result = penumbra(f"review {name}")
        assert result.exit_code == 2
        assert f"{name} must be the folder of a batch, got No such file" in result.stderr


def test_a_batch_at_work_is_not_disturbed(penumbra: Review, folder: JobFolder) -> None:
    """Nor is another review."""
    with folder.locked():
        result = penumbra("review out")

    assert result.exit_code == 2
    assert "out must be free of batches, got one that is at work" in result.stderr


def test_other_weights_are_refused(penumbra: Review, folder: JobFolder) -> None:
    """The page would show another matte than lies in the pile."""
    folder.write_manifest({**folder.manifest(), "weights": {}})
    result = penumbra("review out")

    assert result.exit_code == 2
    assert "weights of aim must be those of the batch, got others" in result.stderr


def test_a_port_that_is_taken_is_refused(penumbra: Review, folder: JobFolder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = penumbra(f"review out --port {port}")

    assert result.exit_code == 2
    assert "address must be one that is free here" in result.stderr


def test_what_was_asked_of_the_batch_is_read_from_its_manifest(here: Path) -> None:
    (here / "masks").mkdir()
    options = {"model": "clicks", "licence": "open", "background": "white", "refine": "8"}
    wish = wish_of({"options": {**options, "mask": str(here / "masks"), "trimap": None}})

    assert (wish.model, wish.licence, wish.budget) == ("clicks", "open", Budget(8))
    assert wish.files is not None
    assert (wish.files.kind, wish.files.root) == ("mask", here / "masks")
    assert wish.backdrop is not None
    plain = wish_of({"options": {}})
    assert (plain.model, plain.files, plain.backdrop) == ("auto", None, None)
    with pytest.raises(InputError, match="manifest must say its options, got None"):
        wish_of({})


def test_decisions_go_into_the_folder(folder: JobFolder, here: Path) -> None:
    """By the routes of the server, as the page does it."""
    first, second = folder.pile()
    app = create_app(Settings(here / "state"), load, FolderPile(folder, WISH))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        opened = client.post("/v1/review/1").json()
        assert client.post("/v1/review/1/accept", json={"base": 1}).status_code == 200
        (here / "in" / second.key).unlink()
        assert client.post("/v1/review/2").status_code == 422
        assert client.post("/v1/review/2/reject").status_code == 200

    assert (opened["key"], opened["risk"], tuple(opened["spot"])) == (
        first.key,
        first.risk,
        first.spot,
    )
    assert folder.pile() == []
    now = folder.records()
    assert [now[it.key].verdict for it in (first, second)] == ["ok", "quarantine"]
    assert json.loads((folder.root / "quarantine/sub/b.json").read_text())["kind"] == "Rejected"


def test_trimaps_of_the_batch_are_shown_again(folder: JobFolder, here: Path) -> None:
    """Each photograph has its own, found by its place."""
    (here / "masks/sub").mkdir(parents=True)
    photograph = read_photograph(here / "in/sub/b.png")
    save_alpha(here / "masks/sub/b.png", (photograph.rgb[:, :, 0] > 0.5).astype(np.float32))
    wish = wish_of({"options": {"mask": str(here / "masks")}})
    seen = input_hash((here / "in/sub/b.png").read_bytes(), "sub/b.png", wish.files)
    folder.append(replace(folder.records()["sub/b.png"], input_hash=seen))
    pile = FolderPile(folder, wish)
    opening = pile.open(next(item for item in pile.items if item.key == "sub/b.png"))

    assert opening.hints.mask is not None
    assert opening.hints.mask.shape == photograph.rgb.shape[:2]
