"""The lines of a record: written with checksums, and read without trust.

A line ends in a checksum of what it says and of the checksum of the line before it. So it holds for
all lines up to it, in their order: one that is altered, doubled, moved, left out or taken from
another record does not fit what is around it.

Version 1 had no checksums. A line of it is believed if all that it says fits together. Lines with
checksums go on behind it, and the first of them holds for those before, too: a record is not
written anew to be gone on with, since a write that fails would cost what is there. Version 2 had no
verdicts and no errors but ulps; whatever a version had not is not there in the summary.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symlstm.auditing.result import Result, flaw, unlikeness
from symlstm.errors import OutputError

VERSION = 3
FORMATS = {version: f"symlstm audit, version {version}" for version in range(1, VERSION + 1)}
_MARKED = re.compile(rb'\{"format": "symlstm audit, version (\d{1,9})"')
OPENING = b', "cases": ['
"""What ends the first line."""
TAIL = b"\n]}\n"
"""What follows the last case."""
_SEALED = re.compile(rb'(.*), "checksum": "([0-9a-f]{16})"(\}|, "cases": \[)', re.DOTALL)


class _LineError(Exception):
    """A line that cannot be believed; the message says why."""


def checksum(text: bytes, before: bytes) -> bytes:
    """Return the checksum of a line that says ``text`` and follows one with that checksum."""
    return hashlib.blake2b(text, digest_size=8, key=before).hexdigest().encode()


def head(about: Mapping[str, Any], version: int = VERSION) -> tuple[bytes, bytes]:
    """Return the first line, which opens the object and its list of cases, and its checksum."""
    return _sealed(_json({"format": FORMATS[version], **about}), b"", OPENING)


def case(result: Result, before: bytes, *, first: bool) -> tuple[bytes, bytes]:
    """Return the line of a case that follows one with the checksum ``before``, and its own."""
    return _sealed((b"" if first else b",") + _json(result), before, b"}")


def is_begun(content: bytes, about: Mapping[str, Any]) -> bool:
    """Say whether a file is the record of an audit before its first case, whole or cut off."""
    of_version_1 = _json({"format": FORMATS[1], **about})[:-1] + OPENING
    heads = (*(head(about, version)[0] for version in (2, VERSION)), of_version_1)
    return bool(_MARKED.match(content)) and any((h + TAIL).startswith(content) for h in heads)


@dataclass
class Contents:
    """What a record holds, by case; ``end`` is where its next line goes.

    ``seal`` is the checksum of the last line, and ``sealed`` says whether the line has it.
    """

    about: Mapping[str, Any]
    seal: bytes
    sealed: bool
    end: int
    results: dict[int, Result] = field(default_factory=dict)

    def take(self, line: bytes) -> None:
        """Take the line of a case; raise `_LineError` for one that cannot be believed."""
        comma = b"," if self.results else b""
        sealed = _unsealed(line, b"}")
        if sealed is None:
            if self.sealed:
                raise _LineError("does not end in its checksum: it was cut off or altered")
            result, seal = _parsed(line, comma), checksum(line, self.seal)
        else:
            text, seal = sealed
            if seal != checksum(text, self.seal):
                raise _LineError("does not fit its checksum: it was altered, or what was before it")
            result = _parsed(text + b"}", comma)
        self._validate(result, alike=sealed is None)
        self.results[result["case"]] = result
        self.seal, self.sealed, self.end = seal, sealed is not None, self.end + 1 + len(line)

    def _validate(self, result: Any, *, alike: bool) -> None:
        wrong = flaw(result, self.about)
        if wrong is None and alike:
            wrong = unlikeness(result, next(iter(self.results.values()), result))
        if wrong is not None:
            raise _LineError(f"says what cannot be: {wrong}")
        if result["case"] in self.results:
            raise _LineError(f"has case {result['case']} once more")


def read(path: Path, content: bytes, about: Mapping[str, Any]) -> Contents:
    """Return what a record holds, without a last line that was cut off.

    Raises `OutputError` for what is no record, or that of another audit, and for a line that cannot
    be believed, unless it is what a write leaves that was cut off.
    """
    content = content.rstrip(b"\0")  # which some systems fill up with what was cut off
    lines = content.split(b"\n")
    contents = _opened(path, lines[0], about)
    for index, line in enumerate(lines[1:], start=1):
        try:
            contents.take(line)
        except _LineError as damage:
            if _is_cut_off(content[contents.end :], first=not contents.results):
                break
            why = _displaced(lines, index) or str(damage)
            relied_on = contents.sealed or _unsealed(line, b"}") is None
            intact = contents.results if relied_on else ()
            raise _damaged(path, index + 1, why, intact) from damage
    return contents


def _opened(path: Path, first: bytes, about: Mapping[str, Any]) -> Contents:
    """Return a record without its cases; raise unless its first line is that of this audit."""
    marked = _MARKED.match(first)
    if marked is None:
        message = f"{path}: is there already, and is no record of an audit; name another file"
        raise OutputError(message)
    version = int(marked[1])
    if version not in FORMATS:
        message = f"{path}: is a record of version {version}, which this symlstm does not know"
        raise OutputError(f"{message}; update symlstm, or name another file")
    try:
        found, seal = _first(first, version)
    except _LineError as damage:
        message = f"{path}: line 1 is damaged, and no longer says which audit this is of"
        raise OutputError(f"{message}; name another file, or remove this one") from damage
    _compare(path, found, {"format": FORMATS[version], **json.loads(_json(about))})
    return Contents(about, seal, version > 1, len(first))


def _first(line: bytes, version: int) -> tuple[Any, bytes]:
    """Return what the first line says, and its checksum, whether it has one there or not."""
    if version > 1:
        text, seal = _unsealed(line, OPENING) or (b"", b"")
        if seal != checksum(text, b""):
            raise _LineError("does not fit its checksum")
        return _parsed(text + b"}"), seal
    if not line.endswith(OPENING):
        raise _LineError("does not open the list of cases")
    return _parsed(line.removesuffix(OPENING) + b"}"), checksum(line, b"")


def _compare(path: Path, found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    if found != expected:
        names = [name for name in expected if found.get(name) != expected[name]]
        different = ", ".join(names) or "what it is of"
        message = f"{path}: is the record of another audit ({different} differs)"
        raise OutputError(f"{message}; name another file")


def _is_cut_off(rest: bytes, *, first: bool) -> bool:
    """Say whether what follows the last whole line is what a write leaves that was cut off.

    That is less than a line, at the end of the file or over the beginning of the line that closed
    it.
    """
    begun = b'\n{"case": ' if first else b'\n,{"case": '
    if any(rest == begun[:end] + TAIL[end:] for end in range(len(TAIL))):
        return True
    if not (rest.startswith(begun) or begun.startswith(rest) or TAIL.startswith(rest)):
        return False
    return b"\n" not in rest[1:] and _unsealed(rest, b"}") is None


def _displaced(lines: Sequence[bytes], index: int) -> str | None:
    """Return where a line belongs that is not in its place, if that can be told."""
    line = lines[index]
    if line in lines[:index]:
        return f"is line {lines.index(line) + 1} once more"
    text, seal = _unsealed(line, b"}") or (b"", b"")
    for number, other in enumerate(lines, start=1):
        _, before = _unsealed(other, OPENING if number == 1 else b"}") or (b"", b"")
        if seal == checksum(text, before):
            return f"is not in its place: it was written after line {number}"
    return None


def _damaged(path: Path, number: int, why: str, intact: Collection[int]) -> OutputError:
    mend = f"remove line {number} and what follows" if intact else "remove the file"
    message = f"{path}: line {number} {why}; {_kept(intact)}: {mend}, or name another file"
    return OutputError(message)


def _kept(intact: Collection[int]) -> str:
    """Say which cases can be kept."""
    if not intact:
        return "no case before it can be kept"
    first, last = min(intact), max(intact)
    if first == last:
        return f"case {first} before it is intact"
    if len(intact) == last - first + 1:
        return f"cases {first} to {last} before it are intact"
    return f"the {len(intact)} cases before it are intact"


def _sealed(text: bytes, before: bytes, end: bytes) -> tuple[bytes, bytes]:
    """Return an object with its checksum for a last key, and that."""
    seal = checksum(text[:-1], before)
    return text[:-1] + b', "checksum": "' + seal + b'"' + end, seal


def _unsealed(line: bytes, end: bytes) -> tuple[bytes, bytes] | None:
    """Return what a line says, without its end, and its checksum; ``None`` if it has none."""
    match = _SEALED.fullmatch(line)
    return (match[1], match[2]) if match and match[3] == end else None


def _parsed(text: bytes, comma: bytes = b"") -> Any:
    """Return what JSON says, written as it is written here; raise `_LineError` for any other."""
    try:
        found = json.loads(text.removeprefix(comma))
        if comma + _json(found) == text:
            return found
    except (ValueError, RecursionError) as error:
        raise _LineError("is no JSON: it was cut off or altered") from error
    raise _LineError("is not written as it was: it was altered")


def _json(value: Any) -> bytes:
    return json.dumps(value, allow_nan=False).encode()
