"""A layer: a cell whose weights are numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from symlstm.cells.cell import Cell
from symlstm.cells.headed import headed
from symlstm.errors import CellError, ShapeError, choices
from symlstm.numbers.arrays import Array, as_given, exported, in_floats
from symlstm.numbers.exact import computed, real, shown
from symlstm.runs.kept import Kept, Memory, States
from symlstm.runs.layer_given import (
    LayerGiven,
    emptied,
    sequences,
    states_of,
    zero_state,
)
from symlstm.runs.layouts import written
from symlstm.runs.packed import unpacked
from symlstm.runs.runnable import Runnable, traced, validate_stateful
from symlstm.runs.stacked import Stacked
from symlstm.runs.timeline import timeline
from symlstm.runs.trace import Trace
from symlstm.runs.trainable import Trainable


@dataclass(frozen=True, eq=False, repr=False)
class Layer(Stacked, Trainable, Runnable):
    """A cell bound to numbers; made by `Cell.bind`.

    ``weights`` are exact rationals, or intervals of them, by name, in the orientation of the
    formulas: ``W_i`` has shape (units, input_dim). ``go_backwards`` and ``zero_output_for_mask``
    mean what they mean in Keras; ``dataclasses.replace(layer, go_backwards=True)`` sets one.
    ``initial_state`` is what a run starts from that is given no other one, by name, each of shape
    (batch or 1, size), or ``no_initial_state`` why it needs one; ``sequence_lens`` is what a run
    has unless it is given other lengths, or a mask. With ``floats``, weights come back as float64.
    ``bias_parts`` are the biases that a bias is the sum of, each (units,), by name.
    """

    cell: Cell
    weights: Mapping[str, Array]
    go_backwards: bool = False
    zero_output_for_mask: bool = False
    initial_state: Mapping[str, Array] | None = None
    no_initial_state: str | None = None
    sequence_lens: Sequence[int] | None = None
    floats: bool = False
    bias_parts: Mapping[str, tuple[Array, ...]] | None = None
    _memory: Memory = field(default_factory=Memory, init=False)

    def __getstate__(self) -> dict[str, Any]:
        # A copy goes on from the states that are kept, and keeps its own.
        return {**vars(self), "_memory": self._memory.copied()}

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layer, as the only one of a network."""
        return (self,)

    @property
    def input_dim(self) -> int:
        """The size of an input."""
        return self.cell.input_dim

    @property
    def output_dim(self) -> int:
        """The size of an output."""
        return self.cell.output_dim

    def output_shape(self, batch: int, steps: int) -> tuple[int, ...]:
        """Return the shape of the outputs of so many sequences and steps."""
        return batch, steps, self.output_dim

    def run(
        self,
        inputs: Any,
        *,
        initial_state: Sequence[Any] | None = None,
        stateful: bool = False,
        mask: Any = None,
        sequence_lens: Any = None,
        algebra: str = "exact",
        digits: int | None = None,
        decimals: int | None = None,
        rounding: str | None = None,
        max_digits: int | None = None,
    ) -> Trace[Any]:
        """Step through a sequence, or a batch of them, and return every value.

        ``inputs`` has shape (T,) for ``input_dim=1``, (T, input_dim) or (batch, T, input_dim), or
        is a ``PackedSequence`` of PyTorch, which says how long each sequence is. ``initial_state``
        is ``[h, c]``, each of shape (units,) or (batch, units), or a number that
        fills it. The states start at zero for each sequence and are set back to zero after it;
        with ``stateful=True`` they are kept, as in Keras: the next stateful run starts from where
        this one ended, sequence by sequence, until `reset_state`. After a run in balls, that is
        from its true states, however many runs there are. ``algebra`` is ``"exact"``
        (rationals), ``"float"`` (NumPy float64) or ``"ball"``: proven enclosures (python-flint's
        ``arb``), so small that ``digits`` of a value's digits, 30 unless given, are certain; or
        ``"decimal"``. In the ball algebra, weights, inputs and initial states may be intervals (see
        `interval`); the enclosures then hold for every number in them, and are as wide as that
        makes them. Exact numbers get longer with every step: before a step that would have more
        than ``max_digits`` digits there is a `TooLargeError`; unless given, that is 100,000,000 of
        integers and 1,000,000 of fractions, whose common factors have to be found.

        The decimal algebra is a pocket calculator's user, who rounds every value before using it
        further: each named value, and each result of an activation function, is the decimal nearest
        to the exact result of the decimals before, proven; what is given is not rounded. It has
        ``digits`` significant digits or ``decimals`` after the point. Of two that are equally near,
        ``rounding="half_up"`` takes the one further from zero, as classes and calculators do and as
        it is unless given, and ``"half_even"`` the one whose last digit is even. Values are exact
        rationals again, of 100,000 digits at the most unless ``max_digits`` is given, and
        `Trace.distance` says how far they are from the true ones.

        ``mask`` is Keras's: True for each step that counts, of shape (batch, T); at another step a
        sequence holds its states and shows its last output again, or zero before the first one.
        ``sequence_lens`` is ONNX's: how many steps of each sequence count, of shape (batch,);
        outputs past them are zero, and a sequence of length 0 ends in states of zero.

        A layer with ``go_backwards=True`` takes the steps from the last to the first. Its trace
        counts them as they are processed, and so are its outputs ordered, as in Keras.

        Raises `ShapeError`, `NumberError` or `SymlstmError` for what does not fit, or for a state
        to be kept that has overflowed, `NotExactError` when exact values are asked of an activation
        without, and `PrecisionError` for digits that no precision decides.

        >>> from symlstm import LSTM
        >>> cell = LSTM(units=1, activation=None, recurrent_activation=None)
        >>> layer = cell.bind(kernel=1, recurrent_kernel=1, bias=0)
        >>> layer.run([1], initial_state=[12, 6]).state_h
        3211
        >>> layer.run([1, 1], stateful=True).state_c, layer.run([1], stateful=True).state_c
        (6, 247)
        >>> layer = LSTM(units=1).bind(kernel=1, recurrent_kernel=1, bias=0)
        >>> layer.run([1, 1], algebra="decimal", digits=4)[1].h
        231/625
        """
        given = self.given(inputs, initial_state, mask, sequence_lens, stateful=stateful)
        trace: Trace[Any] = traced(
            given,
            algebra,
            digits=digits,
            decimals=decimals,
            rounding=rounding,
            max_digits=max_digits,
        )
        if stateful:
            self._memory.keep(trace)
        return trace

    def with_head(self, head: Layer) -> Layer:
        """Return the layer and a head that remembers nothing as one: see `symlstm.headed`.

        Raises `CellError` where they do not fit together.

        >>> from symlstm import Dense, SimpleRNN
        >>> layer = SimpleRNN(units=1).bind(kernel=1, recurrent_kernel=1, bias=0)
        >>> layer.with_head(Dense(units=2).bind(kernel=[[1, 2]], bias=0))["W_y"]
        array([[1],
               [2]], dtype=object)
        """
        cell = headed(self.cell, head.cell)
        parts = {**(self.bias_parts or {}), **(head.bias_parts or {})}
        weights = {**self.weights, **head.weights}
        return replace(self, cell=cell, weights=weights, bias_parts=parts or None)

    def __getitem__(self, name: str) -> Any:
        """Return a weight by name, ``layer["W_i"]``, or a stacked group, ``layer["kernel"]``."""
        if isinstance(name, str) and name in self.cell.groups:
            return self.stacked(name)
        if not isinstance(name, str) or name not in self.cell.weights:
            known = choices(name, [*self.cell.weights, *self.cell.groups])
            message = f"{self.cell!r} has no weight {shown(name)}; {known}"
            raise CellError(message, argument=str(name))
        entries, weight = self._handed_back(name), self.cell.weights[name]
        if self.cell.is_scalar:
            return entries[0, 0]
        return entries if weight in self.cell.matrices else entries[:, 0]

    def stacked(
        self, group: str | None = None, *, layout: str | None = None, forget_bias: Any = None
    ) -> Any:
        """Return the numbers of a group of weights, see `Stacked`; or all, as a program has them.

        With ``layout``, a name in `symlstm.LAYOUTS`, they are arrays by the names of that program,
        which `Cell.bind` takes back; ``forget_bias`` is what it adds to the bias of f, and is
        subtracted. Of two biases, the second is zero unless the layer was made of two. Raises
        `CellError` for a layout that the cell does not fit.

        >>> from symlstm import LSTM
        >>> layer = LSTM(units=1).bind(kernel=[[1, 2, 3, 4]], recurrent_kernel=0, bias=5)
        >>> layer.stacked(layout="onnx")["W"].ravel(), layer.stacked(layout="haiku")["b"]
        (array([1, 4, 2, 3], dtype=object), array([5, 5, 4, 5], dtype=object))
        """
        if (group is None) == (layout is None):
            message = 'stacked takes a group, "kernel", or a layout, layout="torch"; give one'
            raise CellError(message, argument="layout")
        if group is not None:
            return self.cell.stack(group, lambda weight: self._handed_back(weight.name))
        arrays = written(self.cell, layout, self.weights, self.bias_parts, forget_bias)
        return {name: self._exported(array) for name, array in arrays.items()}

    def _handed_back(self, name: str) -> Array:
        return self._exported(self.weights[name])

    def _exported(self, array: Array) -> Array:
        return in_floats(array) if self.floats else exported(array)

    def __repr__(self) -> str:
        """Show the cell, and the options that are set."""
        names = ("go_backwards", "zero_output_for_mask")
        options = [f"{name}=True" for name in names if getattr(self, name)]
        return f"Layer({', '.join([f'cell={self.cell!r}', *options])})"

    def given(
        self,
        inputs: Any,
        initial_state: Sequence[Any] | None,
        mask: Any,
        sequence_lens: Any,
        *,
        stateful: bool = False,
        read: Callable[..., Any] = real,
        of_states: Callable[..., Any] = real,
    ) -> LayerGiven:
        """Return the numbers of a run; the arguments are those of `run`.

        ``read`` says what inputs may be made of, as in `rational_array`, ``of_states`` what states.
        """
        validate_stateful(stateful)
        inputs, sequence_lens = unpacked(inputs, mask, sequence_lens)
        if mask is None and sequence_lens is None:
            sequence_lens = self.sequence_lens
        array, layout = sequences(self.cell, as_given(inputs, argument="inputs", read=read))
        line = timeline(
            array.shape[:2],
            mask,
            sequence_lens,
            backwards=self.go_backwards,
            zero_output=self.zero_output_for_mask,
        )
        kept = self._memory.start(len(array)) if stateful and initial_state is None else None
        before = kept if isinstance(kept, Kept) else None
        states: States = {}
        if kept is None:
            states = self.initial(initial_state, len(array), of_states)
        elif not isinstance(kept, Kept):
            states = kept[0]
        states = emptied(states, line)
        ran = self.cell, self.weights, line.ordered(array), states, layout, line
        return LayerGiven(*ran, stateful, before, self.bias_parts or {}, read is computed)

    def initial(
        self, initial_state: Sequence[Any] | None, batch: int, read: Callable[..., Any] = real
    ) -> States:
        """Return the states that so many sequences start from, by name; see `run` and `given`."""
        states = self.cell.states
        if initial_state is None and self.initial_state is not None:
            initial_state = [self.initial_state[name] for name in states]
        if initial_state is None and self.no_initial_state is not None:
            message = f"{self.no_initial_state}; give initial_state=[{', '.join(states)}]"
            raise ShapeError(message, argument="initial_state")
        if initial_state is None:
            return {name: zero_state(batch, int(state.shape[0])) for name, state in states.items()}
        return states_of(self.cell, initial_state, batch, read)
