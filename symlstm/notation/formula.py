r"""A formula that a user writes in LaTeX, read into a tree: nothing that is not known gets in.

Mathematics of LaTeX is a program for TeX. So it is not handed on as it stands: what is read here is
spelled anew, in the words of `formula_words` alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from symlstm.notation.formula_words import (
    ARGUMENTS,
    DELIMITERS,
    GRIDS,
    MEANT,
    SIGNS,
    SIZES,
    WORDS,
    Kind,
)

LONGEST = 2000
"""How many characters a formula may have."""
DEEPEST = 12
"""How deep its groups may nest."""


@dataclass(frozen=True)
class Sign:
    """A character, or a command without arguments."""

    word: str


@dataclass(frozen=True)
class Words:
    """Words within a formula, or the name of a function."""

    command: str
    text: str


@dataclass(frozen=True)
class Applied:
    """A command with its arguments; ``degree`` is that of a root."""

    command: str
    arguments: tuple[Row, ...]
    degree: Row | None = None


@dataclass(frozen=True)
class Scripted:
    """What has a prime, an index or an exponent."""

    base: Node | None
    primes: int = 0
    below: Row | None = None
    above: Row | None = None


@dataclass(frozen=True)
class Braced:
    """A group."""

    inside: Row


@dataclass(frozen=True)
class Sized:
    """A bracket of a size of its own."""

    size: str
    bracket: str


@dataclass(frozen=True)
class Fenced:
    """What stands between brackets that grow with it."""

    left: str
    inside: Row
    right: str


@dataclass(frozen=True)
class Grid:
    """A matrix, cases, or lines that are aligned."""

    kind: str
    rows: tuple[tuple[Row, ...], ...]


Node: TypeAlias = Sign | Words | Applied | Scripted | Braced | Sized | Fenced | Grid
Row: TypeAlias = tuple[Node, ...]


def read_formula(source: str) -> Row | None:
    r"""Return the tree of a formula in LaTeX, or nothing where it is empty or has what is unknown.

    >>> read_formula(r"x_1")
    (Scripted(base=Sign(word='x'), primes=0, below=(Sign(word='1'),), above=None),)
    >>> read_formula(r"\input{secret}") is None
    True
    """
    if len(source) > LONGEST:
        return None
    try:
        reader = _Reader(_TOKEN.findall(source))
        row = reader.row(set(), 0)
        return row if any(map(_is_seen, row)) else None
    except _UnknownError:
        return None


_TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|\s+|.", re.DOTALL)
_LENGTH = re.compile(r"\d{1,3}(\.\d{1,3})?(pt|mm|ex|em)")
_WORDS = re.compile(r"[^\W_]|[ .,:;()!?'/=+-]")
_ROW_ENDS = {r"\\", r"\cr"}
_ENDS = {"", "}", "&", *_ROW_ENDS, r"\end", r"\right"}


def _is_seen(node: Node) -> bool:
    return not isinstance(node, Sign) or SIGNS[node.word][1] is not Kind.SPACE


class _UnknownError(Exception):
    """Something that no formula here may have."""


class _Reader:
    """Reads tokens, one after another."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def row(self, ends: set[str], depth: int) -> Row:
        """Read up to one of the ``ends``, which stays; without any, all that is left."""
        if depth > DEEPEST:
            raise _UnknownError
        nodes: list[Node] = []
        while (token := self._next()) not in (ends or {""}):
            nodes.append(
                self._scripts(None if token in {"_", "^", "'"} else self._node(depth), depth)
            )
        return tuple(nodes)

    def _next(self) -> str:
        """Return the next token that is no space, and stay before it."""
        while self._at < len(self._tokens) and self._tokens[self._at].isspace():
            self._at += 1
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self, *wanted: str) -> str:
        token = self._next()
        if not token or (wanted and token not in wanted):
            raise _UnknownError
        self._at += 1
        return token

    def _node(self, depth: int) -> Node:
        token = self._take()
        token = MEANT.get(token, token)
        if token in SIGNS:
            return Sign(token)
        if token == "{":
            return Braced(self._until("}", depth))
        if token in ARGUMENTS:
            degree = self._degree(depth) if token == r"\sqrt" else None
            arguments = tuple(self._argument(depth) for _ in range(ARGUMENTS[token]))
            return Applied(token, arguments, degree)
        if token in WORDS:
            return Words(token, self._words())
        if token in SIZES:
            return Sized(token, self._take(*DELIMITERS))
        if token == r"\left":
            left = self._take(*DELIMITERS)
            return Fenced(left, self._until(r"\right", depth), self._take(*DELIMITERS))
        if token == r"\begin":
            return self._grid(depth)
        raise _UnknownError

    def _until(self, end: str, depth: int) -> Row:
        inside = self.row({end}, depth + 1)
        self._take(end)
        return inside

    def _degree(self, depth: int) -> Row | None:
        if self._next() != "[":
            return None
        self._take("[")
        degree = self._until("]", depth)
        alone = degree[0] if len(degree) == 1 else None
        return alone.inside if isinstance(alone, Braced) else degree

    def _argument(self, depth: int) -> Row:
        if self._next() in {"'", "_", "^"}:
            raise _UnknownError
        node = self._node(depth + 1)
        return node.inside if isinstance(node, Braced) else (node,)

    def _scripts(self, base: Node | None, depth: int) -> Node:
        primes, scripts = 0, dict[str, Row]()
        while (token := self._next()) in {"_", "^", "'"}:
            if token in scripts or (token == "'" and "^" in scripts):
                raise _UnknownError
            self._take()
            if token == "'":
                primes += 1
            else:
                scripts[token] = self._argument(depth)
        if base is not None and not primes and not scripts:
            return base
        return Scripted(base, primes, scripts.get("_"), scripts.get("^"))

    def _words(self) -> str:
        self._take("{")
        start = self._at
        while self._at < len(self._tokens) and self._tokens[self._at] != "}":
            self._at += 1
        words = " ".join("".join(self._tokens[start : self._at]).split(" "))
        self._take("}")
        if not all(map(_WORDS.fullmatch, words)):
            raise _UnknownError
        return words

    def _name(self) -> str:
        name = self._words()
        if name not in GRIDS:
            raise _UnknownError
        return name

    def _grid(self, depth: int) -> Grid:
        kind = self._name()
        rows: list[list[Row]] = [[]]
        while True:
            rows[-1].append(self.row(_ENDS, depth + 1))
            if len(rows[-1]) > GRIDS[kind]:
                raise _UnknownError
            end = self._take("&", *_ROW_ENDS, r"\end")
            if end == r"\end":
                break
            if end in _ROW_ENDS:
                self._skip_length()
                rows.append([])
        if self._name() != kind:
            raise _UnknownError
        full = rows if any(rows[-1]) else rows[:-1]
        if not full:
            raise _UnknownError
        return Grid(kind, tuple(map(tuple, full)))

    def _skip_length(self) -> None:
        """Leave out how much room is to be between two rows."""
        if self._next() == "[":
            after = "".join(self._tokens[self._at + 1 : self._at + 12]).partition("]")[0]
            if _LENGTH.fullmatch(after):
                self._at += len(after) + 2
