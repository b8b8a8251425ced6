"""Merge what a backward pass says in two lines: a gate's gradient, and that of what it is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from sympy import Basic

from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, hadamard, quantities, t
from symlstm.equations.operands import EntrywiseProduct


def without_aliases(equations: Iterable[Equation]) -> tuple[Equation, ...]:
    r"""Return equations at time t without those that only give a value another name.

    The other name takes the place of the value: of \bar o_t = ... and \delta_{o,t} = \bar o_t,
    what is left is \delta_{o,t} = ....

    >>> from symlstm import LSTM
    >>> equations = LSTM(units=1, activation=None, recurrent_activation=None).adjoint_equations
    >>> print(without_aliases(equations)[2])
    δ_{o,t} = h̄_t ⊙ c_t
    """
    equations = tuple(equations)
    names = aliases(equations)
    told = (renamed(equation, names) for equation in equations)
    return tuple(equation for equation in told if equation.lhs != equation.rhs)


def merged(equations: Iterable[Equation], inner: Iterable[Quantity]) -> tuple[Equation, ...]:
    r"""Return equations at time t in which a value stands where it is used, if it is used once.

    That is for a value that makes one of the ``inner`` ones, the gradients by pre-activations: of
    \bar o_t = ... and \delta_{o,t} = \bar o_t \odot \sigma'(z_{o,t}) one equation is left, as in
    Greff et al., "LSTM: A Search Space Odyssey" (2017), section II-B.

    >>> from symlstm import LSTM
    >>> from symlstm.passes.differentiate import adjoint
    >>> cell = LSTM(units=1)
    >>> inner = [adjoint(value) for name, value in cell.computed.items() if name.startswith("z_")]
    >>> print(merged(cell.adjoint_equations, inner)[2])
    δ_{o,t} = h̄_t ⊙ tanh(c_t) ⊙ σ'(z_{o,t})
    """
    equations, inner = without_aliases(equations), set(inner)
    uses = Counter(quantity for e in equations for quantity in quantities(e.rhs))
    single = {e.lhs: e.rhs for e in equations if uses[e.lhs] == 1 and not uses[e.lhs.at(t + 1)]}
    kept: list[Equation] = []
    put_in: set[Quantity] = set()
    for equation in equations:
        factors = _factors(equation.rhs) if equation.lhs in inner else []
        here = [factor for factor in factors if factor in single]
        put_in.update(here)
        parts = [part for f in factors for part in (_factors(single[f]) if f in single else [f])]
        shorter = Equation(equation.lhs, hadamard(*parts)) if here else equation
        kept.append(shorter)
        if shorter.lhs in single:
            single[shorter.lhs] = shorter.rhs
    return tuple(equation for equation in kept if equation.lhs not in put_in)


def aliases(equations: Iterable[Equation]) -> dict[Quantity, Quantity]:
    """Return the values of equations to which later ones give another name, with the last one.

    What a step looks ahead to, as to the gradient by a state, keeps its own.
    """
    equations = tuple(equations)
    ahead = {q.at(t) for e in equations for q in quantities(e.rhs) if q.time == t + 1}
    computed: set[Basic] = set()
    found: dict[Quantity, Quantity] = {}
    for equation in equations:
        if equation.rhs in computed:
            found[equation.rhs] = equation.lhs
        if equation.lhs not in ahead:
            computed.add(equation.lhs)
    for old in reversed(found):
        found[old] = found.get(found[old], found[old])
    return found


def renamed(expression: Basic, names: Mapping[Quantity, Quantity]) -> Basic:
    """Return an expression with other names for values at time t, and at t + 1."""
    at = {old.at(time): new.at(time) for old, new in names.items() for time in (t, t + 1)}
    return expression.xreplace(at)


def _factors(expression: Basic) -> list[Basic]:
    return list(expression.args) if isinstance(expression, EntrywiseProduct) else [expression]
