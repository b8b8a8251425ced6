"""The carousel: the rail of a state alone, over time, with what each step multiplies it with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.cells.colours import gate_colours
from symlstm.equations.expression import Quantity, Scaled
from symlstm.equations.nodes import Diagonal
from symlstm.errors import OutputError
from symlstm.figures.dresses import labelled
from symlstm.figures.geometry import APART, height, width
from symlstm.figures.pictures import planned
from symlstm.figures.scene import (
    LINE,
    Box,
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
from symlstm.figures.spelling import formula, joined, room, symbol, words
from symlstm.figures.values import numbers_of, told_numbers
from symlstm.gradients.jacobian import StateJacobian
from symlstm.languages.catalogue import ENGLISH, Catalogue
from symlstm.notation import LATEX, PLAIN
from symlstm.numbers.arrays import Array
from symlstm.numbers.remembered import cached_property
from symlstm.passes.unroll import times
from symlstm.runs.trace import Trace

SHOWN = 8
"""Of more time steps, those in the middle are left out."""
RAIL = 34.0
"""How far the rail is below the upper edge."""
RADIUS = 11.0


def carousel_picture(
    jacobian: StateJacobian, sequence: int = 0, catalogue: Catalogue = ENGLISH
) -> Scene:
    """Return the picture of how a state carries itself through time, and what goes round it."""
    return _Carousel(jacobian, sequence, catalogue).scene()


def carried_state(trace: Trace[Any]) -> str:
    """Return the name of the state whose rail is the uppermost: the one that carries itself.

    Raises `OutputError` for a cell without states.
    """
    if not trace.cell.states:
        message = f"{trace.cell!r} has no states, so that none is carried; draw something else"
        raise OutputError(message, argument="what")
    graph, _ = planned(trace.cell)
    return graph.rails[0].state.name if graph.rails else next(iter(trace.cell.states))


@dataclass(frozen=True)
class _Carousel:
    jacobian: StateJacobian
    sequence: int
    catalogue: Catalogue

    def scene(self) -> Scene:
        """Return the scene: the rail, what hangs below it, and what goes round."""
        right = self._places[-1] + self._columns[-1]
        low = self._low + (60.0 if self._others else 18.0)
        lines = list(self._sum(right / 2, low + LINE))
        pieces = [*self._rail(right), *self._around(right)]
        name = symbol(self.jacobian.state.name).plain
        title = self.catalogue.words("figure.carousel", state=name, count=len(self._trace))
        described = "; ".join(
            f"{piece.meaning.equation} {piece.meaning.relation} {piece.meaning.value}"
            for piece in pieces
            if isinstance(piece, Box) and piece.meaning and piece.meaning.value
        )
        wide = max([right, *(width(line) + 2 * APART for line in lines)])
        group = Group("carousel", (*pieces, *lines)).moved((wide - right) / 2, 0.0)
        return Scene(wide, low + LINE * (0.5 + 1.5 * len(lines)), title, described, (group,))

    # What is shown.

    @property
    def _trace(self) -> Trace[Any]:
        return self.jacobian.trace

    @property
    def _numeric(self) -> bool:
        return self._trace.given is not None

    @property
    def _others(self) -> list[str]:
        return [name for name in self._trace.cell.states if name != self.jacobian.state.name]

    @cached_property
    def _steps(self) -> list[int | None]:
        """The time steps that are shown, and ``None`` where some are left out."""
        last = len(self._trace)
        if last <= SHOWN:
            return list(range(1, last + 1))
        return [*range(1, SHOWN // 2 + 1), None, *range(last - SHOWN // 2 + 2, last + 1)]

    def _state(self, step: int) -> Label:
        """Return the label of the state after a step: its symbol, whose title has the value."""
        name = self.jacobian.state.name
        meaning = Meaning(name, step)
        if self._numeric:
            entries = self._trace.told(name, step, self.sequence)
            meaning = told_numbers(self._trace, name, step).meaning(name, step, entries)
        return Label(Point(0, 0), symbol(name, str(step)), meaning=meaning)

    def _factor(self, step: int) -> tuple[Spelled, Label]:
        """Return what a step multiplies with, as a formula or, if that is long, a letter."""
        at = self.jacobian.transposed.xreplace(times(step))
        inner = at.argument if isinstance(at, Diagonal) else at
        whole = shown = formula(inner, scalar=self._trace.cell.is_scalar)
        if shown.width > LONGEST_FORMULA:
            shown = symbol("J", str(step))
        if not self._numeric:
            return shown, Label(Point(0, 0), meaning=Meaning("", step, "", whole.plain))
        entries, numbers = self._entries(step, at), numbers_of(self._trace)
        meaning = numbers.meaning(_name(inner), step, entries, whole.plain)
        return shown, replace(labelled(numbers, entries, None), meaning=meaning)

    def _entries(self, step: int, transposed: MatrixExpr) -> Array:
        entries = self.jacobian.step_entries(step, self.sequence)
        bare = transposed.argument if isinstance(transposed, Scaled) else transposed
        if isinstance(bare, Diagonal):
            return np.diagonal(entries)[:, None]
        return entries

    # Where it stands.

    @cached_property
    def _low(self) -> float:
        """How low the boxes are that hang below the rail."""
        steps = (step for step in self._steps if step is not None)
        return RAIL + 46.0 + max(height(self._factor(step)[1]) for step in steps)

    @cached_property
    def _columns(self) -> list[float]:
        """The room of the start, and of each step."""
        rooms = [width(self._state(0)) + 2 * APART + self._before]
        for step in self._steps:
            if step is None:
                rooms.append(4 * APART)
                continue
            box, value = self._factor(step)
            above = RADIUS + width(self._state(step)) + 2 * APART
            rooms.append(max(above, box.width + 3 * APART, width(value) + 3 * APART + RADIUS))
        return rooms

    @property
    def _before(self) -> float:
        """How far before the first operation the way round begins: what hangs there has room."""
        first = self._steps[0]
        hanging = 0.0 if first is None or not self._others else self._factor(first)[0].width + 14
        return max(3 * APART, hanging / 2 + APART)

    @cached_property
    def _places(self) -> list[float]:
        """Where the operations are on the rail."""
        places = [self._columns[0]]
        for column in self._columns[1:]:
            places.append(places[-1] + column)
        return [0.0, *places[:-1]]

    def _rail(self, right: float) -> Iterator[Piece]:
        start = self._state(0)
        yield replace(start, at=Point(4.0, RAIL - LINE / 2 - 3))
        before = Point(0.0, RAIL)
        meaning = start.meaning
        for x, step in zip(self._places[1:], self._steps, strict=True):
            if step is None:
                yield Wire((before, Point(x, RAIL)), meaning=meaning)
                yield Wire((Point(x, RAIL), Point(x + 2 * APART, RAIL)), dashes=(2.0, 4.0))
                before = Point(x + 2 * APART, RAIL)
                continue
            yield Wire((before, Point(x - RADIUS, RAIL)), arrow=True, meaning=meaning)
            yield from self._hanging(x, step)
            state = self._state(step)
            meaning = state.meaning
            yield replace(state, at=Point(x + RADIUS + 4, RAIL - LINE / 2 - 3))
            before = Point(x + RADIUS, RAIL)
        yield Wire((before, Point(right, RAIL)), arrow=True, meaning=meaning)

    def _hanging(self, x: float, step: int) -> Iterator[Piece]:
        """Yield the product of a step and what it multiplies with, below it."""
        sign = Spelled("×", r"$\times$", 12.0)
        shown, value = self._factor(step)
        at, low = Point(x, RAIL), Point(x, self._low)
        colour = gate_colours(self._trace.cell).get(value.meaning.quantity if value.meaning else "")
        top = Point(x, low.y - 12)
        yield Wire((top, Point(x, RAIL + RADIUS)), colour, arrow=True, meaning=value.meaning)
        yield Box(at, 2 * RADIUS, 2 * RADIUS, RADIUS, Label(at, sign, anchor="middle"))
        label = Label(low, shown, anchor="middle")
        yield Box(low, shown.width + 14, 24.0, 4.0, label, colour, meaning=value.meaning)
        if self._numeric:
            middle = Point(x + 5, (top.y + RAIL + RADIUS) / 2)
            yield replace(value, at=middle, colour=colour)

    def _around(self, right: float) -> Iterator[Piece]:
        """Yield the way through the other states, below everything."""
        if not self._others:
            return
        low, first, last = self._low + 34.0, self._columns[0] - self._before, right - 2 * APART
        corners = (Point(first, RAIL), Point(first, low), Point(last, low), Point(last, RAIL))
        yield Dot(corners[0])
        yield Wire(corners, arrow=True, dashes=(5.0, 4.0))
        at = Point((first + last) / 2, low + LINE / 2 + 4)
        yield Label(at, self._through, anchor="middle")

    def _sum(self, middle: float, top: float) -> Iterator[Label]:
        """Yield what all of it comes to: along the rail, and through the other states."""
        if not self._numeric or self.jacobian.state.shape[0] != 1:
            return
        numbers = numbers_of(self._trace)
        total = self.jacobian.total_entries(0, self.sequence)
        parts = [_derivative(self.jacobian.state, len(self._trace))]
        if self._others:
            alone = self.jacobian.alone_entries(0, self.sequence)
            others = self.jacobian.others_entries(0, self.sequence)
            rail = words(f"{self.catalogue.words('figure.rail')} +")
            parts += [numbers.relation(alone), *numbers.column(alone), rail]
            parts += [*numbers.column(others), self._through]
        parts += [numbers.relation(total), *numbers.column(total)]
        told = numbers.meaning("", None, total)
        yield Label(Point(middle, top), joined(parts, " "), anchor="middle", meaning=told)

    @property
    def _through(self) -> Spelled:
        through = words(self.catalogue.words("carry.through"))
        return joined([through, *(symbol(name) for name in self._others)], " ")


LONGEST_FORMULA = 110.0
"""How wide the formula of what a step multiplies with may be."""


def _name(inner: MatrixExpr) -> str:
    return inner.name if isinstance(inner, Quantity) else ""


def _derivative(state: Quantity, last: int) -> Spelled:
    """Spell the derivative of the last state by the first."""
    parts = []
    for notation in (PLAIN, LATEX):
        of, by = (notation.symbol(state.name, str(step)) for step in (last, 0))
        parts.append(notation.derivative(of, by, partial=False, flat=True).text)
    plain, latex = parts
    return Spelled(plain, f"${latex}$", room(plain))
