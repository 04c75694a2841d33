"""Sessions on disk: what is written is there, and what is half written is not."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from penumbra.core.errors import OutputError
from penumbra.server.failures import RequestError
from penumbra.server.settings import Limits
from penumbra.server.store import PHOTO, PICTURE, Row, Store
from tests.full_disk import full_disk

ABOUT: dict[str, Any] = {
    "name": "cat.png",
    "model": "auto",
    "licence": "any",
    "first": "aim",
    "height": 4,
    "width": 6,
    "bits": 8,
    "has_profile": True,
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "state", Limits())
    yield made
    made.close()


def again(store: Store, limits: Limits | None = None) -> Store:
    """The same folder after a restart."""
    store.close()
    return Store(store.folder, limits or store.limits)


def test_a_session_is_what_was_said_of_it(store: Store) -> None:
    """And its photograph, byte for byte."""
    row = store.add(b"photo", **ABOUT)

    assert row == Row(**ABOUT, id=row.id, backgrounds=0, bytes=5, shown=0, used=row.used, rounds=())
    assert store.get(row.id) == row
    assert row.has_background is False
    assert store.file(row.id, PHOTO) == b"photo"
    assert store.count() == (1, 5)


def test_rounds_are_there_after_a_restart(store: Store) -> None:
    """With what is on screen; a new one takes the place of those that were undone."""
    row = store.add(b"photo", **ABOUT)
    for number in (1, 2, 3):
        store.say(row.id, number, {"number": number}, {})
    store.show(row.id, 1)

    store = again(store)
    kept = store.get(row.id)
    assert (kept.shown, kept.rounds) == (1, ({"number": 1}, {"number": 2}, {"number": 3}))
    store.say(row.id, 2, {"number": 2, "text": "é"}, {})

    kept = store.get(row.id)
    assert (kept.shown, kept.rounds) == (2, ({"number": 1}, {"number": 2, "text": "é"}))
    store.close()


def test_a_picture_to_lay_under_is_counted_and_replaced(store: Store) -> None:
    row = store.add(b"photo", **ABOUT)
    with pytest.raises(RequestError, match="background must exist"):
        store.file(row.id, PICTURE)

    store.lay_under(row.id, b"123")
    store.lay_under(row.id, b"1234567")

    kept = store.get(row.id)
    assert (kept.backgrounds, kept.has_background, kept.bytes) == (2, True, 5 + 7)
    assert store.file(row.id, PICTURE) == b"1234567"


def test_an_unknown_session_is_not_found(store: Store) -> None:
    for ask in (store.get, store.remove, lambda it: store.file(it, PHOTO)):
        with pytest.raises(RequestError, match="session must exist") as caught:
            ask("unknown")
        assert (caught.value.status, caught.value.code) == (404, "not_found")
    with pytest.raises(RequestError, match="session must exist"):
        store.lay_under("unknown", b"123")


def test_a_session_goes_with_its_rounds_and_files(store: Store) -> None:
    one, other = store.add(b"1", **ABOUT), store.add(b"2", **ABOUT)
    store.say(one.id, 1, {"number": 1}, {})

    store.remove(one.id)

    assert os.listdir(store.folder / "sessions") == [other.id]
    assert store._base.execute("SELECT COUNT(*) FROM rounds").fetchone() == (0,)
    assert store.count() == (1, 1)


def test_what_a_crash_left_half_made_is_removed(store: Store) -> None:
    """Folders without a session, and files that were not yet in their place."""
    row = store.add(b"photo", **ABOUT)
    place = store.folder / "sessions"
    half = place / ("half" * 6)
    half.mkdir()
    (half / PHOTO).write_bytes(b"ph")
    (place / row.id / ".penumbra-0123.part").write_bytes(b"pic")

    store = again(store)

    assert os.listdir(place) == [row.id]
    assert os.listdir(place / row.id) == [PHOTO]
    store.close()


def used(store: Store, row: Row, seconds_ago: float) -> None:
    """Make a session look as if it had not been used for long."""
    store._base.execute("UPDATE sessions SET used = used - ? WHERE id = ?", (seconds_ago, row.id))


def test_sessions_that_are_too_old_go(store: Store) -> None:
    """They are not found from that moment on, and swept away later."""
    store = again(store, Limits(seconds=1000))
    old, young = store.add(b"1", **ABOUT), store.add(b"2", **ABOUT)
    used(store, old, 1001)
    used(store, young, 900)

    with pytest.raises(RequestError, match="session must exist"):
        store.get(old.id)
    assert store.expire() == [old.id]
    assert store.expire() == []
    assert os.listdir(store.folder / "sessions") == [young.id]
    store.close()


def test_a_session_that_is_used_stays(store: Store) -> None:
    """Reading counts, once a minute; saying and showing always."""
    row = store.add(b"1", **ABOUT)
    store.touch(row.id)
    assert store.get(row.id).used == row.used
    uses: list[Callable[[], None]] = [
        lambda: store.touch(row.id),
        lambda: store.say(row.id, 1, {}, {}),
        lambda: store.show(row.id, 0),
    ]
    for use in uses:
        used(store, row, 100)
        use()
        assert store.get(row.id).used >= row.used


def test_a_new_session_takes_the_place_of_the_one_used_longest_ago(store: Store) -> None:
    store = again(store, Limits(sessions=2))
    rows = [store.add(b"1", **ABOUT), store.add(b"2", **ABOUT)]
    used(store, rows[1], 10)

    assert store.expire(making_room_for=1) == [rows[1].id]
    newest = store.add(b"3", **ABOUT)

    assert set(os.listdir(store.folder / "sessions")) == {rows[0].id, newest.id}
    store.close()


def test_a_large_photograph_takes_the_place_of_several(store: Store) -> None:
    """Until there are no more bytes than are allowed."""
    store = again(store, Limits(state_bytes=100))
    rows = [store.add(bytes(30), **ABOUT) for _ in range(3)]
    for row, ago in zip(rows, (30, 20, 10), strict=True):
        used(store, row, ago)

    store.expire(making_room_for=60)
    newest = store.add(bytes(60), **ABOUT)

    assert set(os.listdir(store.folder / "sessions")) == {rows[2].id, newest.id}
    assert store.count() == (2, 90)
    store.close()


def test_a_round_is_kept_whole_or_not_at_all(store: Store) -> None:
    """What was undone is still there if the new round cannot be written."""
    row = store.add(b"1", **ABOUT)
    for number in (1, 2):
        store.say(row.id, number, {"number": number}, {})
    store.show(row.id, 0)
    before = store.get(row.id)

    with pytest.raises(TypeError):
        store.say(row.id, 1, {"number": object()}, {})

    assert store.get(row.id) == before
    store.say(row.id, 1, {"number": 1}, {})
    assert store.get(row.id).rounds == ({"number": 1},)


def test_a_disk_that_takes_no_more_refuses_and_keeps_what_was(store: Store) -> None:
    """With 503; when there is room again, all goes on."""
    row = store.add(b"1", **ABOUT)
    store.say(row.id, 1, {"number": 1}, {})
    store.lay_under(row.id, b"picture")
    before = store.get(row.id)
    files = sorted(os.listdir(store.folder / "sessions"))

    with full_disk(free=1000):
        for change in (
            lambda: store.add(bytes(2000), **ABOUT),
            lambda: store.add(b"1", **ABOUT),
            lambda: store.say(row.id, 2, {"number": 2}, {}),
            lambda: store.show(row.id, 0),
            lambda: store.lay_under(row.id, bytes(2000)),
            lambda: store.remove(row.id),
        ):
            with pytest.raises(RequestError, match="state must take what is written") as caught:
                change()
            assert (caught.value.status, caught.value.code) == (503, "state")
            assert str(store.folder) not in str(caught.value)
        assert store.get(row.id) == before

    assert sorted(os.listdir(store.folder / "sessions")) == files
    assert store.file(row.id, PICTURE) == b"picture"
    store.say(row.id, 2, {"number": 2}, {})
    assert again(store).get(row.id).rounds == ({"number": 1}, {"number": 2})


def test_a_folder_that_was_taken_away_is_no_bug(store: Store) -> None:
    """Somebody cleaned up."""
    (store.folder / "sessions").rmdir()

    with pytest.raises(RequestError, match="got No such file or directory") as caught:
        store.add(b"1", **ABOUT)

    assert caught.value.status == 503
    assert store.count() == (0, 0)


def test_whether_a_round_could_be_kept_is_told(store: Store) -> None:
    assert store.is_writable()
    store._base.execute("PRAGMA query_only = ON")
    assert not store.is_writable()


def test_a_state_that_is_none_is_refused(tmp_path: Path) -> None:
    """A file stands there, or another program's data."""
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "penumbra.sqlite3").write_bytes(b"no database at all" * 100)

    for name in ("file", "other"):
        with pytest.raises(OutputError, match="state must be a folder to write in, got"):
            Store(tmp_path / name, Limits())


