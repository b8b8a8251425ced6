"""Networks: layers one on top of the other, each level in one or two directions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from symlstm.errors import CellError
from symlstm.numbers.arrays import rational_array
from symlstm.numbers.exact import real, shown
from symlstm.runs.kept import Kept, Memory
from symlstm.runs.layer import Layer
from symlstm.runs.merging import validate
from symlstm.runs.network_given import NetworkGiven
from symlstm.runs.network_trace import NetworkTrace
from symlstm.runs.packed import unpacked
from symlstm.runs.runnable import Runnable, traced, validate_stateful
from symlstm.runs.states import split_states
from symlstm.runs.trainable import Trainable


@dataclass(frozen=True, eq=False)
class Network(Runnable, Trainable):
    """Layers that run as one: stacked, bidirectional, or both.

    ``levels`` are layers, or sequences of several: those of a level read the same inputs, and their
    outputs, merged, are the inputs of the next. ``merge`` is Keras's: ``"concat"`` puts them side
    by side, ``"sum"``, ``"mul"`` and ``"ave"`` compute their sum, product or mean, and with
    ``None`` they stay apart, one after the other along a first axis. Outputs are in the order of
    the inputs, those of a layer with ``go_backwards=True`` too, which makes a level of two
    bidirectional.
    ``layers`` has all of them in this order, as PyTorch counts them. A layer that remembers
    nothing, such as a `Dense` one, sees every step, also one that is masked.

    A ``head``, such as a `Dense` layer, is the last of them. It sees the merged outputs at every
    step or, without ``return_sequences``, those that each layer of the last level that remembers
    ends with, as do layers between, and gives a single output then.

    States are of all layers that remember: of shape (layers, units), or (layers, batch, units), for
    several. Where these differ in names or sizes, states are by layer, ``[[h, c], [h]]``, and each
    of the ``layers`` has its own. Raises `CellError` for layers that do not fit together.

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
        object.__setattr__(self, "levels", tuple(map(_level, self.levels)))
        validate(self.merge, len(self.levels))
        if not self.levels or not all(self.levels):
            raise CellError("a network has no layers, or a level without; give at least one")
        heads = self._heads()
        sizes = [self.input_dim, *map(self._outputs, self.levels)]
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
    def layers(self) -> tuple[Layer, ...]:
        """All layers, level by level, and the head."""
        heads = () if self.head is None else (self.head,)
        return (*(layer for level in self.levels for layer in level), *heads)

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
        if self.merge != "concat" and len({*sizes}) > 1:
            message = f"merge is {shown(self.merge)}, and outputs of a level have sizes {sizes}"
            raise CellError(f"{message}; make them the same, or merge 'concat'", argument="merge")
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
        states = split_states(self.layers, initial_state)
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


def _level(level: Any) -> tuple[Layer, ...]:
    return (level,) if isinstance(level, Layer) else tuple(level)
