"""Differentiate in reverse: the adjoint of a system of equations is another such system.

Reverse-mode differentiation (Linnainmaa 1970; Griewank and Walther, "Evaluating Derivatives", 2nd
ed., chapter 3) of the equations of one time step, with what reaches a step from the next one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, TypeAlias

from sympy import Basic, OneMatrix, Transpose, ZeroMatrix
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.equations.equation import Equation
from symlstm.equations.expression import (
    Elementwise,
    Quantity,
    Scaled,
    add,
    apply,
    hadamard,
    multiply,
    ones,
    quantities,
    scale,
    t,
    transpose,
)
from symlstm.equations.nodes import Maximum, Vectorwise
from symlstm.equations.operands import Addition, EntrywiseProduct, Multiplication
from symlstm.equations.vocabulary import SLOPES, VECTOR_FORMULAS, above

Shares: TypeAlias = Iterator[tuple[Quantity, MatrixExpr]]
"""What an equation hands back to each quantity on its right-hand side."""


@lru_cache(maxsize=1024)
def adjoint(quantity: Quantity) -> Quantity:
    r"""Return the quantity that holds the gradient of the loss by ``quantity``.

    It is \bar h_t for h_t, \delta_{i,t} for the pre-activation z_{i,t}, and for a weight W_i the
    running sum \bar W_{i,t} of what the steps from t on hand back.
    """
    letter, _, rest = quantity.name.partition("_")
    time = t if quantity.time is None else quantity.time
    if letter == "z" and rest:
        name = f"delta_{rest}"
    elif quantity.time is None:
        name = "_".join(filter(None, (letter, "bar", rest)))
    else:
        name = f"{quantity.name}_bar"
    rows, columns = quantity.shape
    return Quantity(name, rows, columns, time)


@lru_cache(maxsize=1024)
def seed(quantity: Quantity) -> Quantity:
    """Return the gradient of the loss by ``quantity`` that comes from outside, Δ_{h,t}."""
    rows, columns = quantity.shape
    return Quantity(f"Delta_{quantity.name}", rows, columns, quantity.time)


def differentiate(
    program: tuple[Equation, ...], seeds: Iterable[Quantity], given: Iterable[Quantity] = ()
) -> tuple[Equation, ...]:
    """Return the adjoint equations of one time step, in the order of computation, from T to 1.

    ``program`` are the equations of a step with named pre-activations; ``seeds`` the quantities, at
    time t, by which the loss is differentiated directly. First come the adjoints of what the step
    computes, last first; then those of what goes in; then the running sums for the weights. At the
    last step, whatever has time t + 1 is zero. What is ``given`` has a gradient, zero, even where
    nothing is handed back to it.
    """
    shares = _shares(program)
    seeded = {quantity: [seed(quantity)] for quantity in seeds}
    computed = [equation.lhs for equation in reversed(program)]
    others = [one for one in dict.fromkeys([*shares, *given]) if one not in computed]
    inputs = [quantity for quantity in others if quantity.time is not None]
    weights = _by_letter([quantity for quantity in others if quantity.time is None])
    accumulated = {weight: [adjoint(weight).at(t + 1)] for weight in weights}
    return tuple(
        Equation(
            adjoint(quantity),
            _sum(
                quantity,
                [*seeded.get(quantity, []), *accumulated.get(quantity, []), *shares[quantity]],
            ),
        )
        for quantity in (*computed, *inputs, *weights)
    )


def differentiate_initial(
    program: tuple[Equation, ...], states: Iterable[Quantity]
) -> tuple[Equation, ...]:
    """Return the adjoint equations of the initial states, which only the next step hands back."""
    shares = _shares(program)
    later = {state: [share for share in shares[state] if _looks_ahead(share)] for state in states}
    return tuple(Equation(adjoint(state), _sum(state, later[state])) for state in states)


def initial_of(equation: Equation, states: Iterable[Quantity]) -> Equation:
    """Return an adjoint equation as it is at the initial states, which only the next step has used.

    Of its terms, it is those that look ahead, and use nothing of its own step but ``states``.
    """
    terms = equation.rhs.args if isinstance(equation.rhs, Addition) else [equation.rhs]
    known = set(states)
    kept = [
        term
        for term in terms
        if _looks_ahead(term)
        and all(q.time in (None, t + 1) or q in known for q in term.atoms(Quantity))
    ]
    return Equation(equation.lhs, _sum(equation.lhs, kept))


def handed_back(
    program: tuple[Equation, ...],
) -> Iterator[tuple[Quantity, MatrixExpr, Equation]]:
    """Yield what the next time step hands back: to which state, the term, and the equation."""
    for quantity, share, equation in uses(program):
        if equation.lhs.time != t:
            yield quantity, share, equation


def uses(program: tuple[Equation, ...]) -> Iterator[tuple[Quantity, MatrixExpr, Equation]]:
    """Yield what each use of a value at time t hands back to it: the value, the term, the equation.

    An equation that looks back is that of the time step after.
    """
    for equation in program:
        yield from _uses_of(equation)


@lru_cache(maxsize=4096)
def _uses_of(equation: Equation) -> tuple[tuple[Quantity, MatrixExpr, Equation], ...]:
    used = [(q, share) for q, share in _shares_of(equation) if q.time is not None]
    steps = [{} if quantity.time == t else {t: t + 1} for quantity, _ in used]
    return tuple(
        (quantity.at(t), share.xreplace(step), equation.xreplace(step))
        for (quantity, share), step in zip(used, steps, strict=True)
    )


@lru_cache(maxsize=4096)
def _shares_of(equation: Equation) -> tuple[tuple[Quantity, MatrixExpr], ...]:
    """Return what an equation hands back to what; systems that differ in one share the others."""
    return tuple(_hand_back(equation.rhs, adjoint(equation.lhs)))


def _shares(program: tuple[Equation, ...]) -> dict[Quantity, list[MatrixExpr]]:
    """Return all that is handed back to each quantity: by its own step first, then by the next.

    What the step computes gets its shares from the last equation to the first, as they are known;
    what goes into it in the order of the equations.
    """
    computed = {equation.lhs for equation in program}
    now: dict[Quantity, list[MatrixExpr]] = defaultdict(list)
    later: dict[Quantity, list[MatrixExpr]] = defaultdict(list)
    for equation in reversed(program):
        for quantity, share in _shares_of(equation):
            if quantity in computed:
                now[quantity].append(share)
    for equation in program:
        for quantity, share in _shares_of(equation):
            if quantity not in computed and (quantity.time is None or quantity.time == t):
                now[quantity].append(share)
    for quantity, share, _ in handed_back(program):
        later[quantity].append(share)
    return defaultdict(
        list, {quantity: now[quantity] + later[quantity] for quantity in {**now, **later}}
    )


def _by_letter(weights: list[Quantity]) -> list[Quantity]:
    """Return the weights with those of one letter together: W_i, W_f, ..., then U_i, ..."""
    letters = [weight.name.partition("_")[0] for weight in weights]
    return sorted(weights, key=lambda weight: letters.index(weight.name.partition("_")[0]))


def _sum(quantity: Quantity, terms: list[MatrixExpr]) -> MatrixExpr:
    return add(*terms) if terms else ZeroMatrix(*quantity.shape)


def _looks_ahead(share: Basic) -> bool:
    return any(quantity.time == t + 1 for quantity in share.atoms(Quantity))


def _hand_back(expression: MatrixExpr, gradient: MatrixExpr) -> Shares:
    return _RULES[type(expression)](expression, gradient)


def _quantity(quantity: Quantity, gradient: MatrixExpr) -> Shares:
    yield quantity, gradient


def _sum_rule(expression: Addition, gradient: MatrixExpr) -> Shares:
    for term in expression.args:
        yield from _hand_back(term, gradient)


def _product_rule(expression: Multiplication, gradient: MatrixExpr) -> Shares:
    matrix, vector = expression.args
    if not any(quantities(matrix)):  # ones, as in a sum
        yield from _hand_back(vector, multiply(transpose(matrix), gradient))
        return
    if isinstance(matrix, Transpose):
        yield from _hand_back(vector, multiply(matrix.args[0], gradient))
        yield from _hand_back(matrix.args[0], multiply(vector, transpose(gradient)))
        return
    yield from _hand_back(vector, multiply(transpose(matrix), gradient))
    yield from _hand_back(matrix, multiply(gradient, transpose(vector)))


def _transposed_rule(expression: Transpose, gradient: MatrixExpr) -> Shares:
    yield from _hand_back(expression.arg, transpose(gradient))


def _entrywise_rule(expression: EntrywiseProduct, gradient: MatrixExpr) -> Shares:
    for k, factor in enumerate(expression.args):
        others = [other for j, other in enumerate(expression.args) if j != k]
        yield from _hand_back(factor, hadamard(gradient, *others))


def _scale_rule(expression: Scaled, gradient: MatrixExpr) -> Shares:
    yield from _hand_back(expression.argument, scale(expression.factor, gradient))


def _chain_rule(expression: Elementwise, gradient: MatrixExpr) -> Shares:
    handed_back = by_slope(gradient, slope(expression))
    if not isinstance(handed_back, ZeroMatrix):
        yield from _hand_back(expression.argument, handed_back)


def slope(expression: Elementwise) -> MatrixExpr:
    """Return the derivative of an activation function at its argument, entry by entry."""
    function, argument = expression.activation, expression.argument
    if function.is_identity:
        return ones(argument)
    if function.name in SLOPES:
        return SLOPES[function.name](argument)
    if function.is_slope and function.prime.form.is_zero:
        return ZeroMatrix(*argument.shape)
    return apply(function.prime, argument)


def by_slope(change: MatrixExpr, slope: MatrixExpr) -> MatrixExpr:
    """Return a gradient, or a tangent, times a `slope`."""
    return change if isinstance(slope, OneMatrix) else hadamard(change, slope)


def _maximum_rule(expression: Maximum, gradient: MatrixExpr) -> Shares:
    left, right = expression.args
    yield from _hand_back(left, hadamard(gradient, above(left, right)))
    yield from _hand_back(right, hadamard(gradient, above(right, left)))


def _vector_rule(expression: Vectorwise, gradient: MatrixExpr) -> Shares:
    row, argument = expression.activation, expression.argument
    handed_back = VECTOR_FORMULAS[row.family].handed_back
    yield from _hand_back(argument, handed_back(argument, gradient, **dict(row.settings)))


def _constant(_expression: MatrixExpr, _gradient: MatrixExpr) -> Shares:
    yield from ()


_RULES: dict[type, Callable[[Any, MatrixExpr], Shares]] = {
    Quantity: _quantity,
    Addition: _sum_rule,
    Multiplication: _product_rule,
    Transpose: _transposed_rule,
    EntrywiseProduct: _entrywise_rule,
    Scaled: _scale_rule,
    Elementwise: _chain_rule,
    Maximum: _maximum_rule,
    Vectorwise: _vector_rule,
    ZeroMatrix: _constant,
    OneMatrix: _constant,
}
"""How each operation hands a gradient back to what it was made of."""

DIFFERENTIABLE = frozenset(_RULES)
"""What the equations of a cell can be made of."""
