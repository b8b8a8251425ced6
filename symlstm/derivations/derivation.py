"""A derivation: what a derivation file asked for, as it came out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import numpy as np
from flint import arb, fmpq

from symlstm.equations.printer import Printer
from symlstm.errors import OutputError, SymlstmError
from symlstm.files.reading import read_bytes, read_start
from symlstm.files.templates import GENERATED
from symlstm.gradients.gradients import Gradients
from symlstm.notation import PLAIN, text
from symlstm.numbers.arrays import Array, exported
from symlstm.numbers.decimals import rounded_to
from symlstm.numbers.exact import Interval, real
from symlstm.runs.certify import intervals
from symlstm.runs.check import Check
from symlstm.runs.trace import Trace
from symlstm.training.training import Training
from symlstm.writers import FORMATS, Topic, chosen_format, write
from symlstm.writers.formats import Format

SUFFIX = ".derivation.toml"
"""How the name of a derivation file ends."""

LONGEST_FIRST_LINE = 200
"""How many bytes of a document are looked at to tell whether symlstm generated it."""
FURTHER_DIGITS = 3
"""How many digits more than those expected are shown of a value that is another one."""
CERTIFIED_DIGITS = 15
"""How many digits are shown of a value that is not a number that was expected exactly."""

SUFFIXES = {kind.suffix: name for name, kind in FORMATS.items() if kind.suffix}
"""The format of a document, by the suffix of its file."""


@dataclass(frozen=True)
class Mismatch:
    """A value that is not the one that a derivation file expects."""

    name: str
    step: int | None
    entry: tuple[int, ...]
    expected: Any
    actual: Any

    def __str__(self) -> str:
        index = "".join(f"[{k}]" for k in self.entry)
        where = "" if self.step is None else f"step {self.step}, "
        expected, actual = _shown_pair(self.expected, self.actual)
        return f"{where}{self.name}{index}: expected {expected}, got {actual}"


@dataclass(frozen=True)
class Expectation:
    """What a file expects of a value, and what the value is.

    An expected number is a rational one, which the value has to be exactly, or an interval, in
    which it has to be. Of a value that is a ball, all of the ball has to.

    ``over_time`` is the axis along which the time steps are counted, if any; ``step`` the time step
    of a value that has a single one.
    """

    name: str
    expected: Array
    actual: Any
    over_time: int | None = None
    step: int | None = None

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield every entry that is another one."""
        actual = np.asarray(self.actual, dtype=object)
        for index, wanted in np.ndenumerate(exported(self.expected)):
            if not _within(actual[index], wanted):
                step = self.step if self.over_time is None else index[self.over_time] + 1
                entry = tuple(k for axis, k in enumerate(index) if axis != self.over_time)
                yield Mismatch(self.name, step, entry, wanted, actual[index])


