"""What one run of a cell produced: every named value at every time step."""

from __future__ import annotations

import numbers
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar

import numpy as np

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.evaluate import History
from symlstm.cells.cell import Cell
from symlstm.errors import CellError, choices
from symlstm.notation.showing import Shown, Tabled
from symlstm.numbers.arrays import Array, exported, filled
from symlstm.runs.batch import Batch
from symlstm.runs.check import Check, check
from symlstm.runs.distance import Distance, distance
from symlstm.runs.given import GivenToLayer
from symlstm.runs.loss import HasOutputs, RunLoss
from symlstm.runs.timeline import OnTimeline, Timeline

if TYPE_CHECKING:
    from symlstm.gradients.gradients import Gradients
    from symlstm.gradients.jacobian import StateJacobian

Value = TypeVar("Value")
Layout: TypeAlias = Literal["scalar", "sequence", "batch"]


@dataclass(frozen=True, eq=False)
class Trace(HasOutputs, OnTimeline, Tabled, Generic[Value]):
    """Every named value of a run.

    ``trace[t]`` is time step t, from 1, and ``trace[0]`` has the states that the run began with.
    ``trace["i"]`` is one quantity over all steps.

    Values are NumPy arrays: (units,) at a step, (T, units) over all of them, with the batch in
    front when there is one; for a one-unit cell fed a sequence of shape (T,), plain scalars.
    Exact values are SymPy Integers and Rationals, which equal ints and Fractions.

    >>> from symlstm import LSTM
    >>> cell = LSTM(units=1, activation=None, recurrent_activation=None)
    >>> trace = cell.bind(kernel=1, recurrent_kernel=1, bias=0).run([1, 1, 1])
    >>> trace[2]
    Step(2: x=1, z_i=2, i=2, z_f=2, f=2, z_c_tilde=2, c_tilde=2, z_o=2, o=2, c=6, h=12)
    >>> trace["c"]
    array([1, 6, 247], dtype=object)
    """

    cell: Cell
    algebra: Algebra[Value]
    constants: Mapping[str, Value]
    histories: Sequence[History[Value]]
    layout: Layout
    given: GivenToLayer | None = None

    @property
    def layers(self) -> tuple[Trace[Value], ...]:
        """The trace, as that of the only layer of a network."""
        return (self,)

    @property
    def timeline(self) -> Timeline | None:
        """How the run went through time; a symbolic one has every step."""
        return None if self.given is None else self.given.timeline

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the values of a step, in the order of computation."""
        return ("x", *(equation.lhs.name for equation in self.cell.program))

    def known(self, step: int) -> tuple[str, ...]:
        """Return the names of the values that every sequence has at a step."""
        first, *others = (history[step] for history in self.histories)
        return tuple(name for name in first if all(name in one for one in others))

    @property
    def sequence_out(self) -> Any:
        """The output at every step; zero where a mask hides it."""
        return self.shown(self.cell.output.name)

    def shown(self, name: str) -> Any:
        """Return a value at every step as the output is shown: zero where a mask hides it."""
        values = self[name]
        if self.timeline is None or self.is_whole or self.timeline.shown.all():
            return values
        hidden = ~self.timeline.shown
        values[hidden if self.layout == "batch" else hidden[0]] = self._zero
        return values

    @property
    def state_h(self) -> Any:
        """The output h of the last step."""
        return self[len(self)].h

    @property
    def state_c(self) -> Any:
        """The cell state c after the last step."""
        return self[len(self)].c

    @property
    def time_axis(self) -> int:
        """The axis along which values over time count the steps."""
        return 1 if self.layout == "batch" else 0

    def __len__(self) -> int:
        if isinstance(self.histories, Batch):
            return self.histories.steps
        return len(self.histories[0]) - 1

    def __getitem__(self, key: int | str) -> Any:
        if isinstance(key, numbers.Integral):
            return Step(self, int(key))
        if not isinstance(key, str):
            raise TypeError(f"a trace is indexed by a time step or by a name, not by {key!r}")
        values = self._values(key).reshape(len(self.histories), len(self), -1)
        if self.layout == "batch":
            return values
        return values.ravel() if self.layout == "scalar" else values[0]

    def _values(self, name: str) -> Array:
        """Return the columns of a value, of all sequences and in each of all steps."""
        if isinstance(self.histories, Batch) and self.histories.over_time.has(name):
            values = self.histories.over_time[name]
            return (values.swapaxes(0, 1) if values.ndim > 3 else values).copy()
        sequences, steps = range(len(self.histories)), range(1, len(self) + 1)
        return np.concatenate([self.entries(name, step, k) for k in sequences for step in steps])

    @property
    def _zero(self) -> Any:
        """The number zero, as values have it."""
        return self.algebra.export(self.algebra.convert(filled(0, (1, 1))))[0, 0]

    def __iter__(self) -> Iterator[Step]:
        return (Step(self, step) for step in range(1, len(self) + 1))

    def value(self, name: str, step: int) -> Any:
        """Return the value of ``name`` at ``step``; unlike ``trace[step]``, by a computed name."""
        entries = [self.entries(name, step, k)[:, 0] for k in range(len(self.histories))]
        if self.layout == "batch":
            return np.stack(entries)
        return entries[0][0] if self.layout == "scalar" else entries[0]

    def entries(self, name: str, step: int, sequence: int = 0) -> Array:
        """Return the column of one sequence's value, of shape (rows, 1), whatever the layout."""
        runs = self.histories
        values = runs.at(step, name) if isinstance(runs, Batch) else runs[sequence].get(step)
        if values is None:
            raise IndexError(f"there is no step {step}: this trace has the steps 0 to {len(self)}")
        if name not in values:
            masked = "" if self.is_computed(step, sequence) else " is masked and"
            message = f"step {step}{masked} has no {name!r}; {choices(name, values)}"
            raise CellError(message, argument=name)
        value: Any = values[name]
        return self.algebra.export(runs.of(value, sequence) if isinstance(runs, Batch) else value)

    def each(self, name: str, step: int) -> Sequence[Value]:
        """Return the values of a name at a step, one of each sequence."""
        if isinstance(self.histories, Batch) and len(self.histories) > 1:
            known: Any = self.histories.at(step, name)
            values: Sequence[Value] = known[name]
            return values
        return [history[step][name] for history in self.histories]

    def is_given(self, name: str, step: int) -> bool:
        """Whether a value was given to the run, and not computed."""
        if self.given is None:
            return False
        initial = step == 0 and name in self.given.states
        inputs = name == self.cell.x.name and not self.given.handed
        return initial or (inputs and 1 <= step <= len(self))

    def told(self, name: str, step: int, sequence: int = 0) -> Array:
        """Return what a page tells of a value, of shape (rows, 1): of what was given, just that.

        An exact number that was given to a run in balls is not told by the ball around it.
        """
        if self.given is None or not self.is_given(name, step):
            return self.entries(name, step, sequence)
        if step == 0:
            return exported(self.given.states[name][sequence][:, None])
        return exported(self.given.inputs[sequence, step - 1][:, None])

    def backward(
        self,
        *,
        grad_sequence: Any = None,
        grad_state_h: Any = None,
        grad_state_c: Any = None,
        seeds: Mapping[str, Any] | None = None,
        loss: RunLoss | None = None,
    ) -> Gradients:
        """Return the gradients of a loss by the weights, the inputs, and every value.

        The loss is given by its gradient by what the run gives: ``grad_sequence`` by the output at
        every step, ``grad_state_h`` and ``grad_state_c`` by the states after the last, and
        ``seeds`` by any value by name, over time or by step as in ``{"c": {3: 1}}``; each in the
        shape of what it belongs to, or a number that fills it; or as the ``loss`` that
        ``trace.loss(targets)`` returns. Without any, the loss is the sum of the last output.
        Gradients are exact when the trace is, and symbolic when it is; those of balls take balls
        and intervals.

        At a corner of an activation function the derivative is the one that `Activation` says.
        Raises `ShapeError`, `NumberError` or `CellError` for what does not fit.

        >>> from symlstm import LSTM
        >>> cell = LSTM(units=1, activation=None, recurrent_activation=None)
        >>> trace = cell.bind(kernel=1, recurrent_kernel=1, bias=0).run([1, 1, 1])
        >>> gradients = trace.backward()
        >>> gradients["W_i"], gradients.kernel
        (17602, array([[17602, 1573, 17602, 15678]], dtype=object))
        >>> gradients.inputs
        array([40339, 11453, 663], dtype=object)
        >>> trace.backward(seeds={"c": {2: 1}}).inputs
        array([19, 5, 0], dtype=object)
        """
        from symlstm.gradients.gradients import gradients_of

        return gradients_of(
            self,
            grad_sequence=grad_sequence,
            grad_state_h=grad_state_h,
            grad_state_c=grad_state_c,
            seeds=seeds,
            loss=loss,
        )

    def state_jacobian(self, state: str) -> StateJacobian:
        r"""Return how a state, ``"c"`` or ``"h"``, depends on itself at earlier steps.

        Step by step, d s_t / d s_{t-1} with the other states of step t - 1 held fixed; their
        product; and d s_T / d s_t by every way, with the part of it that goes through other states.
        Raises `CellError` for a state that the cell does not have.

        >>> from symlstm import LSTM
        >>> cell = LSTM(units=1, activation=None, recurrent_activation=None)
        >>> trace = cell.bind(kernel=1, recurrent_kernel=1, bias=0).run([1, 1, 1])
        >>> jacobian = trace.state_jacobian("c")
        >>> jacobian[1], jacobian[2], jacobian[3]
        (1, 2, 13)
        >>> jacobian.total(), jacobian.alone(), jacobian.through_others()
        (731, 26, 705)
        """
        from symlstm.gradients.jacobian import jacobian

        return jacobian(self, state)

    def check(self) -> Check:
        """Run the same numbers in float64 and compare every named value at every step.

        Raises `CellError` for a symbolic trace, which has no numbers, and `NotExactError` for a
        decimal one; see `distance` for that.

        >>> from symlstm import LSTM
        >>> cell = LSTM(units=1, activation=None, recurrent_activation=None)
        >>> print(cell.bind(kernel=1, recurrent_kernel=1, bias=0).run([1] * 3).check())
        float64 agrees with the exact values: worst relative error 0
        """
        return check(self, lambda given, algebra: given.run(algebra))

    def distance(self) -> Distance:
        """Return how far the values of a decimal run are from those of the run in balls, proven.

        Raises `CellError` for a run that rounds nothing, or in float64, and `PrecisionError` for a
        difference that stays unknown.

        >>> from symlstm import LSTM
        >>> layer = LSTM(units=1).bind(kernel=1, recurrent_kernel=1, bias=0)
        >>> trace = layer.run([1, 1, 1], algebra="decimal", digits=4)
        >>> trace.state_h, trace.distance()
        (493/625, Distance(outputs within 0.00027 of the true ones))
        """
        return distance(self)

    def __repr__(self) -> str:
        many = f", {len(self.histories)} sequences" if self.layout == "batch" else ""
        return f"Trace({self.cell!r}, {len(self)} steps{many}, {self.algebra.name})"


class Step(Shown):
    """The values of one time step: ``step.h``, ``step.i``, or ``step["h"]``."""

    def __init__(self, trace: Trace[Any], t: int) -> None:
        if t not in trace.histories[0]:
            raise IndexError(f"there is no step {t}: this trace has the steps 0 to {len(trace)}")
        self._trace = trace
        self.t = t

    @property
    def names(self) -> Sequence[str]:
        """The names of the values that this step has, in every sequence."""
        return self._trace.known(self.t)

    def __getitem__(self, name: str) -> Any:
        return self._trace.value(name, self.t)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # which copying asks for before there is a trace
            raise AttributeError(name)
        if name not in self.names:
            raise AttributeError(f"step {self.t} has no {name!r}; {choices(name, self.names)}")
        return self[name]

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.names]

    def __repr__(self) -> str:
        with self._trace.algebra.printing():
            shown = ", ".join(f"{name}={self[name]}" for name in self.names)
        return f"Step({self.t}: {shown})"
