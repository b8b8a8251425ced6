"""Name the pre-activations: what stands inside an activation function becomes a quantity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from symlstm.equation import Equation
from symlstm.expression import Elementwise, Quantity, apply


def name_preactivations(equations: Iterable[Equation]) -> tuple[Equation, ...]:
    """Split each ``i_t = σ(…)`` in two: ``z_{i,t} = …`` and ``i_t = σ(z_{i,t})``.

    An activation of something that has a name already is left alone, as in ``tanh(c_t)``.
    """
    return tuple(part for equation in equations for part in _split(equation))


def _split(equation: Equation) -> Iterator[Equation]:
    rhs = equation.rhs
    if isinstance(rhs, Elementwise) and not isinstance(rhs.argument, Quantity):
        lhs = equation.lhs
        name = Quantity(f"z_{lhs.name}", lhs.shape[0], time=lhs.time)
        yield Equation(name, rhs.argument)
        equation = Equation(lhs, apply(rhs.activation, name))
    yield equation
