"""What a chapter says beside the calculation: what numbers are worth, a loss, what flows on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from symlstm.notation import Tokens
from symlstm.writers.line import Lines
from symlstm.writers.picture import Picture
from symlstm.writers.summary import Table


@dataclass(frozen=True)
class Before:
    """The chapter that has told something before: its title, its number, and its label."""

    title: str
    number: int
    label: str = ""


@dataclass(frozen=True)
class Said:
    """A sentence of the language by its ``key``, with its ``parts``: ``say(key, **parts)``."""

    key: str
    parts: Mapping[str, object]


@dataclass(frozen=True)
class Flow:
    """What flows from one level of a network to the next: sentences, a table, and lines.

    There are ``lines`` for each sequence.
    """

    sentences: tuple[Said, ...]
    tables: tuple[Table, ...] = ()
    lines: tuple[Lines, ...] = ()


@dataclass(frozen=True)
class LossOfSequence:
    """The loss of one sequence: its targets, and lines with numbers, or tables and the sum."""

    number: int
    targets: Lines
    lines: Lines = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Loss:
    """What is said of a loss: its name, its equations with their functions, what they come to.

    ``text`` is the key of what introduces the equations; ``total`` is the loss of all sequences,
    where there are several. What is trained has its numbers with its updates.
    """

    name: str
    text: str
    objective: Lines
    functions: Lines = ()
    sequences: tuple[LossOfSequence, ...] = ()
    total: Lines = ()


@dataclass(frozen=True)
class Taken:
    """A step of the weights of a layer: in ``lines``, or in ``tables`` with what comes between."""

    lines: Lines = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Mistake:
    """What an implementation gave, and which mistake explains it.

    ``given`` has it beside what is true, in the format ``dtype``. It agrees, to so many ``ulps``,
    with a cell that has the mistake which ``sentence`` tells, unless it ``is_right`` or nothing
    explains it; its ``wrong`` equations stand for the ``right`` ones, where it can be told in
    equations. ``alike`` says what comes to the same numbers.
    """

    dtype: str
    given: tuple[Table, ...]
    ulps: str
    sentence: str
    wrong: Lines
    right: Lines
    alike: tuple[str, ...]
    is_right: bool
    figure: Picture | None = None
    figure_right: Picture | None = None


@dataclass(frozen=True)
class Certified:
    """What the decimals of a chapter are worth.

    They are the nearest ones of so many significant ``digits``, proven with so many ``bits``; with
    none where what they are near is known exactly.
    ``enclosed`` says whether there are intervals among them, and ``boxed`` whether these are what
    intervals come to that were given.
    """

    digits: int
    bits: int
    enclosed: bool
    boxed: bool


@dataclass(frozen=True)
class Rounded:
    """How the values of a chapter are rounded, and how far the result is from the true one.

    ``to`` says to how many significant digits or decimals; of two that are equally near it is the
    one whose last digit is ``even``, or else the one further from zero.
    ``results`` has the last output and the true one, of each sequence, and ``apart`` how far they
    are apart at the most; it is empty where they are the same.
    """

    to: str
    even: bool
    results: Lines
    apart: Tokens
