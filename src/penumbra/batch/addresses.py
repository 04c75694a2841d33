"""Bytes from where they are: a path, an fsspec address, or a row of a Parquet file.

/photographs/cat.jpg
s3://bucket/photographs/cat.jpg
/sets/photographs.parquet#row=17        the column `bytes` of that row
"""

import errno
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from penumbra.batch.folder import stamp_of
from penumbra.core.errors import ImageError, InputError

PAUSES = (0.5, 2.0, 8.0)
"""Seconds to wait before a fault that may pass is met again."""

_ROW = re.compile(r"(.*)#row=([0-9]+)", re.DOTALL)
_LASTING = (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError)
_LASTING_NUMBERS = (errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL)
_MOVING = ("ETag", "mtime", "LastModified", "created")  # what file systems say of a change


def is_remote(address: str) -> bool:
    """Whether an address is one for fsspec.

    Example:
        >>> is_remote("s3://bucket/cat.jpg"), is_remote("photographs/cat.jpg")
        (True, False)
    """
    return "://" in address


def row_address(file: str, row: int) -> str:
    """Return the address of the bytes in a row, from 0, of a Parquet file."""
    return f"{file}#row={row}"


def read_bytes(address: str, name: str, pauses: Sequence[float] = PAUSES) -> bytes:
    """Read what is at an address; a fault that may pass is waited for.

    Args:
        address: See above.
        name: What to call it in an error.
        pauses: Seconds to wait before each new try.

    Raises:
        ImageError: There is nothing, or it cannot be read; the cause says what was met.
        InputError: What it takes is not installed.
    """
    for pause in pauses:
        try:
            return _read(address)
        except (InputError, *_LASTING) as error:
            raise _refusal(name, error) from error
        except Exception as error:  # clients of object stores raise everything
            if isinstance(error, OSError) and error.errno in _LASTING_NUMBERS:
                raise _refusal(name, error) from error
            time.sleep(pause)
    try:
        return _read(address)
    except Exception as error:  # as above
        raise _refusal(name, error) from error


def open_file_system(address: str) -> tuple[Any, str]:
    """Return the file system of an fsspec address, and the path in it.

    Raises:
        InputError: It is not installed, or the address is none.
    """
    with installed("batch", "fsspec"):
        import fsspec
    try:
        return fsspec.core.url_to_fs(address)
    except ImportError as error:  # which of them, fsspec says
        raise InputError(f"{address} must be readable, got {error} (penumbra[s3])") from error
    except ValueError as error:
        raise InputError(f"{address} must be an address for fsspec, got {error}") from error


@contextmanager
def installed(extra: str, *packages: str) -> Iterator[None]:
    """Name the extra that is missing where an import fails.

    Raises:
        InputError: One of the packages is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name not in packages:
            raise
        came = f"got no {error.name}: pip install 'penumbra[{extra}]'"
        raise InputError(f"extra {extra} must be installed, {came}") from error


def stamp_at(address: str) -> str | None:
    """Return what changes where the bytes at an address do; None where nobody says."""
    row = _ROW.fullmatch(address)
    if row is not None:
        return stamp_at(row[1])
    if not is_remote(address):
        return stamp_of(address)
    files, path = open_file_system(address)
    try:
        return stamp_from(files.info(path))
    except Exception:  # clients of object stores raise everything; reading will say what
        return None


def stamp_from(info: Mapping[str, Any]) -> str | None:
    """Return the stamp that fsspec's account of a file makes."""
    moving = next((str(info[name]) for name in _MOVING if info.get(name)), None)
    return None if moving is None else f"{info.get('size')}-{moving}"


def _read(address: str) -> bytes:
    row = _ROW.fullmatch(address)
    if row is not None:
        return _read_row(row[1], int(row[2]))
    if not is_remote(address):
        return Path(address).read_bytes()
    files, path = open_file_system(address)
    data: bytes = files.cat_file(path)
    return data


def _read_row(file: str, row: int) -> bytes:
    parquet = open_parquet(file)
    group = 0
    while row >= (rows := parquet.metadata.row_group(group).num_rows):
        row -= rows
        group += 1
    data = _column(file, stamp_at(file), group)[row].as_py()
    if not isinstance(data, bytes):
        raise ImageError(f"column bytes must hold a file in each row, got {data!r}")
    return data


def open_parquet(file: str) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Open a Parquet file.

    Raises:
        InputError: It is none, or what it takes is not installed.
    """
    with installed("batch", "pyarrow"):
        import pyarrow
        import pyarrow.parquet
    try:
        if not is_remote(file):
            return pyarrow.parquet.ParquetFile(file)
        files, path = open_file_system(file)
        return pyarrow.parquet.ParquetFile(files.open(path, "rb"))
    except (pyarrow.ArrowInvalid, FileNotFoundError) as error:
        raise InputError(f"{file} must be a whole Parquet file, got {error}") from error


@lru_cache(maxsize=1)
def _column(file: str, stamp: str | None, group: int) -> Any:  # noqa: ANN401 - as above
    """The bytes of a group of rows; rows are asked for in their order, so one is kept."""
    return open_parquet(file).read_row_group(group, columns=["bytes"]).column("bytes")


def _refusal(name: str, error: Exception) -> Exception:
    if isinstance(error, InputError):
        return error
    reason = error.strerror if isinstance(error, OSError) else None
    return ImageError(f"{name} must be readable, got {reason or str(error) or repr(error)}")
