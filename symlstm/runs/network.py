"""Networks: layers one on top of the other, each level in one or two directions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from symlstm.cells.cell import Cell
from symlstm.errors import CellError, ShapeError
from symlstm.numbers.arrays import rational_array
from symlstm.numbers.exact import real, shown
from symlstm.runs.kept import Kept, Memory
from symlstm.runs.layer import Layer
from symlstm.runs.merging import validate
from symlstm.runs.network_given import NetworkGiven
from symlstm.runs.network_trace import NetworkTrace
from symlstm.runs.packed import unpacked
from symlstm.runs.runnable import Runnable, traced, validate_stateful
from symlstm.runs.trainable import Trainable


@dataclass(frozen=True, eq=False)
class Network(Runnable, Trainable):
    """Layers that run as one: stacked, bidirectional, or both.

    ``levels`` are sequences of layers: those of a level read the same inputs, and their outputs,
    merged, are the inputs of the next level. ``merge`` is Keras's: ``"concat"`` puts them side by
    side, ``"sum"``, ``"mul"`` and ``"ave"`` compute their sum, product or mean, and with ``None``
    they stay apart, one after the other along a first axis. Outputs are in the order of the inputs,
    those of a layer with ``go_backwards=True`` too, which makes a level of two bidirectional.
    ``layers`` has all of them in this order, as PyTorch counts them.

    A ``head``, such as a `Dense` layer, is the last of them: it sees the merged outputs at every
    step or, without ``return_sequences``, those that each layer of the last level ends with, and
    gives a single output then.

    States are of all layers: of shape (layers, units), or (layers, batch, units), for several.
    Raises `CellError` for layers that do not fit together.

    >>> from dataclasses import replace
    >>> from symlstm import LSTM, Network
    >>> cell = LSTM(units=1, activation=None, recurrent_activation=None)
    >>> layer = cell.bind(kernel=1, recurrent_kernel=1, bias=0)
    >>> trace = Network([[layer, replace(layer, go_backwards=True)]]).run([1, 1, 0])
    >>> trace.sequence_out
    array([[1, 12],
           [12, 1],
           [2592, 0]], dtype=object)
    """

    levels: Sequence[Sequence[Layer]]
    merge: str | None = "concat"
    head: Layer | None = None
    return_sequences: bool = True
    _memory: Memory = field(default_factory=Memory, init=False, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        # A copy goes on from the states that are kept, and keeps its own.
        return {**vars(self), "_memory": self._memory.copied()}

    def __post_init__(self) -> None:
        validate(self.merge, len(self.levels))
        object.__setattr__(self, "levels", tuple(map(tuple, self.levels)))
        if not self.levels or not all(self.levels):
            raise CellError("a network has no layers, or a level without; give at least one")
        first = self.layers[0].cell
        for layer in self.recurrent:
            if _sizes(layer.cell) != _sizes(first):
                raise CellError(
                    f"{layer.cell!r} and {first!r} have states of other names or sizes; "
                    "run layers that differ in them one by one"
                )
        heads = self._heads()
        sizes = [first.input_dim, *map(self._outputs, self.levels)]
        for size, level in zip(sizes, [*self.levels, *heads], strict=False):
            for layer in level:
                if layer.input_dim != size:
                    message = f"{layer.cell!r} is given inputs of size {size}"
                    raise CellError(f"{message}; make that its input_dim", argument="input_dim")

    def _heads(self) -> list[list[Layer]]:
        """Return the level of the head, if there is one; raises `CellError` for what is none."""
        if not isinstance(self.return_sequences, bool):
            message = f"return_sequences is {shown(self.return_sequences)}; give True or False"
            raise CellError(message, argument="return_sequences")
        if self.head is None:
            if not self.return_sequences:
                message = "return_sequences=False is for a head; without, take the last output"
                raise CellError(message, argument="return_sequences")
            return []
        if not isinstance(self.head, Layer) or self.head.cell.states:
            message = f"head is {shown(self.head)}; give a layer that remembers nothing"
            raise CellError(f"{message}, such as Dense(...).bind(...)", argument="head")
        if self.merge is None:
            message = "merge=None leaves the outputs apart, and a head takes one input"
            raise CellError(f"{message}; choose another, such as 'concat'", argument="merge")
        return [[self.head]]

    @property
    def recurrent(self) -> tuple[Layer, ...]:
        """The layers of all levels, without the head."""
        return tuple(layer for level in self.levels for layer in level)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """All layers, level by level, and the head."""
        return self.recurrent if self.head is None else (*self.recurrent, self.head)

    @property
    def input_dim(self) -> int:
        """The size of an input."""
        return self.layers[0].input_dim

    @property
    def output_dim(self) -> int:
        """The size of an output: the head's, or those of the last level's layers, merged."""
        return self._outputs(self.levels[-1]) if self.head is None else self.head.output_dim

    def output_shape(self, batch: int, steps: int) -> tuple[int, ...]:
        """Return the shape of the outputs of so many sequences and steps."""
        shape = batch, steps if self.return_sequences else 1, self.output_dim
        return shape if self.merge is not None else (len(self.levels[-1]), *shape)

    def _outputs(self, level: Sequence[Layer]) -> int:
        sizes = [layer.output_dim for layer in level]
        return sum(sizes) if self.merge == "concat" else sizes[0]

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
    ) -> NetworkTrace:
        """Run all layers and return every value of each; the arguments are those of `Layer.run`.

        ``initial_state`` is ``[h, c]``, each a number, or of the shape of the states, such as those
        that a run has ended in.

        >>> from symlstm import LSTM, Network
        >>> cell = LSTM(units=1, activation=None, recurrent_activation=None)
        >>> layer = cell.bind(kernel=1, recurrent_kernel=1, bias=0)
        >>> network = Network([[layer], [layer]])
        >>> whole = network.run([1, 1, 1])
        >>> _ = network.run([1, 1], stateful=True)
        >>> network.run([1], stateful=True).sequence_out == whole.sequence_out[2:]
        array([[ True]])
        """
        given = self.given(inputs, initial_state, mask, sequence_lens, stateful=stateful)
        trace: NetworkTrace = traced(
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

    def given(
        self,
        inputs: Any,
        initial_state: Sequence[Any] | None,
        mask: Any,
        sequence_lens: Any,
        *,
        stateful: bool = False,
    ) -> NetworkGiven:
        """Return the numbers of a run; the arguments are those of `run`."""
        validate_stateful(stateful)
        inputs, sequence_lens = unpacked(inputs, mask, sequence_lens)
        array = rational_array(inputs, argument="inputs", read=real)
        array = array[:, None] if array.ndim == 1 and self.input_dim == 1 else array
        states = split_states(self.recurrent, initial_state)
        states += [None] * (self.head is not None)
        options = {"mask": mask, "sequence_lens": sequence_lens}
        for layer, state in zip(self.levels[0], states, strict=False):
            layer.given(array, state, **options)  # what does not fit is an error here
        given = NetworkGiven(
            self.levels,
            array,
            states,
            options,
            self.merge,
            head=self.head,
            return_sequences=self.return_sequences,
        )
        kept = self._memory.start(given.batch) if stateful and initial_state is None else None
        if isinstance(kept, Kept):
            return replace(given, before=kept)
        if kept is not None:
            return replace(given, states=[list(states.values()) for states in kept])
        return given


class HasCell(Protocol):
    """A layer, or the trace of one."""

    @property
    def cell(self) -> Cell:
        """The cell that is run."""


def _sizes(cell: Cell) -> dict[str, int]:
    return {name: int(state.shape[0]) for name, state in cell.states.items()}


def split_states(layers: Sequence[HasCell], initial_state: Sequence[Any] | None) -> list[Any]:
    """Return the initial state of each layer, or of each trace of one; see `Network.run`."""
    if initial_state is None or len(layers) == 1:
        return [initial_state] * len(layers)
    names = list(layers[0].cell.states)
    if not isinstance(initial_state, list | tuple) or len(initial_state) != len(names):
        message = f"initial_state takes [{', '.join(names)}], each for all {len(layers)} layers"
        raise ShapeError(message, argument="initial_state")
    each: list[list[Any]] = [[] for _ in layers]
    for name, numbers in zip(names, initial_state, strict=True):
        array = rational_array(numbers, argument=f"initial_state {name}", read=real)
        if array.ndim and len(array) != len(layers):
            message = f"initial_state {name} has shape {array.shape}; give a number, or an entry"
            message += f" for each of the {len(layers)} layers along the first axis"
            raise ShapeError(message, argument="initial_state")
        for k, states in enumerate(each):
            states.append(array[k] if array.ndim else array)
    return each
