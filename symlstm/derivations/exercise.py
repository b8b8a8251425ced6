"""What a derivation file says of its exercise: the table [exercise], read beside what it asks for.

::

    blanks = "all"       or {from = 2, names = ["h", "c"], gradients = ["W_i"], every = 3}
    vary                 ranges by what is given: {kernel = [-3, 3], W_i = {from = -1, to = 1,
                         step = "1/2"}, recurrent_kernel = {f = [0, 1]}, inputs = [-2, 2]}
    bounds               of every value of a copy: {size = 100, denominator = 12}
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

from flint import fmpq

from symlstm.cells.cell import Cell
from symlstm.derivations.expected import Subject
from symlstm.derivations.tables import Tables
from symlstm.errors import NumberError
from symlstm.gradients.gradients import Gradients
from symlstm.numbers.exact import rational, shown, whole_number
from symlstm.passes.differentiate import adjoint
from symlstm.runs.trace import Trace

EXERCISE = {"blanks", "vary", "bounds"}
BLANKS = {"from", "names", "gradients", "every"}
RANGE = {"from", "to", "step"}
BOUNDS = {"size", "denominator"}
MOST_NUMBERS = 1_000_000
"""Of so many numbers a range may be, so that each is as likely as another."""
A_RANGE = 'give integers, [-3, 3], or {from = -1, to = 1, step = "1/2"}'


class Place(NamedTuple):
    """Where a value stands: its name in the equations, and its time step.

    The gradient by a weight, which is a sum over all steps, has none.
    """

    name: str
    step: int | None


@dataclass(frozen=True)
class Blanks:
    """Which values of a page are blanks: those from a step on, of some names, every nth of them.

    ``names`` are those of equations, ``None`` stands for all.

    >>> page = [Place("h", 1), Place("c", 2), Place("h", 2), Place("W_bar_i", None)]
    >>> [*Blanks(start=2).among(page)]
    [Place(name='c', step=2), Place(name='h', step=2), Place(name='W_bar_i', step=None)]
    >>> [*Blanks(names=frozenset({"h"}), every=2).among(page)]
    [Place(name='h', step=2)]
    """

    start: int = 0
    names: frozenset[str] | None = None
    every: int = 1

    def among(self, places: Iterable[Place]) -> dict[Place, None]:
        """Return the blanks among the values of a page, in their order; each counts once."""
        remaining = (place for place in dict.fromkeys(places) if self._may_be(place))
        return dict.fromkeys(islice(remaining, self.every - 1, None, self.every))

    def _may_be(self, place: Place) -> bool:
        later = place.step is None or place.step >= self.start
        return later and (self.names is None or place.name in self.names)


@dataclass(frozen=True)
class Range:
    """Numbers to draw from: ``count`` of them, from ``low`` on, ``step`` apart."""

    low: fmpq
    step: fmpq
    count: int

    def number(self, part: float) -> fmpq:
        """Return the number that a part of the way through the range comes to, in [0, 1).

        >>> Range(fmpq(-1), fmpq(1, 2), 5).number(0.99)
        1
        """
        return self.low + self.step * int(part * self.count)


@dataclass(frozen=True)
class Bounds:
    """How large a value of a copy may be, and its denominator, if it is a fraction."""

    size: fmpq = field(default_factory=lambda: fmpq(100))
    denominator: int = 12


@dataclass(frozen=True)
class Exercise:
    """What a file says of its exercise: blanks, and what of its numbers each copy draws.

    ``vary`` has a range for each weight by name, for ``inputs`` and for ``initial_state``, as far
    as these vary.
    """

    blanks: Blanks = Blanks()
    vary: Mapping[str, Range] = field(default_factory=dict)
    bounds: Bounds = field(default_factory=Bounds)


class Exercised(Tables):
    """Reads what a file says of its exercise."""

    def exercise(self, subject: Subject, cell: Cell) -> Exercise | None:
        """Return the exercise of what a file asks for; ``None`` where there can be none.

        Raises `SpecError` where there can be none and the file has one, and for what it cannot be.
        """
        table = self.table("exercise", optional=True)
        reason = without_exercise(subject)
        if reason and "exercise" in self.data:
            raise self.error("exercise", reason)
        self.keys("exercise", EXERCISE)
        if reason:
            return None
        blanks = self._blanks(table.get("blanks", "all"), subject, cell)
        vary = dict(self._vary(self._part(table, "vary"), cell))
        return Exercise(blanks, vary, self._bounds(self._part(table, "bounds")))

    def _part(self, table: Mapping[str, Any], key: str) -> dict[str, Any]:
        part = table.get(key, {})
        if not isinstance(part, dict):
            raise self.error("exercise", f"{key} is {shown(part)}; make it a table")
        return part

    def _blanks(self, asked: Any, subject: Subject, cell: Cell) -> Blanks:
        if asked == "all":
            return Blanks()
        if not isinstance(asked, dict):
            mend = 'give "all", or a table such as {from = 2}'
            raise self.error("exercise", f"blanks is {shown(asked)}; {mend}")
        self.unknown("exercise.blanks", asked, BLANKS)
        if "gradients" in asked and not isinstance(subject, Gradients):
            raise self.error("exercise.blanks", "gradients are those of [backward]; give it, too")
        counts = {
            key: self._whole("exercise.blanks", asked, key, unless)
            for key, unless in (("from", 1), ("every", 1))
        }
        computed = {equation.lhs.name: equation.lhs.name for equation in cell.equations}
        known = {"x": cell.x, **cell.computed, **cell.weights}
        gradients = {name: adjoint(value).name for name, value in known.items()}
        names = [
            *self._names("names", asked, computed),
            *self._names("gradients", asked, gradients),
        ]
        start = counts["from"] if "from" in asked else 0
        some = frozenset(names) if {"names", "gradients"} & set(asked) else None
        return Blanks(start, some, counts["every"])

    def _names(self, key: str, asked: Mapping[str, Any], known: Mapping[str, str]) -> list[str]:
        """Return what the equations call values that are named."""
        names = asked.get(key, [])
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            mend = f'give a list of names, ["{next(iter(known))}"]'
            raise self.error("exercise.blanks", f"{key} is {shown(names)}; {mend}")
        self.unknown("exercise.blanks", names, known, f"in {key}")
        return [known[name] for name in names]

    def _vary(self, asked: Mapping[str, Any], cell: Cell) -> Iterator[tuple[str, Range]]:
        """Yield the range of each weight, what names one after what names a group of them."""
        given = ["inputs", *(["initial_state"] if cell.states else [])]
        letters = {cell.letters[group]: group for group in cell.groups}
        letters = {one: group for one, group in letters.items() if one not in cell.weights}
        known = [*cell.groups, *letters, *cell.weights, *given]
        self.unknown("exercise.vary", asked, known)
        for group in sorted(asked, key=list(known).index):
            value = asked[group]
            weights = cell.groups.get(letters.get(group, group), [])
            members = {q.name.partition("_")[2]: q.name for q in weights}
            by_gate = isinstance(value, dict) and any(members) and not RANGE & set(value)
            if by_gate:
                self.unknown(f"exercise.vary.{group}", value, members)
                for gate, one in value.items():
                    yield members[gate], self._range(f"{group}.{gate}", one)
                continue
            for name in members.values() or [group]:
                yield name, self._range(group, value)

    def _range(self, name: str, asked: Any) -> Range:
        table = "exercise.vary"
        if isinstance(asked, list) and len(asked) == 2 and all(type(n) is int for n in asked):
            asked = {"from": asked[0], "to": asked[1]}
        if not isinstance(asked, dict):
            raise self.error(table, f"{name} is {shown(asked)}; {A_RANGE}")
        self.unknown(f"{table}.{name}", asked, RANGE)
        for key in ("from", "to"):
            if key not in asked:
                raise self.error(table, f"{name} has no {key!r}; {A_RANGE}")
        parts = {"step": 1, **asked}
        numbers = {
            key: self.attempt(table, partial(rational, value, argument=f"{name}.{key}"))
            for key, value in parts.items()
        }
        low, high, step = (numbers[key] for key in ("from", "to", "step"))
        if step <= 0:
            raise self.error(table, f"{name}.step is {step}; give a number above 0")
        if high < low:
            raise self.error(table, f"{name} is from {low} to {high}; give the lower end first")
        count = int(((high - low) / step).floor()) + 1
        if count > MOST_NUMBERS:
            mend = f"give a range of at most {MOST_NUMBERS:,}"
            raise self.error(table, f"{name} has more numbers than can be drawn from; {mend}")
        return Range(low, step, count)

    def _bounds(self, asked: Mapping[str, Any]) -> Bounds:
        table, usual = "exercise.bounds", Bounds()
        self.unknown(table, asked, BOUNDS)
        size = self.attempt(table, lambda: rational(asked.get("size", usual.size), argument="size"))
        if size <= 0:
            raise self.error(table, f"size is {size}; give a number above 0")
        return Bounds(size, self._whole(table, asked, "denominator", usual.denominator))

    def _whole(self, table: str, asked: Mapping[str, Any], key: str, unless: int) -> int:
        try:
            return whole_number(asked.get(key, unless), argument=key)
        except NumberError as error:
            raise self.error(table, str(error)) from error


def without_exercise(subject: Subject) -> str | None:
    """Return why there can be no exercise of what a file asks for, if there cannot."""
    if isinstance(subject, tuple):
        return "is not for [training]; ask for gradients with [backward] instead"
    if not isinstance(subject, Trace | Gradients):
        return "is of a single [cell], and not of [[layers]]; leave it out"
    trace = subject if isinstance(subject, Trace) else subject.adjoints
    if not trace.is_whole:
        return "needs every time step; leave out mask and sequence_lens in [run]"
    return "needs numbers that come out; give [weights]" if trace.given is None else None
