"""Tell a time step in its smallest steps: each product with weights, their sum, the function."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sympy import Basic

from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, is_constant, t
from symlstm.equations.nodes import free_name
from symlstm.numbers.arrays import Array
from symlstm.passes.operations import terms
from symlstm.passes.unroll import times
from symlstm.runs.further import evaluated
from symlstm.writers.forward import Forward
from symlstm.writers.line import Line


@dataclass(frozen=True)
class Stepwise:
    """Tells the steps of sequence ``k`` of a trace in which no value is rounded."""

    forward: Forward
    k: int

    def lines(self, step: int) -> Iterator[Line]:
        """Yield the lines of a time step: those of its products, and of the values they make."""
        for equation in self.forward.cell.program:
            products = self._products(equation, step)
            for product, entries in products.items():
                yield self._product(product, entries)
            yield self._value(equation.xreplace(times(step)), products)

    def _products(self, equation: Equation, step: int) -> dict[Basic, Array]:
        """Return the terms of a sum that are products, with their values; of others, nothing."""
        found = [
            term
            for term in terms(equation.rhs)
            if term.args and not isinstance(term, Quantity) and not is_constant(term)
        ]
        if len(terms(equation.rhs)) == 1:
            return {}
        trace = self.forward.trace
        taken = set(trace.histories[self.k][step])
        helpers = {
            term: Quantity(free_name(f"q_{number}", taken), term.shape[0], 1, t)
            for number, term in enumerate(found)
        }
        equations = tuple(Equation(helper, term) for term, helper in helpers.items())
        values = evaluated(trace, equations, step, self.k)
        return {
            term.xreplace(times(step)): values.entries(helper.name, step, self.k)
            for term, helper in helpers.items()
        }

    def _product(self, product: Basic, entries: Array) -> Line:
        typesetter = self.forward.typesetter
        numbers = typesetter.numbers(self.forward.numbers(self.k, product), product)
        links = [numbers, typesetter.value(entries)]
        line = typesetter.line(typesetter.formula(product), links)
        return replace(line, needs=typesetter.needs(product))

    def _value(self, equation: Equation, products: dict[Basic, Array]) -> Line:
        values = {**self.forward.numbers(self.k, equation), **products}
        return self.forward.typesetter.worked(
            equation,
            values,
            values[equation.lhs],
            self.forward.trace.algebra,
            strong=self.forward.is_result(equation.lhs),
        )
