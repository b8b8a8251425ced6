"""The network: what goes in, the cell, what comes out, and the loops, with the weights on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from symlstm.cells.cell import Cell
from symlstm.equations.expression import Quantity, quantities
from symlstm.equations.numerals import Numerals
from symlstm.figures.geometry import APART
from symlstm.figures.scene import (
    LINE,
    Box,
    Curve,
    Dot,
    Group,
    Label,
    Meaning,
    Piece,
    Point,
    Scene,
    Spelled,
    Wire,
)
from symlstm.figures.spelling import EXACT_DIGITS, FLAT, Numbers, joined, room, symbol, words
from symlstm.notation import PLAIN, text
from symlstm.numbers.arrays import Array
from symlstm.numbers.exact import Interval
from symlstm.numbers.remembered import cached_property
from symlstm.passes.operations import name_operations, terms

RADIUS = 13.0
"""That of a neuron."""
NEURONS = 5
"""Of more neurons, those in the middle are left out."""
SPACE = 36.0
"""How far neurons are apart."""
LOOP = 16.0
"""How far the lines of a loop's label are from the loop."""
WIDEST_VALUE = 150.0
"""How wide the numbers of a weight may be; of a larger one, the size stands there."""


def network_picture(cell: Cell, weights: Mapping[str, Array] | None = None) -> Scene:
    """Return the picture of a network of one cell, with its weights in symbols or in numbers.

    ``weights`` are by name, of shape (rows, columns).
    """
    return _Network(cell, weights).scene()


