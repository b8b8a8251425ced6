"""How the outputs of a level's layers become one, and a gradient by that the gradients by each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from sympy import Rational
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.evaluate import value_of
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, add, hadamard, scale, t
from symlstm.errors import CellError, choices
from symlstm.numbers.arrays import Array, rational_array
from symlstm.numbers.exact import computed, shown
from symlstm.passes.differentiate import adjoint, uses
from symlstm.passes.tangent import Tangents
from symlstm.runs.trace import Trace

Level = Sequence[Trace[Any]]


MERGES: Mapping[str, Callable[..., MatrixExpr]] = {
    "sum": add,
    "mul": hadamard,
    "ave": lambda *outputs: scale(Rational(1, len(outputs)), add(*outputs)),
}
"""What is computed of the outputs, by the names that Keras has for it."""
APART = ("concat", None)
"""What only puts them side by side, or along a new first axis."""


def validate(merge: object, levels: int) -> None:
    """Raise `CellError` for an unknown merge, or one that gives the next level no input."""
    if merge is not None and (not isinstance(merge, str) or merge not in ("concat", *MERGES)):
        known = choices(merge, ["concat", *MERGES])
        raise CellError(f"merge is {shown(merge)}; {known}, None", argument="merge")
    if merge is None and levels > 1:
        message = "merge=None leaves the outputs apart, and the next level takes one input"
        raise CellError(f"{message}; choose another, such as 'concat'", argument="merge")


def merged(
    level: Level,
    merge: str | None,
    *,
    last: bool = False,
    tangents: Sequence[str] | None = None,
) -> Any:
    """Return the outputs of a level's layers as one, in the order of the inputs.

    With ``last``, they are those that each has ended with, as of a single step. With the names of
    their ``tangents``, it is the tangent of what they are as one.
    """
    outputs = _outputs(level, last=last)
    changes = None if tangents is None else _outputs(level, last=last, names=tangents)
    side_by_side = outputs if changes is None else changes
    if merge is None:
        return np.stack(side_by_side)
    if merge == "concat" or len(level) == 1:
        return np.concatenate(side_by_side, axis=-1)
    return junction(merge, len(level)).merged(level[0].algebra, outputs, changes)


def apart(
    level: Level,
    gradient: Array,
    merge: str | None,
    *,
    last: bool = False,
    tangent: Array | None = None,
    tangents: Sequence[str] = (),
) -> list[Array]:
    """Return each layer's gradient of a gradient by what is `merged`, as the layer has them.

    With the ``tangent`` of the gradient, and the names of the ``tangents`` of the outputs, it is
    the tangents of each layer's gradient.
    """
    handed = gradient if tangent is None else tangent
    parts: Sequence[Array]
    if merge is None:
        parts = list(handed)
    elif merge == "concat" or len(level) == 1:
        ends = np.cumsum([trace.cell.output_dim for trace in level])
        parts = np.split(handed, ends[:-1], axis=-1)
    else:
        changes = [] if tangent is None else [*_outputs(level, last=last, names=tangents), tangent]
        values = [*_outputs(level, last=last), gradient]
        parts = junction(merge, len(level)).apart(level[0].algebra, values, changes)
    if last:
        return list(parts)
    return [ordered(trace, part) for trace, part in zip(level, parts, strict=True)]


class Junction:
    """Where several outputs become one: an equation, its adjoint, and the tangents of both."""

    def __init__(self, merge: str, count: int) -> None:
        # Of any shape: the values have their own, and the operations are entrywise.
        self.outputs = [Quantity(f"h_{k}", 1, time=t) for k in range(count)]
        whole = Quantity("m", 1, time=t)
        self.equation = Equation(whole, MERGES[merge](*self.outputs))
        self.gradient = adjoint(whole)
        self.shares = {output: share for output, share, _ in uses((self.equation,))}

    def value(self, algebra: Algebra[Any], values: Iterable[Any]) -> Any:
        """Return what values come to, as a value."""
        return value_of(self.equation.rhs, algebra, _by_name(self.outputs, values))

    def merged(
        self, algebra: Algebra[Any], outputs: Sequence[Array], changes: Sequence[Array] | None
    ) -> Array:
        """Return what outputs come to or, where they change, the tangent of that."""
        return _entries(algebra, self.equation.rhs, self.outputs, outputs, changes)

    def apart(
        self, algebra: Algebra[Any], values: Sequence[Array], changes: Sequence[Array]
    ) -> list[Array]:
        """Return the gradient by each output, of the outputs and a gradient, or its tangent."""
        quantities, shares = [*self.outputs, self.gradient], self.shares
        return [
            _entries(algebra, shares[output], quantities, values, changes or None)
            for output in self.outputs
        ]


@lru_cache(maxsize=16)
def junction(merge: str, count: int) -> Junction:
    """Return where so many outputs become one."""
    return Junction(merge, count)


def _entries(
    algebra: Algebra[Any],
    expression: MatrixExpr,
    quantities: Sequence[Quantity],
    arrays: Sequence[Array],
    changes: Sequence[Array] | None,
) -> Array:
    """Return an expression of quantities that are arrays or, where these change, its tangent.

    Where steps are not computed at once, neither are their vectors put into one matrix here: what
    encloses that would tell of each how it depends on the errors of all others.
    """
    quantities, arrays = list(quantities), list(arrays)
    if changes is not None:
        whole = Equation(Quantity("m", 1, time=t), expression)
        tangents = Tangents([whole], [quantity.name for quantity in quantities])
        quantities += [tangents.of(quantity) for quantity in quantities]
        expression = tangents.along(expression)
        arrays += changes
    rows = [in_rows(array) for array in arrays]
    count = 1 if algebra.at_once else len(rows[0])
    found = []
    with algebra.context():
        for numbers in zip(*(np.array_split(one, count) for one in rows), strict=True):
            values = _by_name(quantities, map(algebra.convert, numbers))
            found.append(algebra.export(value_of(expression, algebra, values)))
    return algebra.kept(np.concatenate(found).reshape(np.shape(arrays[0])))


def _by_name(quantities: Iterable[Quantity], values: Iterable[Any]) -> dict[str, Any]:
    return {one.name: value for one, value in zip(quantities, values, strict=True)}


def _outputs(level: Level, *, last: bool, names: Sequence[str] | None = None) -> list[Any]:
    """Return the outputs of the layers, or what has other names in their traces, as outputs are."""
    named = names or [trace.cell.output.name for trace in level]
    each = list(zip(level, named, strict=True))
    if not last:
        return [ordered(trace, trace.shown(name)) for trace, name in each]
    return [np.expand_dims(trace.value(name, len(trace)), -2) for trace, name in each]


def ordered(trace: Trace[Any], over_time: Array) -> Any:
    """Return what has an entry a time step in the order of the inputs, or back from it."""
    assert trace.timeline is not None
    return trace.timeline.ordered(over_time, trace.time_axis)


def as_values(algebra: Algebra[Any], numbers: Any) -> Any:
    """Return numbers that a run has computed as one value of its algebra, a row for each vector."""
    return algebra.convert(in_rows(numbers))


def in_rows(numbers: Any) -> Array:
    """Return numbers that a run has computed, a row for each vector."""
    array = rational_array(numbers, read=computed)
    return array.reshape(-1, array.shape[-1])
