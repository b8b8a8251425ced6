"""A cell as a drawing sees it: single operations, what uses what, and the rails of its states."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from sympy import Basic

from symlstm.cells.cell import Cell
from symlstm.cells.colours import gate_colours
from symlstm.cells.gated import GatedCell
from symlstm.equations.activations import activation
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Elementwise, Quantity, Scaled, is_constant, quantities
from symlstm.equations.nodes import Maximum, Vectorwise
from symlstm.equations.operands import Addition, EntrywiseProduct, Multiplication
from symlstm.equations.vocabulary import quotient_of, reduction_of
from symlstm.figures.scene import Spelled
from symlstm.figures.spelling import formula, room, words
from symlstm.notation.palette import Colour
from symlstm.numbers.remembered import cached_property
from symlstm.passes.operations import is_weighted, name_operations, terms
from symlstm.passes.substitute import Definitions
from symlstm.passes.unroll import times


@dataclass(frozen=True)
class Operation:
    """A single operation: what it computes, of which values, and what its node says."""

    equation: Equation
    operands: tuple[Quantity, ...]
    sign: Spelled
    is_sum: bool
    """Whether it is a weighted sum."""

    @property
    def result(self) -> Quantity:
        """What is computed."""
        return self.equation.lhs

    @property
    def is_function(self) -> bool:
        """Whether it is an activation function."""
        return isinstance(self.equation.rhs, Elementwise | Vectorwise)


class Rail(NamedTuple):
    """The way of a state from one time step to the next that leads through no matrix of weights."""

    state: Quantity
    path: tuple[Operation, ...]


class Graph:
    """The operations of a cell, in the order of computation."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.operations = {
            equation.lhs: _operation(equation) for equation in name_operations(cell.program)
        }

    @cached_property
    def uses(self) -> dict[Quantity, list[Operation]]:
        """What each value is used by, once for each time that it is."""
        uses: dict[Quantity, list[Operation]] = {}
        for operation in self.operations.values():
            for operand in operation.operands:
                uses.setdefault(operand, []).append(operation)
        return uses

    @cached_property
    def unnamed(self) -> dict[Quantity, Equation]:
        """The equations of what no equation of the cell names, by what they compute."""
        named = {equation.lhs for equation in self.cell.program}
        return {v: o.equation for v, o in self.operations.items() if v not in named}

    @cached_property
    def formulas(self) -> dict[Quantity, Equation]:
        """What each value is computed from, in terms of what has a name."""
        definitions = Definitions({value: one.rhs for value, one in self.unnamed.items()})
        return {
            value: Equation(value, definitions.substitute(operation.equation.rhs))
            for value, operation in self.operations.items()
        }

    def told(self, value: Quantity, step: int | None = None) -> str:
        """Return the equation of a value in plain text, at a time step or at any; or nothing.

        Of what has no name, it is what it is computed from.
        """
        equation = self.formulas.get(value)
        if equation is None:
            return ""
        shown = equation if step is None else equation.xreplace(times(step))
        return formula(shown.rhs).plain if value in self.unnamed else str(shown)

    @cached_property
    def lines(self) -> dict[Quantity, Quantity]:
        """The value that a page has a line for in which each value is computed."""
        lines: dict[Quantity, Quantity] = {}
        told = {equation.lhs for equation in self.cell.equations}
        line = self.cell.output
        for value in reversed(self.operations):
            line = value if value in told else line
            lines[value] = line
        return lines

    @cached_property
    def colours(self) -> dict[str, Colour]:
        """The colours of values, by name: those of gates, and of what stands in their columns."""
        colours = dict(gate_colours(self.cell))
        for column in map(self.column, self.operations):
            names = [operation.result.name for operation in column]
            known = next((colours[name] for name in names if name in colours), None)
            if known is not None:
                colours = {**dict.fromkeys(names, known), **colours}
        return colours

    @cached_property
    def sources(self) -> tuple[Quantity, ...]:
        """What goes into a step: the input, and the states of the step before."""
        return self.cell.x, *self.cell.states.values()

    @cached_property
    def ends(self) -> tuple[Quantity, ...]:
        """What comes out of a step: the states, and the output."""
        names = dict.fromkeys([*self.cell.states, self.cell.output.name])
        return tuple(self.cell.computed[name] for name in names)

    @cached_property
    def rails(self) -> tuple[Rail, ...]:
        """The rails, the upper ones first: an output is below what it is made of."""
        states = list(self.cell.states)
        if states and states[0] == self.cell.output.name:
            states = [*states[1:], states[0]]
        taken: set[Quantity] = set()
        rails = []
        for name in states:
            path = self._path(self.cell.computed[name], self.cell.states[name])
            if path and not any(operation.result in taken for operation in path):
                taken |= {operation.result for operation in path}
                rails.append(Rail(self.cell.computed[name], path))
        return tuple(self._sorted(rails))

    def is_gate(self, operation: Operation) -> bool:
        """Say whether a weighted sum has a place among the gates, and is no box on a wire.

        One of a single value that is computed in the same step is such a box: a projection.
        """
        single = len(operation.operands) == 1 and operation.operands[0] not in self.sources
        return operation.is_sum and not single

    def column(self, value: Quantity) -> list[Operation]:
        """Return what stands above a gate and ends in ``value``, and its sum, last.

        That is functions, and what weighs their values. There is nothing where there is no such
        sum, or where a function's argument has other uses.
        """
        found = [self.operations[value]]
        while self._goes_on(found[-1]) and self._is_used_once(found[-1].operands[0]):
            found.append(self.operations[found[-1].operands[0]])
        return found if self.is_gate(found[-1]) else []

    def _goes_on(self, operation: Operation) -> bool:
        """Say whether an operation only changes a single value: a function, or weights of it."""
        weighs = operation.is_sum and not self.is_gate(operation)
        return len(operation.operands) == 1 and (operation.is_function or weighs)

    def _goes_on_entrywise(self, operation: Operation) -> bool:
        """Say whether weights of a single value are gains, and no matrix."""
        matrices = operation.equation.rhs.atoms(Multiplication)
        return self._goes_on(operation) and not matrices

    def is_candidate(self, operation: Operation) -> bool:
        """Say whether a function is the cell's activation, which is not that of its gates."""
        rhs, cell = operation.equation.rhs, self.cell
        gates = cell.recurrent_activation if isinstance(cell, GatedCell) else None
        phi, sigma = activation(cell.activation), activation(gates)
        return isinstance(rhs, Elementwise | Vectorwise) and rhs.activation == phi != sigma

    def _is_used_once(self, value: Quantity) -> bool:
        """Say whether a value that a step computes has a single use, and does not come out."""
        return value in self.operations and len(self.uses[value]) == 1 and value not in self.ends

    def _sorted(self, rails: list[Rail]) -> Iterator[Rail]:
        """Yield rails, each below those that it takes values from.

        Of rails that take values from one another, the last is none.
        """
        while rails:
            free = (rail for rail in rails if not any(self._takes(rail, r) for r in rails))
            rail = next(free, None)
            if rail is not None:
                yield rail
            rails.remove(rail or rails[-1])

    def _takes(self, rail: Rail, other: Rail) -> bool:
        """Say whether a rail takes values, directly or not, from another one."""
        there = {operation.result for operation in other.path}
        return rail is not other and not there.isdisjoint(self._below(rail.state))

    def _below(self, value: Quantity) -> set[Quantity]:
        found: set[Quantity] = set()
        todo = [value]
        while todo:
            operation = self.operations.get(todo.pop())
            fresh = set(operation.operands) - found if operation else set()
            found |= fresh
            todo += fresh
        return found

    def _path(self, end: Quantity, start: Quantity) -> tuple[Operation, ...]:
        """Return the shortest way between two values, through no weighted sum of several."""
        todo: deque[tuple[Quantity, tuple[Operation, ...]]] = deque([(end, ())])
        seen = {end}
        while todo:
            value, path = todo.popleft()
            operation = self.operations.get(value)
            if operation is None or (operation.is_sum and not self._goes_on_entrywise(operation)):
                continue
            longer: tuple[Operation, ...] = (operation, *path)
            if start in operation.operands:
                return longer
            for operand in operation.operands:
                if operand not in seen:
                    seen.add(operand)
                    todo.append((operand, longer))
        return ()


