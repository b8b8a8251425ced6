"""The tables of a TOML file, taken one by one; what is wrong in one is an error that names it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from symlstm.errors import SpecError, SymlstmError, TooLargeError, choices
from symlstm.files.reading import read_bytes
from symlstm.numbers.budget import afford

Result = TypeVar("Result")

_AT_FAULT = re.compile(r"at line (?P<line>\d+), column (?P<column>\d+)")
_BARE = tuple(
    (re.compile(rf"(?:^|[=\[,{{])\s*(?P<value>{pattern})"), mend)
    for pattern, mend in (
        (r"[+-]?[\d.]+(?:e[+-]?\d+)?(?:\s*(?:/|±|\+/-)\s*[\d.]+)*", 'quote it ("{}")'),
        (r"[+-]?\d+,\d+", "a decimal has a point, and no comma"),
        (r"True|False", "write true or false"),
        (r"[^\W\d][\w-]*(?:\([^()]*\))?", 'quote it ("{}")'),
    )
)
"""What people write without quotes that TOML does not know, and what to say of it."""
LONGEST_SHOWN = 60
"""Of how many characters a value may be to be repeated in a message."""


@dataclass(frozen=True)
class Tables:
    """The tables of the file ``path``; ``shown`` is what some are called there."""

    path: Path
    data: dict[str, Any]
    shown: Mapping[str, str] = field(default_factory=dict, kw_only=True)

    places: ClassVar[Mapping[str, str]] = {}
    """In which table a key belongs."""

    def error(self, table: str, message: str) -> SpecError:
        """Return an error that names the file and the table."""
        first, dot, rest = table.partition(".")
        table = f"{self.shown.get(first, first)}{dot}{rest}"
        where = f"[{table}] " if table else ""
        return SpecError(f"{self.path}: {where}{message}")

    def attempt(self, table: str, function: Callable[[], Result]) -> Result:
        """Call a function whose errors are errors in a table."""
        try:
            return function()
        except SymlstmError as error:
            raise self.error(table, str(error)) from error

    def table(self, name: str, *, optional: bool = False) -> dict[str, Any]:
        """Return a copy of a table, empty when it may be missing and is."""
        if name not in self.data and not optional:
            raise self.error(name, "is missing; see the README for what a derivation file holds")
        table = self.data.get(name, {})
        if not isinstance(table, dict):
            raise self.error(name, f"is {table!r}; make it a table")
        return dict(table)

    def keys(self, table: str, known: Iterable[str], when: str = "") -> None:
        """Raise for a key that the table does not have."""
        given = self.data.get(table, {}) if table else self.data
        others = {key: place for key, place in self.places.items() if place != table}
        self.unknown(table, given, known, when, others)

    def unknown(
        self,
        table: str,
        given: Iterable[str],
        known: Iterable[str],
        when: str = "",
        others: Mapping[str, str] | None = None,
    ) -> None:
        """Raise for a key among those ``given`` that is not known; ``others`` have a table each."""
        elsewhere = {key: f"belongs in [{place}]" for key, place in (others or {}).items()}
        for key in given:
            if key not in known:
                where = f" {when}" if when else ""
                mend = choices(key, sorted(known), elsewhere)
                raise self.error(table, f"has no key {key!r}{where}; {mend}")

    def require(self, table: str, key: str, mend: str) -> None:
        """Raise for a key that is missing."""
        if key not in self.data[table]:
            raise self.error(table, f"{key} is missing; {mend}")

    def boolean(self, table: str, key: str) -> None:
        """Raise for a key that is neither true nor false."""
        value = self.data[table].get(key, False)
        if not isinstance(value, bool):
            raise self.error(table, f"{key} is {value!r}; give true or false")


def read(path: Path) -> dict[str, Any]:
    """Return the tables of a file; a decimal is what it says, and no float."""
    try:
        content = read_bytes(path, "text_bytes", SpecError)
        # An editor may have put a byte order mark in front, which TOML does not know.
        text = content.decode("utf-8-sig")
        afford_text(path, text)
        data = _parsed(text)
        _validate_integers(data)
        return data
    except SpecError:
        raise
    except TooLargeError as error:
        raise SpecError(str(error)) from error
    except (ValueError, InvalidOperation, RecursionError) as error:
        reason = str(error)
        if "4300 digits" in reason:
            reason = "an integer of more than 4300 digits has to be written as text, in quotes"
        raise SpecError(f"{path}: is not TOML that can be read: {reason}") from error


_STRINGS = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:""")?|"(?:[^"\\\n]|\\.)*+"?|'
    r"'''(?:[^']|'(?!''))*+(?:''')?|'[^'\n]*+'?|#[^\n]*+",
    re.DOTALL,
)
"""Strings and comments; one that is not closed is one all the same, so that none is read twice."""
_WORD = re.compile(r"\w++")
_KEY = re.compile(r"[^\n,=\[\]{}]++")
_BRACKET = re.compile(r"[\[\]{}]")
_TABLE = re.compile(r"^[ \t]*+\[|\{", re.MULTILINE)


def afford_text(path: Path, text: str) -> None:
    """Raise `TooLargeError` for TOML that would take long, or much memory, to parse."""
    bare = _STRINGS.sub("s", text)
    words = max((word.end() - word.start() for word in _WORD.finditer(bare)), default=0)
    afford("literal_digits", words, what=f"{path}: its longest number")
    afford("tables", sum(1 for _ in _TABLE.finditer(bare)), what=f"{path}")
    afford("nesting", _nesting(bare), what=f"{path}: its brackets and dotted keys")


def _nesting(bare: str) -> int:
    """Return how deep brackets, and the dots of a key, are in TOML without its strings.

    >>> _nesting("a.b.c = [[1, 2], s, 3]")
    3
    """
    deepest = depth = 0
    for bracket in _BRACKET.finditer(bare):
        depth += 1 if bracket.group() in "[{" else -1
        deepest = max(deepest, depth)
    return max(deepest, *(bare.count(".", *key.span()) + 1 for key in _KEY.finditer(bare)), 0)


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(_mend(text, str(error))) from error


def _mend(text: str, reason: str) -> str:
    """Return what to write instead of a bare value that TOML does not know, or else ``reason``."""
    at_fault = _AT_FAULT.search(reason)
    if at_fault is None:
        return reason
    line, column = (int(at_fault[name]) - 1 for name in ("line", "column"))
    for pattern, mend in _BARE:
        for match in pattern.finditer(text.split("\n")[line]):
            start, end = match.span("value")
            if start <= column < end and end - start <= LONGEST_SHOWN:
                value = match["value"].strip()
                return f"line {line + 1} has {value}; {mend.format(value)}"
    return reason


def _validate_integers(value: Any) -> None:
    """Raise `ValueError` for integers that Python does not print, which can be hexadecimal."""
    if isinstance(value, int):
        str(value)
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            _validate_integers(part)
