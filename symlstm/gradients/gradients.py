"""Gradients: the adjoint equations of a cell, run backward through a trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from numpy.typing import NDArray

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.ball import BallAlgebra
from symlstm.algebras.certified import CertifiedAlgebra
from symlstm.algebras.evaluate import History
from symlstm.equations.expression import Quantity
from symlstm.equations.system import Equations
from symlstm.gradients.backpropagate import gathered_by, run_backward
from symlstm.gradients.backward_equations import adjoint_equations
from symlstm.gradients.derivatives import Derivatives, DerivativeStep
from symlstm.gradients.direction import Direction, direction_of
from symlstm.gradients.hessian import (
    HessianVectorProduct,
    of_a_run,
    product,
)
from symlstm.gradients.seeds import numbers_of, of_run, outside_of
from symlstm.notation.showing import Shown, Tabled
from symlstm.numbers.arrays import Array, exact, filled, middles
from symlstm.numbers.remembered import cached_property
from symlstm.passes.differentiate import adjoint
from symlstm.runs.certify import certified_trace, require_numbers
from symlstm.runs.check import Check, check, worst_of
from symlstm.runs.given import GivenToLayer
from symlstm.runs.loss import RunLoss, sent_with
from symlstm.runs.network_trace import on_numbers
from symlstm.runs.trace import Trace


@dataclass(frozen=True, eq=False)
class Gradients(Derivatives, Tabled):
    """The gradient of a loss by everything in a run; made by `Trace.backward`.

    ``gradients["W_i"]`` is that by a weight, in the shape that formulas give it and summed over the
    batch; ``gradients["kernel"]`` that by a group of weights, stacked as Keras stacks it;
    ``gradients["c"]`` that by a value over time, and ``gradients[t].c`` at step t, in the shapes of
    the trace. ``gradients[0]`` has the initial states.
    """

    adjoints: Trace[Any]
    outside: Mapping[str, NDArray[Any]] = field(repr=False)
    """What comes from outside, by value, (batch, T, units): as `incoming`, or in floats."""
    loss: RunLoss | None = field(default=None, repr=False)
    """The loss that it comes from, if not from seeds alone."""
    asked: Mapping[str, Any] | None = field(default=None, repr=False)
    """The arguments of `Trace.backward`; nothing of what is a part of something else."""
    every_sum: bool = field(default=False, repr=False)
    """Whether there are the running sums of gradients by weights at every step."""

    @cached_property
    def incoming(self) -> dict[str, Array]:
        """What comes from outside, by value: exact numbers, intervals or balls."""
        return {name: exact(numbers) for name, numbers in self.outside.items()}

    @property
    def histories(self) -> tuple[History[Any], ...]:
        """Every value and gradient, and those of the loss."""
        return (*self.adjoints.histories, *sent_with(self.loss))

    @property
    def layers(self) -> tuple[Gradients, ...]:
        """The gradients, as those of the only layer of a network."""
        return (self,)

    def held(self, quantity: Quantity) -> Quantity:
        """Return the adjoint of a quantity."""
        return adjoint(quantity)

    def step(self, number: int) -> AdjointStep:
        """Return the gradients by the values of a time step."""
        return AdjointStep(self, number)

    def gathered(self, name: str) -> Array:
        """Return what comes from outside to a state at each step that is computed, as `incoming`.

        What comes to it while it is held comes to where it was computed.
        """
        gathered = filled(0, self.incoming[name].shape)
        with self.adjoints.algebra.context():
            for k, gradient in enumerate(self.incoming[name]):
                steps, counted = self.adjoints.computed(k)
                for step, total in zip(steps, gathered_by(gradient, counted)[1:], strict=True):
                    gathered[k, step - 1] = total
        return gathered

    @property
    def equations(self) -> Equations:
        """The equations that were run: `Cell.adjoint_equations`, for what came from outside."""
        return adjoint_equations(self.cell, tuple(self.outside)).step

    @property
    def initial_equations(self) -> Equations:
        """The equations of the gradients by the initial states."""
        return adjoint_equations(self.cell, tuple(self.outside)).initial

    def with_running_sums(self) -> Gradients:
        """Return the same with the running sums of gradients by weights at every step."""
        if self.asked is None:
            return backward(self.adjoints, self.outside, every_sum=True)
        return gradients_of(self.adjoints, every_sum=True, **self.asked)

    def __repr__(self) -> str:
        return f"Gradients of {self.adjoints!r}"

    def check(self) -> Check:
        """Run forward and backward in float64 and compare every value, as `Trace.check` does."""
        if self.loss is not None:  # what it sends back is computed, and may be balls
            return worst_of([near(self).check(), self.loss.check()])
        gradients = {f"the gradient by {name}": one for name, one in self.incoming.items()}
        require_numbers(gradients, "a comparison with float64")

        def run(given: GivenToLayer, algebra: Algebra[Any]) -> Trace[Any]:
            run = given.run(algebra)
            return backward(run, self.incoming, every_sum=self.every_sum).adjoints

        return check(self.adjoints, run)

    def hessian_vector_product(
        self,
        direction: Mapping[str, Any] | None = None,
        *,
        inputs: Any = None,
        initial_state: Sequence[Any] | None = None,
    ) -> HessianVectorProduct:
        """Return what the Hessian of the loss makes of a direction: how the gradients change.

        Weights change by the numbers of the ``direction``, which are given as to `Cell.bind`, by
        name, letter or group; ``inputs`` and ``initial_state`` by numbers as a run is given. A
        number fills, and what is not given stays as it is. The loss is the one that the gradients
        are of: what it sends back changes with the outputs, and seeds do not. In balls, as many
        digits are certified as of the gradients. The gradients are differentiated in the algebra
        that they were computed in, by the tangents of the adjoint equations: B. A. Pearlmutter,
        "Fast Exact Multiplication by the Hessian", Neural Computation 6 (1994).

        Raises `CellError`, `ShapeError` or `NumberError` for what does not fit.

        >>> from symlstm import LSTM
        >>> cell = LSTM(units=1, activation=None, recurrent_activation=None)
        >>> trace = cell.bind(kernel=1, recurrent_kernel=1, bias=0).run([1, 1, 1])
        >>> product = trace.backward().hessian_vector_product({"W_i": 1})
        >>> product["W_i"], product["W_f"], product.inputs
        (85224, 7883, array([239143, 60092, 2589], dtype=object))
        """
        asked, given = of_a_run(self.asked), self.adjoints.given
        along = direction_of(self.adjoints, direction, inputs, initial_state)
        if given is None or not isinstance(self.adjoints.algebra, CertifiedAlgebra):
            return self.product_along(along)

        def run(algebra: CertifiedAlgebra[Any]) -> HessianVectorProduct:
            return differentiated(given.run(algebra), **asked).product_along(along)

        numbers = {**numbers_of(given.numbers, self.incoming, asked), **along.numbers}
        known = self.adjoints.algebra
        return certified_trace(numbers, run, known.digits, known.precision)

    def product_along(self, direction: Direction) -> HessianVectorProduct:
        """Return the product in the gradients' own algebra, for its values alone."""
        asked = of_a_run(self.asked)
        return product(self.adjoints, tuple(self.outside), asked, direction)


