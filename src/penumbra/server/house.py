"""What the routes of one server share, and how they have work done."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import TypeVar

from fastapi import Request, UploadFile

from penumbra.server.desk import Desk
from penumbra.server.failures import RequestError
from penumbra.server.settings import Settings
from penumbra.server.store import Row, Store
from penumbra.server.worker import CLIENT_GONE, Ticket, Urgency, Worker

T = TypeVar("T")

_LOOK = 0.2  # seconds between looks whether the client is still there
_NAME = 100  # characters of a file's name that are kept


@dataclass(frozen=True, eq=False)
class House:
    """Of one server.

    Attributes:
        settings: What it was told.
        store: Sessions on disk.
        desk: Sessions in memory.
        worker: Does what takes long.
    """

    settings: Settings
    store: Store
    desk: Desk
    worker: Worker

    async def run(
        self, request: Request, work: Callable[[Ticket], T], urgency: Urgency = "usual"
    ) -> T:
        """Have work done for as long as its client is there; see `Worker.run`."""
        ticket = Ticket()
        doing = asyncio.ensure_future(self.worker.run(work, ticket, urgency))
        watching = asyncio.ensure_future(_until_gone(request))
        try:
            await asyncio.wait({doing, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                watching.result()  # a body that nobody asked for may be too long
                raise RequestError(CLIENT_GONE, "gone", "request must be waited for, got nobody")
            return doing.result()
        finally:
            ticket.call_off()
            watching.cancel()
            doing.cancel()

    def row(self, session: str, base: int | None = None) -> Row:
        """Return a session.

        Args:
            session: Its id.
            base: What the caller believes is on screen; None believes nothing.

        Raises:
            RequestError: There is none, or something else is on screen.
        """
        row = self.store.get(session)
        if base is not None and base != row.shown:
            message = f"base must be the round on screen, {row.shown}, got {base}"
            raise RequestError(409, "stale", message)
        self.store.touch(session)
        return row


def house_of(request: Request) -> House:
    """Return what the routes share; for `Depends`."""
    house: House = request.app.state.house
    return house


def name_of(upload: UploadFile) -> str:
    """Return the name of an uploaded file, without any folder and without what does not show."""
    name = PureWindowsPath(PurePosixPath(upload.filename or "").name).name
    name = "".join(letter for letter in name if letter.isprintable())[:_NAME].strip()
    return name.lstrip(".") or "photo"


async def _until_gone(request: Request) -> None:
    while not await request.is_disconnected():
        await asyncio.sleep(_LOOK)
