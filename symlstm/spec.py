"""A derivation file: what is asked for, in TOML, and what it comes to.

::

    title = "..."        a line of text
    [cell]               type = "LSTM", and the cell's own options
    [weights]            numbers by group, as `Cell.bind` takes them; without it, symbols
    [run]                inputs, initial_state, stateful; or steps, initial_state, max_size
    [expect]             what must come out, by name: state_h = 3211, i = [1, 2, 13]
    [document]           author, introduction, closed_form_size

Numbers are exact: ``0.1`` is one tenth and ``"1/3"`` a third. Nothing in a file is evaluated.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, unquote

import numpy as np

from symlstm.activations import rational_names
from symlstm.cell import Cell
from symlstm.cells import CELLS
from symlstm.errors import NotExactError, OutputError, SpecError, SymlstmError, choices
from symlstm.numbers import Array, exported, rational_array
from symlstm.trace import Trace
from symlstm.writers import FORMATS, hand_calculation
from symlstm.writers.formats import GENERATED

SUFFIX = ".derivation.toml"
"""How the name of a derivation file ends."""

SUFFIXES = {kind.suffix: name for name, kind in FORMATS.items() if kind.suffix}
"""The format of a document, by the suffix of its file."""

RESULTS = ("sequence_out", "state_h", "state_c")
"""What a file can expect besides the names of its cell."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class Mismatch:
    """A value that is not the one that a derivation file expects."""

    name: str
    step: int
    entry: tuple[int, ...]
    expected: Any
    actual: Any

    def __str__(self) -> str:
        index = "".join(f"[{k}]" for k in self.entry)
        return f"step {self.step}, {self.name}{index}: expected {self.expected}, got {self.actual}"


@dataclass(frozen=True)
class Derivation:
    """A derivation file that was read and run; made by `load`."""

    path: Path
    title: str
    trace: Trace[Any]
    expect: Mapping[str, Array]
    document: Mapping[str, Any]

    def write(self, format: str, template: Path | None = None) -> str:
        """Return the derivation's document, below a first line that says where it comes from."""
        text = hand_calculation(
            self.trace, format, title=self.title, template=template, **self.document
        )
        source = f"{GENERATED} from {_quoted(self.path.name)}"
        if template is not None:
            source += f" with template {_quoted(os.path.relpath(template, self.path.parent))}"
        comment = FORMATS[format]().comment(source)
        return f"{comment}\n{text}" if comment else text

    def documents(self) -> list[Path]:
        """Return the documents beside the file that symlstm generated from it."""
        stem = self.path.name.removesuffix(SUFFIX)
        beside = [self.path.with_name(stem + suffix) for suffix in SUFFIXES]
        return [path for path in beside if path.is_file() and is_generated(path)]

    def stale(self, document: Path) -> str:
        """Return how ``document`` differs from what the file generates today, or nothing."""
        committed = document.read_text(encoding="utf-8", errors="replace").splitlines()
        with_template = _TEMPLATE.search(committed[0])
        template = self.path.parent / unquote(with_template[1]) if with_template else None
        today = self.write(SUFFIXES[document.suffix], template).splitlines()
        for number, (old, new) in enumerate(zip_longest(committed, today), start=1):
            if old != new:
                again = f"symlstm derive {self.path.name} -o {document.name}"
                again += f" --template {template}" if template else ""
                return (
                    f"{document.name}, line {number}, is not what {self.path.name} generates:\n"
                    f"  committed: {_shown(old)}\n  generated: {_shown(new)}\n"
                    f"write it again with: {again}"
                )
        return ""

    def mismatches(self) -> list[Mismatch]:
        """Return every value that is not what the file expects."""
        return [m for name, expected in self.expect.items() for m in self._compare(name, expected)]

    def _compare(self, name: str, expected: Array) -> Iterator[Mismatch]:
        actual = np.asarray(_value(self.trace, name), dtype=object)
        over_time = None if name.startswith("state_") else int(self.trace.layout == "batch")
        for index, wanted in np.ndenumerate(exported(expected)):
            if actual[index] != wanted:
                step = len(self.trace) if over_time is None else index[over_time] + 1
                entry = tuple(k for axis, k in enumerate(index) if axis != over_time)
                yield Mismatch(name, step, entry, wanted, actual[index])


def is_generated(path: Path) -> bool:
    """Say whether symlstm wrote a file, and so may write it again."""
    beginnings = tuple(
        FORMATS[name]().comment(GENERATED).partition(GENERATED)[0] + f"{GENERATED} from "
        for name in SUFFIXES.values()
    )
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.readline().startswith(beginnings)
    except OSError as error:
        raise OutputError(f"{path}: cannot be read: {error.strerror}") from error


def load(path: str | Path) -> Derivation:
    """Read a derivation file and run it.

    Raises `SpecError` for whatever is wrong in it; the message names the file, the key and the
    mend.
    """
    path = Path(path)
    reader = _Reader(path, _read(path))
    reader.keys("", {"title", "cell", "weights", "run", "expect", "document"})
    cell = reader.cell()
    trace = reader.trace(cell)
    return Derivation(path, reader.title(), trace, reader.expect(trace), reader.document())