class AdjointStep(DerivativeStep, Shown):
    """The gradients by the values of one time step: ``step.c``, or ``step["c"]``."""

    _gradients: Gradients


def gradients_of(trace: Trace[Any], *, every_sum: bool = False, **seeds: Any) -> Gradients:
    """Return the gradients of a loss, given by its gradients; see `Trace.backward`."""
    if not isinstance(trace.algebra, CertifiedAlgebra) or trace.given is None:
        return differentiated(trace, every_sum=every_sum, **seeds)
    given, bits = trace.given, trace.algebra.precision
    outside = outside_of(trace, of_run(trace, seeds))

    def run(algebra: CertifiedAlgebra[Any]) -> Gradients:
        # What balls have computed is not computed again; other values are an algebra's own.
        balls = isinstance(algebra, BallAlgebra) and isinstance(trace.algebra, BallAlgebra)
        same = balls and algebra.precision == bits
        known = replace(trace, algebra=algebra) if same else given.run(algebra)
        return differentiated(known, every_sum=every_sum, **seeds)

    numbers = numbers_of(given.numbers, outside, seeds)
    return certified_trace(numbers, run, trace.algebra.digits, bits)


def differentiated(trace: Trace[Any], *, every_sum: bool = False, **seeds: Any) -> Gradients:
    """Return the gradients as the trace's own algebra has them, for their values alone."""
    told = of_run(trace, seeds)
    outside = outside_of(trace, told)
    adjoints = run_backward(trace, outside, every_sum=every_sum)
    return Gradients(adjoints, outside, told.get("loss"), seeds, every_sum)


def backward(
    trace: Trace[Any], incoming: Mapping[str, Array], *, every_sum: bool = False
) -> Gradients:
    """Run the adjoint equations backward; see `Gradients` for what is ``incoming``."""
    adjoints = run_backward(trace, incoming, every_sum=every_sum)
    return Gradients(adjoints, incoming, every_sum=every_sum)


def near(gradients: Gradients) -> Gradients:
    """Return gradients of numbers near to the balls that these are computed from."""
    incoming = {name: middles(gradient) for name, gradient in gradients.incoming.items()}
    return backward(on_numbers(gradients.adjoints), incoming, every_sum=gradients.every_sum)