def test_what_is_kept_is_through_to_the_disk(store: Store) -> None:
    """The database is told so: a kill cannot lose what was answered."""
    assert store._base.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert store._base.execute("PRAGMA synchronous").fetchone() == (2,)
    store.close()
    with pytest.raises(sqlite3.ProgrammingError):
        store._base.execute("SELECT 1")


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    """Neither its files nor its rights are changed; what is not ours in our own stays, too."""
    (tmp_path / "sessions" / "mine").mkdir(parents=True)
    (tmp_path / "sessions" / "mine" / "file").write_bytes(b"precious")
    rights = tmp_path.stat().st_mode

    with pytest.raises(OutputError, match="state must be a folder of its own, got files in"):
        Store(tmp_path, Limits())

    assert (tmp_path / "sessions" / "mine" / "file").read_bytes() == b"precious"
    assert tmp_path.stat().st_mode == rights


def test_what_is_not_ours_in_our_own_folder_stays(store: Store) -> None:
    (store.folder / "sessions" / "notes").mkdir()

    store = again(store)

    assert os.listdir(store.folder / "sessions") == ["notes"]
    store.close()


def test_a_folder_has_one_server_at_a_time(store: Store) -> None:
    """Each would take what the other keeps in memory for what is on disk."""
    with pytest.raises(OutputError, match="state must be of no other server"):
        Store(store.folder, Limits())

    store = again(store)
    store.close()


def test_what_was_said_counts(store: Store) -> None:
    """To the bytes of the state, and against the limit of one session."""
    store = again(store, Limits(said_bytes=100))
    row = store.add(b"photo", **ABOUT)
    store.say(row.id, 1, {}, {"text": "x" * 40})
    assert store.count() == (1, 5 + 2 + 52)

    with pytest.raises(RequestError, match="at most 100 bytes of hints") as refused:
        store.say(row.id, 2, {}, {"text": "x" * 40})

    assert (refused.value.status, refused.value.code) == (409, "rounds")
    assert store.get(row.id).shown == 1
    assert store.hints(row.id) == [{"text": "x" * 40}]
    store.close()