def _operation(equation: Equation) -> Operation:
    rhs = equation.rhs
    operands = tuple(quantity for quantity in quantities(rhs) if quantity.time is not None)
    is_sum = all(map(is_weighted, terms(rhs)))
    if is_sum:
        operands = tuple(dict.fromkeys(operands))
    return Operation(equation, operands, _sign(rhs, is_sum), is_sum)


def _sign(rhs: Basic, is_sum: bool) -> Spelled:
    """Spell what a node says: the operation's sign, a function's name, or a number."""
    if is_sum:
        weights = [factor for factor in rhs.args if is_constant(factor)]
        alone = isinstance(rhs, Multiplication | EntrywiseProduct) and len(weights) == 1
        return formula(weights[0]) if alone else _spelled("Σ", r"\Sigma")
    if isinstance(rhs, Elementwise | Vectorwise):
        row = rhs.activation
        name = _IDENTITY if row.is_identity else (row.text, row.latex)
        return _spelled(*name)
    if isinstance(rhs, EntrywiseProduct):
        single = rhs.shape == (1, 1)
        if quotient_of(rhs)[1]:
            return _spelled("/", "/") if single else _spelled("⊘", r"\oslash")
        return _spelled("×", r"\times") if single else _spelled("⊙", r"\odot")
    if isinstance(rhs, Maximum):
        return _spelled("max", r"\max")
    reduction = reduction_of(rhs)
    if reduction:
        return _spelled(reduction, rf"\mathrm{{{reduction}}}")
    if isinstance(rhs, Multiplication):
        return _spelled("·", r"\cdot")
    if isinstance(rhs, Scaled):
        return _spelled("−", "-") if rhs.subtracts and rhs.factor == -1 else formula(rhs.factor)
    if isinstance(rhs, Addition):
        return _added(rhs)
    return _spelled("=", "=") if isinstance(rhs, Quantity) else formula(rhs)


_IDENTITY = "id", r"\mathrm{id}"


def _added(rhs: Addition) -> Spelled:
    """Spell a sum: of two values, or of a number and a value, 1−."""
    numbers = [part for part in rhs.args if not any(quantities(part))]
    if not numbers:
        return _spelled("+", "+")
    signs = [part.subtracts if isinstance(part, Scaled) else False for part in rhs.args]
    number = "".join(_number(part) for part in numbers)
    sign = ("−", "-") if signs[-1] else ("+", "+")
    return Spelled(number + sign[0], f"${number}{sign[1]}$", room(number + sign[0]))


def _number(part: Basic) -> str:
    return str(part.factor) if isinstance(part, Scaled) else "1"


def _spelled(plain: str, latex: str) -> Spelled:
    return Spelled(plain, f"${latex}$", words(plain).width)
