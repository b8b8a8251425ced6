"""References: the floats nearest to a layer's true values, proven."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from flint import arb

from symlstm.activations import rational_names
from symlstm.algebras.algebra import Algebra
from symlstm.algebras.exact import ExactAlgebra
from symlstm.algebras.floating import FloatAlgebra
from symlstm.certify import certified
from symlstm.floats import Format, format_named
from symlstm.gradients import Gradients, backward, incoming
from symlstm.numbers import Array, rational
from symlstm.rounding import decided
from symlstm.stacked import Stacked

if TYPE_CHECKING:
    from symlstm.trace import Given, Trace

Run = TypeVar("Run")


@dataclass(frozen=True, eq=False)
class Reference:
    """The true values of a run, each rounded once; made by `Layer.reference`.

    ``reference["i"]`` is any value by name, over time, in the shapes of a trace. Every number is
    the float of ``dtype`` nearest to the true result of the numbers given, of two equally near the
    one with the even significand. It is a proof: a number that cannot be decided is an error.
    """

    given: Given
    dtype: str
    _runs: dict[str, tuple[int, Trace[Any]]] = field(default_factory=dict, repr=False)

    def run(self, algebra: Algebra[Any]) -> Trace[Any]:
        """Run in ``algebra``, or with more precision; outputs and states are read off one run."""
        return _at_least(self._runs, algebra, self.given.run)

    @property
    def sequence_out(self) -> Any:
        """The output at every step."""
        return self[self.given.cell.output.name]

    @property
    def state_h(self) -> Any:
        """The output h of the last step."""
        return self._last("h")

    @property
    def state_c(self) -> Any:
        """The cell state c after the last step."""
        return self._last("c")

    def __getitem__(self, name: str) -> Any:
        return self._rounded(lambda trace: trace[name], name)

    def backward(self, **gradients: Any) -> ReferenceGradients:
        """Return the references of the gradients; takes what `Trace.backward` takes."""
        trace = self.given.run(FloatAlgebra())
        return ReferenceGradients(self, incoming(trace, gradients))

    def _last(self, name: str) -> Any:
        return self._rounded(lambda trace: trace[len(trace)][name], f"the last {name}")

    def _rounded(self, values: Callable[[Trace[Any]], Any], name: str) -> Any:
        return nearest_values(self, lambda algebra: values(self.run(algebra)), name)


@dataclass(frozen=True, eq=False)
class ReferenceGradients(Stacked):
    """The true gradients of a run, each rounded once; made by `Reference.backward`.

    ``gradients["W_i"]`` is that by a weight, ``gradients["kernel"]`` by a stacked group, and
    ``gradients["c"]`` by a value over time, as in `Gradients`.
    """

    reference: Reference
    incoming: Mapping[str, Array] = field(repr=False)
    _runs: dict[str, tuple[int, Gradients]] = field(default_factory=dict, repr=False)

    def run(self, algebra: Algebra[Any]) -> Gradients:
        """Run backward in ``algebra``, or with more precision."""
        run = self.reference.run
        return _at_least(self._runs, algebra, lambda algebra: backward(run(algebra), self.incoming))

    def __getitem__(self, name: str) -> Any:
        return self._rounded(lambda gradients: gradients[name], f"the gradient by {name}")

    def stacked(self, group: str) -> Any:
        """Return the gradient by a group of weights; see `Stacked`."""
        return self._rounded(lambda gradients: gradients.stacked(group), f"the gradient by {group}")

    @property
    def inputs(self) -> Any:
        """The gradient by the inputs, in their shape."""
        return self["x"]

    @property
    def initial_state(self) -> list[Any]:
        """The gradients by the initial states, in the order of ``initial_state=[h, c]``."""
        return [self._initial(state) for state in self.reference.given.cell.states]

    def _initial(self, state: str) -> Any:
        return self._rounded(lambda gradients: gradients[0][state], f"the gradient by {state}_0")

    def _rounded(self, values: Callable[[Gradients], Any], name: str) -> Any:
        return nearest_values(self.reference, lambda algebra: values(self.run(algebra)), name)


def nearest_values(reference: Reference, compute: Callable[[Algebra[Any]], Any], name: str) -> Any:
    """Return computed values as the nearest floats of the reference's format.

    A cell that stays among the rationals is computed exactly, and ties in it are decided; others in
    balls, until all that a ball encloses has one nearest float.
    """
    format_, cell = format_named(reference.dtype), reference.given.cell
    if all(getattr(cell, option) in rational_names() for option in cell.activations):
        return _floats(compute(ExactAlgebra()), format_)

    def undecided(values: Any) -> str | None:
        if all(decided(value, format_) is not None for value in np.ravel(values)):
            return None
        return f"which {reference.dtype} is nearest to {name} is not decided"

    return _floats(certified(compute, undecided, format_.precision // 3), format_)


def _at_least(
    runs: dict[str, tuple[int, Run]], algebra: Algebra[Any], run: Callable[[Algebra[Any]], Run]
) -> Run:
    """Return the run in an algebra, or a more precise one that is known; the last is kept."""
    precision = getattr(algebra, "precision", 0)
    known = runs.pop(algebra.name, None)
    if known is None or known[0] < precision:
        known = None  # there may not be room for both
        known = precision, run(algebra)
    runs[algebra.name] = known
    return known[1]


def _floats(values: Any, format_: Format) -> Any:
    rounded = np.empty(np.shape(values), dtype=format_.dtype)
    for index, value in np.ndenumerate(np.asarray(values, dtype=object)):
        rounded[index] = decided(value if isinstance(value, arb) else rational(value), format_)
    return rounded if rounded.ndim else rounded[()]
