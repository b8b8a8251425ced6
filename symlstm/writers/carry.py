"""Tell how a state carries its gradient from one time step to the one before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import prod

from sympy import Integer, ZeroMatrix
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, Scaled, add, scale, t
from symlstm.equations.operands import Multiplication
from symlstm.gradients.jacobian import StateJacobian
from symlstm.notation import Token, Tokens, joined
from symlstm.numbers.arrays import Array
from symlstm.writers.document import Carry
from symlstm.writers.forward import Forward
from symlstm.writers.line import Line
from symlstm.writers.roundings import Numbers, written
from symlstm.writers.summary import Table


@dataclass(frozen=True)
class CarrySection:
    """Tells a state's Jacobians in sequence ``k`` of the trace of ``forward``.

    They are told transposed, as the gradient is multiplied with them; what is its own transpose,
    a diagonal matrix or a number, is not marked so.
    """

    forward: Forward
    jacobian: StateJacobian
    k: int = 0

    def tell(self) -> Carry:
        """Return the section."""
        formula = self.forward.typesetter.formula
        state = Quantity(self.jacobian.state.name, self.jacobian.state.shape[0])
        others = len(self.forward.cell.states) > 1
        splits = self.forward.numeric and others
        return Carry(
            number=self.k + 1,
            name=formula(state),
            now=formula(state.at(t)),
            before=formula(state.at(t - 1)),
            others=others,
            transposed=not self._symmetric,
            state=(self.formula(),),
            steps=tuple(map(self._step, reversed(self.forward.steps))),
            product=(self._product(),),
            total=(self._total(),) if splits else (),
            split=self._split() if splits else (),
        )

    def formula(self) -> Line:
        """Return the Jacobian of any step as a formula."""
        formula = self.forward.typesetter.formula(self.jacobian.transposed)
        return self.forward.typesetter.line(self._alone(t, t - 1), [formula])

    @property
    def _symmetric(self) -> bool:
        return self.forward.cell.is_scalar or not self.jacobian.transposed.has(Multiplication)

    @property
    def _last(self) -> int:
        return len(self.forward.trace)

    def _step(self, step: int) -> Line:
        """Return the Jacobian of a step, worked out."""
        typesetter, formula = self.forward.typesetter, self._at(step)
        left = self._alone(step, step - 1)
        if not self.forward.numeric:
            return typesetter.line(left, [typesetter.formula(formula)])
        equation = Equation(Quantity("J", *formula.shape), formula)
        numbers, value = self.forward.numbers(self.k, formula), self._entries(step)
        line = typesetter.worked(equation, numbers, value, self.forward.trace.algebra)
        return replace(line, left=left)

    def _product(self) -> Line:
        """Return the product of the steps' Jacobians: as formulas, as matrices, and its value."""
        typesetter, steps = self.forward.typesetter, self.forward.steps
        links = [typesetter.formula(_chain([self._at(step) for step in steps]))]
        if self.forward.numeric:
            each = {self._placeholder(step): self._entries(step) for step in steps}
            links += self._worked(each, _chain(list(each)), self.jacobian.alone_entries)
        return typesetter.line(self._alone(self._last, 0), links)

    def _placeholder(self, step: int) -> Quantity:
        rows, columns = self.jacobian.transposed.shape
        return Quantity("J", rows, columns, Integer(step))

    def _total(self) -> Line:
        """Return the whole derivative as the sum of its two parts."""
        parts = {
            Quantity(name, *self.jacobian.transposed.shape): self._written(part(0, self.k).T)
            for name, part in (
                ("A", self.jacobian.alone_entries),
                ("B", self.jacobian.others_entries),
            )
        }
        links = self._worked(parts, add(*parts), self.jacobian.total_entries)
        return self.forward.typesetter.line(self._whole(self._last, 0), links)

    def _worked(
        self, numbers: Numbers, expression: MatrixExpr, of: Callable[[int, int], Array]
    ) -> list[Tokens]:
        """Return an expression with numbers in, and what it comes to, all the way."""
        typesetter, algebra = self.forward.typesetter, self.forward.trace.algebra
        value = self._written(of(0, self.k).T)
        shown = typesetter.numbers(numbers, expression)
        return [shown, typesetter.result(expression, numbers, value, algebra)]

    def _entries(self, step: int) -> Array:
        return self._written(self.jacobian.step_entries(step, self.k).T)

    def _written(self, entries: Array) -> Array:
        return written(self.forward.trace.algebra, entries)

    def _split(self) -> tuple[Table, ...]:
        notation = self.forward.typesetter.notation
        starts = range(self._last - 1, -1, -1)
        labels = [notation.symbol("t"), *(notation.integer(k, digits=9) for k in starts)]
        columns: list[tuple[Tokens, Callable[[int, int], Array]]] = [
            (self._whole(self._last, t, flat=True), self.jacobian.total_entries),
            (self._alone(self._last, t, flat=True), self.jacobian.alone_entries),
            (self._detour(), self.jacobian.others_entries),
        ]
        shown = {
            joined(head): [self._written(of(start, self.k).T) for start in starts]
            for head, of in columns
        }
        return self.forward.typesetter.tables(shown, labels)

    def _detour(self) -> Tokens:
        notation = self.forward.typesetter.notation
        through = self.forward.typesetter.catalogue.words("carry.through")
        others = [name for name in self.forward.cell.states if name != self.jacobian.state.name]
        return [notation.words(f"{through} "), *(notation.symbol(name) for name in others)]

    def _at(self, step: int) -> MatrixExpr:
        return self.jacobian.transposed.xreplace({t: Integer(step)})

    def _alone(self, end: object, start: object, *, flat: bool = False) -> Tokens:
        return self._derivative(end, start, partial=True, symmetric=self._symmetric, flat=flat)

    def _whole(self, end: object, start: object, *, flat: bool = False) -> Tokens:
        symmetric = self.jacobian.state.shape[0] == 1
        return self._derivative(end, start, partial=False, symmetric=symmetric, flat=flat)

    def _derivative(
        self, end: object, start: object, *, partial: bool, symmetric: bool, flat: bool
    ) -> Tokens:
        notation, state = self.forward.typesetter.notation, self.jacobian.state
        of, by = (joined(self.forward.typesetter.formula(state.at(time))) for time in (end, start))
        derivative: Token = notation.derivative(of, by, partial=partial, flat=flat)
        if symmetric:
            return [derivative]
        left, right = notation.brackets(derivative.height)
        return [left, derivative, right, notation.transposed]


def _chain(factors: list[MatrixExpr]) -> MatrixExpr:
    """Return the product of square matrices, the first one first; flat, however many there are."""
    numbers = [factor.factor for factor in factors if isinstance(factor, Scaled)]
    bare = [factor.argument if isinstance(factor, Scaled) else factor for factor in factors]
    if any(isinstance(factor, ZeroMatrix) for factor in factors):
        return ZeroMatrix(*factors[0].shape)
    return scale(prod(numbers), Multiplication(*bare) if len(bare) > 1 else bare[0])
