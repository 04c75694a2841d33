"""Sessions on disk: who they are and what was said in SQLite, photographs as files beside it.

    STATE/penumbra.sqlite3      sessions and rounds
    STATE/sessions/ID/photo     the file as it was uploaded
    STATE/sessions/ID/picture   a picture to lay the object over, if there is one

A round is there from the moment its request is answered: it is one transaction, written through to
the disk.  Mattes are not kept, they are made again from what was said.  A folder belongs to one
server at a time.
"""

import json
import re
import secrets
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penumbra.core.errors import OutputError
from penumbra.io import write_atomically
from penumbra.server.failures import RequestError, not_found
from penumbra.server.settings import Limits

PHOTO, PICTURE = "photo", "picture"

_BASE = "penumbra.sqlite3"
_ID = re.compile(r"[A-Za-z0-9_-]{24}")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, model TEXT NOT NULL, licence TEXT NOT NULL,
    first TEXT NOT NULL, height INTEGER NOT NULL, width INTEGER NOT NULL, bits INTEGER NOT NULL,
    has_profile INTEGER NOT NULL, backgrounds INTEGER NOT NULL,
    bytes INTEGER NOT NULL, shown INTEGER NOT NULL DEFAULT 0, used REAL NOT NULL);
CREATE TABLE IF NOT EXISTS rounds (
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE, number INTEGER NOT NULL,
    about TEXT NOT NULL, hints TEXT, PRIMARY KEY (session, number));
