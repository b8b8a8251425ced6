"""Read a file: a regular one, and no more of it than may be."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from symlstm.errors import SymlstmError
from symlstm.numbers.budget import afford

_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""A pipe that nobody writes to is opened at once, and then refused."""

LONGEST_NAME = 400
"""Paths of more characters are shown in part."""


def opened(path: Path, error: type[SymlstmError]) -> BinaryIO:
    """Return a regular file, open for reading; raises ``error`` for anything else at the path.

    Nothing else is waited for or read: no pipe, no device, no folder.
    """
    return os.fdopen(handle(path, os.O_RDONLY, error), "rb")


def handle(path: Path, options: int, error: type[SymlstmError]) -> int:
    """Return the handle of a regular file, opened with the ``options`` of `os.open`.

    Raises ``error`` for anything else at the path.
    """
    what = "read" if options == os.O_RDONLY else "written"
    try:
        number = os.open(path, options | _AT_ONCE, 0o666)
    except (OSError, ValueError) as cause:  # a ValueError is for a name that no file can have
        raise error(f"{named(path)}: cannot be {what}: {reason(cause)}") from cause
    mode = os.fstat(number).st_mode
    if stat.S_ISREG(mode):
        return number
    os.close(number)
    kind = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
    raise error(f"{named(path)}: cannot be {what}: it is {kind}; name a file")


def read_bytes(path: Path, limit: str, error: type[SymlstmError]) -> bytes:
    """Return what a file holds.

    ``limit`` names the row of the budget that says how many bytes it may be. Raises ``error`` for
    what is no file, or cannot be read, and `TooLargeError` for one that is larger.
    """
    with opened(path, error) as file:
        size = os.fstat(file.fileno()).st_size
        most = afford(limit, size, what=named(path))
        try:
            content = file.read(most + 1)  # some files hold more than they say
        except OSError as cause:
            raise error(f"{named(path)}: cannot be read: {reason(cause)}") from cause
    afford(limit, len(content), what=named(path))
    return content


def read_start(path: Path, count: int, error: type[SymlstmError]) -> bytes:
    """Return the first ``count`` bytes of a file; raises as `read_bytes` does."""
    with opened(path, error) as file:
        try:
            return file.read(count)
        except OSError as cause:
            raise error(f"{named(path)}: cannot be read: {reason(cause)}") from cause


def read_part(path: Path, offset: int, count: int, error: type[SymlstmError]) -> bytes:
    """Return ``count`` bytes of a file from ``offset`` on; raises ``error`` if it has fewer."""
    with opened(path, error) as file:
        size = os.fstat(file.fileno()).st_size
        short = f"{named(path)}: has {size:,} bytes, and {offset + count:,} are asked for"
        if offset + count > size:
            raise error(f"{short}; it is cut off, or another file than is meant")
        try:
            file.seek(offset)
            content = file.read(count)
        except OSError as cause:
            raise error(f"{named(path)}: cannot be read: {reason(cause)}") from cause
    if len(content) < count:  # it has become shorter
        raise error(short)
    return content


def named(path: Path) -> str:
    """Return a path for a message: its beginning and its end, if it is long."""
    text = str(path)
    return text if len(text) <= LONGEST_NAME else f"{text[:100]}...{text[-60:]}"


def reason(cause: Exception) -> str:
    """Return why the system refused a file."""
    return (isinstance(cause, OSError) and cause.strerror) or str(cause)