def _read(path: Path) -> dict[str, Any]:
    try:
        # An editor may have put a byte order mark in front, which TOML does not know.
        return tomllib.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except OSError as error:
        raise SpecError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, InvalidOperation, RecursionError) as error:
        reason = str(error)
        if "4300 digits" in reason:
            reason = "an integer of more than 4300 digits has to be written as text, in quotes"
        raise SpecError(f"{path}: is not TOML that can be read: {reason}") from error


@dataclass(frozen=True)
class _Reader:
    """Takes a file's tables one by one, and turns what is wrong in them into one error."""

    path: Path
    data: dict[str, Any]

    def title(self) -> str:
        title = self.data.get("title", self.path.name.removesuffix(SUFFIX))
        if not isinstance(title, str):
            raise self.error("", f"title is {title!r}; give text")
        return title

    def cell(self) -> Cell:
        table = self.table("cell")
        kind = table.pop("type", None)
        if not isinstance(kind, str) or kind not in CELLS:
            raise self.error("cell", f"type is {kind!r}; {choices(kind, CELLS)}")
        options = [option.name for option in fields(CELLS[kind])]
        self.keys("cell", {"type", *options})
        if "units" not in table:
            raise self.error("cell", "units is missing; give the size of the state")
        return self.attempt("cell", lambda: CELLS[kind](**table))

    def trace(self, cell: Cell) -> Trace[Any]:
        run = self.table("run")
        if "weights" not in self.data:
            self.keys(
                "run", {"steps", "initial_state", "max_size"}, "for symbols, with no [weights]"
            )
            self.require("run", "steps", "give the number of time steps")
            return self.attempt("run", lambda: cell.unroll(run.pop("steps"), **run))
        weights = self.table("weights")
        layer = self.attempt("weights", lambda: cell.bind(**weights))
        self.keys("run", {"inputs", "initial_state", "stateful"}, "for numbers")
        self.require("run", "inputs", "give a sequence of them")
        self.boolean("run", "stateful")
        try:
            return self.attempt("run", lambda: layer.run(run.pop("inputs"), **run))
        except SpecError as error:
            raise self._transcendental(cell, error) from error.__cause__

    def expect(self, trace: Trace[Any]) -> dict[str, Array]:
        table = self.table("expect", optional=True)
        if table and trace.given is None:
            raise self.error("expect", "needs numbers to compare with; give [weights]")
        results = [n for n in RESULTS if n.removeprefix("state_") in (*trace.names, RESULTS[0])]
        self.keys("expect", {*results, *trace.names})
        return {name: self._expected(trace, name, value) for name, value in table.items()}

    def document(self) -> dict[str, Any]:
        table = self.table("document", optional=True)
        self.keys("document", set(_DOCUMENT))
        for key, value in table.items():
            if type(value) is not _DOCUMENT[key]:
                wanted = "text" if _DOCUMENT[key] is str else "a whole number"
                raise self.error("document", f"{key} is {value!r}; give {wanted}")
        if table.get("closed_form_size", 0) < 0:
            raise self.error("document", "closed_form_size is below 0; give 0 for no closed forms")
        return table

    # How tables are taken.

    def error(self, table: str, message: str) -> SpecError:
        where = f"[{table}] " if table else ""
        return SpecError(f"{self.path}: {where}{message}")

    def attempt(self, table: str, function: Callable[[], Result]) -> Result:
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
        for key in given:
            if key not in known:
                where = f" {when}" if when else ""
                raise self.error(table, f"has no key {key!r}{where}; {choices(key, sorted(known))}")

    def require(self, table: str, key: str, mend: str) -> None:
        if key not in self.data[table]:
            raise self.error(table, f"{key} is missing; {mend}")

    def boolean(self, table: str, key: str) -> None:
        value = self.data[table].get(key, False)
        if not isinstance(value, bool):
            raise self.error(table, f"{key} is {value!r}; give true or false")

    def _expected(self, trace: Trace[Any], name: str, value: Any) -> Array:
        expected = self.attempt("expect", lambda: rational_array(value, argument=name))
        shape = np.shape(_value(trace, name))
        if expected.shape != shape:
            raise self.error(
                "expect", f"{name} has shape {expected.shape}, and the run gives {shape}; give that"
            )
        return expected

    def _transcendental(self, cell: Cell, error: SpecError) -> SpecError:
        """Name the key behind a function that has no exact values."""
        cause = error.__cause__
        if isinstance(cause, NotExactError):
            for option in ("recurrent_activation", "activation"):
                if getattr(cell, option) == cause.argument:
                    return self.error(
                        "cell",
                        f"{option} is {cause.argument!r}, which has no exact values; make it one "
                        f"of {', '.join(rational_names())}, or leave out [weights] for symbols",
                    )
        return error


_TEMPLATE = re.compile(r" with template (\S+)")
_DOCUMENT: dict[str, type] = {"author": str, "introduction": str, "closed_form_size": int}


def _shown(line: str | None) -> str:
    return "(no more lines)" if line is None else line if len(line) <= 200 else f"{line[:197]}..."


def _value(trace: Trace[Any], name: str) -> Any:
    return getattr(trace, name) if name in RESULTS else trace[name]


def _quoted(name: str) -> str:
    """Return a file's name without spaces, or anything that could end a comment."""
    return quote(name, safe="/").replace("--", "-%2D")