CREATE TABLE IF NOT EXISTS probe (id INTEGER PRIMARY KEY, at REAL);
"""


@dataclass(frozen=True)
class Row:
    """What is known of a session without its photograph.

    Attributes:
        id: That nobody can guess.
        name: Of the photograph's file.
        model: That was chosen, or "auto".
        licence: "any" or "open".
        first: Model that is asked first.
        height: Of the photograph.
        width: Of the photograph.
        bits: A sample.
        has_profile: Whether the photograph has an ICC profile.
        backgrounds: Pictures to lay the object over that have come; the last one is kept.
        bytes: Of both files.
        shown: Rounds that lead to what is on screen.
        used: When it was last asked for, seconds since 1970.
        rounds: What is known of each but its hints, as JSON holds it, those that had been undone
            included.
    """

    id: str
    name: str
    model: str
    licence: str
    first: str
    height: int
    width: int
    bits: int
    has_profile: bool
    backgrounds: int
    bytes: int
    shown: int
    used: float
    rounds: tuple[dict[str, Any], ...] = ()

    @property
    def has_background(self) -> bool:
        """Whether there is a picture to lay the object over."""
        return self.backgrounds > 0


_SAID = "COALESCE(SUM(LENGTH(about) + LENGTH(COALESCE(hints, ''))), 0)"
_ALL_SAID = f"(SELECT {_SAID} FROM rounds WHERE session = sessions.id)"

_COLUMNS = tuple(name for name in Row.__dataclass_fields__ if name != "rounds")


class Store:
    """All sessions of a server.

    Args:
        folder: Is made; what a crash left there half made is removed.
        limits: Sessions, bytes and age.

    Raises:
        OutputError: The folder cannot be written, belongs to another program, or another server
            has it.
    """

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.folder, self.limits = folder, limits
        self._lock = threading.RLock()
        try:
            if folder.exists() and not (folder / _BASE).exists() and any(folder.iterdir()):
                raise OutputError(f"state must be a folder of its own, got files in {folder}")
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (folder / "sessions").mkdir(exist_ok=True)
            self._base = sqlite3.connect(
                folder / _BASE, check_same_thread=False, isolation_level=None, timeout=1
            )
            # Held for as long as the server lives: another one is refused.
            self._base.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._base.execute("PRAGMA journal_mode = WAL")
            self._base.execute("PRAGMA synchronous = FULL")
            self._base.execute("PRAGMA foreign_keys = ON")
            self._base.executescript(_SCHEMA)
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise OutputError(f"state must be of no other server, got {folder}") from error
            raise OutputError(
                f"state must be a folder to write in, got {folder}: {error}"
            ) from error
        except (OSError, sqlite3.Error) as error:
            raise OutputError(
                f"state must be a folder to write in, got {folder}: {error}"
            ) from error
        known = {row[0] for row in self._base.execute("SELECT id FROM sessions")}
        for left in (folder / "sessions").iterdir():
            if left.name not in known and _ID.fullmatch(left.name):
                shutil.rmtree(left, ignore_errors=True)
        for half in (folder / "sessions").glob("*/.*.part"):
            half.unlink()

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            self._base.close()

    def is_writable(self) -> bool:
        """Tell whether a round could be kept."""
        try:
            with self._change():
                self._base.execute("INSERT OR REPLACE INTO probe VALUES (1, ?)", (time.time(),))
        except (sqlite3.Error, RequestError):
            return False
        return True

    def add(self, photo: bytes, **about: object) -> Row:
        """Keep a new session, of the columns of `Row`, and return it; see `expire` for its room.

        Raises:
            RequestError: The disk takes no more.
        """
        made = secrets.token_urlsafe(18)
        row = {**about, "id": made, "backgrounds": 0, "shown": 0, "used": time.time()}
        row["bytes"] = len(photo)
        place = self.folder / "sessions" / made
        try:
            _write(place / PHOTO, photo)
            with self._change():
                names = ", ".join(_COLUMNS)
                values = ", ".join(f":{name}" for name in _COLUMNS)
                self._base.execute(f"INSERT INTO sessions ({names}) VALUES ({values})", row)
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise
        return self.get(made)

    def get(self, session: str) -> Row:
        """Return a session.

        Raises:
            RequestError: There is none of that name.
        """
        with self._lock:
            found = self._base.execute(
                f"SELECT {', '.join(_COLUMNS)} FROM sessions WHERE id = ?", (session,)
            ).fetchone()
            if found is None or found[-1] < time.time() - self.limits.seconds:
                raise not_found()
            rounds = self._base.execute(
                "SELECT about FROM rounds WHERE session = ? ORDER BY number", (session,)
            ).fetchall()
        known = dict(zip(_COLUMNS, found, strict=True))
        known["has_profile"] = bool(known["has_profile"])
        return Row(**known, rounds=tuple(json.loads(about) for (about,) in rounds))

    def hints(self, session: str, number: int | None = None) -> list[dict[str, Any]]:
        """Return the hints of all rounds, or of one; those of a refinement are empty."""
        one = "" if number is None else " AND number = ?"
        which = (session,) if number is None else (session, number)
        with self._lock:
            found = self._base.execute(
                f"SELECT hints FROM rounds WHERE session = ?{one} ORDER BY number", which
            ).fetchall()
        return [json.loads(hints or "{}") for (hints,) in found]

    def file(self, session: str, name: str) -> bytes:
        """Return a file of a session; raises as `get`."""
        try:
            return (self.folder / "sessions" / session / name).read_bytes()
        except OSError as error:
            raise not_found("session" if name == PHOTO else "background") from error

    def say(
        self, session: str, number: int, about: dict[str, Any], hints: dict[str, Any] | None
    ) -> None:
        """Keep a round, the last one from now on, and put it on screen.

        Args:
            session: Its id.
            number: Of the round.
            about: What is told of it.
            hints: What was said; None of a refinement.

        Raises:
            RequestError: More was said than is kept, or the disk takes no more.
        """
        said = None if hints is None else json.dumps(hints)
        with self._change():
            self._base.execute(
                "DELETE FROM rounds WHERE session = ? AND number >= ?", (session, number)
            )
            self._base.execute(
                "INSERT INTO rounds (session, number, about, hints) VALUES (?, ?, ?, ?)",
                (session, number, json.dumps(about), said),
            )
            (size,) = self._base.execute(
                f"SELECT {_SAID} FROM rounds WHERE session = ?", (session,)
            ).fetchone()
            if size > self.limits.said_bytes:
                most = f"{self.limits.said_bytes:,} bytes of hints"
                raise RequestError(409, "rounds", f"session must have at most {most}, got more")
            self._base.execute(
                "UPDATE sessions SET shown = ?, used = ? WHERE id = ?",
                (number, time.time(), session),
            )

    def show(self, session: str, shown: int) -> None:
        """Put a round on screen."""
        with self._change():
            self._base.execute(
                "UPDATE sessions SET shown = ?, used = ? WHERE id = ?",
                (shown, time.time(), session),
            )

    def touch(self, session: str) -> None:
        """Say that a session is in use; not more than once a minute is that written."""
        now = time.time()
        with self._change():
            self._base.execute(
                "UPDATE sessions SET used = ? WHERE id = ? AND used < ?", (now, session, now - 60)
            )

    def lay_under(self, session: str, picture: bytes) -> None:
        """Keep a picture to lay the object over; raises as `add` and `get`."""
        self.get(session)
        place = self.folder / "sessions" / session / PICTURE
        with self._lock:
            before = place.stat().st_size if place.exists() else 0
            _write(place, picture)
            with self._change():
                self._base.execute(
                    "UPDATE sessions SET backgrounds = backgrounds + 1, bytes = bytes + ? "
                    "WHERE id = ?",
                    (len(picture) - before, session),
                )

    def remove(self, session: str) -> None:
        """Forget a session; raises as `get`."""
        self.get(session)
        self._drop([session])

    def expire(self, making_room_for: int = 0) -> list[str]:
        """Forget sessions that are too old, too many or too large, and return which."""
        limits = self.limits
        with self._lock:
            rows = self._base.execute(
                f"SELECT id, bytes + {_ALL_SAID}, used FROM sessions ORDER BY used DESC"
            ).fetchall()
            kept, total, dropped = (1 if making_room_for else 0), making_room_for, []
            for name, size, used in rows:
                is_old = used < time.time() - limits.seconds
                if is_old or kept >= limits.sessions or total + size > limits.state_bytes:
                    dropped.append(name)
                else:
                    kept, total = kept + 1, total + size
            self._drop(dropped)
        return dropped

    def count(self) -> tuple[int, int]:
        """Return how many sessions there are, and the bytes that they take."""
        with self._lock:
            found = self._base.execute(
                f"SELECT COUNT(*), COALESCE(SUM(bytes + {_ALL_SAID}), 0) FROM sessions"
            )
            sessions, size = found.fetchone()
        return int(sessions), int(size)

    def _drop(self, sessions: list[str]) -> None:
        with self._change():
            for session in sessions:
                self._base.execute("DELETE FROM sessions WHERE id = ?", (session,))
        for session in sessions:
            shutil.rmtree(self.folder / "sessions" / session, ignore_errors=True)

    @contextmanager
    def _change(self) -> Iterator[None]:
        """Do all of it or nothing.

        Raises:
            RequestError: The disk takes no more.
        """
        with self._lock:
            try:
                self._base.execute("BEGIN IMMEDIATE")
                try:
                    yield
                except BaseException:
                    self._base.execute("ROLLBACK")
                    raise
                self._base.execute("COMMIT")
            except sqlite3.Error as error:
                raise _full(error) from error


def _write(place: Path, data: bytes) -> None:
    """Write a file of a session, in whose folder it may be the first one."""
    try:
        place.parent.mkdir(exist_ok=True)
        write_atomically(place, data)
    except (OSError, OutputError) as error:
        # Not in the words of the error, which tell the path to the session.
        raise _full(error.__cause__ or error) from error


def _full(error: BaseException) -> RequestError:
    reason = getattr(error, "strerror", None) or str(error)
    return RequestError(503, "state", f"state must take what is written, got {reason}")
