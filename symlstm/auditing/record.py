"""The record of an audit: a JSON file that a case is appended to as soon as it is done.

It is one object: a first line that says which audit it is, a line for each case, and a last line
that closes it. A case takes the place of the last line, which is written anew behind it, so that
the file is JSON whenever nobody is writing to it, and appending costs the same however long it is.
A line begins with its comma: a write that is cut off anywhere leaves the lines before as they were,
and is made up for. A line that was damaged in any other way is an error; see
`symlstm.auditing.lines` for how that is noticed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from io import FileIO
from pathlib import Path
from typing import Any

from symlstm.auditing import lines
from symlstm.auditing.lines import TAIL
from symlstm.auditing.result import Result
from symlstm.errors import OutputError
from symlstm.files.reading import handle
from symlstm.numbers.budget import afford


class Record:
    """An open record; made by `opened`, and closed by ``close``.

    ``results`` has what the file holds, by case, each once.
    """

    def __init__(self, path: Path, file: FileIO, about: Mapping[str, Any]) -> None:
        self.path = path
        self.results: dict[int, Result] = {}
        self._file = file
        self._end, self._seal = self._resume(about)

    def append(self, result: Result) -> None:
        """Add a case, and see to it that it is on the disk."""
        line, seal = lines.case(result, self._seal, first=not self.results)
        self._write(b"\n" + line)
        self._end += 1 + len(line)
        self._seal = seal
        self.results[int(result["case"])] = result

    def close(self) -> None:
        """Close the file, and let others have it."""
        self._file.close()

    def _write(self, content: bytes) -> None:
        rest = content + TAIL
        try:
            self._file.seek(self._end)
            while rest:
                rest = rest[self._file.write(rest) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def _resume(self, about: Mapping[str, Any]) -> tuple[int, bytes]:
        """Read what the file holds; return where the next case goes, and the checksum before it.

        That is after a whole last line.
        """
        content = self._file.read()
        if not content or lines.is_begun(content, about):
            head, seal = lines.head(about)
            self._end = 0
            self._write(head)
            return len(head), seal
        contents = lines.read(self.path, content, about)
        self.results = contents.results
        if content[contents.end :] != TAIL:
            self._end = contents.end
            self._file.truncate(self._end)
            self._write(b"")
        return contents.end, contents.seal


def opened(path: Path, about: Mapping[str, Any]) -> Record:
    """Return the record at ``path`` of the audit that ``about`` tells from others.

    A new file is begun, and one that belongs to the same audit is gone on with. Raises
    `OutputError` for any other, which is left as it is, and for one that is being written to.
    """
    # Without a buffer: what one holds when the disk is full would be written again by close.
    file = os.fdopen(handle(path, os.O_RDWR | os.O_CREAT, OutputError), "r+b", buffering=0)
    try:
        afford("data_bytes", os.fstat(file.fileno()).st_size, what=str(path), argument="record")
        _lock(path, file)
        return Record(path, file, about)
    except BaseException:
        file.close()
        raise


def _lock(path: Path, file: FileIO) -> None:
    """Keep the file from other audits, where the system has such locks."""
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        message = f"{path}: another audit is writing to it; wait for it, or name another file"
        raise OutputError(message) from error
    except OSError:  # a file system without locks
        return


def _unwritable(path: Path, error: OSError) -> OutputError:
    return OutputError(f"{path}: cannot be written: {error.strerror}")
