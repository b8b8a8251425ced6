"""Tell how a state carries its gradient from one time step to the one before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sympy import Integer, MatMul
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.equation import Equation
from symlstm.expression import Quantity, add, multiply, t
from symlstm.jacobian import StateJacobian
from symlstm.notation import Token, Tokens, joined
from symlstm.numbers import Array
from symlstm.writers.document import Carry
from symlstm.writers.forward import Forward
from symlstm.writers.line import Line
from symlstm.writers.summary import Table, tables


@dataclass(frozen=True)
class CarrySection:
    """Tells a state's Jacobians in the first sequence of the trace of ``forward``.

    They are told transposed, as the gradient is multiplied with them; what is its own transpose,
    a diagonal matrix or a number, is not marked so.
    """

    forward: Forward
    jacobian: StateJacobian

    def tell(self) -> Carry:
        """Return the section."""
        formula = self.forward.typesetter.formula(self.jacobian.transposed)
        others = len(self.forward.cell.states) > 1
        splits = self.forward.numeric and others
        return Carry(
            name=self.jacobian.state.name,
            others=others,
            state=(self.forward.typesetter.line(self._alone(t, t - 1), [formula]),),
            steps=tuple(self._line(step, step - 1) for step in reversed(self.forward.steps)),
            product=(self._line(self._last, 0),),
            total=(self._total(),) if splits else (),
            split=self._split() if splits else (),
        )

    @property
    def _last(self) -> int:
        return len(self.forward.trace)

    def _line(self, end: int, start: int) -> Line:
        """Return the product of the Jacobians between two steps, worked out."""
        product = self._at(end)
        for step in range(end - 1, start, -1):
            product = multiply(self._at(step), product)
        left, typesetter = self._alone(end, start), self.forward.typesetter
        if not self.forward.numeric:
            return typesetter.line(left, [typesetter.formula(product)])
        result = Quantity("J", *product.shape)
        numbers = self.forward.numbers(0, product)
        value = self.jacobian.product(start, end=end).T
        algebra = self.forward.trace.algebra
        return replace(
            typesetter.worked(Equation(result, product), numbers, value, algebra), left=left
        )

    def _total(self) -> Line:
        """Return the whole derivative as the sum of its two parts."""
        parts = {
            Quantity(name, *self.jacobian.transposed.shape): part(0, 0).T
            for name, part in (("A", self.jacobian.product), ("B", self.jacobian.detours))
        }
        typesetter = self.forward.typesetter
        links = [
            typesetter.numbers(parts, add(*parts)),
            typesetter.value(self.jacobian.whole(0).T),
        ]
        return typesetter.line(self._whole(self._last, 0), links)

    def _split(self) -> tuple[Table, ...]:
        notation = self.forward.typesetter.notation
        starts = range(self._last - 1, -1, -1)
        labels = [notation.symbol("t"), *(notation.integer(k, digits=9) for k in starts)]
        columns: list[tuple[Tokens, Callable[[int], Array]]] = [
            (self._whole(self._last, t, flat=True), self.jacobian.whole),
            (self._alone(self._last, t, flat=True), self.jacobian.product),
            (self._detour(), self.jacobian.detours),
        ]
        shown = {joined(head): [of(start).T for start in starts] for head, of in columns}
        return tables(
            shown, labels, self.forward.typesetter.notation, self.forward.typesetter.width
        )

    def _detour(self) -> Tokens:
        notation = self.forward.typesetter.notation
        others = [name for name in self.forward.cell.states if name != self.jacobian.state.name]
        return [notation.words("through "), *(notation.symbol(name) for name in others)]

    def _at(self, step: int) -> MatrixExpr:
        return self.jacobian.transposed.xreplace({t: Integer(step)})

    def _alone(self, end: object, start: object, *, flat: bool = False) -> Tokens:
        symmetric = not self.jacobian.transposed.has(MatMul)
        return self._derivative(end, start, partial=True, symmetric=symmetric, flat=flat)

    def _whole(self, end: object, start: object, *, flat: bool = False) -> Tokens:
        symmetric = self.forward.cell.units == 1
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
