"""The one interpreter: equations × algebra × values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from functools import lru_cache, reduce
from typing import Any, TypeAlias, TypeVar

from sympy import Basic, Identity, OneMatrix, Rational, Transpose, ZeroMatrix

from symlstm.algebras.algebra import Algebra
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Elementwise, Quantity, Scaled, before, is_constant, t
from symlstm.equations.nodes import Diagonal, Maximum, Rows, Shift, Stack, Vectorwise
from symlstm.equations.operands import Addition, EntrywiseProduct, Multiplication
from symlstm.equations.vocabulary import VECTOR_FORMULAS
from symlstm.errors import NumberError
from symlstm.numbers.arrays import Array, filled, unit_matrix
from symlstm.numbers.exact import rational

Value = TypeVar("Value")
History: TypeAlias = dict[int, dict[str, Value]]
"""The value of every quantity, by time step and name."""

Compute: TypeAlias = Callable[
    [Algebra[Any], MutableMapping[Any, Any], Mapping[int, Mapping[str, Any]], int], Any
]
"""How a value is computed of an algebra, constants, which it may add to, a history and a step."""
Program: TypeAlias = tuple[tuple[str, Compute], ...]
"""Equations, compiled: the name of what each computes, and how."""


def evaluate(
    equations: tuple[Equation, ...],
    algebra: Algebra[Value],
    constants: Mapping[str, Value],
    history: History[Value],
    steps: Iterable[int],
) -> None:
    """Compute the equations at each of ``steps``, in the order given, into ``history``.

    ``constants`` holds the weights by name; ``history`` holds what is known beforehand: the
    inputs at every step, and the states that the first step looks back to.
    """
    program, carried = compiled(equations), _carried(equations)
    known, before = _WithRoom(constants), None
    with algebra.context():
        for step in steps:
            now = history[step]
            try:
                for name, compute in program:
                    value = compute(algebra, known, history, step)
                    now[name] = algebra.assign(name, step, value)
            except ZeroDivisionError:
                raise _zero_divided(name, step) from None
            algebra.carry(carried, now, before)
            before = now


def at_steps(
    expression: Basic,
    algebra: Algebra[Value],
    constants: Mapping[str, Value],
    history: History[Value],
    steps: Iterable[int],
) -> list[Value]:
    """Return what an expression is at each of ``steps``; see `evaluate`."""
    compute, known = compute_of(expression), _WithRoom(constants)
    with algebra.context():
        return [compute(algebra, known, history, step) for step in steps]


class _WithRoom(dict[Any, Any]):
    """Constants to which others can be added that belong to one evaluation alone.

    They are looked up where they are: training has updates computed into its constants.
    """

    def __init__(self, constants: Mapping[str, Any]) -> None:
        super().__init__()
        self._constants = constants

    def __missing__(self, name: Any) -> Any:
        return self._constants[name]


def value_of(expression: Basic, algebra: Algebra[Value], values: Mapping[str, Value]) -> Value:
    """Return what an expression is where its quantities, at time t, have these values by name."""
    with algebra.context():
        value: Value = compute_of(expression)(algebra, {}, {0: dict(values)}, 0)
    return value


def _zero_divided(name: str, step: int) -> NumberError:
    return NumberError(
        f"{name} at step {step} is a quotient by zero; give other numbers, or run the layer with "
        "algebra='float', where it is an infinity",
        argument=name,
    )


@lru_cache(maxsize=64)
def compiled(equations: tuple[Equation, ...]) -> Program:
    """Return equations as they are computed."""
    return tuple(map(_compiled, equations))


@lru_cache(maxsize=64)
def _carried(equations: tuple[Equation, ...]) -> tuple[str, ...]:
    """Return the names of what is computed at one step and looked at from another."""
    elsewhere = {name for equation in equations for name in _elsewhere(equation)}
    return tuple(one.lhs.name for one in equations if one.lhs.name in elsewhere)


@lru_cache(maxsize=4096)
def _elsewhere(equation: Equation) -> frozenset[str]:
    """Return the names of what an equation looks at from another step."""
    looked = equation.rhs.atoms(Quantity)
    return frozenset(q.name for q in looked if q.time is not None and q.time != t)


@lru_cache(maxsize=4096)
def _compiled(equation: Equation) -> tuple[str, Compute]:
    return equation.lhs.name, compute_of(equation.rhs)


def compute_of(expression: Basic) -> Compute:
    """Return how an expression is computed; of constants alone, it is once for all steps."""
    if expression.is_Rational:
        return _number(expression)
    compute = OPERATIONS[type(expression)](expression)
    named = isinstance(expression, Quantity)
    return _once(compute) if is_constant(expression) and not named else compute


def _once(of_constants: Compute) -> Compute:
    key: Any = object()  # under which the constants have it

    def compute(algebra: Any, constants: Any, history: Any, step: int) -> Any:
        found = constants.get(key)
        if found is None:
            found = constants[key] = of_constants(algebra, constants, history, step)
        return found

    return compute


def _quantity(quantity: Quantity) -> Compute:
    name = quantity.name
    if quantity.time is None:
        return lambda _algebra, constants, _history, _step: constants[name]
    if quantity.time.is_Integer:
        at = int(quantity.time)
        return lambda _algebra, _constants, history, _step: history[at][name]
    if quantity.time == t:
        return lambda _algebra, _constants, history, step: history[step][name]
    lag = {before: -1}.get(quantity.time)
    lag = int(quantity.time - t) if lag is None else lag
    return lambda _algebra, _constants, history, step: history[step + lag][name]


def _elementwise(expression: Elementwise) -> Compute:
    function, argument = expression.activation, compute_of(expression.argument)

    def compute(algebra: Any, weights: Any, history: Any, step: int) -> Any:
        return algebra.apply(function, argument(algebra, weights, history, step))

    return compute


def _vectorwise(expression: Vectorwise) -> Compute:
    argument = compute_of(expression.argument)
    function, held = expression.activation, Quantity("argument", *expression.shape)
    formulas = VECTOR_FORMULAS[function.family]
    formula = compute_of(formulas.computed(held, **dict(function.settings)))

    def compute(algebra: Algebra[Any], *at: Any) -> Any:
        return algebra.apply_to_vector(function, _formula, argument(algebra, *at))

    def _formula(algebra: Algebra[Any], value: Any) -> Any:
        return formula(algebra, {held.name: value}, {}, 0)

    return compute


def _scaled(expression: Scaled) -> Compute:
    factor, argument = compute_of(expression.factor), compute_of(expression.argument)
    return lambda algebra, *at: algebra.scale(factor(algebra, *at), argument(algebra, *at))


def _operation(name: str) -> Callable[[Basic], Compute]:
    def compile_operation(expression: Basic) -> Compute:
        operands = [compute_of(operand) for operand in expression.args]
        if len(operands) == 2:
            return _of_two(name, *operands)

        def compute(algebra: Any, weights: Any, history: Any, step: int) -> Any:
            values = [operand(algebra, weights, history, step) for operand in operands]
            return getattr(algebra, name)(*values)

        return compute

    return compile_operation


def _product(expression: Multiplication) -> Compute:
    operands = [compute_of(operand) for operand in expression.args]
    if len(operands) == 2:
        return _of_two("multiply", *operands)

    def compute(algebra: Algebra[Any], *at: Any) -> Any:
        factors = (operand(algebra, *at) for operand in reversed(operands))
        return reduce(lambda right, left: algebra.multiply(left, right), factors)

    return compute


def _of_two(name: str, first: Compute, second: Compute) -> Compute:
    def compute(algebra: Any, weights: Any, history: Any, step: int) -> Any:
        left = first(algebra, weights, history, step)
        return getattr(algebra, name)(left, second(algebra, weights, history, step))

    return compute


def _transpose(expression: Transpose) -> Compute:
    of = compute_of(expression.arg)
    return lambda algebra, *at: algebra.transpose(of(algebra, *at))


def _diagonal(expression: Diagonal) -> Compute:
    argument, size = compute_of(expression.argument), int(expression.shape[0])
    identity, row = unit_matrix(size), filled(1, (1, size))
    return lambda algebra, *at: algebra.hadamard(
        algebra.convert(identity),
        algebra.multiply(argument(algebra, *at), algebra.convert(row)),
    )


def _rows(expression: Rows) -> Compute:
    argument, *sizes = expression.args
    before, count = map(int, sizes)
    of, rows = compute_of(argument), slice(before, before + count)
    return lambda algebra, *at: algebra.rows(of(algebra, *at), rows)


def _constant(entries: Array) -> Compute:
    entries.setflags(write=False)  # so that what it is in an algebra may be remembered
    return lambda algebra, *_at: algebra.convert(entries)


def _number(number: Rational) -> Compute:
    return _constant(filled(rational(number), (1, 1)))


def _identity(expression: Identity) -> Compute:
    return _constant(unit_matrix(int(expression.shape[0])))


def _zero(expression: ZeroMatrix) -> Compute:
    return _constant(filled(0, expression.shape))


def _ones(expression: OneMatrix) -> Compute:
    return _constant(filled(1, expression.shape))


OPERATIONS: dict[type, Callable[[Any], Compute]] = {
    Addition: _operation("add"),
    Multiplication: _product,
    EntrywiseProduct: _operation("hadamard"),
    Transpose: _transpose,
    Elementwise: _elementwise,
    Maximum: _operation("maximum"),
    Shift: _operation("shift"),
    Vectorwise: _vectorwise,
    Scaled: _scaled,
    Diagonal: _diagonal,
    Stack: _operation("stack"),
    Rows: _rows,
    Quantity: _quantity,
    Identity: _identity,
    ZeroMatrix: _zero,
    OneMatrix: _ones,
}
"""What an equation can be made of, and how it is computed."""
