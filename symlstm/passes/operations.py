"""Name the operations: every right-hand side becomes a single one, as a drawing has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sympy import Basic, OneMatrix, ZeroMatrix
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.equations.equation import Equation
from symlstm.equations.expression import (
    Elementwise,
    Quantity,
    Scaled,
    add,
    apply,
    hadamard,
    is_constant,
    multiply,
    quantities,
    scale,
    t,
)
from symlstm.equations.nodes import Maximum, Vectorwise, free_name
from symlstm.equations.operands import Addition, EntrywiseProduct, Multiplication
from symlstm.equations.vocabulary import divide, number_of, quotient_of, reduction_of


def name_operations(program: Iterable[Equation]) -> tuple[Equation, ...]:
    """Split equations, whose pre-activations are named, until each has a single operation.

    What has no name gets one, before the equation that it is part of. A single operation is a
    *weighted sum*, in which each term is a quantity times weights, or weights alone; the sum or
    the product of two quantities; a quantity added to a number; one scaled by a number; or an
    activation function of one.

    >>> from symlstm import LSTM
    >>> for equation in name_operations(LSTM(units=1).program)[-5:]:
    ...     print(equation)
    q_{c_1,t} = f_t ⊙ c_{t-1}
    q_{c_2,t} = i_t ⊙ c̃_t
    c_t = q_{c_1,t} + q_{c_2,t}
    q_{h_1,t} = tanh(c_t)
    h_t = o_t ⊙ q_{h_1,t}
    """
    program = tuple(program)
    taken = {equation.lhs.name for equation in program}
    return tuple(
        part for equation in program for part in _Splitting(equation.lhs, taken).of(equation)
    )


def is_weighted(expression: Basic) -> bool:
    """Say whether a term of a sum is weights, or a quantity times weights."""
    if isinstance(expression, Scaled):
        return is_weighted(expression.argument)
    if isinstance(expression, Multiplication | EntrywiseProduct):
        return any(map(_is_weights, expression.args))
    return _is_weights(expression)


def terms(expression: Basic) -> list[Basic]:
    """Return the terms of a sum, and of the sums in it."""
    if not isinstance(expression, Addition):
        return [expression]
    return [term for part in expression.args for term in terms(part)]


def _is_weights(expression: Basic) -> bool:
    return is_constant(expression) and any(quantities(expression))


def _is_number(expression: Basic) -> bool:
    """Say whether an expression is a matrix of one number, as ``ones`` and its multiples are."""
    if isinstance(expression, Scaled):
        return _is_number(expression.argument)
    return isinstance(expression, OneMatrix | ZeroMatrix)


class _Splitting:
    """The splitting of one equation, in which helpers are named after its left-hand side."""

    def __init__(self, lhs: Quantity, taken: set[str]) -> None:
        self._lhs = lhs
        self._taken = taken
        self._named: list[Equation] = []

    def of(self, equation: Equation) -> Iterator[Equation]:
        rhs = self._operation(equation.rhs)
        yield from self._named
        yield Equation(equation.lhs, rhs)

    def _name(self, expression: Basic) -> Basic:
        """Return the quantity that an expression is, or the one that it becomes."""
        if isinstance(expression, Quantity):
            return expression
        number = number_of(expression)
        if number is not None:  # it goes to every entry, as a wire does
            return multiply(OneMatrix(*expression.shape), self._name(number))
        operation = self._operation(expression)
        name = free_name(f"q_{self._lhs.name}_{len(self._named) + 1}", self._taken)
        self._taken.add(name)
        rows, columns = operation.shape
        helper = Quantity(name, rows, columns, t)
        self._named.append(Equation(helper, operation))
        return helper

    def _operation(self, expression: Basic) -> MatrixExpr:
        if isinstance(expression, Addition):
            return self._sum(terms(expression))
        if is_weighted(expression):
            return self._weighted(expression)
        if isinstance(expression, Scaled) and not _is_number(expression):
            return scale(expression.factor, self._name(expression.argument))
        if isinstance(expression, EntrywiseProduct):
            return self._product(expression)
        if reduction_of(expression):
            return multiply(expression.args[0], self._name(expression.args[1]))
        if isinstance(expression, Multiplication):
            return multiply(*map(self._name, expression.args))
        if isinstance(expression, Elementwise | Vectorwise):
            return apply(expression.activation, self._name(expression.argument))
        if isinstance(expression, Maximum):
            return Maximum(*map(self._name, expression.args))
        return expression

    def _product(self, expression: EntrywiseProduct) -> MatrixExpr:
        above, below = quotient_of(expression)
        if not below:
            return self._pairs(hadamard, above)
        divisor = hadamard(*below)
        divided = hadamard(*above)
        return divide(self._name(divided), self._name(divisor))

    def _sum(self, parts: list[Basic]) -> MatrixExpr:
        weighted = [part for part in parts if is_weighted(part)]
        numbers = [part for part in parts if _is_number(part)]
        others = [part for part in parts if part not in weighted and part not in numbers]
        if not others and not numbers:
            return add(*map(self._weighted, weighted))
        if weighted:
            others = [add(*weighted), *others]
        if not numbers:
            return self._pairs(add, others)
        if not others:
            return add(*numbers)
        return add(*numbers, self._signed(others[0] if len(others) == 1 else add(*others)))

    def _signed(self, part: Basic) -> MatrixExpr:
        """Name a term that is added to a number, or what is taken away from it."""
        if isinstance(part, Scaled) and part.factor == -1:
            return scale(-1, self._name(part.argument))
        return self._name(part)

    def _weighted(self, term: Basic) -> MatrixExpr:
        """Return a term of a weighted sum, with what is weighted named."""
        if isinstance(term, Scaled):
            return scale(term.factor, self._weighted(term.argument))
        if is_constant(term):
            return term
        if isinstance(term, Multiplication):
            return multiply(*(p if is_constant(p) else self._name(p) for p in term.args))
        weights = [factor for factor in term.args if is_constant(factor)]
        rest = [factor for factor in term.args if not is_constant(factor)]
        return hadamard(*weights, self._name(hadamard(*rest) if len(rest) > 1 else rest[0]))

    def _pairs(self, operation: object, parts: list[Basic]) -> MatrixExpr:
        """Return an operation on two quantities, with those before named: (a + b) + c."""
        assert callable(operation)
        *before, last = parts
        while len(before) > 1:
            before = [operation(*map(self._name, before[:2])), *before[2:]]
        return operation(self._name(before[0]), self._name(last))