@dataclass(frozen=True)
class _Network:
    cell: Cell
    weights: Mapping[str, Array] | None

    def scene(self) -> Scene:
        """Return the scene, from left to right: inputs, cell, outputs; loops above, bias below."""
        title = f"A network of one {self.cell.named()}"
        pieces = [*self._loops(), *self._edges(), *self._cell(), *self._ends()]
        pieces += list(self._below())
        size = f"{self.cell.input_dim} in, {self.cell.units} units, {self.cell.output_dim} out"
        told = "; ".join(label.meaning.equation for label in self._told(pieces))
        return Scene(
            self._width, self._height, title, f"{size}; {told}", (Group("network", tuple(pieces)),)
        )

    def _told(self, pieces: Iterable[Piece]) -> list[Any]:
        return [p for p in pieces if isinstance(p, Label) and p.meaning and p.meaning.equation]

    # Which weights stand where.

    @cached_property
    def _by_source(self) -> dict[Quantity | None, list[Quantity]]:
        """The weights by what they weigh; that is None for what goes in from nowhere."""
        found: dict[Quantity | None, dict[Quantity, None]] = {}
        goes_in = {self.cell.x, *self.cell.states.values()}
        for equation in name_operations(self.cell.program):
            for term in terms(equation.rhs):
                every = list(quantities(term))
                weighed = [quantity for quantity in every if quantity in goes_in]
                key = weighed[0] if weighed else None
                for quantity in every:
                    if quantity.time is None:
                        found.setdefault(key, {})[quantity] = None
        return {key: list(weights) for key, weights in found.items()}

    def _lines(self, source: Quantity | None) -> list[tuple[Spelled, Meaning]]:
        """Return the lines of a label: the weights, those that are alike as one."""
        weights = self._by_source.get(source, [])
        if self.weights is None:
            every = joined([symbol(weight.name) for weight in weights], ", ") if weights else None
            return [(every, Meaning(equation=every.plain))] if every else []
        alike = groupby(weights, key=self._shown_as)
        return [self._line(list(group)) for _, group in alike]

    def _shown_as(self, weight: Quantity) -> Any:
        """Return what weights in one line have in common: their numbers or, of many, the size."""
        entries = self._entries(weight)
        return entries.shape if self._is_large(weight) else entries.tolist()

    def _line(self, weights: list[Quantity]) -> tuple[Spelled, Meaning]:
        names, entries = [symbol(weight.name) for weight in weights], self._entries(weights[0])
        if self._is_large(weights[0]):
            rows, columns = entries.shape
            shown = joined([joined(names, ", "), words(f"({rows}×{columns})")], " ")
            return shown, Meaning(weights[0].name, equation=shown.plain)
        numbers = _numbers(entries)
        whole, relation = self._whole(weights[0]), numbers.relation_of_all(entries)
        if entries.size == 1:
            number = [numbers.relation(entries), *numbers.column(entries)]
        else:
            number = [relation, self._matrix(weights[0])]
        told = f"{joined(names, ' = ').plain} {relation.plain} {whole}"
        shown = joined([joined(names, " = "), *number], " ")
        return shown, Meaning(weights[0].name, None, whole, told, relation.plain)

    def _entries(self, weight: Quantity) -> Array:
        assert self.weights is not None
        return self.weights[weight.name]

    def _is_large(self, weight: Quantity) -> bool:
        """Say whether a weight has too many numbers to stand there."""
        return self._entries(weight).size > 1 and self._matrix(weight).width > WIDEST_VALUE

    def _matrix(self, weight: Quantity) -> Spelled:
        entries = self._entries(weight)
        latex = Numerals(FLAT, digits=_numbers(entries).digits).value(entries)
        plain = self._whole(weight)
        return Spelled(plain, f"${text(latex)}$", room(plain))

    def _whole(self, weight: Quantity) -> str:
        entries = self._entries(weight)
        return text(Numerals(PLAIN, digits=_numbers(entries).digits).value(entries))

    # Where it stands.

    @cached_property
    def _blocks(self) -> tuple[float, float, float]:
        """The widths of what is left of the cell, of the cell, and of what is right of it."""
        left = _widest(self._lines(self.cell.x))
        middle = _widest(self._lines(None))
        over = max(_widest(self._lines(state)) for state in [*self.cell.states.values(), None])
        names = words(self.cell.named()).width
        inside = max(4 * RADIUS, names + 2 * APART, middle - 2 * SPACE, over - 2 * SPACE)
        return max(90.0, left + 5 * APART), inside, 90.0

    @property
    def _width(self) -> float:
        return sum(self._blocks) + 2 * APART

    @cached_property
    def _top(self) -> float:
        """Where the upper edge of the cell is, below the loops and their labels."""
        return APART + sum(self._loop_height(state) for state in self.cell.states.values()) + LOOP

    def _loop_height(self, state: Quantity) -> float:
        return LOOP + LINE * (1 + len(self._lines(state)))

    @property
    def _inside(self) -> float:
        """The height of the cell."""
        most = max(map(_shown, (self.cell.input_dim, self.cell.units, self.cell.output_dim)))
        return LINE + APART + SPACE * most

    @property
    def _height(self) -> float:
        below = max(len(self._lines(self.cell.x)), len(self._lines(None)))
        return self._top + self._inside + APART + LINE * below + APART

    @property
    def _middle(self) -> float:
        """How low the middle of all neurons is."""
        return self._top + LINE + (self._inside - LINE) / 2

    def _column(self, count: int, x: float) -> list[Point | None]:
        """Return the places of so many neurons, with ``None`` where some are left out."""
        shown = _shown(count)
        first = self._middle - SPACE * (shown - 1) / 2
        places: list[Point | None] = [Point(x, first + SPACE * k) for k in range(shown)]
        if count > shown:
            places[-2] = None
        return places

    @cached_property
    def _inputs(self) -> list[Point | None]:
        return self._column(self.cell.input_dim, APART + RADIUS + 14)

    @cached_property
    def _units(self) -> list[Point | None]:
        left, middle, _ = self._blocks
        return self._column(self.cell.units, left + middle / 2)

    @cached_property
    def _outputs(self) -> list[Point | None]:
        return self._column(self.cell.output_dim, self._width - APART - RADIUS - 14)

    # What is drawn.

    def _cell(self) -> Iterator[Piece]:
        left, middle, _ = self._blocks
        at = Point(left + middle / 2, self._top + self._inside / 2)
        name = Label(
            Point(at.x, self._top + LINE / 2 + 3),
            words(self.cell.named()),
            anchor="middle",
            bold=True,
        )
        yield Box(at, middle, self._inside, 10.0, frame=True)
        yield name
        yield from self._neurons(self._units)

    def _ends(self) -> Iterator[Piece]:
        for value, places in ((self.cell.x, self._inputs), (self.cell.output, self._outputs)):
            yield from self._neurons(places)
            top = next(place for place in places if place)
            at = Point(top.x, top.y - RADIUS - LINE / 2 - 1)
            meaning = Meaning(value.name)
            yield Label(at, symbol(value.name, "t"), anchor="middle", meaning=meaning)

    def _neurons(self, places: Iterable[Point | None]) -> Iterator[Piece]:
        before = None
        for place in places:
            if place is None:
                assert before is not None
                dots = Spelled("⋮", r"$\vdots$", 8.0)
                yield Label(Point(before.x, before.y + SPACE), dots, anchor="middle")
            else:
                yield Box(place, 2 * RADIUS, 2 * RADIUS, RADIUS)
                before = place

    def _edges(self) -> Iterator[Piece]:
        """Yield the lines between neurons: each input with each unit, each unit with its output."""
        yield from _joined(self._inputs, self._units)
        if self.cell.output_dim == self.cell.units:
            for unit, output in zip(self._units, self._outputs, strict=True):
                yield from _joined([unit], [output])
        else:
            yield from _joined(self._units, self._outputs)

    def _loops(self) -> Iterator[Piece]:
        """Yield a loop for each state, the output's outermost, with the weights of the state."""
        left, middle, _ = self._blocks
        states = list(self.cell.states.values())
        states.sort(key=lambda state: state.name == self.cell.output.name)
        y, beyond = self._top - LOOP, LOOP
        for state in states:
            if state.name == self.cell.output.name:
                yield from self._around(left - LOOP, left + middle + LOOP, y)
            else:
                first, last = left + middle - beyond, left + beyond
                path = (
                    Point(first, self._top),
                    Point(first, y),
                    Point(last, y),
                    Point(last, self._top),
                )
                yield Wire(path, arrow=True)
            lines = [(symbol(state.name, "t"), Meaning(state.name)), *self._lines(state)]
            for k, (line, meaning) in enumerate(reversed(lines)):
                at = Point(left + middle / 2, y - 3 - LINE * (k + 0.5))
                yield Label(at, line, anchor="middle", meaning=meaning)
            y, beyond = y - self._loop_height(state), max(4.0, beyond - 6.0)

    def _around(self, first: float, last: float, y: float) -> Iterator[Piece]:
        """Yield the loop of the output, from what comes out back into the cell."""
        left, _, _ = self._blocks
        out = next(place for place in self._outputs if place)
        low = self._top + LINE
        path = [Point(last, out.y), Point(last, y), Point(first, y), Point(first, low)]
        yield Wire((*path, Point(left, low)), arrow=True, meaning=Meaning(self.cell.output.name))
        yield Dot(path[0])

    def _below(self) -> Iterator[Label]:
        """Yield the weights of the input, below it, and below the cell those of nothing else."""
        left, middle, _ = self._blocks
        top = self._top + self._inside + APART + LINE / 2
        for k, (line, meaning) in enumerate(self._lines(self.cell.x)):
            yield Label(Point(4.0, top + LINE * k), line, meaning=meaning)
        for k, (line, meaning) in enumerate(self._lines(None)):
            at = Point(left + middle / 2, top + LINE * k)
            yield Label(at, line, anchor="middle", meaning=meaning)


def _numbers(entries: Array) -> Numbers:
    """Return how weights are spelled: in decimals that enclose them, if they are intervals."""
    boxed = any(isinstance(entry, Interval) for entry in entries.flat)
    return Numbers(EXACT_DIGITS if boxed else None)


def _shown(count: int) -> int:
    return min(count, NEURONS)


def _widest(lines: Iterable[tuple[Spelled, Meaning]]) -> float:
    return max((line.width for line, _ in lines), default=0.0)


def _joined(left: Iterable[Point | None], right: Iterable[Point | None]) -> Iterator[Curve]:
    """Yield a straight line from each neuron on the left to each on the right."""
    starts = [Point(place.x + RADIUS, place.y) for place in left if place]
    ends = [Point(place.x - RADIUS, place.y) for place in right if place]
    for start in starts:
        for end in ends:
            yield Curve((start, end), width=1.1)
