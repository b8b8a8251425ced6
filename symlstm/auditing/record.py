"""The record of an audit: a JSON file that a case is appended to as soon as it is done.

It is one object: a first line that says which audit it is, a line for each case, and a last line
that closes it. A case takes the place of the last line, which is written anew behind it, so that
the file is JSON whenever nobody is writing to it, and appending costs the same however long it is.
A line begins with its comma: a write that is cut off anywhere leaves the lines before as they were.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from symlstm.errors import OutputError

FORMAT = "symlstm audit, version 1"
MARK = f'{{"format": "{FORMAT}"'.encode()
"""What every record begins with."""
TAIL = b"\n]}\n"

Result = dict[str, Any]


class Record:
    """An open record; made by `opened`, and closed by ``close``.

    ``results`` has what the file holds, by case, each once.
    """

    def __init__(self, path: Path, file: BinaryIO, about: Mapping[str, Any]) -> None:
        self.path = path
        self.results: dict[int, Result] = {}
        self._file = file
        self._end = self._resume(_head(about), about)

    def append(self, result: Result) -> None:
        """Add a case, and see to it that it is on the disk."""
        comma = b"," if self.results else b""
        line = b"\n" + comma + _line(result)
        try:
            self._write(line)
        except OSError as error:
            raise _unwritable(self.path, error) from error
        self._end += len(line)
        self.results[int(result["case"])] = result

    def close(self) -> None:
        """Close the file, and let others have it."""
        self._file.close()

    def _write(self, lines: bytes) -> None:
        self._file.seek(self._end)
        self._file.write(lines + TAIL)
        self._file.flush()
        os.fsync(self._file.fileno())

    def _resume(self, head: bytes, about: Mapping[str, Any]) -> int:
        """Read what the file holds; return where the next case goes, after a whole last line."""
        content = self._file.read()
        is_begun = content.startswith(MARK) and (head + TAIL).startswith(content)
        if not content or is_begun:  # cut off before the first case
            self._end = 0
            self._write(head)
            return len(head)
        _compare(self.path, content, about)
        end = content.index(b"\n") if b"\n" in content else len(content)
        for line in _lines(self.path, content, end):
            result = json.loads(line.removeprefix(b","))
            self.results.setdefault(result["case"], result)
            end += 1 + len(line)
        if content[end:] != TAIL:
            self._file.truncate(end)
            self._end = end
            self._write(b"")
        return end


def opened(path: Path, about: Mapping[str, Any]) -> Record:
    """Return the record at ``path`` of the audit that ``about`` tells from others.

    A new file is begun, and one that belongs to the same audit is gone on with. Raises
    `OutputError` for any other, which is left as it is, and for one that is being written to.
    """
    if Path(path).exists() and not Path(path).is_file():
        raise OutputError(f"{path}: is no file; name one, or a new one")
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
    except OSError as error:
        raise _unwritable(path, error) from error
    file = os.fdopen(handle, "r+b")
    try:
        _lock(path, file)
        return Record(path, file, about)
    except BaseException:
        file.close()
        raise


def _lock(path: Path, file: BinaryIO) -> None:
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


def _head(about: Mapping[str, Any]) -> bytes:
    """Return the first line, which opens the object and its list of cases."""
    return _line({"format": FORMAT, **about})[:-1] + b', "cases": ['


def _compare(path: Path, content: bytes, about: Mapping[str, Any]) -> None:
    """Raise unless a file's first line is that of this audit."""
    first = content.partition(b"\n")[0]
    try:
        found = json.loads(first + b"]}")
    except ValueError:
        found = None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        message = f"{path}: is there already, and is no record of an audit; name another file"
        raise OutputError(message)
    expected = {"format": FORMAT, **json.loads(_line(about)), "cases": []}
    if found != expected:
        names = [name for name in expected if found.get(name) != expected[name]]
        different = ", ".join(names) or "what it is of"
        raise OutputError(
            f"{path}: is the record of another audit ({different} differs); name another file"
        )


def _lines(path: Path, content: bytes, start: int) -> Iterator[bytes]:
    """Yield the lines of cases from ``start`` on; the last, if it was cut off, is none."""
    lines = content[start + 1 :].split(b"\n")
    for number, line in enumerate(lines):
        if _is_case(line):
            yield line
        elif any(map(_is_case, lines[number + 1 :])):
            message = f"{path}: line {number + 2} is damaged; name another file, or mend it"
            raise OutputError(message)
        else:
            return


def _is_case(line: bytes) -> bool:
    try:
        result = json.loads(line.removeprefix(b","))
    except ValueError:
        return False
    if not isinstance(result, dict) or not isinstance(result.get("case"), int):
        return False
    outputs = result.get("outputs")
    return isinstance(outputs, dict) and all(map(_is_output, outputs.values()))


def _is_output(found: Any) -> bool:
    """Say whether what a record has of an output is of the types that `measure` gives it."""
    if not isinstance(found, dict):
        return False
    if "undecided" in found:
        return isinstance(found["undecided"], str)
    steps = found.get("steps", [])
    whole = isinstance(found.get("at", []), list) and isinstance(steps, list)
    written = all(isinstance(found.get(name, ""), str) for name in ("actual", "reference"))
    return whole and written and all(map(_are_totals, (found, *steps)))


def _are_totals(found: Any) -> bool:
    if not isinstance(found, dict):
        return False
    counts = all(isinstance(found.get(name, 0), int) for name in ("count", "infinite", "sum"))
    return counts and (found.get("worst") == "inf" or isinstance(found.get("worst"), int))


def _line(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, allow_nan=False).encode()


def _unwritable(path: Path, error: OSError) -> OutputError:
    return OutputError(f"{path}: cannot be written: {error.strerror}")
