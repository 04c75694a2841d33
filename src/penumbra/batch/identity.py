"""When an input is the same as before: its bytes, and those of the hint that belongs to it."""

from hashlib import sha256
from pathlib import Path, PurePosixPath

from penumbra.batch.folder import stamp_of
from penumbra.batch.hint_files import HintFiles
from penumbra.core.errors import HintError


def input_hash(data: bytes, key: str, files: HintFiles | None) -> str:
    """Return SHA-256 in hexadecimal of an input and of its hint, if there is one.

    Args:
        data: The bytes of the photograph.
        key: Its place in INPUT.
        files: Where hints are, or None.
    """
    hashed = sha256(data)
    path = _hint_of(key, files)
    if path is not None:
        try:
            hashed.update(path.read_bytes())
        except OSError:  # which cutting out will refuse
            hashed.update(b"unreadable")
    return hashed.hexdigest()


def input_stamp(stamp: str | None, key: str, files: HintFiles | None) -> str | None:
    """Return size and time of an input and of its hint; None where nobody says.

    Args:
        stamp: Of the photograph.
        key: Its place in INPUT.
        files: Where hints are, or None.
    """
    if stamp is None or files is None:
        return stamp
    path = _hint_of(key, files)
    return f"{stamp} {'none' if path is None else stamp_of(path)}"


def _hint_of(key: str, files: HintFiles | None) -> Path | None:
    try:
        return None if files is None else files.find(PurePosixPath(key))
    except HintError:  # none, or several, which cutting out will refuse
        return None
