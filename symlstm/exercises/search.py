"""Search for numbers whose run keeps within bounds: drawn, tried step by step, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import numpy as np

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.evaluate import History, evaluate
from symlstm.derivations.derivation import Derivation
from symlstm.derivations.exercise import Exercise
from symlstm.exercises.bounded import BeyondError, bounded
from symlstm.gradients.gradients import Gradients, backward
from symlstm.numbers.arrays import Array
from symlstm.passes.differentiate import adjoint
from symlstm.runs.layer_given import LayerGiven
from symlstm.runs.trace import Trace

STATES = "initial_state"
TRIES = 8
"""How many inputs are tried at a step before the step before is drawn anew."""
PATIENCE = 20
"""So many times as many inputs as there are steps are tried before all is drawn anew."""
COST = 300_000
"""What a search may cost until something is found; see `_cost`. That is below two seconds."""
OVERHEAD = 6
"""So many multiplications take as long as computing an equation does beside them."""


@dataclass(frozen=True)
class Drawn:
    """Numbers that were drawn for what varies, by name, in the shapes of `LayerGiven`."""

    weights: Mapping[str, Array]
    inputs: Array | None
    states: Mapping[str, Array]

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells them from others."""
        parts = [*self.weights.values(), *self.states.values()]
        parts += [] if self.inputs is None else [self.inputs]
        return tuple((int(n.p), int(n.q)) for part in parts for n in part.flat)


class Search:
    """Draws numbers for a derivation from a seed, again and again, each within its bounds.

    All that is drawn comes from ``random.Random(seed).random()``, number after number: weights in
    the order of the cell, initial states, then the inputs of a step whenever they are tried; of a
    range, ``low + step * int(random() * count)``. That is the same on every machine.
    """

    def __init__(self, derivation: Derivation, exercise: Exercise, seed: int) -> None:
        trace = derivation.trace
        assert isinstance(trace, Trace)
        assert isinstance(trace.given, LayerGiven)
        self.trace, self.given, self.cell = trace, trace.given, trace.cell
        self.vary, self.bounds = exercise.vary, exercise.bounds
        self.incoming = (
            derivation.subject.incoming if isinstance(derivation.subject, Gradients) else None
        )
        self.broken: Counter[tuple[str, int, str]] = Counter()
        """How often each value broke each bound since something was found."""
        self.tries = 0
        """How many draws have been tried since something was found."""
        self._random = Random(seed).random
        self._spent = 0

    def found(self) -> Iterator[Drawn]:
        """Yield numbers that are within bounds, as long as that does not cost too much."""
        self.restart()
        while self._spent < COST:
            drawn = self._attempt()
            if drawn is not None:
                yield drawn

    def restart(self) -> None:
        """Begin to count the cost of what is found next."""
        self._spent = self.tries = 0
        self.broken.clear()

    def _attempt(self) -> Drawn | None:
        """Draw everything once; return nothing where no input keeps a step within bounds."""
        self._spent += _cost(2 * len(self.given.weights), self.cell.weight_count)
        algebra = bounded(self.trace.algebra, self.bounds)
        given = self._beginning()
        constants = {name: algebra.convert(array) for name, array in given.weights.items()}
        histories = []
        for sequence in range(len(given.inputs)):
            history = self._sequence(given, sequence, algebra, constants)
            if history is None:
                return None
            histories.append(history)
        trace = replace(
            self.trace,
            algebra=algebra,
            constants=constants,
            histories=tuple(histories),
            given=given,
        )
        if not self._goes_back(trace):
            return None
        return Drawn(
            {name: array for name, array in given.weights.items() if name in self.vary},
            given.inputs if "inputs" in self.vary else None,
            given.states if STATES in self.vary else {},
        )

    def _beginning(self) -> LayerGiven:
        """Draw weights and initial states; the inputs are there to be drawn into."""
        weights = {
            name: self._draw(name, array.shape) if name in self.vary else array
            for name, array in self.given.weights.items()
        }
        states = {
            name: self._draw("initial_state", array.shape)
            if "initial_state" in self.vary
            else array
            for name, array in self.given.states.items()
        }
        inputs = np.array(self.given.inputs)
        return replace(self.given, weights=weights, states=states, given_inputs=inputs)

    def _sequence(
        self,
        given: LayerGiven,
        sequence: int,
        algebra: Algebra[Any],
        constants: Mapping[str, Any],
    ) -> History[Any] | None:
        history: History[Any] = {
            0: {
                name: algebra.convert(states[sequence][:, None])
                for name, states in given.states.items()
            }
        }
        row = given.inputs[sequence]
        most = TRIES if "inputs" in self.vary else 1
        left, tried, step = PATIENCE * len(row), [0] * len(row), 1
        while 0 < step <= len(row):
            if left == 0 or tried[step - 1] == most:
                tried[step - 1] = 0
                step = step - 1 if left else 0
                continue
            tried[step - 1] += 1
            left -= 1
            if most > 1:
                row[step - 1] = self._draw("inputs", row[step - 1].shape)
            history[step] = {"x": algebra.convert(row[step - 1][:, None])}
            step += self._is_within(algebra, constants, history, step, len(row))
        return history if step else None

    def _is_within(
        self,
        algebra: Algebra[Any],
        constants: Mapping[str, Any],
        history: History[Any],
        step: int,
        steps: int,
    ) -> bool:
        """Say whether a step of so many is within bounds, and worth to be asked for."""
        self._count(1)
        try:
            evaluate(self.cell.program, algebra, constants, history, [step])
        except BeyondError as error:
            self.broken[error.broken] += 1
            return False
        return not self._is_dull(history, step, steps)

    def _goes_back(self, trace: Trace[Any]) -> bool:
        """Say whether the gradients are within bounds, too, where there are any."""
        if self.incoming is None:
            return True
        self._count(3 * len(trace) * len(trace.histories))
        try:
            histories = backward(trace, self.incoming).adjoints.histories
            for weight in self.cell.weights.values():
                name = adjoint(weight).name
                with trace.algebra.context():
                    total = trace.algebra.add(*(history[1][name] for history in histories))
                    trace.algebra.assign(name, 1, total)
        except BeyondError as error:
            self.broken[error.broken] += 1
            return False
        return True

    def _is_dull(self, history: History[Any], step: int, steps: int) -> bool:
        """Say whether, with a step whose output is zero, more than half of all outputs are."""
        name = self.cell.output.name

        def is_zero(k: int) -> bool:
            return all(entry == 0 for entry in history[k][name].entries())

        dull = is_zero(step) and sum(map(is_zero, range(1, step + 1))) > steps // 2
        self.broken[name, 0, "dull"] += dull
        return dull

    def _count(self, steps: int) -> None:
        self.tries += 1
        self._spent += steps * _cost(len(self.cell.program), self.cell.weight_count)

    def _draw(self, name: str, shape: tuple[int, ...]) -> Array:
        drawn = np.empty(shape, dtype=object)
        for index in np.ndindex(shape):
            drawn[index] = self.vary[name].number(self._random())
        return drawn


def _cost(equations: int, weights: int) -> int:
    """Return about how long a step takes, in multiplications."""
    return OVERHEAD * equations + weights