@dataclass(frozen=True)
class Derivation:
    """A derivation file that was read and run; made by `load`.

    ``subject`` is what was asked for: a trace; its gradients; or trainings, one for each batch
    size. ``beside`` is the derivation whose chapter follows in the document.
    """

    path: Path
    title: str
    subject: Trace[Any] | Gradients | tuple[Training, ...]
    expect: tuple[Expectation, ...]
    document: Mapping[str, Any]
    author: str = ""
    beside: Derivation | None = None

    @property
    def paths(self) -> list[Path]:
        """The files that it was read from: its own, and that of the derivation beside it."""
        return [self.path, *(self.beside.paths if self.beside else [])]

    @property
    def trace(self) -> Trace[Any]:
        """What was run; of a training, the first batch."""
        if isinstance(self.subject, Trace):
            return self.subject
        if isinstance(self.subject, Gradients):
            return self.subject.adjoints
        return self.subject[0].updates[0].gradients.adjoints

    @property
    def expectations(self) -> tuple[Expectation, ...]:
        """What the file expects, and the one beside it."""
        return self.expect + (self.beside.expectations if self.beside else ())

    @property
    def numeric(self) -> bool:
        """Whether there are numbers to compare with float64: not symbols or intervals alone."""
        return self._comparable or (self.beside is not None and self.beside.numeric)

    def checks(self) -> list[Check]:
        """Return the comparisons of all exact or certified numbers in the document with float64."""
        beside = [] if self.beside is None else self.beside.checks()
        if not self._comparable:
            return beside
        with self._named():
            if isinstance(self.subject, Trace | Gradients):
                return [self.subject.check(), *beside]
            updates = [update for training in self.subject for update in training.updates]
            return [*(update.gradients.check() for update in updates), *beside]

    def write(self, format: str | Format, template: Path | None = None) -> str:
        """Return the derivation's document, below a first line that says where it comes from."""
        topics = [self._topic("")]
        if self.beside is not None:
            topics.append(self.beside._topic(self.beside.title))
        with self._named():
            chosen = chosen_format(format)
            text = write(topics, chosen, title=self.title, author=self.author, template=template)
        source = f"{GENERATED} from {_quoted(self.path.name)}"
        if template is not None:
            source += f" with template {_quoted(os.path.relpath(template, self.path.parent))}"
        comment = chosen.comment(source)
        return f"{comment}\n{text}" if comment else text

    def documents(self) -> list[Path]:
        """Return the documents beside the file that symlstm generated from it."""
        stem = self.path.name.removesuffix(SUFFIX)
        beside = [self.path.with_name(stem + suffix) for suffix in SUFFIXES]
        return [path for path in beside if path.is_file() and is_generated(path)]

    def stale(self, document: Path) -> str:
        """Return how ``document`` differs from what the file generates today, or nothing."""
        content = read_bytes(document, "data_bytes", OutputError)
        committed = content.decode("utf-8", "replace").splitlines()
        with_template = _TEMPLATE.search(committed[0])
        template = (
            self.path.parent / os.fsdecode(unquote_to_bytes(with_template[1]))
            if with_template
            else None
        )
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
        """Return every value that is not what the file expects, or the one beside it."""
        with self._named():
            return [mismatch for one in self.expectations for mismatch in one.mismatches()]

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Name the file in what is wrong with what it comes to."""
        try:
            yield
        except SymlstmError as error:
            message = str(error)
            if message.startswith(f"{self.path}: "):
                raise
            raise type(error)(f"{self.path}: {message}", argument=error.argument) from error

    @property
    def _comparable(self) -> bool:
        given = self.trace.given
        return given is not None and not any(intervals(given.numbers))

    def _topic(self, title: str) -> Topic:
        return Topic(self.subject, title=title, **self.document)


def is_generated(path: Path) -> bool:
    """Say whether symlstm wrote a file, and so may write it again."""
    beginnings = tuple(
        FORMATS[name]().comment(GENERATED).partition(GENERATED)[0] + f"{GENERATED} from "
        for name in SUFFIXES.values()
    )
    start = read_start(path, LONGEST_FIRST_LINE, OutputError)
    return start.decode("utf-8", "replace").startswith(beginnings)


def _within(actual: Any, wanted: Any) -> bool:
    """Say whether a value is proven to be the number that is wanted, or in that interval."""
    if isinstance(actual, arb) and not actual.is_finite():
        return False
    (low, high), (least, most) = map(_ends, (actual, wanted))
    return bool(least <= low and high <= most)


def _ends(value: Any) -> tuple[fmpq, fmpq]:
    known = real(value)
    return (known.low, known.high) if isinstance(known, Interval) else (known, known)


def _shown_pair(expected: Any, actual: Any) -> tuple[str, str]:
    """Return what was expected and what came out, as a terminal shows it."""
    if isinstance(expected, Interval):
        decimal = rounded_to(expected)
        digits = len(decimal.as_tuple().digits) + FURTHER_DIGITS
        return text([PLAIN.decimal(decimal)]), _number(actual, digits)
    if isinstance(actual, arb):
        return f"exactly {_number(expected)}", _number(actual, CERTIFIED_DIGITS)
    return _number(expected), _number(actual)


def _number(value: Any, digits: int | None = None) -> str:
    """Return a number as a terminal shows it: in part, if it is long."""
    return text(Printer(PLAIN, digits=digits).value(np.array([[value]], dtype=object)))


_TEMPLATE = re.compile(r" with template (\S+)")


def _shown(line: str | None) -> str:
    return "(no more lines)" if line is None else line if len(line) <= 200 else f"{line[:197]}..."


def _quoted(name: str) -> str:
    """Return a file's name without spaces, or anything that could end a comment."""
    return quote(os.fsencode(name), safe="/").replace("--", "-%2D")
