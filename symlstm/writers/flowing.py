"""Tell what flows between the levels of a network, forward and backward."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sympy import Basic, ZeroMatrix
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, add, t
from symlstm.gradients.network_gradients import NetworkGradients
from symlstm.notation import Tokens
from symlstm.notation.tokens import listed
from symlstm.numbers.arrays import Array, exported, rational_array
from symlstm.numbers.exact import computed
from symlstm.passes.differentiate import adjoint, differentiate, seed
from symlstm.passes.substitute import Definitions
from symlstm.runs.merging import MERGES, apart, merged
from symlstm.runs.network_trace import NetworkTrace
from symlstm.runs.states import timed
from symlstm.runs.trace import Trace
from symlstm.writers.line import Line, Lines
from symlstm.writers.overview import overview
from symlstm.writers.places import Place, own_step
from symlstm.writers.remarks import Flow, Said
from symlstm.writers.roundings import written
from symlstm.writers.typesetter import Typesetter

Values = dict[Basic, Array]

BETWEEN = tuple(f"network.{key}_text" for key in ("onward", "last", "back", "last_back"))
"""Sentences that name two levels."""


@dataclass(frozen=True)
class Flowing:
    """Tells the chapter of a network that stands at a place between its layers.

    Values of a layer have its number above them. Time steps are those of the inputs; a layer that
    takes these from the last to the first counts its own in that order.
    """

    typesetter: Typesetter
    place: Place

    def tell(self) -> Flow:
        """Return what flows there."""
        tellers: dict[str, Callable[[], Flow]] = {
            "network": lambda: overview(self.typesetter, self.place),
            "onward": self._onward,
            "back": self._back,
            "inputs": self._inputs,
        }
        flow = tellers[self.place.role]()
        if flow.lines and not any(flow.lines):
            return Flow((Said("network.nothing", {}),), flow.tables)
        return flow

    @property
    def network(self) -> NetworkTrace:
        """The run of the network, forward."""
        return self.place.network

    @property
    def gradients(self) -> NetworkGradients:
        """Its gradients."""
        assert self.place.gradients is not None
        return self.place.gradients

    # Forward: the outputs of a level.

    def _onward(self) -> Flow:
        key = "network.last_text" if self._ends else "network.onward_text"
        said = self._said("network.outputs_text" if self._is_top else key)
        if self._is_apart:
            return Flow((said,))
        level = self.network.levels[self.place.number]
        outputs = merged(level, self.network.merge, last=self._ends)
        return Flow((said,), lines=self._each(lambda k: self._merged(outputs, k)))

    def _merged(self, outputs: Array, k: int) -> Iterator[Line]:
        for step in self._steps:
            if not (self._is_top or self._counts(step, k)):
                continue
            value, told = self._column(outputs, step, k), self._outputs(step, k)
            values = [one for one, _ in told]
            name = Quantity("y" if self._is_top else "x", len(value), 1, step)
            if len(values) == 1 or self.network.merge in MERGES:
                yield self._worked(name, _joined(self.network.merge, values), dict(told), value)
            else:
                links = [self._beside(values), self.typesetter.value(value)]
                yield self.typesetter.line(self.typesetter.formula(name), links)

    def _outputs(self, step: int, k: int) -> list[tuple[MatrixExpr, Array]]:
        """Return the outputs of the level's layers at a time step; zero where a mask hides one."""
        found = []
        for number, trace in self._layers:
            own, output = self._own(trace, step), trace.cell.output
            shown = trace.timeline is None or trace.timeline.shows(own, k)
            quantity = _of_layer(output, number, own)
            value = written(trace.algebra, trace.told(output.name, own, k))
            found.append((quantity if shown else ZeroMatrix(*quantity.shape), value))
        return found

    # Backward: what arrives at the outputs of a level, and what each layer gets of it.

    def _back(self) -> Flow:
        arriving = self.gradients.by_outputs[self.place.number]
        said: list[Said] = []
        lines: tuple[Lines, ...] = ()
        if arriving is not None:
            key = "network.last_back_text" if self._ends else "network.back_text"
            said.append(self._said("network.loss_text" if self._is_top else key))
            level, merge = self.network.levels[self.place.number], self.network.merge
            shares = apart(level, arriving, merge, last=self._ends)
            lines = self._each(lambda k: self._arriving(arriving, shares, k))
        if self._is_reached_directly:
            alone = arriving is None
            said.append(
                self._said("network.direct_text") if alone else Said("network.direct_too", {})
            )
            lines = self._each(self._direct) if alone else lines
        return Flow(tuple(said), lines=lines)

    def _arriving(self, arriving: Array, shares: Sequence[Array], k: int) -> Iterator[Line]:
        """Yield the gradient by the outputs of the level, and what each layer gets of it."""
        whole = self._is_top and not timed(self.network.layers).is_whole
        for step in reversed(self._steps):
            if not (whole or self._counts(step, k)):
                continue
            if not self._is_apart:
                value = self._column(arriving, step, k)
                bar, line = self._by_output(step, value, k)
                yield from line
            if not whole:
                own = [step if self._ends else own_step(one, step) for _, one in self._layers]
                values = [self._column(part, at, k) for part, at in zip(shares, own, strict=True)]
                yield from self._shared(bar, value, values, step, k) if not self._is_apart else ()

    def _by_output(self, step: int, value: Array, k: int) -> tuple[Quantity, list[Line]]:
        """Return what the gradient by the outputs is called, and the line that tells it."""
        if self._is_top:
            bar = adjoint(Quantity("y", len(value), 1, t)).at(step)
            return bar, [self.typesetter.alike([(bar, value)])]
        return self._summed(self.place.number + 1, step, value, k)

    def _summed(self, level: int, step: int, value: Array, k: int) -> tuple[Quantity, list[Line]]:
        """Return the gradient by the inputs of a level, to which all of its layers add."""
        bars = {}
        for number, trace in self.place.numbered(level):
            bar, own = adjoint(trace.cell.x), own_step(trace, step)
            entries = written(trace.algebra, self._adjoints(number).told(bar.name, own, k))
            bars[_of_layer(bar, number, own)] = entries
        total = bar.at(step)
        if len(bars) == 1:
            return next(iter(bars)), []
        return total, [self._worked(total, add(*bars), bars, value)]

    def _shared(
        self, bar: Quantity, value: Array, values: Sequence[Array], step: int, k: int
    ) -> Iterator[Line]:
        """Yield what each layer of the level gets of the gradient by their merged outputs."""
        deltas = [
            _of_layer(seed(trace.cell.output.at(t)), number, self._own(trace, step))
            for number, trace in self._layers
        ]
        if len(deltas) == 1 or self.network.merge not in MERGES:
            line = self._worked(deltas[0], bar, {bar: value}, value)
            yield replace(line, left=self._beside(deltas))
            return
        outputs = self._outputs(step, k)
        known = {bar: value, **dict(outputs)}
        for delta, share, own in zip(
            deltas,
            _handed_back(self.network.merge, bar, [one for one, _ in outputs]),
            values,
            strict=True,
        ):
            yield self._worked(delta, share, known, own)

    def _direct(self, k: int) -> Iterator[Line]:
        """Yield what the loss sends to values of the level's layers directly."""
        for number, trace in self._layers:
            gradients = self.gradients.layers[number - 1]
            for name in gradients.incoming:
                gathered, quantity = gradients.gathered(name)[k], trace.cell.computed[name]
                for step in (step for step in range(1, len(trace) + 1) if gathered[step - 1].any()):
                    delta = _of_layer(seed(quantity), number, step)
                    value = self._written(gathered[step - 1][:, None])
                    yield self.typesetter.alike([(delta, value)])

    @property
    def _is_reached_directly(self) -> bool:
        first, last = self._layers[0][0] - 1, self._layers[-1][0]
        seeds = self.gradients.seeds
        of_values = any(number in seeds.values for number in range(first, last))
        each = (seeds.states[number].values() for number in range(first, last))
        return of_values or any(bool(np.any(one)) for states in each for one in states)

    # The inputs.

    def _inputs(self) -> Flow:
        total = rational_array(self.gradients.inputs, read=computed)
        said = self._said("network.inputs_text")
        return Flow((said,), lines=self._each(lambda k: self._of_inputs(total, k)))

    def _of_inputs(self, total: Array, k: int) -> Iterator[Line]:
        for step in reversed(self._steps):
            if self._counts(step, k):
                yield from self._summed(0, step, self._column(total, step, k), k)[1]

    # What they have in common.

    @property
    def _layers(self) -> list[tuple[int, Trace[Any]]]:
        return self.place.numbered(self.place.number)

    @property
    def _is_top(self) -> bool:
        return self.place.number + 1 == len(self.network.levels)

    @property
    def _is_apart(self) -> bool:
        return self.network.merge is None and len(self._layers) > 1

    @property
    def _steps(self) -> range:
        return range(1, 2 if self._ends else len(self._layers[0][1]) + 1)

    @property
    def _ends(self) -> bool:
        """Whether those above are given the last outputs alone."""
        return self.place.role != "inputs" and self.place.number == self.network.ends_at

    def _own(self, trace: Trace[Any], step: int) -> int:
        """Return at which of its own steps a layer has the output of a step."""
        return len(trace) if self._ends else own_step(trace, step)

    def _each(self, lines: Callable[[int], Iterator[Line]]) -> tuple[Lines, ...]:
        """Return lines for each sequence."""
        return tuple(tuple(lines(k)) for k in range(len(self.network.layers[0].histories)))

    def _said(self, key: str) -> Said:
        """Return a sentence about the layers of the level; of a single one, it is another."""
        numbers = [str(number) for number, _ in self._layers]
        parts: dict[str, object] = {"layers": ", ".join(numbers), "count": len(numbers)}
        if key in BETWEEN:
            parts |= {"number": self.place.number + 1, "next": self.place.number + 2}
        return Said(key, parts)

    def _counts(self, step: int, k: int) -> bool:
        """Say whether a time step of the inputs is computed, which all layers agree about."""
        trace = timed(self.network.layers)
        return self._ends or trace.is_computed(own_step(trace, step), k)

    def _adjoints(self, number: int) -> Trace[Any]:
        return self.gradients.layers[number - 1].adjoints

    def _column(self, over_time: Any, step: int, k: int) -> Array:
        """Return what numbers are at a time step of sequence ``k``, as a page writes them."""
        array = np.asarray(over_time, dtype=object)
        if array.ndim == 4:  # of the only layer, whose output is left apart
            (array,) = array
        return self._written((array[k] if array.ndim == 3 else array)[step - 1][:, None])

    def _written(self, numbers: Array) -> Array:
        known = exported(rational_array(numbers, read=computed))
        return written(self.network.algebra, known)

    def _worked(self, name: Quantity, formula: MatrixExpr, known: Values, value: Array) -> Line:
        return self.typesetter.worked(
            Equation(name, formula), {**known, name: value}, value, self.network.algebra
        )

    def _beside(self, values: Sequence[MatrixExpr]) -> Tokens:
        """Return values one below the other; a single one as it is."""
        formulas = [self.typesetter.formula(value) for value in values]
        if len(formulas) == 1:
            return formulas[0]
        notation = self.typesetter.notation
        left, right = notation.brackets(0)
        return [left, *listed(formulas, notation.comma), right]


def _of_layer(quantity: Quantity, number: int, step: int) -> Quantity:
    """Return a quantity of a layer, with the layer's number above it."""
    rows, columns = quantity.shape
    return Quantity(f"{quantity.name}^{number}", rows, columns, step)


def _joined(merge: str | None, values: Sequence[Any]) -> MatrixExpr:
    """Return values merged, as a formula."""
    joined: MatrixExpr = values[0] if len(values) == 1 else MERGES[str(merge)](*values)
    return joined


def _handed_back(
    merge: str | None, bar: Quantity, outputs: Sequence[MatrixExpr]
) -> Iterator[MatrixExpr]:
    """Yield the gradient by each output, of that by what they are merged to."""
    rows = int(bar.shape[0])
    whole = Quantity("y", rows, 1, t)
    each = [Quantity(f"v_{number}", rows, 1, t) for number in range(len(outputs))]
    program = (Equation(whole, _joined(merge, each)),)
    handed = {one.lhs: one.rhs for one in differentiate(program, [whole])}
    now = {adjoint(whole): bar, **dict(zip(each, outputs, strict=True))}
    for one in each:
        yield Definitions(now).substitute(handed[adjoint(one)])
